//! `parte explain RUN METRIC`: where a number comes from, the rows behind it, and why it changed. Never: computing it.

use super::arguments::Explain;
use super::care::{place, target};
use super::terminal::{Terminal, wrapped};
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, Number, kept_run};
use crate::definition::{Comparison, Rows};
use crate::ledger::RunRow;
use crate::metrics::{Movement, TargetAt, TargetOrigin, TargetRow};
use crate::pipeline::{Changed, Question};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Rows shown of those behind a number.
const SAMPLE: usize = 8;
/// Columns shown of them.
const COLUMNS: usize = 7;
/// Groups shown of a dimension.
const GROUPS: usize = 5;
/// Rows shown of those that a target is the sum of.
const TARGETS: usize = 12;

pub(super) fn explain(
    run: &str,
    metric: &str,
    arguments: &Explain,
    file: &Path,
    terminal: &Terminal,
) -> Ended {
    let target = target(run)?;
    let at = arguments.at.iter().map(|text| condition(text)).collect::<Result<Vec<_>, _>>()?;
    let definitions = place(file, false)?;
    let progress = terminal.spinner(metric);
    let outcome = runtime()?.block_on(async {
        let ledger = app::record(&definitions).await?;
        let kept = kept_run(&ledger, target).await?;
        ledger.close().await;
        let question = Question { metric, at: &at, by: &arguments.by };
        app::explain(&kept, &question).map(|number| (kept, number))
    });
    progress.finish_and_clear();
    let (kept, number) = outcome?;
    let run = &kept.detail.run;
    if let Some(to) = &arguments.rows {
        let bytes = number.rows_as_csv();
        if to.as_os_str() == "-" {
            terminal.exactly(&String::from_utf8_lossy(&bytes));
        } else {
            std::fs::write(to, &bytes).map_err(|error| Failure::Output {
                what: format!("{}: {error}", to.display()),
                hint: "name another file, or make room".to_owned(),
            })?;
            terminal.result(&format!("{} rows written to {}", number.explained.rows.len(), to.display()));
        }
    } else if arguments.json {
        terminal.json(&as_value(run, &number, &at))?;
    } else {
        terminal.result(&shown(run, &number, &at, terminal));
    }
    Ok(Exit::Done)
}

