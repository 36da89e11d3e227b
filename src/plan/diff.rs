//! What a changed definition would change: two resolved definitions, compared. How a file is written, in which order it
//! names things and over which files they are spread is no change.

mod api;
mod channel;
mod report;
mod section;
mod source;

use super::compare::{Facts, facts, squeezed};
use super::words;
use crate::definition::{
    AlertOn, Definitions, LedgerPlace, Logo, MetricDefinition, Report, SectionBody, Text,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::time::Duration;

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is another.
    Changed,
    /// It stands elsewhere.
    Moved,
}

impl Mark {
    /// The sign in front of a line.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '~',
            Self::Moved => '>',
        }
    }
}

/// One thing about a subject that would change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Change {
    /// How.
    pub mark: Mark,
    /// What: `schedule`, `recipient`, `section equipos: column`.
    pub what: String,
    /// As it was.
    pub before: Option<String>,
    /// As it would be.
    pub after: Option<String>,
}

/// A report, metric, source, channel or the file's own settings, and what would change about it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Subject {
    /// How.
    pub mark: Mark,
    /// `report`, `metric`, `source`, `channel`, `brand`, `ledger`, `alerts`.
    pub kind: &'static str,
    /// Its name; empty where there is only one of the kind.
    pub name: String,
    /// What about it.
    pub changes: Vec<Change>,
    /// Reports that show or use it.
    pub seen_in: Vec<String>,
}

/// Everything that would change.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Changes {
    /// Reports first, then what they use.
    pub subjects: Vec<Subject>,
}

/// What changes from one definition to a later one; firings are listed from an instant on.
#[must_use]
pub fn changes(before: &Definitions, after: &Definitions, from: DateTime<Utc>) -> Changes {
    let mut subjects = report::reports(before, after, from);
    subjects.extend(metrics(before, after));
    subjects.extend(source::sources(before, after));
    subjects.extend(channel::channels(before, after));
    subjects.extend(alone("brand", &brand(before), &brand(after)));
    subjects.extend(alone("ledger", &ledger(before), &ledger(after)));
    subjects.extend(alone("alerts", &alerts(before), &alerts(after)));
    Changes { subjects }
}

/// Named things that came, went or changed, in the order of the later ones.
fn named(
    kind: &'static str,
    before: &[(String, Facts)],
    after: &[(String, Facts)],
    seen_in: impl Fn(&str) -> Vec<String>,
) -> Vec<Subject> {
    let find = |all: &[(String, Facts)], name: &str| {
        all.iter().find(|(known, _)| known == name).map(|(_, facts)| facts.clone())
    };
    let names = after.iter().chain(before.iter().filter(|(name, _)| find(after, name).is_none()));
    names
        .filter_map(|(name, _)| {
            let (old, new) = (find(before, name), find(after, name));
            let mark = match (&old, &new) {
                (None, _) => Mark::Added,
                (_, None) => Mark::Removed,
                _ => Mark::Changed,
            };
            let changes = facts(&old.unwrap_or_default(), &new.unwrap_or_default());
            let same = mark == Mark::Changed && changes.is_empty();
            (!same).then(|| Subject { mark, kind, name: name.clone(), changes, seen_in: seen_in(name) })
        })
        .collect()
}

/// The one thing of its kind.
fn alone(kind: &'static str, before: &Facts, after: &Facts) -> Option<Subject> {
    let changes = facts(before, after);
    (!changes.is_empty()).then(|| Subject {
        mark: Mark::Changed,
        kind,
        name: String::new(),
        changes,
        seen_in: Vec::new(),
    })
}

fn metrics(before: &Definitions, after: &Definitions) -> Vec<Subject> {
    let all = |definitions: &Definitions| -> Vec<(String, Facts)> {
        definitions.metrics.iter().map(|metric| (metric.id.clone(), metric_facts(metric))).collect()
    };
    named("metric", &all(before), &all(after), |id| users(before, after, |report| shows(report, id)))
}

