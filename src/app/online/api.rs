//! Asks an API itself, beside the copy of it: what it has of what reports need, how much, and whether it lets us in. Never: reading it.

use super::{Answer, Peer, distance};
use crate::clock;
use crate::definition::{ApiSource, FrameName, FrameSource, Problem, Severity, Source, Written};
use crate::source::{self, Finding};
use crate::sync::{self, Declared, Probed, Sample};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What is known of one listing of an API.
#[derive(Debug, Clone)]
pub struct ListingFacts {
    /// The frame that is copied from it.
    pub frame: FrameName,
    /// Its path.
    pub path: String,
    /// The day that was asked for, where it has days.
    pub day: Option<NaiveDate>,
    /// How many days were asked for, one after the other, until one had an entry.
    pub days: usize,
    /// How many entries it says there are (of that day).
    pub entries: Option<u64>,
    /// Entries looked at.
    pub sampled: usize,
    /// Columns that have a value in them.
    pub filled: Vec<String>,
    /// Columns that reports need and that have none.
    pub lacking: Vec<String>,
    /// Fields that fill no column.
    pub other_fields: Vec<String>,
}

/// What an API answered.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// One for each listing.
    pub(super) answers: Vec<Answer>,
    /// Of the source as a whole.
    pub(super) facts: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

/// What everything is asked with.
struct Asking<'a> {
    source: &'a Source,
    api: &'a ApiSource,
    needed: &'a BTreeMap<FrameName, BTreeSet<String>>,
    written: &'a Written,
    /// What the copy was found to be like.
    findings: &'a [Finding],
}

/// Asks for a page of each thing that is copied. Called where one may block.
pub(super) fn asked(
    source: &Source,
    api: &ApiSource,
    needed: &BTreeMap<FrameName, BTreeSet<String>>,
    findings: &[Finding],
    written: &Written,
    now: DateTime<Utc>,
) -> Asked {
    let asking = Asking { source, api, needed, written, findings };
    let probe = tokio::runtime::Handle::current().block_on(sync::probe(source.id.as_str(), api, clock::now));
    let mut asked = Asked::default();
    if let Some(last) = sync::last_sync(&api.copy) {
        if let Some(completed) = last.completed {
            asked.facts.push(format!("copied {}", distance(now - completed)));
        }
        if let Some(why) = last.fault {
            let what = format!("the last sync did not come to its end: {why}");
            let hint = format!("run `parte sync {}` when that is mended", source.id);
            asked.problems.push(asking.problem("source-mismatch", Severity::Warning, &["url"], what, hint));
        }
    }
    if let Some(why) = probe.unasked {
        asked.facts.push(format!("the API was not asked: {why}"));
    } else if probe.listings.iter().any(|listing| listing.came.is_ok()) {
        let plural = if probe.requests == 1 { "" } else { "s" };
        asked.facts.push(format!("the API answered {} request{plural}", probe.requests));
    }
    if let Some(declared) = probe.declared {
        asked.facts.push(format!("it declares a limit of {}", in_words(declared)));
        asked.problems.extend(asking.above(declared));
    }
    for probed in probe.listings {
        match &probed.came {
            Ok(sample) => asked.answers.push(asking.listing(&probed, sample)),
            Err(error) => {
                let (what, hint) = (error.what.clone(), error.hint.clone());
                asked.problems.push(asking.problem(
                    "source-unreachable",
                    Severity::Error,
                    &["url"],
                    what,
                    hint,
                ));
            }
        }
    }
    asked
}