/// Reads `seller=SLR_0042`.
fn condition(text: &str) -> Result<(String, String), Failure> {
    let (name, value) = text.split_once('=').ok_or_else(|| Failure::Argument {
        what: format!("--where: `{text}` has no ="),
        hint: "write a dimension and its value: --where seller=SLR_0042".to_owned(),
    })?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn shown(run: &RunRow, number: &Number, at: &[(String, String)], terminal: &Terminal) -> String {
    let (explained, width) = (&number.explained, terminal.width());
    let metric = &explained.metric;
    let group: String = at.iter().map(|(name, value)| format!(" · {name} = {value}")).collect();
    let mut text = format!("{} · {}{group}", metric.id, number.label());
    text.push_str(&format!("\n  run {} · {} · {}", run.id, run.report, super::show::period(run)));
    text.push_str(&format!(" · {}\n", run.zone));
    let mut fact = |name: &str, said: &str| {
        text.push_str(&format!("\n  {name:<9}{}", wrapped(said, width.saturating_sub(11), 11)));
    };
    let exact = explained.value.map_or_else(String::new, |value| format!("  ({value})"));
    fact("value", &format!("{}{exact}", number.shown(explained.value)));
    fact("formula", number.formula());
    fact("expr", metric.expr.trim());
    fact("rows", &format!("{} {}", explained.rows.len(), rows(metric.rows)));
    if let Some(filter) = &number.report.filter {
        fact("where", filter);
    }
    if let Some(target) = &explained.target {
        fact("target", &format!("{}  ({})", number.shown(target.value), said_by(target)));
    }
    if explained.parts.len() > 1 {
        text.push_str("\n\nMADE OF\n");
        let parts = explained.parts.iter();
        let rows = parts.map(|(part, value)| vec![format!("  {part}"), number.shown_part(*value)]).collect();
        text.push_str(&terminal.table(&["  PART", "VALUE"], &[1], rows));
    }
    if let Some(target) = explained.target.as_ref().filter(|target| !target.rows.is_empty()) {
        text.push_str(&rows_of_targets(target, number, terminal));
    }
    for change in &explained.changes {
        text.push_str(&changed(change, number, terminal));
    }
    let (names, rows) = number.sample(COLUMNS, SAMPLE);
    if !rows.is_empty() {
        let names: Vec<String> = names.iter().map(|name| name.to_uppercase()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        text.push_str(&format!("\n\nROWS ({} of {})\n", rows.len(), explained.rows.len()));
        text.push_str(&terminal.table(&names, &[], rows));
        text.push_str(&format!(
            "\n\n`parte explain {} {} --rows rows.csv` has all of them",
            run.id, metric.id
        ));
    }
    text
}

/// What says what is to be reached.
fn said_by(target: &TargetAt) -> &'static str {
    match target.origin {
        TargetOrigin::Nothing => "no row of targets says anything for this group and these days",
        TargetOrigin::Definition => "the definition says so",
        TargetOrigin::Row => "a row of targets says so",
        TargetOrigin::Sum => "the sum of what rows of targets say",
        TargetOrigin::Otherwise => "no row of targets says anything; `otherwise` of the definition",
        TargetOrigin::AtOdds => "rows of targets say different numbers, neither for fewer groups or days",
        TargetOrigin::Overlap => "the rows of targets that would be summed overlap",
    }
}

fn rows_of_targets(target: &TargetAt, number: &Number, terminal: &Terminal) -> String {
    let row = |row: &TargetRow| {
        let group: Vec<String> = row.group.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let group = if group.is_empty() { "everything".to_owned() } else { group.join(", ") };
        vec![format!("  {group}"), row.days.clone(), number.shown(Some(row.value))]
    };
    let rows = target.rows.iter().take(TARGETS).map(row).collect();
    let mut text = "\n\nTARGET FROM\n".to_owned();
    text.push_str(&terminal.table(&["  SAID FOR", "DAYS", "VALUE"], &[2], rows));
    if target.rows.len() > TARGETS {
        text.push_str(&format!("\n  and {} more", target.rows.len() - TARGETS));
    }
    text
}

fn changed(change: &Changed, number: &Number, terminal: &Terminal) -> String {
    let explained = &number.explained;
    let difference = explained.value.zip(change.before).map(|(now, before)| now - before);
    let period = &change.period;
    let days = if period.from() == period.last() {
        period.from().to_string()
    } else {
        format!("{} to {}", period.from(), period.last())
    };
    let mut text = format!(
        "\n\nAGAINST {} ({days}): {}, so {}\n",
        match change.with {
            Comparison::Previous => "THE PERIOD BEFORE",
            Comparison::Year => "THE YEAR BEFORE",
            Comparison::Target => "THE TARGET",
        },
        number.shown(change.before),
        number.shown_change(difference),
    );
    for movement in &change.movements {
        let moved = movement.groups.iter().filter(|it| it.effect != 0.0);
        let rows: Vec<Vec<String>> = moved
            .take(GROUPS)
            .map(|it| {
                vec![
                    format!("  {}", it.group.as_deref().unwrap_or("–")),
                    number.shown(it.before),
                    number.shown(it.now),
                    number.shown_change(Some(it.effect)),
                ]
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        let rest = movement.groups.iter().filter(|it| it.effect != 0.0).count() - rows.len();
        let heading = format!("  {}", movement.dimension.to_uppercase());
        let effect = if movement.adds_up { "ADDS TO THE CHANGE" } else { "ITS OWN CHANGE" };
        text.push_str(&format!(
            "\n{}",
            terminal.table(&[&heading, "BEFORE", "NOW", effect], &[1, 2, 3], rows)
        ));
        if rest > 0 {
            text.push_str(&format!("\n  and {rest} more"));
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}

/// What rows of this kind are, in the plural.
fn rows(rows: Rows) -> &'static str {
    match rows {
        Rows::Planned => "tasks planned in the period, not cancelled or rescheduled",
        Rows::Scheduled => "tasks scheduled in the period, whatever became of them",
        Rows::Completed => "tasks completed in the period, whenever planned",
        Rows::Created => "tasks created in the period",
        Rows::Open => "tasks open at the end of the period",
        Rows::Edges => "users with a state on the day before the period or on its last day",
        Rows::Days => "states, one for each user and day of the period",
        Rows::Last7Days => "states, one for each user and day of the seven that end with the period",
        Rows::Last28Days => "states, one for each user and day of the 28 that end with the period",
        Rows::Assigned => "assignments that held on some day of the period",
    }
}

fn origin(origin: TargetOrigin) -> &'static str {
    match origin {
        TargetOrigin::Nothing => "nothing",
        TargetOrigin::Definition => "definition",
        TargetOrigin::Row => "row",
        TargetOrigin::Sum => "sum",
        TargetOrigin::Otherwise => "otherwise",
        TargetOrigin::AtOdds => "at_odds",
        TargetOrigin::Overlap => "overlap",
    }
}

fn as_value(run: &RunRow, number: &Number, at: &[(String, String)]) -> Value {
    let explained = &number.explained;
    let movement = |movement: &Movement| {
        json!({
            "by": movement.dimension,
            "adds_up": movement.adds_up,
            "groups": movement.groups.iter().map(|it| json!({
                "group": it.group, "before": it.before, "now": it.now, "effect": it.effect,
            })).collect::<Vec<_>>(),
        })
    };
    json!({
        "run": run.id.number(),
        "report": run.report,
        "period": { "from": run.period_from, "to": run.period_to, "zone": run.zone },
        "metric": explained.metric.id,
        "where": at.iter().map(|(name, value)| json!({ "dimension": name, "value": value })).collect::<Vec<_>>(),
        "value": explained.value,
        "shown": number.shown(explained.value),
        "formula": number.formula(),
        "expr": explained.metric.expr.trim(),
        "parts": explained.parts.iter().map(|(part, value)| json!({ "expr": part, "value": value })).collect::<Vec<_>>(),
        "rows": explained.rows.len(),
        "target": explained.target.as_ref().map(|target| json!({
            "value": target.value,
            "shown": number.shown(target.value),
            "from": origin(target.origin),
            "rows": target.rows.iter().map(|row| json!({
                "group": row.group.iter().cloned().collect::<BTreeMap<_, _>>(),
                "days": row.days,
                "value": row.value,
            })).collect::<Vec<_>>(),
        })),
        "changes": explained.changes.iter().map(|change| json!({
            "with": change.with.word(),
            "period": { "from": change.period.from(), "to": change.period.to() },
            "before": change.before,
            "change": explained.value.zip(change.before).map(|(now, before)| now - before),
            "by": change.movements.iter().map(movement).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}
