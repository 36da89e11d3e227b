//! Rows that do not fit, in sentences: those that stay, and those that a rule of the source left out.

use super::Setting;
use super::remarks::listed;
use crate::definition::{Flaw, FrameName, Language};

/// The form of a word for one, or for any other number.
fn form(count: usize, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

fn rows(frame: FrameName, setting: &Setting<'_>) -> &'static str {
    setting.pick(match frame {
        FrameName::UserStates => ["registros de estado", "state records", "registros de estado"],
        _ => ["tareas", "tasks", "tarefas"],
    })
}

pub(super) fn no_key(
    frame: FrameName,
    column: &str,
    count: usize,
    of: usize,
    setting: &Setting<'_>,
) -> String {
    let (n, of, rows) = (setting.count(count), setting.count(of), rows(frame, setting));
    match setting.language {
        Language::Es => {
            let (have, stay) = (form(count, "tiene", "tienen"), form(count, "cuenta", "cuentan"));
            format!("{n} de {of} {rows} no {have} {column}; {stay} en los totales.")
        }
        Language::En => {
            let (have, stay) = (form(count, "has", "have"), form(count, "it counts", "they count"));
            format!("{n} of {of} {rows} {have} no {column}; {stay} in totals.")
        }
        Language::Pt => {
            let (have, stay) = (form(count, "tem", "têm"), form(count, "conta", "contam"));
            format!("{n} de {of} {rows} não {have} {column}; {stay} nos totais.")
        }
    }
}

pub(super) fn repeated(frame: FrameName, count: usize, of: usize, setting: &Setting<'_>) -> String {
    let (n, of, rows) = (setting.count(count), setting.count(of), rows(frame, setting));
    let repeat = repeats(frame, count, setting.language);
    let counted = setting.pick(match frame {
        FrameName::UserStates => [
            "de cada día cuenta el estado más alto",
            "the highest state of each day counts",
            "de cada dia conta o estado mais alto",
        ],
        _ => ["todas cuentan", "all of them count", "todas contam"],
    });
    let among = setting.pick(["de", "of", "de"]);
    format!("{n} {among} {of} {rows} {repeat}; {counted}.")
}

fn repeats(frame: FrameName, count: usize, language: Language) -> String {
    let is_state = frame == FrameName::UserStates;
    match language {
        Language::Es => {
            let what = if is_state { "el cliente y el día de otro" } else { "el task_id de otra" };
            format!("{} {what}", form(count, "repite", "repiten"))
        }
        Language::En => {
            let what = if is_state { "the customer and day of another" } else { "the task_id of another" };
            format!("{} {what}", form(count, "repeats", "repeat"))
        }
        Language::Pt => {
            let what = if is_state { "o cliente e o dia de outro" } else { "o task_id de outra" };
            format!("{} {what}", form(count, "repete", "repetem"))
        }
    }
}

pub(super) fn future(
    frame: FrameName,
    column: &str,
    count: usize,
    of: usize,
    setting: &Setting<'_>,
) -> String {
    let (n, of, rows) = (setting.count(count), setting.count(of), rows(frame, setting));
    match setting.language {
        Language::Es => {
            let have = form(count, "tiene", "tienen");
            format!("{n} de {of} {rows} {have} un {column} posterior a la elaboración del informe.")
        }
        Language::En => {
            let have = form(count, "has", "have");
            format!("{n} of {of} {rows} {have} a {column} after the report was made.")
        }
        Language::Pt => {
            let have = form(count, "tem", "têm");
            format!("{n} de {of} {rows} {have} um {column} posterior à elaboração do relatório.")
        }
    }
}

pub(super) fn mixed_offsets(
    column: &str,
    count: usize,
    of: usize,
    zone: &str,
    setting: &Setting<'_>,
) -> String {
    let (n, of) = (setting.count(count), setting.count(of));
    match setting.language {
        Language::Es => {
            let (say, read) = (form(count, "lleva", "llevan"), form(count, "se lee", "se leen"));
            format!("{n} de {of} valores de {column} no {say} desfase horario; {read} como hora de {zone}.")
        }
        Language::En => {
            let (have, read) = (form(count, "has", "have"), form(count, "it is", "they are"));
            format!("{n} of {of} values of {column} {have} no offset; {read} read as time of {zone}.")
        }
        Language::Pt => {
            let (say, read) = (form(count, "traz", "trazem"), form(count, "é lido", "são lidos"));
            format!("{n} de {of} valores de {column} não {say} fuso horário; {read} como hora de {zone}.")
        }
    }
}

pub(super) fn gaps(count: usize, of: usize, days: usize, setting: &Setting<'_>) -> String {
    let (n, of, sum) = (setting.count(count), setting.count(of), setting.count(days));
    match setting.language {
        Language::Es => {
            let (have, days) = (form(count, "tiene", "tienen"), form(days, "día", "días"));
            format!(
                "{n} de {of} clientes {have} días sin estado entre el primero y el último del periodo ({sum} {days} en total)."
            )
        }
        Language::En => {
            let (have, days) = (form(count, "has", "have"), form(days, "day", "days"));
            format!(
                "{n} of {of} customers {have} days without a state between the first and the last of the period ({sum} {days} in all)."
            )
        }
        Language::Pt => {
            let (have, days) = (form(count, "tem", "têm"), form(days, "dia", "dias"));
            format!(
                "{n} de {of} clientes {have} dias sem estado entre o primeiro e o último do período ({sum} {days} no total)."
            )
        }
    }
}

/// Rows that were left out, and why.
pub(super) struct LeftOut<'a> {
    pub(super) frame: FrameName,
    pub(super) flaw: Flaw,
    pub(super) column: &'a str,
    pub(super) values: &'a [(String, usize)],
    pub(super) count: usize,
    pub(super) of: usize,
}

impl LeftOut<'_> {
    pub(super) fn sentence(&self, setting: &Setting<'_>) -> String {
        let (n, of) = (setting.count(self.count), setting.count(self.of));
        let (rows, cause) = (rows(self.frame, setting), self.cause(setting));
        match setting.language {
            Language::Es => {
                let left = form(self.count, "Se dejó fuera", "Se dejaron fuera");
                format!("{left} {n} de {of} {rows}: {cause}.")
            }
            Language::En => {
                let were = form(self.count, "was", "were");
                format!("{n} of {of} {rows} {were} left out: {cause}.")
            }
            Language::Pt => {
                let left = form(self.count, "Ficou de fora", "Ficaram de fora");
                format!("{left} {n} de {of} {rows}: {cause}.")
            }
        }
    }

    fn cause(&self, setting: &Setting<'_>) -> String {
        let &Self { frame, flaw, column, values, count, .. } = self;
        let have = match setting.language {
            Language::Es => form(count, "tiene", "tienen"),
            Language::En => form(count, "it has", "they have"),
            Language::Pt => form(count, "tem", "têm"),
        };
        let early = match setting.language {
            Language::Es => form(count, "se completó", "se completaron"),
            Language::En => form(count, "it was completed", "they were completed"),
            Language::Pt => form(count, "foi concluída", "foram concluídas"),
        };
        let values = listed(values, setting);
        match (flaw, setting.language) {
            (Flaw::NullKeys, Language::Es) => format!("no {have} {column}"),
            (Flaw::NullKeys, Language::En) => format!("{have} no {column}"),
            (Flaw::NullKeys, Language::Pt) => format!("não {have} {column}"),
            (Flaw::UnmappedStatus, Language::Es) => format!("{have} una situación desconocida: {values}"),
            (Flaw::UnmappedStatus, Language::En) => format!("{have} an unknown status: {values}"),
            (Flaw::UnmappedStatus, Language::Pt) => format!("{have} uma situação desconhecida: {values}"),
            (Flaw::UnknownState, Language::Es) => format!("{have} un valor desconocido: {values}"),
            (Flaw::UnknownState, Language::En) => format!("{have} an unknown value: {values}"),
            (Flaw::UnknownState, Language::Pt) => format!("{have} um valor desconhecido: {values}"),
            (Flaw::EarlyCompletion, Language::Es) => format!("{early} antes de su hora programada"),
            (Flaw::EarlyCompletion, Language::En) => {
                format!("{early} before the scheduled time")
            }
            (Flaw::EarlyCompletion, Language::Pt) => format!("{early} antes do horário agendado"),
            (Flaw::Future, Language::Es) => {
                format!("{have} un {column} posterior a la elaboración del informe")
            }
            (Flaw::Future, Language::En) => format!("{have} a {column} after the report was made"),
            (Flaw::Future, Language::Pt) => {
                format!("{have} um {column} posterior à elaboração do relatório")
            }
            (Flaw::MixedOffsets, Language::Es) => format!("{have} un {column} sin desfase horario"),
            (Flaw::MixedOffsets, Language::En) => format!("{have} a {column} without an offset"),
            (Flaw::MixedOffsets, Language::Pt) => format!("{have} um {column} sem fuso horário"),
            (Flaw::Duplicates | Flaw::Gaps, Language::En) => {
                format!("{} {}", form(count, "it", "they"), repeats(frame, count, Language::En))
            }
            (Flaw::Duplicates | Flaw::Gaps, language) => repeats(frame, count, language),
        }
    }
}
