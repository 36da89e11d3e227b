//! How the values of a table are marked: with bars, with a scale of colours, or as good and bad.

/// What is drawn at the values of a metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Marking {
    /// A bar as long as the value.
    Bar,
    /// A colour, the fuller the higher the value.
    Scale,
    /// Good where its target is reached, else bad.
    Target,
    /// Good or bad by fixed numbers; the first bound that holds decides.
    Bounds(Vec<Bound>),
}

/// A number from which, or below which, a value is good or bad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// On which side of the number.
    pub side: Side,
    /// The number, in the metric's own unit (a share of 80 % is 0.8).
    pub at: f64,
    /// Are values there good? Else they are bad.
    pub is_good: bool,
}

/// A side of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Less than it.
    Below,
    /// It, and more.
    From,
}

impl Bound {
    /// Does it say anything about a value?
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        match self.side {
            Side::Below => value < self.at,
            Side::From => value >= self.at,
        }
    }
}

impl std::fmt::Display for Marking {
    /// `bar`, `below 0.8 bad, from 0.95 good`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bar => f.write_str("bar"),
            Self::Scale => f.write_str("scale"),
            Self::Target => f.write_str("target"),
            Self::Bounds(bounds) => {
                let said = bounds.iter().map(|bound| {
                    let side = if bound.side == Side::Below { "below" } else { "from" };
                    format!("{side} {} {}", bound.at, if bound.is_good { "good" } else { "bad" })
                });
                f.write_str(&said.collect::<Vec<_>>().join(", "))
            }
        }
    }
}
