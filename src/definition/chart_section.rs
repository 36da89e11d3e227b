//! Sections that are drawn: charts, and tiles with their sparks.

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// Vertical bars; grouped by series, or stacked.
    Bars,
    /// Lines.
    Line,
    /// Areas from zero to a line, or on top of each other.
    Area,
    /// Cells of rows and columns, coloured by their values.
    Heatmap,
    /// A triangle of cells: who came when, and what became of them since.
    Cohort,
    /// From one dimension to another, in ribbons as wide as their numbers.
    Flow,
    /// Steps that fewer and fewer take.
    Funnel,
    /// Values against their targets.
    Bullet,
    /// A small line a row.
    Spark,
}

impl ChartKind {
    /// Its name in definitions.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Line => "line",
            Self::Area => "area",
            Self::Heatmap => "heatmap",
            Self::Cohort => "cohort",
            Self::Flow => "flow",
            Self::Funnel => "funnel",
            Self::Bullet => "bullet",
            Self::Spark => "spark",
        }
    }

    /// Does it show one metric by two dimensions?
    #[must_use]
    pub const fn is_matrix(self) -> bool {
        matches!(self, Self::Heatmap | Self::Cohort | Self::Flow)
    }

    /// Do several metrics stand along one axis? They are of one kind then; rows of their own have a scale of their own.
    #[must_use]
    pub const fn has_one_axis(self) -> bool {
        matches!(self, Self::Bars | Self::Line | Self::Area | Self::Funnel)
    }

    /// Are its rows metrics, or the values of one dimension?
    #[must_use]
    pub const fn is_of_rows(self) -> bool {
        matches!(self, Self::Funnel | Self::Bullet)
    }
}

/// `chart = { kind = "bars", x = "day", metrics = ["tasks_completed"], by = "type", stacked = true }`
#[derive(Debug, Clone, PartialEq)]
pub struct ChartSection {
    /// How it is drawn.
    pub kind: ChartKind,
    /// The dimension along the axis (`day`, `week`, `team`, `state_end`, ...), of a heatmap its columns, of a flow its left side, of a funnel
    /// and of bullets their rows; `None`: rows are metrics.
    pub x: Option<String>,
    /// One metric with `by`, or one series a metric.
    pub metrics: Vec<String>,
    /// A dimension whose values become series, of a heatmap its rows, of a flow its right side.
    pub by: Option<String>,
    /// Bars or areas on top of each other.
    pub stacked: bool,
}

impl ChartSection {
    /// What its metrics are asked by, beside columns of their own.
    #[must_use]
    pub fn dimensions(&self) -> Vec<String> {
        self.x.iter().chain(&self.by).cloned().collect()
    }
}

/// `kpis = ["tasks_planned"]`, or `kpis = { metrics = ["tasks_planned"], spark = "day" }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiSection {
    /// A tile each.
    pub metrics: Vec<String>,
    /// `day`, `week` or `month`: each tile shows its metric over the period, where that is known.
    pub spark: Option<String>,
}

impl From<Vec<String>> for KpiSection {
    fn from(metrics: Vec<String>) -> Self {
        Self { metrics, spark: None }
    }
}
