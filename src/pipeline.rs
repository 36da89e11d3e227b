//! From a definition to artifacts and planned deliveries: source, metrics, document, render, in this order.
//! Never: sockets, the ledger, "now".

mod agreement;
mod explaining;
mod gates;
mod kept;
mod mails;
mod packing;

pub use crate::document::{History, Past, Total};
pub use explaining::{Changed, Explained, Question, explain};
pub use gates::{EarlierRows, Gates};
pub use kept::{Kept, KeptError, KeptFile};

use crate::calendar::{Period, PeriodKind};
use crate::definition::{
    Channel, ChannelId, Comparison, Definitions, Deliver, FileFacts, FilePattern, Format, FrameName, Report,
    Source, Way,
};
use crate::document::{BuildInput, Document, Unmet, build};
use crate::metrics::{self, Engine};
use crate::render::{Artifact, MailBody, Templates, mail_body, page, render, subject};
use crate::source::{self, AsOf, Frames, Need};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

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

/// What a report is made from, beside its definition.
pub struct Inputs {
    /// What was read.
    pub frames: Frames,
    /// How new the frames are, where the report expects them to be.
    pub newest: BTreeMap<FrameName, Option<DateTime<Utc>>>,
    /// The templates of its mails.
    pub templates: Templates,
}

/// What a run produced.
pub struct Produced {
    /// The report in no format.
    pub document: Document,
    /// Rendered files and messages (format `eml`).
    pub artifacts: Vec<Artifact>,
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

/// One delivery to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// By which channel.
    pub channel: ChannelId,
    /// Mail address, or file name at the peer.
    pub recipient: String,
    /// Index into the artifacts.
    pub artifact: usize,
    /// In doubt it is held, not sent once more.
    pub hold: bool,
}

/// Why a report could not be produced.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum PipelineError {
    /// Reading.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Source(#[from] source::SourceError),
    /// Computing.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Metrics(#[from] metrics::MetricsError),
    /// Putting together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Document(#[from] crate::document::DocumentError),
    /// Rendering.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Render(#[from] crate::render::RenderError),
    /// The data are not what the report expects.
    #[error("the data are not as the report expects: {what}")]
    #[diagnostic(help(
        "nothing was sent; `[report.expect]` in the definition says what is expected, and `parte run --no-deliver` makes the files all the same"
    ))]
    Unexpected {
        /// What of them.
        what: String,
    },
    /// The data may still come.
    #[error("the data are not there yet: {what}; they are waited for until {}", until.format("%Y-%m-%d %H:%MZ"))]
    NotYet {
        /// What is not there.
        what: String,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A rendered file does not say what the report says.
    #[error("`{file}` does not say what the report says: {what}")]
    #[diagnostic(help(
        "nothing was sent; run the report again, and when it happens again tell us this message: it is a fault in Parte"
    ))]
    Disagrees {
        /// Its name.
        file: String,
        /// Where, and what either says.
        what: String,
    },
    /// A message or a delivery that cannot be put together.
    #[error("failed to compose {what}")]
    #[diagnostic(help("{hint}"))]
    Compose {
        /// What and why.
        what: String,
        /// What to do.
        hint: String,
    },
}

/// Produces a report: CPU and file reads, no sockets; call it on a blocking thread.
///
/// # Errors
/// The first room that fails says why; nothing is half produced.
pub fn produce(order: &Order<'_>) -> Result<Produced, PipelineError> {
    let inputs = gather(order)?;
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
    let mut artifacts = render_all(&document, &formats, &stem(order))?;
    tracing::debug!(report = %order.report.id, "files are rendered");
    let deliveries = if order.deliver {
        plan_deliveries(order, inputs, &document, &formats, &mut artifacts)?
    } else {
        Vec::new()
    };
    let held = gates::holds(order, &unmet);
    let unmet = (!unmet.is_empty()).then(|| gates::in_words(&unmet));
    let (rows, kind) = (inputs.frames.rows.clone(), PeriodKind::of(&order.period));
    let totals = document.totals.clone();
    Ok(Produced { document, artifacts, deliveries, rows, kind, totals, unmet, held, kept: Vec::new() })
}

/// A report as it is looked at while it is written.
pub struct Previewed {
    /// As a page of HTML.
    pub page: String,
    /// Its title.
    pub title: String,
    /// Rendered files and messages, as a run would make them.
    pub artifacts: Vec<Artifact>,
    /// The mails as their readers see them.
    pub letters: Vec<Letter>,
}

