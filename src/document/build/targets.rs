//! Targets that rows of the source say and that cannot be told, in sentences.

use super::Setting;
use crate::definition::{ByPeriod, Language};
use crate::document::dimension_label;
use crate::document::labels::value_label;
use crate::source::TargetFault;

/// One sentence about a metric; the example is a group, a word or columns, as the fault says.
pub(super) fn sentence(
    metric: &str,
    fault: TargetFault,
    (count, example): (usize, &str),
    setting: &Setting<'_>,
) -> String {
    let label = setting.metric(metric).map_or_else(|_| metric.to_owned(), |m| setting.label(m));
    let n = setting.count(count);
    match fault {
        TargetFault::Absent => match setting.language {
            Language::Es => format!("«{label}» no tiene objetivos de la fuente: falta {example}."),
            Language::En => format!("“{label}” has no targets from the source: {example} is missing."),
            Language::Pt => format!("“{label}” não tem metas da fonte: falta {example}."),
        },
        TargetFault::Period => {
            let kinds = ByPeriod::default().all().map(|(kind, _)| kind).join(", ");
            match (setting.language, count == 1) {
                (Language::Es, true) => format!(
                    "{n} objetivo de «{label}» no cuenta: su periodo («{example}») no es ninguno de {kinds}."
                ),
                (Language::Es, false) => format!(
                    "{n} objetivos de «{label}» no cuentan: su periodo (por ejemplo, «{example}») no es ninguno de {kinds}."
                ),
                (Language::En, true) => format!(
                    "{n} target of “{label}” does not count: its period (“{example}”) is none of {kinds}."
                ),
                (Language::En, false) => format!(
                    "{n} targets of “{label}” do not count: their period (for example, “{example}”) is none of {kinds}."
                ),
                (Language::Pt, true) => format!(
                    "{n} meta de “{label}” não conta: seu período (“{example}”) não é nenhum de {kinds}."
                ),
                (Language::Pt, false) => format!(
                    "{n} metas de “{label}” não contam: seu período (por exemplo, “{example}”) não é nenhum de {kinds}."
                ),
            }
        }
        TargetFault::AtOdds => {
            let of = groups(count, example, setting);
            match setting.language {
                Language::Es => {
                    format!("Hay objetivos de «{label}» que se contradicen {of}; allí no se muestra ninguno.")
                }
                Language::En => {
                    format!("Targets of “{label}” contradict each other {of}; none is shown there.")
                }
                Language::Pt => {
                    format!("Há metas de “{label}” que se contradizem {of}; ali não se mostra nenhuma.")
                }
            }
        }
        TargetFault::Overlap => {
            let of = groups(count, example, setting);
            match setting.language {
                Language::Es => format!(
                    "Los objetivos de «{label}» son de partes que se traslapan y no se suman {of}; allí no se muestra ninguno."
                ),
                Language::En => format!(
                    "Targets of “{label}” are of parts that overlap and are not summed {of}; none is shown there."
                ),
                Language::Pt => format!(
                    "As metas de “{label}” são de partes que se sobrepõem e não são somadas {of}; ali não se mostra nenhuma."
                ),
            }
        }
    }
}

/// `en el total`, `en 1 grupo (Equipo: Norte)`, `en 3 grupos (por ejemplo, Equipo: Norte)`
fn groups(count: usize, example: &str, setting: &Setting<'_>) -> String {
    if example.is_empty() && count == 1 {
        return setting.pick(["en el total", "in the total", "no total"]).to_owned();
    }
    let n = setting.count(count);
    let group = if example.is_empty() {
        setting.pick(["el total", "the total", "o total"]).to_owned()
    } else {
        example.split(", ").map(|part| in_words(part, setting)).collect::<Vec<_>>().join(", ")
    };
    match (setting.language, count == 1) {
        (Language::Es, true) => format!("en {n} grupo ({group})"),
        (Language::Es, false) => format!("en {n} grupos (por ejemplo, {group})"),
        (Language::En, true) => format!("in {n} group ({group})"),
        (Language::En, false) => format!("in {n} groups (for example, {group})"),
        (Language::Pt, true) => format!("em {n} grupo ({group})"),
        (Language::Pt, false) => format!("em {n} grupos (por exemplo, {group})"),
    }
}

/// `team = Norte` becomes `Equipo: Norte`.
fn in_words(part: &str, setting: &Setting<'_>) -> String {
    let Some((dimension, value)) = part.split_once(" = ") else { return part.to_owned() };
    let label = dimension_label(dimension, setting.language);
    format!("{label}: {}", value_label(dimension, Some(value), setting.language))
}
