//! A value held against another: how far, in which direction, whether that is welcome, and how people say it.

use super::against::Against;
use super::words::pick;
use super::{Change, Direction, Display, Locale, Value, Verdict, rounding};
use crate::definition::{Better, Comparison, Language, ValueFormat};

/// A metric's two values and how to judge them; the values are as computed, not yet rounded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) value: Option<f64>,
    pub(super) reference: Option<f64>,
    pub(super) format: ValueFormat,
    pub(super) currency: Option<&'a str>,
    pub(super) better: Better,
}

/// The value against another: of the same metric in another period, or its target.
pub(super) fn change(pair: Pair<'_>, against: &Against, locale: &Locale) -> Change {
    let difference = Difference::of(pair);
    let text = if against.with == Comparison::Target {
        of_target(pair, against, locale)
    } else {
        match &difference {
            Difference::None => format!("{} {}", locale.show(None, &Display::Text), against.versus),
            Difference::Same { .. } => unchanged(against, locale.language()),
            Difference::By { .. } => format!("{} {}", difference.size(pair, locale), against.versus),
        }
    };
    let mut change = judged(pair, against, text, &difference);
    // A target that is met exactly is met.
    let met = change.direction == Direction::Level && change.absolute.is_some();
    if against.with == Comparison::Target && met && pair.better != Better::Neither {
        change.verdict = Verdict::Good;
    }
    change
}

/// The change as part of a running text, where no arrow tells the direction: `8,4 % más que la semana anterior`.
pub(super) fn in_words(pair: Pair<'_>, against: &Against, locale: &Locale) -> String {
    let language = locale.language();
    let difference = Difference::of(pair);
    let absolute = match difference {
        Difference::None => return no_comparison(language).to_owned(),
        Difference::Same { .. } => return unchanged(against, language),
        Difference::By { absolute, .. } => absolute,
    };
    let more = if absolute > 0.0 {
        pick(["más", "more", "a mais do"], language)
    } else {
        pick(["menos", "less", "a menos do"], language)
    };
    format!("{} {more} {}", difference.size(pair, locale), against.than)
}

/// What a text says where there is nothing to compare with.
pub(super) fn no_comparison(language: Language) -> &'static str {
    pick(["sin comparación", "no comparison", "sem comparação"], language)
}

/// The difference of two values as it is shown, and what part of the reference that is: nothing where one of them is absent, and no
/// part for shares and where the reference is 0.
pub(super) fn difference(pair: Pair<'_>) -> (Option<f64>, Option<f64>) {
    Difference::of(pair).parts()
}

/// What part of its target a value is; nothing without a target above 0, and nothing of a value below 0: what was taken back is no part
/// of what was to be reached. A value of 0 is one: nothing of it.
pub(super) fn attainment(value: Option<f64>, target: Option<f64>) -> Option<f64> {
    let target = target.filter(|target| *target > 0.0)?;
    let value = value.filter(|value| *value >= 0.0)?;
    rounding::round(value / target, 3)
}