/// A mail as its readers see it.
pub struct Letter {
    /// By which channel.
    pub channel: ChannelId,
    /// To whom, as written.
    pub to: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Content.
    pub body: MailBody,
}

/// Produces a report to look at: what [`produce`] makes, the page, and the mails opened.
///
/// # Errors
/// The first room that fails says why.
pub fn preview(order: &Order<'_>) -> Result<Previewed, PipelineError> {
    let produced = produce(order)?;
    let document = &produced.document;
    let templates = Templates::load(&order.definitions.root.join("templates"))?;
    let mut letters = Vec::new();
    for deliver in &order.report.deliver {
        let by_mail = |channel: &Channel| matches!(channel.way, Way::Email(_));
        if !order.definitions.channels.get(&deliver.channel).is_some_and(by_mail) {
            continue;
        }
        let names: Vec<String> = produced
            .artifacts
            .iter()
            .filter(|artifact| deliver.formats.iter().any(|format| format.extension() == artifact.format))
            .map(|artifact| artifact.name.clone())
            .collect();
        letters.push(Letter {
            channel: deliver.channel.clone(),
            to: deliver.recipients().cloned().collect(),
            subject: subject(document, deliver.subject.as_ref())?,
            body: mail_body(document, &templates, &names)?,
        });
    }
    let page = page(document)?;
    Ok(Previewed { page, title: document.title.clone(), artifacts: produced.artifacts, letters })
}

/// A report before it is rendered.
struct Computed {
    document: Document,
    unmet: Vec<Unmet>,
}

/// The report's own period, then those that it is compared with.
fn periods(order: &Order<'_>) -> Vec<Period> {
    let others = order.report.compared_periods(&order.period);
    std::iter::once(order.period.clone()).chain(others.into_iter().map(|(_, other)| other)).collect()
}

/// Reads what a report is made from.
fn gather(order: &Order<'_>) -> Result<Inputs, PipelineError> {
    let Order { definitions, report, .. } = order;
    let source = definitions.sources.get(&report.source).ok_or_else(|| PipelineError::Compose {
        what: format!("report `{}`: its source `{}` is not defined", report.id, report.source),
        hint: "define it under [sources]".to_owned(),
    })?;
    // A report that is made again later finds what happened since, and that is no fault.
    let made = Some(order.generated.max(order.scheduled_for));
    let need = Need { made, ..metrics::need(report, &definitions.metrics, &periods(order))? };
    let need = if order.keep { need.with_keys() } else { need };
    // Before the rows: what is read afterwards is no older than what was asked.
    let newest = newest(order, source, &need)?;
    let frames = source::load(source, &need)?;
    tracing::debug!(report = %report.id, "rows are read");
    Ok(Inputs { frames, newest, templates: templates(order)? })
}

impl Inputs {
    /// The same rows with the templates that are there today.
    ///
    /// # Errors
    /// A template that is there but cannot be read.
    pub fn with_templates_of(&self, order: &Order<'_>) -> Result<Self, PipelineError> {
        let Self { frames, newest, .. } = self;
        Ok(Self { frames: frames.clone(), newest: newest.clone(), templates: templates(order)? })
    }
}