impl Asking<'_> {
    fn problem(
        &self,
        code: &'static str,
        severity: Severity,
        keys: &[&str],
        what: String,
        hint: String,
    ) -> Problem {
        let keys: Vec<&str> =
            ["sources", self.source.id.as_str()].into_iter().chain(keys.iter().copied()).collect();
        self.written.problem(code, severity, &keys, what, "asked here", hint)
    }

    /// A limit that is above the one that the API has: it would refuse what goes beyond.
    fn above(&self, declared: Declared) -> Option<Problem> {
        let per = declared.per.filter(|per| !per.is_zero())?;
        let own = self.api.limit;
        let a_second = |requests: f64, per: Duration| requests / per.as_secs_f64();
        let is_above = a_second(own.requests.into(), own.per) > a_second(declared.requests as f64, per);
        is_above.then(|| {
            let ours = Declared { requests: own.requests.into(), per: Some(own.per) };
            let what = format!(
                "the API declares a limit of {}, and is asked up to {}",
                in_words(declared),
                in_words(ours)
            );
            let hint = match per.as_secs() {
                1 => format!("write limit = \"{} per second\"", declared.requests),
                60 => format!("write limit = \"{} per minute\"", declared.requests),
                3600 => format!("write limit = \"{} per hour\"", declared.requests),
                _ => {
                    "write a smaller `limit`: what is asked beyond it is refused, and asked again".to_owned()
                }
            };
            self.problem("source-mismatch", Severity::Warning, &["limit"], what, hint)
        })
    }

    fn listing(&self, probed: &Probed, sample: &Sample) -> Answer {
        let frame = probed.frame;
        let own = self.source.frames.get(&frame).cloned().unwrap_or_default();
        let filled: Vec<String> = sample
            .columns
            .iter()
            .filter(|column| column.is_filled())
            .map(|column| column.name.clone())
            .collect();
        let lacking: Vec<String> =
            self.wanted(frame, &own, sample).into_iter().filter(|name| !filled.contains(name)).collect();
        let looked = sample.looked_at > 0;
        let listing = ListingFacts {
            frame,
            path: probed.path.clone(),
            day: sample.day,
            entries: sample.entries,
            sampled: sample.looked_at,
            days: sample.days,
            lacking: if looked { lacking } else { Vec::new() },
            filled,
            other_fields: sample.unused.iter().cloned().collect(),
        };
        Answer {
            peer: Peer::Source,
            name: self.source.id.to_string(),
            frame: None,
            facts: facts(&listing),
            problems: self.empty(&listing).into_iter().chain(self.problems(frame, &own, sample)).collect(),
            listing: Some(listing),
            took: probed.took,
        }
    }

    /// The columns of the copy that reports need of a frame; of one that has a query of its own nobody can tell, and all are wanted.
    fn wanted(&self, frame: FrameName, own: &FrameSource, sample: &Sample) -> BTreeSet<String> {
        let all = || sample.columns.iter().map(|column| column.name.clone()).collect();
        match self.needed.get(&frame) {
            Some(needed) if own.query.is_none() && !needed.contains("*") => {
                // what is known of a seller or a user stands with them
                let is_own = |name: &&String| {
                    source::documented_columns(frame).any(|documented| documented == **name)
                        || own.columns.contains_key(*name)
                        || sample.columns.iter().any(|column| column.name == **name)
                };
                let needed = needed.iter().filter(is_own);
                needed.map(|name| own.columns.get(name).unwrap_or(name).clone()).collect()
            }
            _ => all(),
        }
    }

    /// A listing without an entry: nothing is wrong with it, and reports would show nothing.
    fn empty(&self, listing: &ListingFacts) -> Option<Problem> {
        let stretch = match (listing.day, listing.days) {
            (Some(day), 0 | 1) => format!(" of {day}"),
            (Some(day), days) => format!(" of any of {days} days, of which {day} is the latest"),
            (None, _) => String::new(),
        };
        (listing.sampled == 0).then(|| {
            let what =
                format!("the API has no {}{stretch}: {} is empty", listing.frame.as_str(), listing.path);
            let hint =
                "if there should be some, check `api`, `paths` and `tenant`, or ask the operator of the API"
                    .to_owned();
            self.problem("source-mismatch", Severity::Warning, &["url"], what, hint)
        })
    }

    fn problems(&self, frame: FrameName, own: &FrameSource, sample: &Sample) -> Vec<Problem> {
        let mut problems = Vec::new();
        if sample.keyless > 0 {
            let empty = sample.columns.iter().filter(|column| column.is_key && column.values.contains(&None));
            let named: Vec<String> = empty
                .map(|column| format!("{} (from `{}`)", column.name, column.from.join("`, `")))
                .collect();
            let what = format!(
                "{} of {} {} at the API have no {}: a sync leaves them out",
                sample.keyless,
                sample.looked_at,
                frame.as_str(),
                named.join(", ")
            );
            let hint = format!(
                "name the field that has it, fields = {{ {} = {{ ... }} }}; the other fields there are: {}",
                frame.as_str(),
                listed(&sample.unused)
            );
            let severity =
                if sample.keyless == sample.looked_at { Severity::Error } else { Severity::Warning };
            problems.push(self.problem("source-mismatch", severity, &["fields", frame.as_str()], what, hint));
        }
        // what nothing fills although the definition says what does
        for (column, path) in self.api.fields.get(&frame).into_iter().flatten() {
            let sampled =
                sample.columns.iter().find(|it| it.name == *column && !it.is_key && !it.is_filled());
            if sampled.is_some() && sample.looked_at > 0 {
                let count = match sample.looked_at {
                    1 => "the one entry".to_owned(),
                    count => format!("none of {count} entries"),
                };
                let what =
                    format!("{count} of {} looked at has a value in `{path}`, for {column}", frame.as_str());
                let hint = format!("the other fields there are: {}", listed(&sample.unused));
                let keys = ["fields", frame.as_str(), column];
                problems.push(self.problem("source-mismatch", Severity::Warning, &keys, what, hint));
            }
        }
        problems.extend(self.statuses(own, sample).filter(|_| frame == FrameName::Tasks));
        problems
    }

    /// Statuses that mean nothing, but those that the copy has already told.
    fn statuses(&self, own: &FrameSource, sample: &Sample) -> Option<Problem> {
        if own.query.is_some() {
            return None;
        }
        let name = own.columns.get("status").map_or("status", String::as_str);
        let column = sample.columns.iter().find(|column| column.name == name)?;
        let told = || self.findings.iter().filter(|finding| finding.frame == Some(FrameName::Tasks));
        let is_new = |value: &&str| !told().any(|finding| finding.values.iter().any(|told| told == value));
        let values = column.values.iter().flatten().map(String::as_str).filter(is_new);
        let found = source::unmapped_statuses(own, values, sample.looked_at)?;
        let keys: Vec<&str> = found.keys.iter().map(String::as_str).collect();
        let what = format!("at the API, {}", found.what);
        Some(self.problem("source-mismatch", found.severity, &keys, what, found.hint))
    }
}