fn metric_facts(metric: &MetricDefinition) -> Facts {
    let mut facts = vec![
        ("label".to_owned(), said(&metric.label)),
        ("expr".to_owned(), squeezed(&metric.expr)),
        ("rows".to_owned(), format!("{} of {}", metric.rows.as_str(), metric.of)),
        ("format".to_owned(), metric.format.to_string()),
        ("better".to_owned(), words::better(metric.better).to_owned()),
        ("additive".to_owned(), metric.additive.to_string()),
    ];
    let mut some = |name: &str, value: String| {
        if !value.is_empty() {
            facts.push((name.to_owned(), value));
        }
    };
    some("description", said(&metric.description));
    some("formula", said(&metric.formula));
    some("by", metric.by.join(", "));
    some("optional", metric.optional.join(", "));
    some("target", metric.target.map(|target| target.to_string()).unwrap_or_default());
    some("denominator", metric.denominator.as_ref().map(said).unwrap_or_default());
    some("follows", metric.follows.as_ref().map(said).unwrap_or_default());
    if let Some(otherwise) = &metric.otherwise {
        some("otherwise.expr", squeezed(&otherwise.expr));
        some("otherwise.rows", format!("{} of {}", otherwise.rows.as_str(), otherwise.of));
        some("otherwise.formula", said(&otherwise.formula));
        some("otherwise.denominator", otherwise.denominator.as_ref().map(said).unwrap_or_default());
        some("otherwise.optional", otherwise.optional.join(", "));
    }
    facts
}

/// Reports, earlier or later, for which something holds.
fn users(before: &Definitions, after: &Definitions, holds: impl Fn(&Report) -> bool) -> Vec<String> {
    let ids: BTreeSet<String> = before
        .reports
        .iter()
        .chain(&after.reports)
        .filter(|report| holds(report))
        .map(|report| report.id.to_string())
        .collect();
    ids.into_iter().collect()
}

/// Does a report show this metric in a section of its own or within a text?
fn shows(report: &Report, metric: &str) -> bool {
    let has = |ids: &[String]| ids.iter().any(|id| id == metric);
    report.sections.iter().any(|section| match &section.body {
        SectionBody::Kpis(kpis) => has(&kpis.metrics),
        SectionBody::Table(table) => has(&table.metrics),
        SectionBody::Chart(chart) => has(&chart.metrics),
        SectionBody::Text(text) => {
            said(text).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|word| word == metric)
        }
        SectionBody::Sql(_) => false,
    })
}

fn brand(definitions: &Definitions) -> Facts {
    let brand = &definitions.brand;
    let [red, green, blue] = brand.color;
    let mut facts = vec![("color".to_owned(), format!("#{red:02x}{green:02x}{blue:02x}"))];
    if !brand.name.is_empty() {
        facts.push(("name".to_owned(), brand.name.clone()));
    }
    facts.extend(brand.footer.clone().map(|footer| ("footer".to_owned(), footer)));
    // A picture may be another one under the same name.
    let logo = |logo: &Logo| format!("{} ({} bytes)", logo.file, logo.bytes.len());
    facts.extend(brand.logo.as_ref().map(|it| ("logo".to_owned(), logo(it))));
    facts
}

fn ledger(definitions: &Definitions) -> Facts {
    let ledger = &definitions.ledger;
    let place = match &ledger.place {
        LedgerPlace::File(path) => words::path(path, &definitions.root),
        LedgerPlace::Server(server) => {
            format!("postgres://{}:{}/{}", server.server.host, server.server.port, server.database)
        }
    };
    let days = |length: Duration| format!("{} days", length.as_secs() / 86_400);
    let keep = ledger.keep.map(|keep| ("keep".to_owned(), days(keep)));
    let frames = ("keep_frames".to_owned(), days(ledger.keep_frames));
    [("url".to_owned(), place), frames].into_iter().chain(keep).collect()
}

fn alerts(definitions: &Definitions) -> Facts {
    let Some(alerts) = &definitions.alerts else { return Facts::new() };
    let mail = alerts.mail.iter();
    let mut facts: Facts = mail
        .flat_map(|(channel, to)| {
            [("channel".to_owned(), channel.to_string()), ("to".to_owned(), to.join(", "))]
        })
        .collect();
    facts.extend(alerts.hook.iter().map(|hook| ("hook".to_owned(), hook.to_string())));
    let words = |events: &[AlertOn]| events.iter().map(|it| words::alert(*it)).collect::<Vec<_>>().join(", ");
    facts.push(("on".to_owned(), words(&alerts.on)));
    if alerts.hook.is_some() && alerts.hook_on != alerts.on {
        facts.push(("hook_on".to_owned(), words(&alerts.hook_on)));
    }
    facts
}

/// A text in all its languages.
fn said(text: &Text) -> String {
    match text {
        Text::Plain(text) => text.clone(),
        Text::Translated(all) => all
            .iter()
            .map(|(language, text)| format!("{}: {text}", format!("{language:?}").to_lowercase()))
            .collect::<Vec<_>>()
            .join(" / "),
    }
}
