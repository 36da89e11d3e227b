//! What of a report's expectations its data does not meet, and how that is said: to readers in their language, to the record in the
//! program's. Never: decides whether it is met.

use super::Locale;
use super::words::{Words, pick};
use crate::definition::{FrameName, Language, LengthUnit};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::fmt;
use std::time::Duration;

/// Something that was expected of the data and is not so.
#[derive(Debug, Clone, PartialEq)]
pub enum Unmet {
    /// The newest row is older than it may be.
    Stale {
        /// Of which frame.
        frame: FrameName,
        /// Of when it is; `None`: nothing in the source says.
        newest: Option<DateTime<Utc>>,
        /// When the run was due.
        due: DateTime<Utc>,
        /// How old it may be.
        allowed: Duration,
    },
    /// Fewer rows of the period than there may be.
    Few {
        /// Of which frame.
        frame: FrameName,
        /// So many.
        rows: u64,
        /// No fewer than this are expected.
        min: u64,
    },
    /// More rows of the period than there may be.
    Many {
        /// Of which frame.
        frame: FrameName,
        /// So many.
        rows: u64,
        /// No more than this are expected.
        max: u64,
    },
    /// Far more or fewer rows of the period than in earlier runs.
    Unusual {
        /// Of which frame.
        frame: FrameName,
        /// So many.
        rows: u64,
        /// The median of earlier runs.
        usual: f64,
        /// How many times that, or which part of it, may be.
        factor: f64,
    },
    /// An identity that does not hold.
    Identity {
        /// Which, in words of the formula.
        identity: String,
        /// Left side.
        left: f64,
        /// Right side.
        right: f64,
    },
}

impl Unmet {
    /// May it be met later, when the source has more rows?
    #[must_use]
    pub fn may_come(&self) -> bool {
        match self {
            Self::Stale { .. } | Self::Few { .. } => true,
            #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
            Self::Unusual { rows, usual, .. } => (*rows as f64) < *usual,
            Self::Many { .. } | Self::Identity { .. } => false,
        }
    }

    /// A sentence for the report's readers.
    #[must_use]
    pub fn sentence(&self, locale: &Locale, zone: Tz) -> String {
        let language = locale.language();
        let say = |words: Words| pick(words, language).to_owned();
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        let count = |rows: u64| locale.number(rows as f64, 0);
        match self {
            Self::Stale { frame, newest: Some(newest), allowed, .. } => say([
                "Los datos más recientes de {frame} son del {newest}; al hacer el informe debían tener como máximo {allowed}.",
                "The newest {frame} are of {newest}; they were to be no older than {allowed} for this report.",
                "Os dados mais recentes de {frame} são de {newest}; para este relatório deveriam ter no máximo {allowed}.",
            ])
            .replace("{frame}", noun(*frame, language))
            .replace("{newest}", &locale.date_time(newest.with_timezone(&zone).naive_local()))
            .replace("{allowed}", &length(*allowed, language)),
            Self::Stale { frame, newest: None, allowed, .. } => say([
                "No se sabe de cuándo son los datos de {frame}; debían tener como máximo {allowed}.",
                "It is not known of when the {frame} are; they were to be no older than {allowed}.",
                "Não se sabe de quando são os dados de {frame}; deveriam ter no máximo {allowed}.",
            ])
            .replace("{frame}", noun(*frame, language))
            .replace("{allowed}", &length(*allowed, language)),
            Self::Few { frame, rows, min } => say([
                "Filas de {frame} en el periodo: {rows}; se esperaban al menos {bound}.",
                "Rows of {frame} in the period: {rows}; at least {bound} were expected.",
                "Linhas de {frame} no período: {rows}; esperavam-se pelo menos {bound}.",
            ])
            .replace("{frame}", noun(*frame, language))
            .replace("{rows}", &count(*rows))
            .replace("{bound}", &count(*min)),
            Self::Many { frame, rows, max } => say([
                "Filas de {frame} en el periodo: {rows}; se esperaban como máximo {bound}.",
                "Rows of {frame} in the period: {rows}; at most {bound} were expected.",
                "Linhas de {frame} no período: {rows}; esperavam-se no máximo {bound}.",
            ])
            .replace("{frame}", noun(*frame, language))
            .replace("{rows}", &count(*rows))
            .replace("{bound}", &count(*max)),
            Self::Unusual { frame, rows, usual, .. } => say([
                "Filas de {frame} en el periodo: {rows}; lo habitual son {usual}.",
                "Rows of {frame} in the period: {rows}; {usual} are usual.",
                "Linhas de {frame} no período: {rows}; o habitual são {usual}.",
            ])
            .replace("{frame}", noun(*frame, language))
            .replace("{rows}", &count(*rows))
            .replace("{usual}", &locale.number(*usual, 0)),
            Self::Identity { identity, left, right } => {
                let number = |v: f64| locale.number(v, if v.fract() == 0.0 { 0 } else { 2 });
                say([
                    "No cuadra «{identity}»: {left} frente a {right}.",
                    "“{identity}” does not hold: {left} against {right}.",
                    "Não confere “{identity}”: {left} contra {right}.",
                ])
                .replace("{left}", &number(*left))
                .replace("{right}", &number(*right))
                .replace("{identity}", identity)
            }
        }
    }
}

