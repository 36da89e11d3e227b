//! `parte plan --diff`: what a changed definition would change, for eyes and for a review.

use super::Ended;
use super::arguments::Plan;
use super::terminal::Terminal;
use super::when::instant;
use crate::app::{self, Exit};
use crate::clock;
use crate::plan::{Change, Changes, Mark, Subject, changes};
use std::path::Path;

pub(super) fn plan_diff(arguments: &Plan, old: &Path, file: &Path, terminal: &Terminal) -> Ended {
    let before = app::definitions(old)?;
    let after = super::definitions(file, terminal)?;
    let from = match &arguments.from {
        Some(text) => instant("--from", text, chrono_tz::UTC)?,
        None => clock::now(),
    };
    let changes = changes(&before, &after, from);
    if arguments.json {
        terminal.json(&changes)?;
    } else if changes.subjects.is_empty() {
        terminal.result("no change");
    } else {
        terminal.result(&text(&changes));
    }
    Ok(Exit::Done)
}

fn text(changes: &Changes) -> String {
    let mut lines = Vec::new();
    for subject in &changes.subjects {
        lines.push(head(subject));
        for change in &subject.changes {
            lines.extend(change_lines(change));
        }
    }
    let count = |mark| changes.subjects.iter().filter(|subject| subject.mark == mark).count();
    lines.push(format!(
        "{} added, {} removed, {} changed",
        count(Mark::Added),
        count(Mark::Removed),
        count(Mark::Changed)
    ));
    lines.join("\n")
}

fn head(subject: &Subject) -> String {
    let name = if subject.name.is_empty() { String::new() } else { format!(" {}", subject.name) };
    let seen = match subject.seen_in.as_slice() {
        [] => String::new(),
        reports => format!(" (in {})", reports.join(", ")),
    };
    format!("{} {}{name}{seen}", subject.mark.sign(), subject.kind)
}

fn change_lines(change: &Change) -> Vec<String> {
    let sign = change.mark.sign();
    let what = &change.what;
    let several = [&change.before, &change.after].into_iter().flatten().any(|text| text.contains('\n'));
    let long =
        change.before.iter().chain(&change.after).map(|text| text.chars().count()).sum::<usize>() > 100;
    match (&change.before, &change.after) {
        (Some(item), Some(_)) if change.mark == Mark::Moved && change.before == change.after => {
            vec![format!("    {sign} {what}: {item} stands elsewhere")]
        }
        (Some(before), Some(after)) if !several && !long => {
            vec![format!("    {sign} {what}: {before} -> {after}")]
        }
        (Some(only), None) | (None, Some(only)) if !several => vec![format!("    {sign} {what}: {only}")],
        (before, after) => {
            let mut lines = vec![format!("    {sign} {what}:")];
            let with = |sign: char, text: &Option<String>| -> Vec<String> {
                text.iter()
                    .flat_map(|text| text.lines())
                    .map(|line| format!("        {sign} {line}"))
                    .collect()
            };
            lines.extend(with('-', before));
            lines.extend(with('+', after));
            lines
        }
    }
}
