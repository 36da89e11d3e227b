//! Charts as a document holds them: names, rounded values and the chart in words; nothing of how they are laid out.

use super::{Change, Direction, Display};

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartStyle {
    /// Vertical bars, side by side.
    Bars,
    /// Vertical bars on top of each other.
    StackedBars,
    /// Lines; a `None` is a gap.
    Line,
    /// Areas between zero and each line; a `None` is a gap.
    Area,
    /// Areas on top of each other; a `None` is a gap.
    StackedArea,
    /// Cells, coloured by their values: categories are columns, series are rows; a `None` is an empty cell.
    Heatmap,
    /// The same on a scale from zero, for cohorts: what is still to come is left blank.
    Cohort,
    /// From series, at the left, to categories, at the right, in ribbons as wide as the values between them.
    Flow,
    /// Categories are steps. The first series are their values, the others what part they are of the first step and of the one before.
    Funnel,
    /// Each series is a row of one value, held against its target.
    Bullet,
    /// Each series is a row with a small line over the categories.
    Spark,
}

impl ChartStyle {
    /// Every style.
    pub const ALL: [Self; 11] = [
        Self::Bars,
        Self::StackedBars,
        Self::Line,
        Self::Area,
        Self::StackedArea,
        Self::Heatmap,
        Self::Cohort,
        Self::Flow,
        Self::Funnel,
        Self::Bullet,
        Self::Spark,
    ];
}

/// A chart.
#[derive(Debug, Clone)]
pub struct Chart {
    /// How it is drawn.
    pub style: ChartStyle,
    /// Heading of the axis' dimension (`Día`).
    pub x_label: String,
    /// Heading of the dimension that series are values of; `None`: they are metrics, or there is one.
    pub series_label: Option<String>,
    /// Labels along the axis, as shown (`lun 2`, `Norte`).
    pub categories: Vec<String>,
    /// One or more series; each as long as `categories`.
    pub series: Vec<Series>,
    /// How values are shown.
    pub display: Display,
    /// The chart in words, for those who cannot see it.
    pub alt: String,
}

impl Chart {
    /// How the values of one of its series are shown.
    #[must_use]
    pub fn display_of<'a>(&'a self, series: &'a Series) -> &'a Display {
        series.display.as_ref().unwrap_or(&self.display)
    }

    /// Is there no value at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let count = self.categories.len();
        !self.series.iter().any(|series| series.values.iter().take(count).any(Option::is_some))
    }
}

/// One series of a chart.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Its name for people.
    pub label: String,
    /// Values, rounded as shown.
    pub values: Vec<Option<f64>>,
    /// How they are shown, where that is not as the chart says: metrics of several kinds in rows of their own.
    pub display: Option<Display>,
    /// What its value is to reach, of bullets; `None`: nothing is said.
    pub target: Option<Change>,
    /// Which way each value goes, of flows between states; empty: neither way is better.
    pub moves: Vec<Direction>,
}

impl Series {
    /// A series whose values are shown as its chart says.
    #[must_use]
    pub fn new(label: impl Into<String>, values: Vec<Option<f64>>) -> Self {
        Self { label: label.into(), values, ..Self::default() }
    }
}

/// A metric over its period, for a small line in a tile.
#[derive(Debug, Clone, PartialEq)]
pub struct Spark {
    /// What it goes over: `Día`.
    pub x_label: String,
    /// The days (weeks, months), as they stand along an axis; one a value.
    pub labels: Vec<String>,
    /// From the first day (week, month) of the period to its last, rounded as shown; a `None` is a gap.
    pub values: Vec<Option<f64>>,
    /// The line in words.
    pub alt: String,
}
