//! What was odd in the data, in sentences.

use super::Setting;
use super::flaws::{self, LeftOut};
use super::targets;
use crate::definition::{FrameName, Language};
use crate::source::Remark;

/// At most this many values are listed.
const MOST_VALUES: usize = 5;

/// One sentence a remark, each once.
pub(super) fn sentences(remarks: &[Remark], setting: &Setting<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for remark in remarks {
        let sentence = sentence(remark, setting);
        if !all.contains(&sentence) {
            all.push(sentence);
        }
    }
    all
}

fn sentence(remark: &Remark, setting: &Setting<'_>) -> String {
    match remark {
        Remark::NoSeller { count, of } => no_seller(*count, *of, setting),
        Remark::UnknownStatus { values, of } => unknown_status(values, *of, setting),
        Remark::CompletedBeforeScheduled { count, of } => completed_before(*count, *of, setting),
        Remark::UnknownState { values, of } => unknown_state(values, *of, setting),
        Remark::NoKey { frame, column, count, of } => flaws::no_key(*frame, column, *count, *of, setting),
        Remark::Repeated { frame, count, of } => flaws::repeated(*frame, *count, *of, setting),
        Remark::Future { frame, column, count, of } => flaws::future(*frame, column, *count, *of, setting),
        Remark::MixedOffsets { column, count, of, zone } => {
            flaws::mixed_offsets(column, *count, *of, zone, setting)
        }
        Remark::Gaps { count, of, days } => flaws::gaps(*count, *of, *days, setting),
        Remark::LeftOut { frame, flaw, column, values, count, of } => {
            LeftOut { frame: *frame, flaw: *flaw, column, values, count: *count, of: *of }.sentence(setting)
        }
        Remark::Unreadable { column, count, example } => unreadable(column, *count, example, setting),
        Remark::Empty { frame } => empty(*frame, setting).to_owned(),
        Remark::Unavailable { metric, missing } => unavailable(metric, missing, setting),
        Remark::Targets { metric, fault, count, example } => {
            targets::sentence(metric, *fault, (*count, example), setting)
        }
        Remark::Identity { identity, left, right } => {
            let number = |v: f64| setting.locale.number(v, if v.fract() == 0.0 { 0 } else { 2 });
            let (left, right) = (number(*left), number(*right));
            match setting.language {
                Language::Es => format!("No cuadra «{identity}»: {left} frente a {right}."),
                Language::En => format!("“{identity}” does not hold: {left} against {right}."),
                Language::Pt => format!("Não confere “{identity}”: {left} contra {right}."),
            }
        }
    }
}

fn no_seller(count: usize, of: usize, setting: &Setting<'_>) -> String {
    let (n, of) = (setting.count(count), setting.count(of));
    match (setting.language, count == 1) {
        (Language::Es, true) => {
            format!("{n} de {of} tareas no tiene vendedor; cuenta en los totales, sin nombre en las tablas.")
        }
        (Language::Es, false) => {
            format!(
                "{n} de {of} tareas no tienen vendedor; cuentan en los totales, sin nombre en las tablas."
            )
        }
        (Language::En, true) => {
            format!("{n} of {of} tasks has no seller; it counts in totals, without a name in tables.")
        }
        (Language::En, false) => {
            format!("{n} of {of} tasks have no seller; they count in totals, without a name in tables.")
        }
        (Language::Pt, true) => {
            format!("{n} de {of} tarefas não tem vendedor; conta nos totais, sem nome nas tabelas.")
        }
        (Language::Pt, false) => {
            format!("{n} de {of} tarefas não têm vendedor; contam nos totais, sem nome nas tabelas.")
        }
    }
}

fn unknown_status(values: &[(String, usize)], of: usize, setting: &Setting<'_>) -> String {
    let count: usize = values.iter().map(|(_, n)| n).sum();
    let (n, of, values) = (setting.count(count), setting.count(of), listed(values, setting));
    match (setting.language, count == 1) {
        (Language::Es, true) => format!(
            "{n} de {of} tareas tiene una situación desconocida: {values}; no cuenta como abierta, hecha, fallida ni cancelada."
        ),
        (Language::Es, false) => format!(
            "{n} de {of} tareas tienen una situación desconocida: {values}; no cuentan como abiertas, hechas, fallidas ni canceladas."
        ),
        (Language::En, true) => format!(
            "{n} of {of} tasks has an unknown status: {values}; it does not count as open, done, failed or cancelled."
        ),
        (Language::En, false) => format!(
            "{n} of {of} tasks have an unknown status: {values}; they do not count as open, done, failed or cancelled."
        ),
        (Language::Pt, true) => format!(
            "{n} de {of} tarefas tem uma situação desconhecida: {values}; não conta como aberta, concluída, sem sucesso nem cancelada."
        ),
        (Language::Pt, false) => format!(
            "{n} de {of} tarefas têm uma situação desconhecida: {values}; não contam como abertas, concluídas, sem sucesso nem canceladas."
        ),
    }
}

