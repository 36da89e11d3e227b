//! What a sentence was made of, so that it can be traced.

/// A sentence of the summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// As it is read.
    pub text: String,
    /// What was found.
    pub finding: Finding,
    /// Every number in it, and those it was concluded from.
    pub facts: Vec<Fact>,
}

/// What a sentence tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// A number changed by more than chance, and which groups moved it.
    Change,
    /// A number lies beyond those of many earlier periods.
    Record,
    /// Targets that are not met.
    Target,
    /// A group that lies apart from the others.
    Outlier,
}

/// A number.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Of which metric.
    pub metric: String,
    /// Of which group; `None`: as a whole.
    pub group: Option<Group>,
    /// Of which civil days, both included; `None` for a target. A change ends with these days.
    pub days: Option<(chrono::NaiveDate, chrono::NaiveDate)>,
    /// What it is.
    pub quantity: Quantity,
    /// Rounded as it is shown; shares as shares (0.853).
    pub value: f64,
}

/// A group of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The dimension's name in definitions.
    pub dimension: String,
    /// Its value as in the data; `None`: rows without one.
    pub key: Option<String>,
    /// As people read it.
    pub label: String,
}

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The metric's value.
    Value,
    /// Its value in the period that it is compared with.
    Before,
    /// Value less value before: of a group, what it contributes to the change of the whole.
    Change,
    /// The change as part of the value before.
    Relative,
    /// Its value in an earlier period that it is a record among, or since.
    Earlier,
    /// How many periods a record is of, its own included; the days are those of all of them.
    Periods,
    /// The metric's target.
    Target,
    /// The lowest value of groups that do not lie apart.
    UsualLow,
    /// The highest value of groups that do not lie apart.
    UsualHigh,
}

impl Fact {
    /// The same number of one group.
    pub(super) fn of_group(self, group: &Group) -> Self {
        Self { group: Some(group.clone()), ..self }
    }
}
