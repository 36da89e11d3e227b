//! A value held against another: how far, in which direction, whether that is welcome, and how people say it.

use super::words::pick;
use super::{Change, Direction, Display, Locale, Value, Verdict, rounding};
use crate::calendar::{PeriodRule, Unit};
use crate::definition::{Better, Language, ValueFormat};

/// What a report is compared with, in the forms that sentences need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Against {
    /// `semana anterior`
    pub(super) name: String,
    /// `frente a la semana anterior`
    versus: String,
    /// `que la semana anterior`
    than: String,
}

impl Against {
    /// The equal period before the one that a rule gives.
    pub(super) fn previous(rule: &PeriodRule, language: Language) -> Self {
        // Names with article, contracted as each language does.
        let (es, en, pt) = match rule {
            PeriodRule::PreviousWorkday => (
                ("día hábil anterior", "al día hábil anterior", "el día hábil anterior"),
                "previous workday",
                ("dia útil anterior", "ao dia útil anterior", "no dia útil anterior"),
            ),
            PeriodRule::Previous(Unit::Day) => (
                ("día anterior", "al día anterior", "el día anterior"),
                "previous day",
                ("dia anterior", "ao dia anterior", "no dia anterior"),
            ),
            PeriodRule::Previous(Unit::Week) => (
                ("semana anterior", "a la semana anterior", "la semana anterior"),
                "previous week",
                ("semana anterior", "à semana anterior", "na semana anterior"),
            ),
            PeriodRule::Previous(Unit::Month) => (
                ("mes anterior", "al mes anterior", "el mes anterior"),
                "previous month",
                ("mês anterior", "ao mês anterior", "no mês anterior"),
            ),
            PeriodRule::Previous(Unit::Quarter) => (
                ("trimestre anterior", "al trimestre anterior", "el trimestre anterior"),
                "previous quarter",
                ("trimestre anterior", "ao trimestre anterior", "no trimestre anterior"),
            ),
            PeriodRule::Previous(Unit::Year) => (
                ("año anterior", "al año anterior", "el año anterior"),
                "previous year",
                ("ano anterior", "ao ano anterior", "no ano anterior"),
            ),
            PeriodRule::PreviousDays(days) if *days > 1 => return Self::days_before(*days, language),
            PeriodRule::ToDate(unit) => return Self::same_part(*unit, language),
            PeriodRule::PreviousDays(_) | PeriodRule::Fixed(..) | PeriodRule::SinceLastRun => (
                ("periodo anterior", "al periodo anterior", "el periodo anterior"),
                "previous period",
                ("período anterior", "ao período anterior", "no período anterior"),
            ),
        };
        let (name, versus, than) = match language {
            Language::Es => (es.0.to_owned(), format!("frente {}", es.1), format!("que {}", es.2)),
            Language::En => (en.to_owned(), format!("vs the {en}"), format!("than the {en}")),
            Language::Pt => (pt.0.to_owned(), format!("em relação {}", pt.1), format!("que {}", pt.2)),
        };
        Self { name, versus, than }
    }

    /// A unit to date is held against as much of the unit before.
    fn same_part(unit: Unit, language: Language) -> Self {
        let (es, en, pt) = match unit {
            Unit::Day => ("del día anterior", "previous day", "do dia anterior"),
            Unit::Week => ("de la semana anterior", "previous week", "da semana anterior"),
            Unit::Month => ("del mes anterior", "previous month", "do mês anterior"),
            Unit::Quarter => ("del trimestre anterior", "previous quarter", "do trimestre anterior"),
            Unit::Year => ("del año anterior", "previous year", "do ano anterior"),
        };
        match language {
            Language::Es => Self {
                name: format!("mismo tramo {es}"),
                versus: format!("frente al mismo tramo {es}"),
                than: format!("que en el mismo tramo {es}"),
            },
            Language::En => Self {
                name: format!("same part of the {en}"),
                versus: format!("vs the same part of the {en}"),
                than: format!("than in the same part of the {en}"),
            },
            Language::Pt => Self {
                name: format!("mesmo trecho {pt}"),
                versus: format!("em relação ao mesmo trecho {pt}"),
                than: format!("que no mesmo trecho {pt}"),
            },
        }
    }

    fn days_before(days: u32, language: Language) -> Self {
        match language {
            Language::Es => Self {
                name: format!("{days} días anteriores"),
                versus: format!("frente a los {days} días anteriores"),
                than: format!("que los {days} días anteriores"),
            },
            Language::En => Self {
                name: format!("previous {days} days"),
                versus: format!("vs the previous {days} days"),
                than: format!("than the previous {days} days"),
            },
            Language::Pt => Self {
                name: format!("{days} dias anteriores"),
                versus: format!("em relação aos {days} dias anteriores"),
                than: format!("que nos {days} dias anteriores"),
            },
        }
    }
}

/// A metric's two values and how to judge them; the values are as computed, not yet rounded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) value: Option<f64>,
    pub(super) reference: Option<f64>,
    pub(super) format: ValueFormat,
    pub(super) currency: Option<&'a str>,
    pub(super) better: Better,
}