fn completed_before(count: usize, of: usize, setting: &Setting<'_>) -> String {
    let (n, of) = (setting.count(count), setting.count(of));
    match (setting.language, count == 1) {
        (Language::Es, true) => {
            format!("{n} de {of} tareas completadas se completó antes de su hora programada.")
        }
        (Language::Es, false) => {
            format!("{n} de {of} tareas completadas se completaron antes de su hora programada.")
        }
        (Language::En, true) => {
            format!("{n} of {of} completed tasks was completed before its scheduled time.")
        }
        (Language::En, false) => {
            format!("{n} of {of} completed tasks were completed before their scheduled time.")
        }
        (Language::Pt, true) => {
            format!("{n} de {of} tarefas concluídas foi concluída antes do horário agendado.")
        }
        (Language::Pt, false) => {
            format!("{n} de {of} tarefas concluídas foram concluídas antes do horário agendado.")
        }
    }
}

fn unknown_state(values: &[(String, usize)], of: usize, setting: &Setting<'_>) -> String {
    let count: usize = values.iter().map(|(_, n)| n).sum();
    let (n, of, values) = (setting.count(count), setting.count(of), listed(values, setting));
    match (setting.language, count == 1) {
        (Language::Es, true) => {
            format!("{n} de {of} registros de estado tiene un valor desconocido: {values}.")
        }
        (Language::Es, false) => {
            format!("{n} de {of} registros de estado tienen un valor desconocido: {values}.")
        }
        (Language::En, true) => format!("{n} of {of} state records has an unknown value: {values}."),
        (Language::En, false) => format!("{n} of {of} state records have an unknown value: {values}."),
        (Language::Pt, true) => {
            format!("{n} de {of} registros de estado tem um valor desconhecido: {values}.")
        }
        (Language::Pt, false) => {
            format!("{n} de {of} registros de estado têm um valor desconhecido: {values}.")
        }
    }
}

fn unreadable(column: &str, count: usize, example: &str, setting: &Setting<'_>) -> String {
    let n = setting.count(count);
    match (setting.language, count == 1) {
        (Language::Es, true) => {
            format!("{n} valor de {column} no se pudo leer («{example}») y se toma como ausente.")
        }
        (Language::Es, false) => {
            format!(
                "{n} valores de {column} no se pudieron leer (por ejemplo, «{example}») y se toman como ausentes."
            )
        }
        (Language::En, true) => {
            format!("{n} value of {column} could not be read (“{example}”) and is taken as absent.")
        }
        (Language::En, false) => {
            format!(
                "{n} values of {column} could not be read (for example, “{example}”) and are taken as absent."
            )
        }
        (Language::Pt, true) => {
            format!("{n} valor de {column} não pôde ser lido (“{example}”) e é tratado como ausente.")
        }
        (Language::Pt, false) => {
            format!(
                "{n} valores de {column} não puderam ser lidos (por exemplo, “{example}”) e são tratados como ausentes."
            )
        }
    }
}

fn empty(frame: FrameName, setting: &Setting<'_>) -> &'static str {
    setting.pick(match frame {
        FrameName::Tasks => [
            "No hay tareas en el periodo.",
            "There are no tasks in the period.",
            "Não há tarefas no período.",
        ],
        FrameName::UserStates => [
            "No hay estados de clientes en el periodo.",
            "There are no customer states in the period.",
            "Não há estados de clientes no período.",
        ],
        FrameName::Sellers => ["No hay vendedores.", "There are no sellers.", "Não há vendedores."],
        FrameName::Users => ["No hay clientes.", "There are no customers.", "Não há clientes."],
        FrameName::Assignments => {
            ["No hay asignaciones.", "There are no assignments.", "Não há atribuições."]
        }
        FrameName::Targets => ["No hay objetivos.", "There are no targets.", "Não há metas."],
    })
}

fn unavailable(metric: &str, missing: &[String], setting: &Setting<'_>) -> String {
    let label = setting.metric(metric).map_or_else(|_| metric.to_owned(), |m| setting.label(m));
    let columns = missing.join(", ");
    match (setting.language, missing.len() == 1) {
        (Language::Es, true) => format!("«{label}» no se puede calcular con estos datos: falta {columns}."),
        (Language::Es, false) => format!("«{label}» no se puede calcular con estos datos: faltan {columns}."),
        (Language::En, true) => format!("“{label}” cannot be computed from this data: {columns} is missing."),
        (Language::En, false) => {
            format!("“{label}” cannot be computed from this data: {columns} are missing.")
        }
        (Language::Pt, true) => format!("“{label}” não pode ser calculado com estes dados: falta {columns}."),
        (Language::Pt, false) => {
            format!("“{label}” não pode ser calculado com estes dados: faltam {columns}.")
        }
    }
}

/// `en_revision (2), por_validar (1) y 3 más`
pub(super) fn listed(values: &[(String, usize)], setting: &Setting<'_>) -> String {
    let shown: Vec<String> =
        values.iter().take(MOST_VALUES).map(|(v, n)| format!("{v} ({})", setting.count(*n))).collect();
    let mut text = shown.join(", ");
    if values.len() > MOST_VALUES {
        let more = setting.count(values.len() - MOST_VALUES);
        text.push_str(&match setting.language {
            Language::Es => format!(" y {more} más"),
            Language::En => format!(" and {more} more"),
            Language::Pt => format!(" e mais {more}"),
        });
    }
    text
}
