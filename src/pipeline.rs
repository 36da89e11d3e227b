//! From a definition to artifacts and planned deliveries: source, metrics, document, render, in this order.
//! Never: sockets, the ledger, "now".
//!
//! | file | what lives there |
//! |---|---|
//! | `inputs` | which rows a report needs, and how they are read; `kept`: how they are kept |
//! | `gates` | whether the data are as expected |
//! | `products` | the files of each format, CSV in each dialect that is asked for |
//! | `agreement` | whether the files say what the report says |
//! | `names` | what files are called |
//! | `mails`, `packing` | messages, and what is done with files that are too large for them |
//! | `deliveries` | who gets what |
//! | `preview` | the same to look at |
//! | `explaining` | where a number comes from |
//! | `error` | why there is no report |

mod agreement;
mod deliveries;
mod error;
mod explaining;
mod gates;
mod inputs;
mod kept;
mod mails;
mod names;
mod packing;
mod preview;
mod products;

pub use crate::document::{History, Past, Total};
pub use crate::render::report_schema;
pub use deliveries::Planned;
pub use error::PipelineError;
pub use explaining::{Changed, Explained, Question, explain};
pub use gates::{EarlierRows, Gates};
pub use inputs::Inputs;
pub use kept::{Kept, KeptError, KeptFile};
pub use names::{csv_file, csv_zip, delivered_name, file_stem, mail_name, own_dialects};
pub use preview::{Letter, Previewed, preview};

use crate::calendar::{Period, PeriodKind};
use crate::definition::{Comparison, Definitions, Format, FrameName, Report};
use crate::document::{BuildInput, Document, Unmet, build};
use crate::metrics::{self, Engine};
use crate::render::Artifact;
use chrono::{DateTime, Utc};
use names::stem;
use products::Products;
use std::collections::BTreeMap;

/// What is to be produced.
pub struct Order<'a> {
    /// All definitions.
    pub definitions: &'a Definitions,
    /// The report, with the values of its parameters.
    pub report: &'a Report,
    /// Its period.
    pub period: Period,
    /// The instant it was scheduled for: file names carry it.
    pub scheduled_for: DateTime<Utc>,
    /// Only these formats; empty: all that the report names.
    pub formats: Vec<Format>,
    /// When it is made.
    pub generated: DateTime<Utc>,
    /// A word that stays the same for this run: Message-IDs are made from it.
    pub run_key: String,
    /// Nothing is planned for delivery when false.
    pub deliver: bool,
    /// What is done when its data are not as expected.
    pub gates: Gates,
    /// What earlier runs of the report had.
    pub earlier: Earlier,
    /// Is what it is made from kept?
    pub keep: bool,
}

/// What earlier runs of a report had, as far as this one asks for it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Earlier {
    /// Rows of their periods, the latest first; only asked for where [`crate::definition::Expectations::volume`] is.
    pub rows: Vec<EarlierRows>,
    /// Metrics over earlier periods of the same kind; only asked for where the report has a summary.
    pub totals: Vec<History>,
}

/// What a run produced.
pub struct Produced {
    /// The report in no format.
    pub document: Document,
    /// Rendered files and messages (format `eml`).
    pub artifacts: Vec<Artifact>,
    /// Which of the files go by each delivery of the report, in their order.
    pub attached: Vec<Vec<usize>>,
    /// Who gets what.
    pub deliveries: Vec<Planned>,
    /// Rows of its period by frame: later runs are held against them.
    pub rows: BTreeMap<FrameName, u64>,
    /// What its period is among those that it may be held against over years; `None`: nothing.
    pub kind: Option<PeriodKind>,
    /// Metrics as a whole, for the same.
    pub totals: Vec<Total>,
    /// What was expected of the data and is not so, though it was made, for the record.
    pub unmet: Option<String>,
    /// Is it held back for that until somebody decides?
    pub held: bool,
    /// What it was made from, to be kept; nothing where that was not asked for or not possible.
    pub kept: Vec<KeptFile>,
}

/// Produces a report: CPU and file reads, no sockets; call it on a blocking thread.
///
/// # Errors
/// The first room that fails says why; nothing is half produced.
pub fn produce(order: &Order<'_>) -> Result<Produced, PipelineError> {
    let inputs = inputs::gather(order)?;
    let mut unmet = Vec::new();
    // Before anything is computed: ten times the usual rows take their time.
    judge_source(order, &inputs, &mut unmet)?;
    std::thread::scope(|scope| {
        let keeping = order.keep.then(|| scope.spawn(|| kept::pack(order, &inputs)));
        let made = make(order, &inputs, unmet);
        let kept =
            keeping.map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        let kept = kept.unwrap_or_else(|| Ok(Vec::new())).unwrap_or_else(|error| {
            tracing::warn!(report = %order.report.id, error, "what the run was made from cannot be kept");
            Vec::new()
        });
        made.map(|produced| Produced { kept, ..produced })
    })
}