/// The value against the one of the period before.
pub(super) fn with_previous(pair: Pair<'_>, against: &Against, locale: &Locale) -> Change {
    let difference = Difference::of(pair);
    let text = match &difference {
        Difference::None => {
            pick(["sin comparación", "no comparison", "sem comparação"], locale.language()).into()
        }
        Difference::Same { .. } => unchanged(against, locale.language()),
        Difference::By { .. } => {
            format!("{} {}", difference.size(pair, locale), against.versus)
        }
    };
    change(against.name.clone(), text, pair, difference)
}

/// The change as part of a running text, where no arrow tells the direction: `8,4 % más que la semana anterior`.
pub(super) fn in_words(pair: Pair<'_>, against: &Against, locale: &Locale) -> String {
    let language = locale.language();
    let difference = Difference::of(pair);
    let Difference::By { absolute, .. } = difference else {
        return with_previous(pair, against, locale).text;
    };
    let more = if absolute > 0.0 {
        pick(["más", "more", "a mais do"], language)
    } else {
        pick(["menos", "less", "a menos do"], language)
    };
    format!("{} {more} {}", difference.size(pair, locale), against.than)
}

/// The value against its target.
pub(super) fn with_target(pair: Pair<'_>, locale: &Locale) -> Change {
    let language = locale.language();
    let name = pick(["objetivo", "target", "meta"], language);
    let display = Display::Number { format: pair.format, currency: pair.currency.map(str::to_owned) };
    let shown = locale.show(pair.reference.map(Value::Number).as_ref(), &display);
    let mut change = change(name.to_owned(), format!("{name} {shown}"), pair, Difference::of(pair));
    // A target that is met exactly is met.
    if change.direction == Direction::Level && change.absolute.is_some() && pair.better != Better::Neither {
        change.verdict = Verdict::Good;
    }
    change
}

/// How two values differ.
enum Difference {
    /// One of them is absent.
    None,
    /// They are shown as the same.
    Same {
        /// 0, or `None` for shares and when the reference is 0.
        relative: Option<f64>,
    },
    /// They differ as shown.
    By {
        /// Value less reference, as shown.
        absolute: f64,
        /// Of the reference; `None` for shares and when it is 0.
        relative: Option<f64>,
    },
}

impl Difference {
    fn of(pair: Pair<'_>) -> Self {
        let (Some(value), Some(reference)) = (pair.value, pair.reference) else { return Self::None };
        let keep = rounding::decimals_kept(pair.format);
        let shown = rounding::round(value, keep).zip(rounding::round(reference, keep));
        let Some(absolute) = shown.and_then(|(v, r)| rounding::round(v - r, keep)) else { return Self::None };
        let comparable = reference != 0.0 && !matches!(pair.format, ValueFormat::Percent(_));
        if absolute == 0.0 {
            return Self::Same { relative: comparable.then_some(0.0) };
        }
        let relative =
            if comparable { rounding::round((value - reference) / reference.abs(), 3) } else { None };
        Self::By { absolute, relative }
    }

    /// How much, without direction: `8,4 %`, `0,4 p. p.`, `12`.
    fn size(&self, pair: Pair<'_>, locale: &Locale) -> String {
        let Self::By { absolute, relative } = self else { return String::new() };
        match (pair.format, relative) {
            (ValueFormat::Percent(decimals), _) => locale.points(*absolute, decimals),
            (_, Some(0.0)) => {
                let least = locale.share(0.001, 1);
                format!("{} {least}", pick(["menos del", "less than", "menos de"], locale.language()))
            }
            (_, Some(relative)) => {
                let decimals = if relative.abs() < 10.0 { 1 } else { 0 };
                locale.share(relative.abs(), decimals)
            }
            (format, None) => {
                let display = Display::Number { format, currency: pair.currency.map(str::to_owned) };
                locale.show(Some(&Value::Number(absolute.abs())), &display)
            }
        }
    }
}

fn unchanged(against: &Against, language: Language) -> String {
    format!("{} {}", pick(["sin cambios", "no change", "sem mudanças"], language), against.versus)
}

