//! What numbers are held against, in the forms that sentences need: the period before, the same a year before, targets.

use super::words::pick;
use crate::calendar::{Period, Shape, Unit};
use crate::definition::{Comparison, Language};

/// What a report is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Against {
    /// Which comparison this is.
    pub(super) with: Comparison,
    /// `semana anterior`
    pub(super) name: String,
    /// `frente a la semana anterior`
    pub(super) versus: String,
    /// `que la semana anterior`
    pub(super) than: String,
    /// What columns are headed with, which have little room: `anterior`.
    pub(super) short: &'static str,
}

/// A name, and the same with its article, contracted as each language does.
struct Names {
    es: [&'static str; 3],
    en: &'static str,
    pt: [&'static str; 3],
}

impl Against {
    /// Each of these comparisons of a period.
    pub(super) fn all(comparisons: &[Comparison], period: &Period, language: Language) -> Vec<Self> {
        comparisons.iter().map(|with| Self::of(*with, period.shape(), language)).collect()
    }

    /// A comparison of a period of this shape.
    pub(super) fn of(with: Comparison, shape: Shape, language: Language) -> Self {
        let names = match (with, shape) {
            (Comparison::Target, _) => Names {
                es: ["objetivo", "al objetivo", "el objetivo"],
                en: "target",
                pt: ["meta", "à meta", "a meta"],
            },
            (Comparison::Previous, Shape::Days(days)) if days > 1 => {
                return Self::days_before(days, language);
            }
            (Comparison::Previous, shape) => before(shape),
            (Comparison::Year, shape) => a_year_before(shape),
        };
        let (name, versus, than) = match language {
            Language::Es => {
                let [name, to, the] = names.es;
                (name, format!("frente {to}"), format!("que {the}"))
            }
            Language::En => (names.en, format!("vs the {}", names.en), format!("than the {}", names.en)),
            Language::Pt => {
                let [name, to, the] = names.pt;
                (name, format!("em relação {to}"), format!("que {the}"))
            }
        };
        Self { with, name: name.to_owned(), versus, than, short: short(with, language) }
    }

    fn days_before(days: i64, language: Language) -> Self {
        let (name, versus, than) = match language {
            Language::Es => (
                format!("{days} días anteriores"),
                format!("frente a los {days} días anteriores"),
                format!("que los {days} días anteriores"),
            ),
            Language::En => (
                format!("previous {days} days"),
                format!("vs the previous {days} days"),
                format!("than the previous {days} days"),
            ),
            Language::Pt => (
                format!("{days} dias anteriores"),
                format!("em relação aos {days} dias anteriores"),
                format!("que nos {days} dias anteriores"),
            ),
        };
        let with = Comparison::Previous;
        Self { with, name, versus, than, short: short(with, language) }
    }

    /// What the word that heads columns stands for: `Anterior: semana anterior.`
    pub(super) fn explained(&self) -> String {
        let mut letters = self.short.chars();
        let first = letters.next().map(char::to_uppercase);
        let capital: String = first.into_iter().flatten().chain(letters).collect();
        format!("{capital}: {}.", self.name)
    }
}

fn short(with: Comparison, language: Language) -> &'static str {
    let words = match with {
        Comparison::Previous => ["anterior", "previous", "anterior"],
        Comparison::Year => ["año antes", "year before", "ano antes"],
        Comparison::Target => ["objetivo", "target", "meta"],
    };
    pick(words, language)
}

/// The equal period before.
fn before(shape: Shape) -> Names {
    match shape {
        Shape::Workday => Names {
            es: ["día hábil anterior", "al día hábil anterior", "el día hábil anterior"],
            en: "previous workday",
            pt: ["dia útil anterior", "ao dia útil anterior", "no dia útil anterior"],
        },
        Shape::Unit(Unit::Day) | Shape::Days(_) => Names {
            es: ["día anterior", "al día anterior", "el día anterior"],
            en: "previous day",
            pt: ["dia anterior", "ao dia anterior", "no dia anterior"],
        },
        Shape::Unit(Unit::Week) => Names {
            es: ["semana anterior", "a la semana anterior", "la semana anterior"],
            en: "previous week",
            pt: ["semana anterior", "à semana anterior", "na semana anterior"],
        },
        Shape::Unit(Unit::Month) => Names {
            es: ["mes anterior", "al mes anterior", "el mes anterior"],
            en: "previous month",
            pt: ["mês anterior", "ao mês anterior", "no mês anterior"],
        },
        Shape::Unit(Unit::Quarter) => Names {
            es: ["trimestre anterior", "al trimestre anterior", "el trimestre anterior"],
            en: "previous quarter",
            pt: ["trimestre anterior", "ao trimestre anterior", "no trimestre anterior"],
        },
        Shape::Unit(Unit::Year) => Names {
            es: ["año anterior", "al año anterior", "el año anterior"],
            en: "previous year",
            pt: ["ano anterior", "ao ano anterior", "no ano anterior"],
        },
        Shape::ToDate(unit) => as_much_of(unit),
    }
}

/// A unit to date is held against as much of the unit before.
fn as_much_of(unit: Unit) -> Names {
    match unit {
        Unit::Day => Names {
            es: [
                "mismo tramo del día anterior",
                "al mismo tramo del día anterior",
                "en el mismo tramo del día anterior",
            ],
            en: "same part of the previous day",
            pt: [
                "mesmo trecho do dia anterior",
                "ao mesmo trecho do dia anterior",
                "no mesmo trecho do dia anterior",
            ],
        },
        Unit::Week => Names {
            es: [
                "mismo tramo de la semana anterior",
                "al mismo tramo de la semana anterior",
                "en el mismo tramo de la semana anterior",
            ],
            en: "same part of the previous week",
            pt: [
                "mesmo trecho da semana anterior",
                "ao mesmo trecho da semana anterior",
                "no mesmo trecho da semana anterior",
            ],
        },
        Unit::Month => Names {
            es: [
                "mismo tramo del mes anterior",
                "al mismo tramo del mes anterior",
                "en el mismo tramo del mes anterior",
            ],
            en: "same part of the previous month",
            pt: [
                "mesmo trecho do mês anterior",
                "ao mesmo trecho do mês anterior",
                "no mesmo trecho do mês anterior",
            ],
        },
        Unit::Quarter => Names {
            es: [
                "mismo tramo del trimestre anterior",
                "al mismo tramo del trimestre anterior",
                "en el mismo tramo del trimestre anterior",
            ],
            en: "same part of the previous quarter",
            pt: [
                "mesmo trecho do trimestre anterior",
                "ao mesmo trecho do trimestre anterior",
                "no mesmo trecho do trimestre anterior",
            ],
        },
        Unit::Year => Names {
            es: [
                "mismo tramo del año anterior",
                "al mismo tramo del año anterior",
                "en el mismo tramo del año anterior",
            ],
            en: "same part of the previous year",
            pt: [
                "mesmo trecho do ano anterior",
                "ao mesmo trecho do ano anterior",
                "no mesmo trecho do ano anterior",
            ],
        },
    }
}

/// The same period a year before.
fn a_year_before(shape: Shape) -> Names {
    match shape {
        // Of weeks and business days the day of the week is kept, so that it is a year but for a day or two.
        Shape::Workday => Names {
            es: [
                "mismo día de la semana un año antes",
                "al mismo día de la semana un año antes",
                "el mismo día de la semana un año antes",
            ],
            en: "same weekday a year before",
            pt: [
                "mesmo dia da semana um ano antes",
                "ao mesmo dia da semana um ano antes",
                "no mesmo dia da semana um ano antes",
            ],
        },
        Shape::Unit(Unit::Week) => Names {
            es: [
                "misma semana un año antes",
                "a la misma semana un año antes",
                "la misma semana un año antes",
            ],
            en: "same week a year before",
            pt: ["mesma semana um ano antes", "à mesma semana um ano antes", "na mesma semana um ano antes"],
        },
        Shape::Unit(Unit::Day) | Shape::Days(1) => Names {
            es: [
                "mismo día del año anterior",
                "al mismo día del año anterior",
                "el mismo día del año anterior",
            ],
            en: "same day a year before",
            pt: ["mesmo dia do ano anterior", "ao mesmo dia do ano anterior", "no mesmo dia do ano anterior"],
        },
        Shape::Unit(Unit::Month) => Names {
            es: [
                "mismo mes del año anterior",
                "al mismo mes del año anterior",
                "el mismo mes del año anterior",
            ],
            en: "same month a year before",
            pt: ["mesmo mês do ano anterior", "ao mesmo mês do ano anterior", "no mesmo mês do ano anterior"],
        },
        Shape::Unit(Unit::Quarter) => Names {
            es: [
                "mismo trimestre del año anterior",
                "al mismo trimestre del año anterior",
                "el mismo trimestre del año anterior",
            ],
            en: "same quarter a year before",
            pt: [
                "mesmo trimestre do ano anterior",
                "ao mesmo trimestre do ano anterior",
                "no mesmo trimestre do ano anterior",
            ],
        },
        Shape::Unit(Unit::Year) => before(shape),
        Shape::ToDate(Unit::Year) => as_much_of(Unit::Year),
        Shape::ToDate(_) => Names {
            es: ["mismo tramo un año antes", "al mismo tramo un año antes", "en el mismo tramo un año antes"],
            en: "same part a year before",
            pt: ["mesmo trecho um ano antes", "ao mesmo trecho um ano antes", "no mesmo trecho um ano antes"],
        },
        Shape::Days(_) => Names {
            es: [
                "mismas fechas del año anterior",
                "a las mismas fechas del año anterior",
                "en las mismas fechas del año anterior",
            ],
            en: "same dates a year before",
            pt: [
                "mesmas datas do ano anterior",
                "às mesmas datas do ano anterior",
                "nas mesmas datas do ano anterior",
            ],
        },
    }
}
