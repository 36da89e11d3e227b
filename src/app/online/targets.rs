//! Holds the targets of a source against the metrics that are to have them. Never: which of them holds.

use super::where_it_may_be;
use crate::app::suggestion;
use crate::definition::{Definitions, Problem, Report, Severity, Source, Written};
use crate::metrics;
use crate::source::{Inspection, Remark, TargetFault};
use std::collections::BTreeSet;

/// A suggestion that has found something begins so.
const MEANT: &str = "did you mean";

/// Metrics whose targets the source does not have, and targets of metrics that there are not.
pub(super) fn asked(
    definitions: &Definitions,
    source: &Source,
    reports: &[&Report],
    seen: &Inspection,
    written: &Written,
) -> Vec<Problem> {
    let known = &definitions.metrics;
    // What does not parse is told when the report is put together.
    let wanted: BTreeSet<String> =
        reports.iter().flat_map(|report| metrics::with_targets(report, known).unwrap_or_default()).collect();
    let problem = |severity, keys: &[&str], what: String, hint: String| {
        written.problem("source-mismatch", severity, keys, what, "asked of the source", hint)
    };
    let Some(first) = wanted.first() else { return Vec::new() };
    let said = match metrics::targets_said(&seen.sample) {
        Ok(said) => said,
        Err(missing) => {
            let all: Vec<&str> = wanted.iter().map(String::as_str).collect();
            let whole = missing == [metrics::TARGETS];
            let lacks =
                if whole { "has no targets".to_owned() } else { format!("lacks {}", missing.join(", ")) };
            let what = format!("the targets of `{}` are said by the source, which {lacks}", all.join("`, `"));
            let hint = if whole {
                format!("name their table with table = \"...\" under [sources.{}.targets]", source.id)
            } else {
                where_it_may_be(&missing, seen)
            };
            return vec![problem(Severity::Error, &["metrics", first, "target"], what, hint)];
        }
    };
    let there: Vec<&str> = said.keys().map(String::as_str).collect();
    let silent = wanted.iter().filter(|id| !said.contains_key(*id)).map(|id| {
        let what = format!("no row of targets is of metric `{id}`");
        let hint = match there.is_empty() {
            true => {
                "there is no row at all; a row says metric, value, and for which group and days".to_owned()
            }
            false => {
                let near = suggestion(id, &there);
                if near.starts_with(MEANT) {
                    near
                } else {
                    format!("its column `metric` has {}", there.join(", "))
                }
            }
        };
        problem(Severity::Warning, &["metrics", id, "target"], what, hint)
    });
    let ids: Vec<&str> = known.iter().map(|metric| metric.id.as_str()).collect();
    let strange = said.iter().filter(|(id, _)| !ids.contains(&id.as_str())).map(|(id, rows)| {
        let what = match rows {
            1 => format!("1 row of targets is of `{id}`, which is no metric"),
            rows => format!("{rows} rows of targets are of `{id}`, which is no metric"),
        };
        let keys = ["sources", source.id.as_str(), "targets"];
        let hint = match suggestion(id, &ids) {
            near if near.starts_with(MEANT) => near,
            _ => "`parte metrics` lists them".to_owned(),
        };
        problem(Severity::Warning, &keys, what, hint)
    });
    silent.chain(strange).collect()
}

/// What a report met in the targets themselves, as far as they are told by its groups.
pub(super) fn met(report: &Report, remarks: &[Remark], written: &Written) -> Vec<Problem> {
    let problem = |remark: &Remark| {
        let Remark::Targets { metric, fault, count, example } = remark else { return None };
        let place = if example.is_empty() { "the whole report" } else { example };
        let (what, hint) = match fault {
            // Told of the source as a whole.
            TargetFault::Absent => return None,
            TargetFault::Period => (
                match count {
                    1 => format!("1 row of targets of `{metric}` has a period that is none: `{example}`"),
                    _ => format!(
                        "{count} rows of targets of `{metric}` have a period that is none: `{example}`"
                    ),
                },
                "write day, week, month, quarter or year",
            ),
            TargetFault::AtOdds => (
                format!(
                    "rows of targets of `{metric}` say different numbers for {place}, in report `{}`",
                    report.id
                ),
                "delete one of them, or say fewer groups or days in the one that is to hold",
            ),
            TargetFault::Overlap => (
                format!(
                    "rows of targets of `{metric}` overlap and cannot be summed for {place}, in report `{}`",
                    report.id
                ),
                "add a row that is said for just that",
            ),
        };
        let keys = ["metrics", metric, "target"];
        let label = "asked of the source";
        Some(written.problem("source-mismatch", Severity::Warning, &keys, what, label, hint.to_owned()))
    };
    remarks.iter().filter_map(problem).collect()
}