/// `100,3 % del objetivo (85,0 %)`
fn of_target(pair: Pair<'_>, against: &Against, locale: &Locale) -> String {
    let display = Display::Number { format: pair.format, currency: pair.currency.map(str::to_owned) };
    let shown = locale.show(pair.reference.map(Value::Number).as_ref(), &display);
    match attainment(pair.value, pair.reference) {
        None => format!("{} {shown}", against.name),
        Some(part) => {
            let of = pick(["del objetivo", "of the target", "da meta"], locale.language());
            format!("{} {of} ({shown})", locale.share(part, 1))
        }
    }
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

    /// The difference as shown, and as part of the reference.
    fn parts(&self) -> (Option<f64>, Option<f64>) {
        match *self {
            Self::None => (None, None),
            Self::Same { relative } => (Some(0.0), relative),
            Self::By { absolute, relative } => (Some(absolute), relative),
        }
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

fn judged(pair: Pair<'_>, against: &Against, text: String, difference: &Difference) -> Change {
    let reference = pair.reference.and_then(|r| rounding::rounded(r, pair.format));
    let (absolute, relative) = difference.parts();
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
    let of_target = against.with == Comparison::Target;
    Change {
        with: against.with,
        against: against.name.clone(),
        reference,
        absolute,
        relative,
        attainment: if of_target { attainment(pair.value, pair.reference) } else { None },
        text,
        direction,
        verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{Shape, Unit};

    fn pair(
        value: Option<f64>,
        reference: Option<f64>,
        format: ValueFormat,
        better: Better,
    ) -> Pair<'static> {
        Pair { value, reference, format, currency: Some("COP"), better }
    }

    fn previous(tag: &str, pair: Pair<'_>, shape: Shape) -> (Change, String) {
        held(tag, pair, Comparison::Previous, shape)
    }

    fn held(tag: &str, pair: Pair<'_>, with: Comparison, shape: Shape) -> (Change, String) {
        let locale = Locale::parse(tag).expect("a locale");
        let against = Against::of(with, shape, locale.language());
        let words = in_words(pair, &against, &locale);
        let mut change = change(pair, &against, &locale);
        change.text = change.text.replace('\u{a0}', " ");
        (change, words.replace('\u{a0}', " "))
    }

    const WEEK: Shape = Shape::Unit(Unit::Week);
    const SHARE: ValueFormat = ValueFormat::Percent(1);

    #[test]
    fn amounts_change_by_a_share_of_what_they_were() {
        let of = pair(Some(1084.0), Some(1000.0), ValueFormat::Integer, Better::Higher);
        let (change, words) = previous("es-CO", of, Shape::Workday);
        assert_eq!(change.text, "8,4 % frente al día hábil anterior");
        assert_eq!(change.against, "día hábil anterior");
        assert_eq!((change.absolute, change.relative), (Some(84.0), Some(0.084)));
        assert_eq!((change.direction, change.verdict), (Direction::Up, Verdict::Good));
        assert_eq!(words, "8,4 % más que el día hábil anterior");
        let (change, words) = previous("en-US", of, Shape::Unit(Unit::Month));
        assert_eq!(change.text, "8.4% vs the previous month");
        assert_eq!(words, "8.4% more than the previous month");
        let (change, words) = previous("es-CO", of, Shape::ToDate(Unit::Month));
        assert_eq!(change.text, "8,4 % frente al mismo tramo del mes anterior");
        assert_eq!(words, "8,4 % más que en el mismo tramo del mes anterior");
        let (change, words) = previous("pt-BR", of, Shape::Days(7));
        assert_eq!(change.text, "8,4% em relação aos 7 dias anteriores");
        assert_eq!(words, "8,4% a mais do que nos 7 dias anteriores");
    }

    #[test]
    fn shares_change_by_points_of_what_is_shown() {
        let (change, words) = previous("es-CO", pair(Some(0.8527), Some(0.8561), SHARE, Better::Lower), WEEK);
        assert_eq!(change.text, "0,3 p. p. frente a la semana anterior");
        assert_eq!(words, "0,3 p. p. menos que la semana anterior");
        assert_eq!((change.reference, change.absolute, change.relative), (Some(0.856), Some(-0.003), None));
        assert_eq!((change.direction, change.verdict), (Direction::Down, Verdict::Good));
    }

    #[test]
    fn what_is_shown_as_the_same_has_not_changed() {
        let (change, words) =
            previous("es-CO", pair(Some(0.8527), Some(0.8533), SHARE, Better::Higher), WEEK);
        assert_eq!(change.text, "sin cambios frente a la semana anterior");
        assert_eq!(words, change.text);
        assert_eq!((change.direction, change.verdict), (Direction::Level, Verdict::Neutral));
    }

    #[test]
    fn nothing_before_gives_no_relative_change() {
        let (change, _) =
            previous("es-CO", pair(Some(12.0), Some(0.0), ValueFormat::Currency(0), Better::Higher), WEEK);
        assert_eq!(change.text, "$ 12 frente a la semana anterior");
        assert_eq!((change.absolute, change.relative, change.verdict), (Some(12.0), None, Verdict::Good));
        let (change, words) =
            previous("es-CO", pair(Some(12.0), None, ValueFormat::Integer, Better::Higher), WEEK);
        assert_eq!(
            (change.text.as_str(), words.as_str()),
            ("– frente a la semana anterior", "sin comparación")
        );
        assert_eq!((change.absolute, change.relative, change.reference), (None, None, None));
        assert_eq!((change.direction, change.verdict), (Direction::Level, Verdict::Neutral));
    }

    #[test]
    fn a_change_too_small_for_its_decimals_is_not_shown_as_zero() {
        let of = pair(Some(1_000_001.0), Some(1_000_000.0), ValueFormat::Integer, Better::Neither);
        let (change, _) = previous("es-CO", of, WEEK);
        assert_eq!(change.text, "menos del 0,1 % frente a la semana anterior");
        assert_eq!((change.direction, change.verdict), (Direction::Up, Verdict::Neutral));
    }

    #[test]
    fn a_year_is_named_by_what_the_period_is() {
        let of = pair(Some(1084.0), Some(1000.0), ValueFormat::Integer, Better::Higher);
        let text = |tag, shape| held(tag, of, Comparison::Year, shape);
        let (change, words) = text("es-CO", Shape::Unit(Unit::Month));
        assert_eq!(change.text, "8,4 % frente al mismo mes del año anterior");
        assert_eq!(words, "8,4 % más que el mismo mes del año anterior");
        let (change, words) = text("en-US", Shape::Unit(Unit::Week));
        assert_eq!(change.text, "8.4% vs the same week a year before");
        assert_eq!(words, "8.4% more than the same week a year before");
        let (change, words) = text("pt-BR", Shape::ToDate(Unit::Month));
        assert_eq!(change.text, "8,4% em relação ao mesmo trecho um ano antes");
        assert_eq!(words, "8,4% a mais do que no mesmo trecho um ano antes");
        assert_eq!(text("es-CO", Shape::Days(9)).0.against, "mismas fechas del año anterior");
    }

    #[test]
    fn a_part_of_a_target_needs_a_target_above_zero_and_a_value_of_zero_or_more() {
        assert_eq!(attainment(Some(75.0), Some(60.0)), Some(1.25));
        assert_eq!(attainment(Some(75.0), Some(0.0)), None);
        assert_eq!(attainment(Some(75.0), Some(-5.0)), None);
        assert_eq!(attainment(Some(75.0), None), None);
        assert_eq!(attainment(None, Some(60.0)), None);
        assert_eq!(attainment(Some(0.0), Some(60.0)), Some(0.0));
        assert_eq!(attainment(Some(-50.0), Some(20.0)), None);
        assert_eq!(attainment(Some(-50.0), Some(-20.0)), None);
        let locale = Locale::parse("en-US").expect("a locale");
        let goal = Against::of(Comparison::Target, WEEK, locale.language());
        let nothing = change(pair(None, Some(60.0), ValueFormat::Integer, Better::Higher), &goal, &locale);
        assert_eq!((nothing.text.as_str(), nothing.attainment), ("target 60", None));
        let of = pair(Some(-50.0), Some(20.0), ValueFormat::Integer, Better::Higher);
        let below = change(of, &goal, &locale);
        assert_eq!((below.text.as_str(), below.attainment), ("target 20", None));
        assert_eq!((below.reference, below.absolute, below.verdict), (Some(20.0), Some(-70.0), Verdict::Bad));
    }

    #[test]
    fn a_target_is_met_at_its_exact_value() {
        let locale = Locale::parse("es-CO").expect("a locale");
        let goal = Against::of(Comparison::Target, WEEK, locale.language());
        let target = |value, better| change(pair(Some(value), Some(0.85), SHARE, better), &goal, &locale);
        let met = target(0.8499, Better::Higher);
        assert_eq!(met.text, "100,0\u{a0}% del objetivo (85,0\u{a0}%)");
        assert_eq!((met.with, met.attainment), (Comparison::Target, Some(1.0)));
        assert_eq!(target(0.85, Better::Higher).verdict, Verdict::Good);
        assert_eq!(target(0.84, Better::Higher).verdict, Verdict::Bad);
        assert_eq!(target(0.84, Better::Lower).verdict, Verdict::Good);
        assert_eq!(target(0.90, Better::Neither).verdict, Verdict::Neutral);
    }
}