fn facts(listing: &ListingFacts) -> Vec<String> {
    let count = match listing.entries {
        Some(1) => "1 entry".to_owned(),
        Some(entries) => format!("{entries} entries"),
        None => "it does not say how many entries".to_owned(),
    };
    let of = match listing.day {
        Some(day) if listing.days > 1 && listing.sampled == 0 => {
            format!(" of {} days up to {day}", listing.days)
        }
        Some(day) => format!(" of {day}"),
        None => String::new(),
    };
    let mut facts = vec![format!("{}: {count}{of}", listing.path)];
    if listing.entries.is_none_or(|entries| entries > listing.sampled as u64) {
        facts.push(format!("{} looked at", listing.sampled));
    }
    if !listing.filled.is_empty() {
        facts.push(format!("fills: {}", listing.filled.join(", ")));
    }
    if !listing.lacking.is_empty() {
        facts.push(format!("leaves empty: {}", listing.lacking.join(", ")));
        if !listing.other_fields.is_empty() {
            facts.push(format!("has further fields: {}", listing.other_fields.join(", ")));
        }
    }
    facts
}

fn listed(fields: &BTreeSet<String>) -> String {
    if fields.is_empty() {
        return "none".to_owned();
    }
    fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
}

/// `1000 requests a minute`, `10 requests in 5 s`.
fn in_words(limit: Declared) -> String {
    let stretch = match limit.per.map(|per| per.as_secs()) {
        None => String::new(),
        Some(1) => " a second".to_owned(),
        Some(60) => " a minute".to_owned(),
        Some(3600) => " an hour".to_owned(),
        Some(86_400) => " a day".to_owned(),
        Some(seconds) => format!(" in {seconds} s"),
    };
    format!("{} requests{stretch}", limit.requests)
}
