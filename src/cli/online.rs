//! `parte check --online`: what sources and channels answered, as a table and as JSON.

use super::terminal::{Terminal, duration};
use super::{Ended, runtime};
use crate::app::{self, Answer, FrameFacts, ListingFacts, Online, Peer};
use crate::clock;
use crate::definition::{Definitions, Severity};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Asks, shows what was said, and ends with 4 when a source does not fit, 6 when a channel is closed.
pub(super) fn online(definitions: Definitions, file: &Path, as_json: bool, terminal: &Terminal) -> Ended {
    let waiting = terminal.spinner(&format!(
        "asking {} and {}",
        counted(definitions.sources.len(), "source"),
        counted(definitions.channels.len(), "channel")
    ));
    let runtime = runtime()?;
    let files: Vec<PathBuf> = definitions
        .files
        .iter()
        .filter(|file| file.extension().is_none_or(|kind| kind != "ics"))
        .cloned()
        .collect();
    let online = runtime.block_on(app::online(&Arc::new(definitions), &files, clock::now()));
    // a name server that does not answer must not keep the program
    runtime.shutdown_background();
    waiting.finish_and_clear();
    if as_json {
        terminal.json(&as_value(&online, file))?;
    } else {
        let rows = online.answers.iter().map(|answer| row(answer, online.asked, terminal.width())).collect();
        terminal.result(&terminal.table(&["", "ASKED", "ANSWER", "TOOK"], &[3], rows));
        let problems = online.diagnostics();
        if !problems.problems.is_empty() {
            terminal.result("");
            terminal.problems(&problems);
            terminal.for_more(&problems);
        }
    }
    Ok(online.exit())
}

/// Columns that the other cells of a row take.
const BESIDE: usize = 36;

fn row(answer: &Answer, now: DateTime<Utc>, width: usize) -> Vec<String> {
    let mark = match (answer.worst(), speaks_utf8()) {
        (None, true) => "✓",
        (None, false) => "ok",
        (Some(Severity::Warning), _) => "!",
        (Some(Severity::Error), true) => "✗",
        (Some(Severity::Error), false) => "x",
    };
    let asked = match (&answer.frame, answer.peer) {
        (Some(facts), _) => format!("  {}", facts.frame.as_str()),
        (None, Peer::Source) if answer.listing.is_some() => {
            format!("  API, {}", answer.listing.iter().map(|facts| facts.frame.as_str()).collect::<String>())
        }
        (None, Peer::Source) => format!("source {}", answer.name),
        (None, Peer::Channel) => format!("channel {}", answer.name),
    };
    let mut said: Vec<String> = answer.frame.iter().flat_map(|facts| of_frame(facts, now)).collect();
    said.extend(answer.facts.iter().cloned());
    if !answer.problems.is_empty() {
        said.push(format!("{}, see below", counted(answer.problems.len(), "problem")));
    }
    vec![mark.to_owned(), asked, in_lines(&said, width.saturating_sub(BESIDE)), duration(answer.took)]
}

fn of_frame(facts: &FrameFacts, now: DateTime<Utc>) -> Vec<String> {
    let rows = facts.rows.map_or_else(
        || "too many rows to count quickly".to_owned(),
        |rows| counted(usize::try_from(rows).unwrap_or(usize::MAX), "row"),
    );
    let mut said = vec![format!("{}: {rows}", facts.from)];
    if facts.rows.is_some_and(|rows| rows > facts.sampled as u64) {
        said.push(format!("{} looked at", facts.sampled));
    }
    let newest =
        facts.newest.iter().map(|(column, at)| format!("newest {column} {}", app::distance(now - *at)));
    said.extend(newest);
    said
}

/// As many as fit beside each other, the others below.
fn in_lines(said: &[String], width: usize) -> String {
    let (mut lines, mut after_list) = (Vec::<String>::new(), false);
    for fact in said {
        // a list (`fills: a, b, c`) stands by itself, and may be longer than a line
        let is_list = fact.contains(": ") && fact.contains(", ");
        let words: Vec<&str> = if is_list { fact.split(", ").collect() } else { vec![fact] };
        for (number, words) in words.into_iter().enumerate() {
            let begins = number == 0 && (is_list || after_list);
            match lines.last_mut() {
                Some(line) if !begins && line.chars().count() + words.chars().count() + 2 <= width => {
                    line.push_str(", ");
                    line.push_str(words);
                }
                Some(line) if number > 0 => {
                    line.push(',');
                    lines.push(words.to_owned());
                }
                _ => lines.push(words.to_owned()),
            }
        }
        after_list = is_list;
    }
    lines.join("\n")
}

fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// The locale of the terminal, by the rules of POSIX; without one, everybody writes UTF-8 today.
fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty())
        .map(|value| value.to_string_lossy().to_lowercase());
    locale.is_none_or(|locale| locale.contains("utf-8") || locale.contains("utf8"))
}

fn as_value(online: &Online, file: &Path) -> Value {
    let answers: Vec<Value> = online
        .answers
        .iter()
        .map(|answer| {
            json!({
                "peer": answer.peer,
                "name": answer.name,
                "frame": answer.frame.as_ref().map(frame_value),
                "listing": answer.listing.as_ref().map(listing_value),
                "state": answer.worst().map_or(json!("ok"), |worst| json!(worst)),
                "facts": answer.facts,
                "problems": answer.problems.iter().map(|problem| problem.what.as_str()).collect::<Vec<_>>(),
                "took_ms": u64::try_from(answer.took.as_millis()).unwrap_or(u64::MAX),
            })
        })
        .collect();
    let mut value = online.diagnostics().to_json();
    value["file"] = json!(file);
    value["online"] = Value::Array(answers);
    value
}

fn frame_value(facts: &FrameFacts) -> Value {
    let newest: serde_json::Map<String, Value> = facts
        .newest
        .iter()
        .map(|(column, at)| (column.clone(), json!(at.to_rfc3339_opts(SecondsFormat::Secs, true))))
        .collect();
    json!({
        "name": facts.frame.as_str(),
        "from": facts.from,
        "rows": facts.rows,
        "looked_at": facts.sampled,
        "newest": newest,
    })
}

fn listing_value(facts: &ListingFacts) -> Value {
    json!({
        "name": facts.frame.as_str(),
        "path": facts.path,
        "day": facts.day.map(|day| day.to_string()),
        "entries": facts.entries,
        "looked_at": facts.sampled,
        "filled": facts.filled,
        "lacking": facts.lacking,
        "other_fields": facts.other_fields,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_stand_beside_each_other_as_far_as_there_is_room() {
        let said = ["6 rows", "newest date 3 days ago", "1 problem, see below"].map(str::to_owned);
        assert_eq!(in_lines(&said, 40), "6 rows, newest date 3 days ago\n1 problem, see below");
        assert_eq!(in_lines(&said, 5).lines().count(), 3);
        let lists = ["12 rows", "has: a, b, c", "3 more", "1 other"].map(str::to_owned);
        assert_eq!(in_lines(&lists, 16), "12 rows\nhas: a, b, c\n3 more, 1 other");
        assert_eq!(in_lines(&lists, 9), "12 rows\nhas: a, b,\nc\n3 more\n1 other");
    }
}
