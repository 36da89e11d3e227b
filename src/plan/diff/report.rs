//! What would change about reports: when they are due, what they cover and show, and who gets them.

use super::section::sections;
use super::{Change, Mark, Subject, said};
use crate::calendar::Workdays;
use crate::definition::{CsvDialect, Definitions, Report};
use crate::plan::compare::{Facts, facts, list, squeezed, value};
use crate::plan::{upcoming, words};
use chrono::{DateTime, NaiveDate, Utc};

/// Firings that are shown before and after.
const FIRINGS: usize = 3;

pub(super) fn reports(before: &Definitions, after: &Definitions, from: DateTime<Utc>) -> Vec<Subject> {
    let known = |all: &Definitions, report: &Report| all.reports.iter().any(|it| it.id == report.id);
    let mut gone: Vec<&Report> = before.reports.iter().filter(|report| !known(after, report)).collect();
    let mut subjects = Vec::new();
    for report in &after.reports {
        if let Some(old) = before.reports.iter().find(|it| it.id == report.id) {
            subjects.extend(subject(Mark::Changed, report, changes(old, report, from)));
        } else if let Some(place) = gone.iter().position(|old| same_report(old, report)) {
            let old = gone.remove(place);
            let mut all = changes(old, report, from);
            let id = |report: &Report| Some(report.id.to_string());
            all.insert(
                0,
                Change { mark: Mark::Changed, what: "id".to_owned(), before: id(old), after: id(report) },
            );
            subjects.extend(subject(Mark::Changed, report, all));
        } else {
            subjects.extend(subject(Mark::Added, report, outline(report, from, Mark::Added)));
        }
    }
    subjects.extend(
        gone.into_iter()
            .filter_map(|report| subject(Mark::Removed, report, outline(report, from, Mark::Removed))),
    );
    subjects
}

fn subject(mark: Mark, report: &Report, changes: Vec<Change>) -> Option<Subject> {
    let same = mark == Mark::Changed && changes.is_empty();
    (!same).then(|| Subject {
        mark,
        kind: "report",
        name: report.id.to_string(),
        changes,
        seen_in: Vec::new(),
    })
}

/// Is a report that is there only later the one that was there only earlier, under another name?
fn same_report(before: &Report, after: &Report) -> bool {
    before.title == after.title && before.source == after.source
}

/// What is worth saying about a report that is wholly new or gone.
fn outline(report: &Report, from: DateTime<Utc>, mark: Mark) -> Vec<Change> {
    let mut said_about = plain(report);
    said_about.retain(|(name, _)| ["title", "period", "source", "paused"].contains(&name.as_str()));
    said_about.push(("schedule".to_owned(), schedule(report)));
    if mark == Mark::Added {
        said_about.extend(firings(report, from).map(|firings| ("next".to_owned(), firings)));
    }
    said_about.push(("formats".to_owned(), words::formats(&report.formats)));
    said_about.extend(recipients(report).into_iter().map(|(name, _)| ("recipient".to_owned(), name)));
    let one = |(what, value): (String, String)| match mark {
        Mark::Removed => Change { mark, what, before: Some(value), after: None },
        _ => Change { mark, what, before: None, after: Some(value) },
    };
    said_about.into_iter().map(one).collect()
}

fn changes(before: &Report, after: &Report, from: DateTime<Utc>) -> Vec<Change> {
    let mut changes = facts(&plain(before), &plain(after));
    changes.extend(value("schedule", Some(schedule(before)), Some(schedule(after))));
    // a zone, holidays or bounds move firings too, whatever the words say
    let (old, new) = (firings(before, from), firings(after, from));
    let bounds = before.schedule != after.schedule && schedule(before) == schedule(after);
    match value("next", old.clone(), new.clone()) {
        Some(change) => changes.push(change),
        None if bounds => changes.push(Change {
            mark: Mark::Changed,
            what: "schedule bounds (starts, ends, except, on_free_day, jitter)".to_owned(),
            before: old,
            after: new,
        }),
        None => {}
    }
    changes.extend(workdays(&before.workdays, &after.workdays));
    let names = |report: &Report| -> Vec<String> {
        report.formats.iter().map(|format| format.extension().to_owned()).collect()
    };
    let order_matters_not = |change: &Change| change.mark != Mark::Moved;
    changes.extend(list("format", &names(before), &names(after)).into_iter().filter(order_matters_not));
    changes.extend(facts(&recipients(before), &recipients(after)).into_iter().map(recipient));
    changes.extend(sections(&before.sections, &after.sections));
    changes
}

/// A recipient that came or went is known by its name; about one that stayed, what it gets is said.
fn recipient(change: Change) -> Change {
    let name = change.what;
    match change.mark {
        Mark::Added => Change { what: "recipient".to_owned(), after: Some(name), ..change },
        Mark::Removed => Change { what: "recipient".to_owned(), before: Some(name), ..change },
        Mark::Changed | Mark::Moved => Change { what: format!("recipient {name}"), ..change },
    }
}

