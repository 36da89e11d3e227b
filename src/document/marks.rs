//! What is marked in a table, decided: how far a bar reaches, how full a colour is, what is good and what is bad. Never: how that is
//! drawn.

use super::{Column, Line, Verdict};
use crate::definition::{Better, Bound};

/// How the values of a column are marked.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A bar as long as the value; the span holds 0.
    Bar(Span),
    /// A colour, from the lowest value to the highest.
    Scale(Span),
    /// Good and bad.
    Judged(Judged),
}

/// Values from the lowest to the highest that there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The lowest.
    pub lowest: f64,
    /// The highest.
    pub highest: f64,
}

/// Which values are good and which bad, and by what.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// By what they are judged.
    pub by: Rule,
    /// One verdict a row.
    pub rows: Vec<Verdict>,
    /// One for each group's subtotals.
    pub subtotals: Vec<Verdict>,
    /// That of the totals.
    pub total: Verdict,
}

/// By what values are judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// The same numbers for all rows; the first that holds decides.
    Bounds(Vec<Bound>),
    /// What each row is to reach.
    Targets {
        /// Which side of it is good.
        better: Better,
        /// Rounded as values are; one a row.
        rows: Vec<Option<f64>>,
    },
}

impl Span {
    /// The span of some values; `None` where there are none.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        values.fold(None, |span: Option<Self>, value| {
            let span = span.unwrap_or(Self { lowest: value, highest: value });
            Some(Self { lowest: span.lowest.min(value), highest: span.highest.max(value) })
        })
    }

    /// The span with 0 in it.
    pub(super) fn with_zero(self) -> Self {
        Self { lowest: self.lowest.min(0.0), highest: self.highest.max(0.0) }
    }

    /// Where a value stands between the ends, 0 to 1; in the middle where there is but one.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        let width = self.highest - self.lowest;
        if width > 0.0 { ((value - self.lowest) / width).clamp(0.0, 1.0) } else { 0.5 }
    }

    /// From where to where the bar of a value reaches, in shares of the room there is.
    #[must_use]
    pub fn bar(&self, value: f64) -> (f64, f64) {
        if self.highest <= self.lowest {
            return (0.0, 0.0);
        }
        let (zero, end) = (self.share(0.0), self.share(value));
        (zero.min(end), zero.max(end))
    }
}

impl Rule {
    /// What a value is in the light of some bounds.
    pub(super) fn by_bounds(bounds: &[Bound], value: Option<f64>) -> Verdict {
        let holds = value.and_then(|value| bounds.iter().find(|bound| bound.holds(value)));
        holds.map_or(Verdict::Neutral, |bound| if bound.is_good { Verdict::Good } else { Verdict::Bad })
    }

    /// What a value is in the light of its target: what is met exactly is met.
    pub(super) fn by_target(better: Better, value: Option<f64>, target: Option<f64>) -> Verdict {
        let (Some(value), Some(target)) = (value, target) else { return Verdict::Neutral };
        let is_met = match better {
            Better::Higher => value >= target,
            Better::Lower => value <= target,
            Better::Neither => return Verdict::Neutral,
        };
        if is_met { Verdict::Good } else { Verdict::Bad }
    }
}

impl Column {
    /// Is the value in a line good or bad?
    #[must_use]
    pub fn verdict(&self, line: Line) -> Verdict {
        let Some(Mark::Judged(judged)) = &self.mark else { return Verdict::Neutral };
        let verdict = match line {
            Line::Row(row) => judged.rows.get(row),
            Line::Subtotal(group) => judged.subtotals.get(group),
            Line::Total => Some(&judged.total),
        };
        verdict.copied().unwrap_or(Verdict::Neutral)
    }

    /// From where to where the bar in a line reaches, in shares of the cell's width; only rows have bars.
    #[must_use]
    pub fn bar(&self, line: Line) -> Option<(f64, f64)> {
        let Some(Mark::Bar(span)) = &self.mark else { return None };
        Some(span.bar(self.number(line)?)).filter(|(from, to)| from < to)
    }

    /// How full the colour in a line is, 0 to 1; only rows have one.
    #[must_use]
    pub fn fullness(&self, line: Line) -> Option<f64> {
        let Some(Mark::Scale(span)) = &self.mark else { return None };
        Some(span.share(self.number(line)?))
    }

    fn number(&self, line: Line) -> Option<f64> {
        let Line::Row(row) = line else { return None };
        match self.values.get(row) {
            Some(super::Value::Number(number)) if number.is_finite() => Some(number),
            _ => None,
        }
    }
}

impl Verdict {
    /// The sign that stands before a value, so that it is told without colour: `✓`, `✗`, or nothing.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Bad => "✗",
            Self::Neutral => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Side;

    #[test]
    fn bars_begin_at_zero_wherever_it_lies_between_the_values() {
        let of = |values: &[f64]| Span::of(values.iter().copied()).expect("values").with_zero();
        assert_eq!(of(&[5.0, 10.0]).bar(5.0), (0.0, 0.5));
        assert_eq!(of(&[-10.0, 30.0]).bar(-10.0), (0.0, 0.25));
        assert_eq!(of(&[-10.0, 30.0]).bar(30.0), (0.25, 1.0));
        assert_eq!(of(&[-10.0, -5.0]).bar(-5.0), (0.5, 1.0));
        assert_eq!(of(&[0.0]).bar(0.0), (0.0, 0.0));
        assert!(Span::of(std::iter::empty()).is_none());
    }

    #[test]
    fn a_colour_is_fullest_at_the_highest_value_and_in_the_middle_where_all_are_equal() {
        let span = Span { lowest: -4.0, highest: 4.0 };
        assert_eq!([-4.0, 0.0, 4.0].map(|value| span.share(value)), [0.0, 0.5, 1.0]);
        assert_eq!(Span { lowest: 3.0, highest: 3.0 }.share(3.0), 0.5);
    }

    #[test]
    fn a_target_that_is_met_exactly_is_met_and_a_bound_begins_at_its_number() {
        assert_eq!(Rule::by_target(Better::Higher, Some(0.85), Some(0.85)), Verdict::Good);
        assert_eq!(Rule::by_target(Better::Lower, Some(21.0), Some(20.0)), Verdict::Bad);
        assert_eq!(Rule::by_target(Better::Higher, None, Some(20.0)), Verdict::Neutral);
        let bounds = [
            Bound { side: Side::Below, at: 0.8, is_good: false },
            Bound { side: Side::From, at: 0.95, is_good: true },
        ];
        let of = |value| Rule::by_bounds(&bounds, Some(value));
        assert_eq!(
            [0.79, 0.8, 0.94, 0.95].map(of),
            [Verdict::Bad, Verdict::Neutral, Verdict::Neutral, Verdict::Good]
        );
    }
}