/// The templates of the report's mails; a broken one is no fault of a report that has none.
fn templates(order: &Order<'_>) -> Result<Templates, PipelineError> {
    let by_mail = |deliver: &Deliver| {
        let channel = order.definitions.channels.get(&deliver.channel);
        channel.is_some_and(|channel| matches!(channel.way, Way::Email(_)))
    };
    if !order.deliver || !order.report.deliver.iter().any(by_mail) {
        return Ok(Templates::shipped());
    }
    Ok(Templates::load(&order.definitions.root.join("templates"))?)
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

/// How new the frames are that the report reads, where it expects them to be.
fn newest(
    order: &Order<'_>,
    source: &Source,
    need: &Need,
) -> Result<BTreeMap<FrameName, Option<DateTime<Utc>>>, PipelineError> {
    let Some(allowed) = order.report.expect.as_ref().and_then(|expected| expected.fresh) else {
        return Ok(BTreeMap::new());
    };
    let of_time = |frame: &&FrameName| matches!(frame, FrameName::Tasks | FrameName::UserStates);
    let frames: Vec<FrameName> = need.columns.keys().filter(of_time).copied().collect();
    let due = order.scheduled_for;
    let since = TimeDelta::from_std(allowed).ok().and_then(|age| due.checked_sub_signed(age)).unwrap_or(due);
    let as_of = AsOf { since, due, now: order.generated, zone: order.report.zone };
    Ok(source::newest(source, &frames, &as_of)?)
}

fn stem(order: &Order<'_>) -> String {
    file_stem(order.report, &order.period)
}

/// `equipo-diario_20260313`: names of files begin with it; `..._sur` when parameters differ from their defaults.
#[must_use]
pub fn file_stem(report: &Report, period: &Period) -> String {
    let stem = format!("{}_{}", report.id, period.from().format("%Y%m%d"));
    match report.params.file_word() {
        Some(word) => format!("{stem}_{word}"),
        None => stem,
    }
}

/// The name of a run's mail; the first is number 1.
#[must_use]
pub fn mail_name(stem: &str, number: usize) -> String {
    let suffix = if number == 1 { String::new() } else { format!("-{number}") };
    format!("{stem}_mail{suffix}.eml")
}

/// The formats are independent of each other: each on a thread of its own, on which it is read back too.
fn render_all(document: &Document, formats: &[Format], stem: &str) -> Result<Vec<Artifact>, PipelineError> {
    let rendered = std::thread::scope(|scope| {
        let rendered = |format| move || agreement::agreeing(document, || render(document, format, stem));
        let threads: Vec<_> = formats.iter().map(|format| scope.spawn(rendered(*format))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Result<Vec<_>, _>>()
    })?;
    Ok(rendered.into_iter().flatten().collect())
}

fn plan_deliveries(
    order: &Order<'_>,
    inputs: &Inputs,
    document: &Document,
    formats: &[Format],
    artifacts: &mut Vec<Artifact>,
) -> Result<Vec<Planned>, PipelineError> {
    let mut plan = Plan::default();
    let mut messages = 0;
    let files = artifacts.len();
    for deliver in &order.report.deliver {
        let channel =
            order.definitions.channels.get(&deliver.channel).ok_or_else(|| PipelineError::Compose {
                what: format!(
                    "report `{}`: its channel `{}` is not defined",
                    order.report.id, deliver.channel
                ),
                hint: "define it under [channels]".to_owned(),
            })?;
        let wanted: Vec<usize> = (0..files)
            .filter(|&index| {
                deliver
                    .formats
                    .iter()
                    .any(|f| formats.contains(f) && f.extension() == artifacts[index].format)
            })
            .collect();
        if wanted.is_empty() {
            continue; // a run restricted to other formats
        }
        if let Way::Email(email) = &channel.way {
            messages += 1;
            let templates = &inputs.templates;
            let task = mails::Task { order, templates, document, channel, email, deliver, number: messages };
            for mail in task.compose(&wanted, artifacts)? {
                artifacts.push(mail.artifact);
                for recipient in mail.recipients {
                    plan.once(channel, recipient, artifacts.len() - 1);
                }
            }
        } else {
            for index in wanted {
                plan.once(channel, file_name(order, channel, &artifacts[index]), index);
            }
        }
    }
    Ok(plan.deliveries)
}

/// Deliveries as they are planned.
#[derive(Default)]
struct Plan {
    deliveries: Vec<Planned>,
    known: BTreeSet<(ChannelId, String)>,
}

impl Plan {
    /// A recipient gets a thing once, however often the definition names it.
    fn once(&mut self, channel: &Channel, recipient: String, artifact: usize) {
        if self.known.insert((channel.id.clone(), recipient.clone())) {
            let hold = channel.holds_in_doubt();
            self.deliveries.push(Planned { channel: channel.id.clone(), recipient, artifact, hold });
        }
    }
}

fn file_name(order: &Order<'_>, channel: &Channel, artifact: &Artifact) -> String {
    delivered_name(
        channel,
        &FileFacts {
            report: &order.report.id,
            section: artifact.section.as_deref(),
            params: order.report.params.file_word().as_deref(),
            extension: &artifact.format,
            days: (order.period.from(), order.period.last()),
            run_time: order.scheduled_for.with_timezone(&order.report.zone).naive_local(),
        },
    )
}

/// The name of a file where a channel brings it.
#[must_use]
pub fn delivered_name(channel: &Channel, facts: &FileFacts<'_>) -> String {
    let default = FilePattern::default();
    let pattern = match &channel.way {
        Way::Ftp(ftp) => &ftp.file,
        Way::Sftp(sftp) => &sftp.file,
        Way::Upload(upload) => &upload.file,
        Way::Folder(folder) => &folder.file,
        Way::S3(s3) => &s3.file,
        Way::Email(_) | Way::Webhook(_) => &default,
    };
    pattern.name(facts)
}