fn plain(report: &Report) -> Facts {
    let mut facts = vec![
        ("title".to_owned(), said(&report.title)),
        ("timezone".to_owned(), report.zone.name().to_owned()),
        ("locale".to_owned(), report.locale.clone()),
        ("week_start".to_owned(), report.week_start.to_string()),
        ("period".to_owned(), words::period_rule(&report.period)),
        ("source".to_owned(), report.source.to_string()),
        ("catch_up".to_owned(), words::catch_up(report.catch_up).to_owned()),
        ("overlap".to_owned(), words::overlap(report.overlap).to_owned()),
    ];
    let mut some = |name: &str, value: Option<String>| {
        facts.extend(value.filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value)));
    };
    some("subtitle", report.subtitle.as_ref().map(said));
    some("currency", report.currency.clone());
    some("compare", Some(words::comparisons(&report.compare)));
    some("where", report.filter.as_deref().map(squeezed));
    let limit = report.time_limit.as_secs();
    some("time_limit", (limit != 3600).then(|| format!("{limit} s")));
    some("expect", report.expect.as_ref().map(words::expectations));
    some("owner", Some(report.owner.join(", ")));
    some("csv", (report.csv != CsvDialect::EXCEL).then(|| words::csv(&report.csv)));
    some("summary", (!report.summary).then(|| "false".to_owned()));
    some("paused", report.paused.then(|| "true".to_owned()));
    facts.extend(report.params.texts().into_iter().map(|(name, value)| (format!("params.{name}"), value)));
    facts
}

fn schedule(report: &Report) -> String {
    report.schedule.as_ref().map_or_else(
        || "only by hand".to_owned(),
        |schedule| schedule.text().split_whitespace().collect::<Vec<_>>().join(" "),
    )
}

/// The next firings, a line each: `Mon 2026-11-30 07:00 -05, covering 2026-11-23 to 2026-11-29`.
fn firings(report: &Report, from: DateTime<Utc>) -> Option<String> {
    if report.paused {
        return None;
    }
    let lines: Vec<String> = upcoming(report, from)
        .take(FIRINGS)
        .map(|firing| {
            let local = firing.at.with_timezone(&report.zone).format("%a %Y-%m-%d %H:%M %Z");
            format!("{local}, covering {}", words::days(&firing.period))
        })
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Who gets what: the channel and the address or channel alone, with formats and subject.
fn recipients(report: &Report) -> Facts {
    let mut facts = Facts::new();
    for deliver in &report.deliver {
        let subject =
            deliver.subject.as_ref().map(|text| format!(", subject {}", said(text))).unwrap_or_default();
        let together = if deliver.together { ", together" } else { "" };
        let csv = deliver.csv.as_ref().map(|csv| format!(", csv {}", words::csv(csv))).unwrap_or_default();
        let gets = format!("{}{csv}{subject}{together}", words::formats(&deliver.formats));
        let names = if deliver.to.is_empty() {
            vec![deliver.channel.to_string()]
        } else {
            let named = [(&deliver.to, ""), (&deliver.cc, " (cc)"), (&deliver.bcc, " (bcc)")];
            let all = named.iter().flat_map(|(list, how)| list.iter().map(move |address| (address, how)));
            all.map(|(address, how)| format!("{address}{how} by {}", deliver.channel)).collect()
        };
        for name in names {
            match facts.iter_mut().find(|(known, _)| *known == name) {
                Some((_, all)) => *all = format!("{all}; {gets}"),
                None => facts.push((name, gets.clone())),
            }
        }
    }
    facts
}

fn workdays(before: &Workdays, after: &Workdays) -> Vec<Change> {
    if before == after {
        return Vec::new();
    }
    let mut changes: Vec<Change> =
        value("workdays", Some(week(before)), Some(week(after))).into_iter().collect();
    let holidays = |workdays: &Workdays| -> Vec<String> {
        let first = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
        let days = first.iter_days().take(101 * 366);
        days.filter(|day| workdays.is_holiday(*day)).map(|day| day.to_string()).collect()
    };
    let (old, new) = (holidays(before), holidays(after));
    let only = |these: &[String], those: &[String]| -> Option<String> {
        let mut days: Vec<String> = these.iter().filter(|day| !those.contains(day)).cloned().collect();
        let more = days.len().saturating_sub(6);
        days.truncate(6);
        if more > 0 {
            days.push(format!("and {more} more"));
        }
        (!days.is_empty()).then(|| days.join(", "))
    };
    changes.extend(value("holidays", None, only(&new, &old)));
    changes.extend(value("holidays", only(&old, &new), None));
    changes
}

/// The days of a week that are worked, whatever its holidays: `Mon, Tue`.
fn week(workdays: &Workdays) -> String {
    let first = NaiveDate::from_ymd_opt(2000, 1, 3).unwrap_or_default(); // a Monday
    let worked = |day: usize| {
        // some week of a century has no holiday on that day
        first.iter_days().skip(day).step_by(7).take(5000).any(|day| workdays.is_workday(day))
    };
    let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    names
        .iter()
        .enumerate()
        .filter(|(day, _)| worked(*day))
        .map(|(_, name)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}
