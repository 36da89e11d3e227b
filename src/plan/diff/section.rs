//! What would change about the sections of a report.

use super::{Change, Mark, said};
use crate::definition::{Section, SectionBody};
use crate::plan::compare::{Facts, facts, list, moved, squeezed};
use crate::plan::words;

pub(super) fn sections(before: &[Section], after: &[Section]) -> Vec<Change> {
    let pairs = pairs(before, after);
    let mut changes = Vec::new();
    for (place, section) in after.iter().enumerate() {
        match pairs.iter().find(|(_, new)| *new == place) {
            Some((old, _)) => changes.extend(within(&before[*old], section)),
            None => changes.push(whole(Mark::Added, section)),
        }
    }
    let gone = before.iter().enumerate().filter(|(place, _)| !pairs.iter().any(|(old, _)| old == place));
    changes.extend(gone.map(|(_, section)| whole(Mark::Removed, section)));
    let mut in_order = pairs;
    in_order.sort_by_key(|(_, new)| *new);
    let places: Vec<usize> = in_order.iter().map(|(old, _)| *old).collect();
    for old in moved(&places) {
        if let Some((_, new)) = in_order.iter().find(|(place, _)| *place == old) {
            let name = Some(name(&after[*new]));
            let what = "section".to_owned();
            changes.push(Change { mark: Mark::Moved, what, before: name.clone(), after: name });
        }
    }
    changes
}

/// Which earlier section a later one is: one that says the same, else one of the same name, else the only one left of
/// the same kind. Names are made from kinds and places, so that one that was put in front would rename all others.
fn pairs(before: &[Section], after: &[Section]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let ways: [fn(&Section, &Section) -> bool; 3] = [
        |a, b| summary(a) == summary(b),
        |a, b| a.title.is_some() && a.id == b.id,
        |a, b| words::kind(&a.body) == words::kind(&b.body) && a.title.is_none() && b.title.is_none(),
    ];
    for same in ways {
        for (new, section) in after.iter().enumerate() {
            let free = |place: &usize| !pairs.iter().any(|(old, _)| old == place);
            let taken = pairs.iter().any(|(_, later)| *later == new);
            if !taken
                && let Some(old) = (0..before.len()).filter(free).find(|old| same(&before[*old], section))
            {
                pairs.push((old, new));
            }
        }
    }
    pairs
}

fn whole(mark: Mark, section: &Section) -> Change {
    let value = Some(words::kind(&section.body).to_owned() + &columns_of(section));
    let what = format!("section {}", name(section));
    match mark {
        Mark::Removed => Change { mark, what, before: value, after: None },
        _ => Change { mark, what, before: None, after: value },
    }
}

fn columns_of(section: &Section) -> String {
    let columns = columns(section);
    if columns.is_empty() { String::new() } else { format!(" of {}", columns.join(", ")) }
}

/// A section as people know it: by its title, else by its name.
fn name(section: &Section) -> String {
    section.title.as_ref().map_or_else(
        || section.id.clone(),
        |title| format!("`{}`", title.in_language(crate::definition::Language::Es)),
    )
}

fn within(before: &Section, after: &Section) -> Vec<Change> {
    let mut changes = facts(&summary(before), &summary(after));
    let (old, new) = (columns(before), columns(after));
    // another kind of section says so; its columns are no longer the same thing
    if words::kind(&before.body) == words::kind(&after.body) {
        changes.retain(|change| change.what != "columns");
        changes.extend(list("column", &old, &new));
    }
    for change in &mut changes {
        change.what = format!("section {}: {}", name(after), change.what);
    }
    changes
}

fn columns(section: &Section) -> Vec<String> {
    match &section.body {
        SectionBody::Kpis(kpis) => kpis.metrics.clone(),
        SectionBody::Table(table) => table.by.iter().chain(&table.metrics).cloned().collect(),
        SectionBody::Chart(chart) => chart.x.iter().chain(&chart.by).chain(&chart.metrics).cloned().collect(),
        SectionBody::Sql(_) | SectionBody::Text(_) => Vec::new(),
    }
}

fn summary(section: &Section) -> Facts {
    let mut facts = vec![("kind".to_owned(), words::kind(&section.body).to_owned())];
    let mut say = |key: &str, value: String| {
        if !value.is_empty() {
            facts.push((key.to_owned(), value));
        }
    };
    say("title", section.title.as_ref().map(said).unwrap_or_default());
    say("only", words::formats(&section.only));
    say("columns", columns(section).join(", "));
    match &section.body {
        SectionBody::Kpis(kpis) => say("spark", kpis.spark.clone().unwrap_or_default()),
        SectionBody::Table(table) => {
            let sign = |descending: bool| if descending { "-" } else { "" };
            let sort =
                table.sort.as_ref().map(|(column, descending)| format!("{}{column}", sign(*descending)));
            say("sort", sort.unwrap_or_default());
            say("compare", words::comparisons(&table.compare));
            say("totals", if table.totals { "true".to_owned() } else { String::new() });
            say("subtotals", table.subtotals.join(", "));
            let marks = table.marks.iter().map(|(metric, mark)| format!("{metric} {mark}"));
            say("marks", marks.collect::<Vec<_>>().join("; "));
            say("having", table.having.as_deref().map(squeezed).unwrap_or_default());
            say("limit", table.limit.map(|limit| limit.to_string()).unwrap_or_default());
            say("others", if table.others { "true".to_owned() } else { String::new() });
        }
        SectionBody::Chart(chart) => {
            say("chart", chart.kind.word().to_owned());
            say("stacked", if chart.stacked { "true".to_owned() } else { String::new() });
        }
        SectionBody::Sql(query) => {
            say("sql", squeezed(&query.sql));
            say("limit", query.limit.map(|limit| limit.to_string()).unwrap_or_default());
        }
        SectionBody::Text(text) => say("text", said(text)),
    }
    facts
}