/// For the record and for whoever looks after reports.
impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = |at: &DateTime<Utc>| at.format("%Y-%m-%d %H:%MZ").to_string();
        match self {
            Self::Stale { frame, newest: Some(newest), due, allowed } => write!(
                f,
                "the newest row of {} is of {}, more than {} before the run was due ({})",
                frame.as_str(),
                instant(newest),
                LengthUnit::in_words(*allowed),
                instant(due)
            ),
            Self::Stale { frame, newest: None, .. } => {
                write!(f, "nothing says how new the rows of {} are", frame.as_str())
            }
            Self::Few { frame, rows, min } => {
                write!(f, "{rows} rows of {} in the period, at least {min} are expected", frame.as_str())
            }
            Self::Many { frame, rows, max } => {
                write!(f, "{rows} rows of {} in the period, at most {max} are expected", frame.as_str())
            }
            Self::Unusual { frame, rows, usual, factor } => write!(
                f,
                "{rows} rows of {} in the period, {usual} are usual, and no more or fewer than by a factor of {factor} are expected",
                frame.as_str()
            ),
            Self::Identity { identity, left, right } => {
                write!(f, "`{identity}` does not hold: {left} against {right}")
            }
        }
    }
}

fn noun(frame: FrameName, language: Language) -> &'static str {
    let words = match frame {
        FrameName::Tasks => ["tareas", "tasks", "tarefas"],
        FrameName::UserStates => ["estados de clientes", "customer states", "estados de clientes"],
        FrameName::Sellers => ["vendedores", "sellers", "vendedores"],
        FrameName::Users => ["clientes", "customers", "clientes"],
        FrameName::Assignments => ["asignaciones", "assignments", "atribuições"],
        FrameName::Targets => ["objetivos", "targets", "metas"],
    };
    pick(words, language)
}

fn length(length: Duration, language: Language) -> String {
    let (count, unit) = LengthUnit::of(length);
    let words = match (unit, count == 1) {
        (LengthUnit::Day, true) => ["día", "day", "dia"],
        (LengthUnit::Day, false) => ["días", "days", "dias"],
        (LengthUnit::Hour, true) => ["hora", "hour", "hora"],
        (LengthUnit::Hour, false) => ["horas", "hours", "horas"],
        (LengthUnit::Minute, true) => ["minuto", "minute", "minuto"],
        (LengthUnit::Minute, false) => ["minutos", "minutes", "minutos"],
        (LengthUnit::Second, true) => ["segundo", "second", "segundo"],
        (LengthUnit::Second, false) => ["segundos", "seconds", "segundos"],
    };
    format!("{count} {}", pick(words, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Unmet> {
        let (frame, due) = (FrameName::Tasks, "2026-03-09T12:00:00Z".parse().expect("an instant"));
        let newest = Some("2026-03-01T15:20:00Z".parse().expect("an instant"));
        let allowed = Duration::from_secs(26 * 3600);
        vec![
            Unmet::Stale { frame, newest, due, allowed },
            Unmet::Stale { frame: FrameName::UserStates, newest: None, due, allowed },
            Unmet::Few { frame, rows: 6, min: 1200 },
            Unmet::Many { frame, rows: 60_000, max: 50_000 },
            Unmet::Unusual { frame, rows: 60_000, usual: 6_000.5, factor: 3.0 },
            Unmet::Identity { identity: "a = b".to_owned(), left: 3.0, right: 2.5 },
        ]
    }

    #[test]
    fn readers_are_told_in_their_language() {
        for (tag, first, last) in [
            ("es-CO", "Los datos más recientes de tareas son del", "No cuadra «a = b»: 3 frente a 2,50."),
            ("en-US", "The newest tasks are of", "“a = b” does not hold: 3 against 2.50."),
            ("pt-BR", "Os dados mais recentes de tarefas são de", "Não confere “a = b”: 3 contra 2,50."),
        ] {
            let locale = Locale::parse(tag).expect("a locale");
            let said: Vec<String> =
                all().iter().map(|it| it.sentence(&locale, chrono_tz::America::Bogota)).collect();
            assert!(said[0].starts_with(first), "{}", said[0]);
            assert!(said[0].contains("10:20"), "of the report's zone: {}", said[0]);
            assert_eq!(said[5], last);
            assert!(said.iter().all(|it| it.ends_with('.') && !it.contains('{')), "{said:?}");
        }
    }

    #[test]
    fn the_record_has_one_line_for_each_and_says_what_was_seen_and_expected() {
        let said: Vec<String> = all().iter().map(ToString::to_string).collect();
        assert_eq!(
            said[0],
            "the newest row of tasks is of 2026-03-01 15:20Z, more than 26 hours before the run was due (2026-03-09 12:00Z)"
        );
        assert_eq!(said[2], "6 rows of tasks in the period, at least 1200 are expected");
        assert!(said[4].contains("60000 rows") && said[4].contains("6000.5 are usual"), "{}", said[4]);
    }

    #[test]
    fn what_more_rows_may_mend_may_come() {
        let may: Vec<bool> = all().iter().map(Unmet::may_come).collect();
        assert_eq!(may, [true, true, true, false, false, false]);
        let few = Unmet::Unusual { frame: FrameName::Tasks, rows: 1, usual: 100.0, factor: 3.0 };
        assert!(few.may_come());
    }
}