/// Produces a report from what was kept of a run: the same files, byte for byte, where definition and program are the same.
///
/// # Errors
/// As [`produce`], but for reading.
pub fn produce_again(order: &Order<'_>, inputs: &Inputs) -> Result<Produced, PipelineError> {
    let mut unmet = Vec::new();
    judge_source(order, inputs, &mut unmet)?;
    make(order, inputs, unmet)
}

/// Everything after reading.
fn make(order: &Order<'_>, inputs: &Inputs, unmet: Vec<Unmet>) -> Result<Produced, PipelineError> {
    let Computed { document, unmet } = compute(order, inputs, unmet)?;
    let formats: Vec<Format> = order
        .report
        .formats
        .iter()
        .copied()
        .filter(|f| order.formats.is_empty() || order.formats.contains(f))
        .collect();
    let mut products = Products::of(order.report, &document, &formats, &stem(order))?;
    tracing::debug!(report = %order.report.id, "files are rendered");
    let deliveries = if order.deliver {
        deliveries::plan(order, inputs, &document, &formats, &mut products)?
    } else {
        Vec::new()
    };
    let attached = order.report.deliver.iter();
    let attached = attached.map(|deliver| products.wanted(order.report, deliver, &formats)).collect();
    let artifacts = products.artifacts;
    let held = gates::holds(order, &unmet);
    let unmet = (!unmet.is_empty()).then(|| gates::in_words(&unmet));
    let (rows, kind) = (inputs.frames.rows.clone(), PeriodKind::of(&order.period));
    let totals = document.totals.clone();
    Ok(Produced {
        document,
        artifacts,
        attached,
        deliveries,
        rows,
        kind,
        totals,
        unmet,
        held,
        kept: Vec::new(),
    })
}

/// A report before it is rendered.
struct Computed {
    document: Document,
    unmet: Vec<Unmet>,
}

/// Holds what was read against what the report expects.
fn judge_source(order: &Order<'_>, inputs: &Inputs, unmet: &mut Vec<Unmet>) -> Result<(), PipelineError> {
    let Some(expected) = &order.report.expect else { return Ok(()) };
    let frames = &inputs.frames;
    // A frame whose table the source lacks was asked for all the same.
    let asked = metrics::need(order.report, &order.definitions.metrics, &[])?.columns;
    let frame = match asked.contains_key(&FrameName::Tasks) {
        true => FrameName::Tasks,
        false => FrameName::UserStates,
    };
    let facts = gates::Facts {
        due: order.scheduled_for,
        days: (order.period.to() - order.period.from()).num_days(),
        newest: &inputs.newest,
        rows: (frame, frames.rows.get(&frame).copied().unwrap_or(0)),
        earlier: &order.earlier.rows,
    };
    unmet.extend(gates::of_source(expected, &facts));
    gates::pass(order, expected, unmet)
}

/// Engines of the report's own period and of those that it is compared with, over the same frames.
struct Engines {
    current: Engine,
    compared: Vec<(Comparison, Engine)>,
}

impl Engines {
    fn new(order: &Order<'_>, inputs: &Inputs) -> Result<Self, metrics::MetricsError> {
        let Order { definitions, report, period, .. } = order;
        let engine = |period: &Period| Engine::new(report, &definitions.metrics, &inputs.frames, period);
        let compared = report.compared_periods(period);
        let compared = compared.iter().map(|(with, other)| Ok((*with, engine(other)?)));
        Ok(Self { current: engine(period)?, compared: compared.collect::<Result<_, _>>()? })
    }
}

/// Computes and puts together, without rendering; stops where the numbers are not as expected.
fn compute(order: &Order<'_>, inputs: &Inputs, mut unmet: Vec<Unmet>) -> Result<Computed, PipelineError> {
    let Order { definitions, report, period, .. } = order;
    let Engines { current, compared } = Engines::new(order, inputs)?;
    let mut document = build(&BuildInput {
        definitions,
        report,
        period,
        current: &current,
        compared: &compared,
        // Where something is missing, the lowest number of a year is no record.
        earlier: if unmet.is_empty() { &order.earlier.totals } else { &[] },
        generated: order.generated,
    })?;
    if let Some(expected) = report.expect.as_ref().filter(|expected| expected.identities) {
        // Totals are checked while sections are computed.
        unmet.extend(gates::of_identities(expected, current.remarks()));
        gates::pass(order, expected, &unmet)?;
    }
    document.warnings = unmet.iter().map(|it| it.sentence(&document.locale, report.zone)).collect();
    tracing::debug!(report = %report.id, "numbers are computed");
    Ok(Computed { document, unmet })
}