fn change(against: String, text: String, pair: Pair<'_>, difference: Difference) -> Change {
    let reference = pair.reference.and_then(|r| rounding::rounded(r, pair.format));
    let (absolute, relative) = match difference {
        Difference::None => (None, None),
        Difference::Same { relative } => (Some(0.0), relative),
        Difference::By { absolute, relative } => (Some(absolute), relative),
    };
    let direction = match absolute {
        Some(a) if a > 0.0 => Direction::Up,
        Some(a) if a < 0.0 => Direction::Down,
        _ => Direction::Level,
    };
    let verdict = match (direction, pair.better) {
        (Direction::Level, _) | (_, Better::Neither) => Verdict::Neutral,
        (Direction::Up, Better::Higher) | (Direction::Down, Better::Lower) => Verdict::Good,
        (Direction::Up, Better::Lower) | (Direction::Down, Better::Higher) => Verdict::Bad,
    };
    Change { against, reference, absolute, relative, text, direction, verdict }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(
        value: Option<f64>,
        reference: Option<f64>,
        format: ValueFormat,
        better: Better,
    ) -> Pair<'static> {
        Pair { value, reference, format, currency: Some("COP"), better }
    }

    fn previous(tag: &str, pair: Pair<'_>, rule: &PeriodRule) -> (Change, String) {
        let locale = Locale::parse(tag).expect("a locale");
        let against = Against::previous(rule, locale.language());
        let words = in_words(pair, &against, &locale);
        let mut change = with_previous(pair, &against, &locale);
        change.text = change.text.replace('\u{a0}', " ");
        (change, words.replace('\u{a0}', " "))
    }

    const WEEK: PeriodRule = PeriodRule::Previous(Unit::Week);
    const SHARE: ValueFormat = ValueFormat::Percent(1);

    #[test]
    fn amounts_change_by_a_share_of_what_they_were() {
        let of = pair(Some(1084.0), Some(1000.0), ValueFormat::Integer, Better::Higher);
        let (change, words) = previous("es-CO", of, &PeriodRule::PreviousWorkday);
        assert_eq!(change.text, "8,4 % frente al día hábil anterior");
        assert_eq!(change.against, "día hábil anterior");
        assert_eq!((change.absolute, change.relative), (Some(84.0), Some(0.084)));
        assert_eq!((change.direction, change.verdict), (Direction::Up, Verdict::Good));
        assert_eq!(words, "8,4 % más que el día hábil anterior");
        let (change, words) = previous("en-US", of, &PeriodRule::Previous(Unit::Month));
        assert_eq!(change.text, "8.4% vs the previous month");
        assert_eq!(words, "8.4% more than the previous month");
        let (change, words) = previous("es-CO", of, &PeriodRule::ToDate(Unit::Month));
        assert_eq!(change.text, "8,4 % frente al mismo tramo del mes anterior");
        assert_eq!(words, "8,4 % más que en el mismo tramo del mes anterior");
        let (change, words) = previous("pt-BR", of, &PeriodRule::PreviousDays(7));
        assert_eq!(change.text, "8,4% em relação aos 7 dias anteriores");
        assert_eq!(words, "8,4% a mais do que nos 7 dias anteriores");
    }

    #[test]
    fn shares_change_by_points_of_what_is_shown() {
        let (change, words) =
            previous("es-CO", pair(Some(0.8527), Some(0.8561), SHARE, Better::Lower), &WEEK);
        assert_eq!(change.text, "0,3 p. p. frente a la semana anterior");
        assert_eq!(words, "0,3 p. p. menos que la semana anterior");
        assert_eq!((change.reference, change.absolute, change.relative), (Some(0.856), Some(-0.003), None));
        assert_eq!((change.direction, change.verdict), (Direction::Down, Verdict::Good));
    }

    #[test]
    fn what_is_shown_as_the_same_has_not_changed() {
        let (change, words) =
            previous("es-CO", pair(Some(0.8527), Some(0.8533), SHARE, Better::Higher), &WEEK);
        assert_eq!(change.text, "sin cambios frente a la semana anterior");
        assert_eq!(words, change.text);
        assert_eq!((change.direction, change.verdict), (Direction::Level, Verdict::Neutral));
    }

    #[test]
    fn nothing_before_gives_no_relative_change() {
        let (change, _) =
            previous("es-CO", pair(Some(12.0), Some(0.0), ValueFormat::Currency(0), Better::Higher), &WEEK);
        assert_eq!(change.text, "$ 12 frente a la semana anterior");
        assert_eq!((change.absolute, change.relative, change.verdict), (Some(12.0), None, Verdict::Good));
        let (change, words) =
            previous("es-CO", pair(Some(12.0), None, ValueFormat::Integer, Better::Higher), &WEEK);
        assert_eq!((change.text.as_str(), words.as_str()), ("sin comparación", "sin comparación"));
        assert_eq!((change.absolute, change.relative, change.reference), (None, None, None));
        assert_eq!((change.direction, change.verdict), (Direction::Level, Verdict::Neutral));
    }

    #[test]
    fn a_change_too_small_for_its_decimals_is_not_shown_as_zero() {
        let of = pair(Some(1_000_001.0), Some(1_000_000.0), ValueFormat::Integer, Better::Neither);
        let (change, _) = previous("es-CO", of, &WEEK);
        assert_eq!(change.text, "menos del 0,1 % frente a la semana anterior");
        assert_eq!((change.direction, change.verdict), (Direction::Up, Verdict::Neutral));
    }

    #[test]
    fn a_target_is_met_at_its_exact_value() {
        let locale = Locale::parse("es-CO").expect("a locale");
        let target = |value, better| with_target(pair(Some(value), Some(0.85), SHARE, better), &locale);
        let met = target(0.8499, Better::Higher);
        assert_eq!(met.text, "objetivo 85,0\u{a0}%");
        assert_eq!(target(0.85, Better::Higher).verdict, Verdict::Good);
        assert_eq!(target(0.84, Better::Higher).verdict, Verdict::Bad);
        assert_eq!(target(0.84, Better::Lower).verdict, Verdict::Good);
        assert_eq!(target(0.90, Better::Neither).verdict, Verdict::Neutral);
    }
}
