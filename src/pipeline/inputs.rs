//! What a report is made from: which rows it needs, and how they are read.

use super::{Order, PipelineError};
use crate::calendar::Period;
use crate::definition::{Deliver, FrameName, Report, Source, Way};
use crate::metrics;
use crate::render::Templates;
use crate::source::{self, AsOf, Frames, Need};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// What a report is made from, beside its definition.
pub struct Inputs {
    /// What was read.
    pub frames: Frames,
    /// How new the frames are, where the report expects them to be.
    pub newest: BTreeMap<FrameName, Option<DateTime<Utc>>>,
    /// The templates of its mails.
    pub templates: Templates,
}

/// Reads what a report is made from.
pub(super) fn gather(order: &Order<'_>) -> Result<Inputs, PipelineError> {
    // Who asks how new rows are and then reads them looks at the same objects of a store.
    let _keeping = source::keep_brought();
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
    // A report that must be fresh is made from what is read after it was asked how new that is.
    let soon = if newest.is_empty() { due_together(order) } else { Vec::new() };
    let frames = source::load_together(source, &need, &soon)?;
    tracing::debug!(report = %report.id, "rows are read");
    Ok(Inputs { frames, newest, templates: templates(order)? })
}

/// What other reports need of the same source that their schedules fire at the same instant.
fn due_together(order: &Order<'_>) -> Vec<Need> {
    let (own, at) = (order.report, order.scheduled_for);
    let fires = |report: &&Report| {
        let schedule = report.schedule.as_ref().filter(|_| !report.paused);
        schedule.is_some_and(|it| it.latest_at(at, report.zone, &report.workdays) == Some(at))
    };
    if !fires(&own) {
        return Vec::new();
    }
    let others =
        order.definitions.reports.iter().filter(|other| other.id != own.id && other.source == own.source);
    let need = |other: &Report| {
        let period = other.period_at(at, None);
        let compared = other.compared_periods(&period).into_iter().map(|(_, other)| other);
        let periods: Vec<Period> = std::iter::once(period.clone()).chain(compared).collect();
        // What does not parse is told when the report itself is made.
        let need = metrics::need(other, &order.definitions.metrics, &periods).ok()?;
        Some(if order.keep { need.with_keys() } else { need })
    };
    others.filter(fires).filter(|other| !other.continues()).filter_map(need).collect()
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
    Ok(Templates::of_report(&order.definitions.root.join("templates"), order.report.id.as_str())?)
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

/// The report's own period, then those that it is compared with.
fn periods(order: &Order<'_>) -> Vec<Period> {
    let others = order.report.compared_periods(&order.period);
    std::iter::once(order.period.clone()).chain(others.into_iter().map(|(_, other)| other)).collect()
}
