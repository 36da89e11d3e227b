//! `[[report]]`: what is reported, when, in which formats and to whom.

use super::civil::{Civil, one_word, word};
use super::file::Known;
use super::problems::{Read, Reported};
use super::source::{identifier, known};
use super::table::{Refused, Spot, Table};
use super::{
    alerts, csv, deliver, duration, expect, metric, param_uses, params, schedule, section, sql, sql_names,
    template, words,
};
use crate::calendar::{PeriodRule, Unit, Workdays};
use crate::definition::{CatchUp, Comparison, Format, Overlap, Report, ReportId, SectionBody, SourceId};
use chrono::Weekday;
use chrono_tz::Tz;
use std::time::Duration;

/// How long a report may be in the making when nothing is said.
const TIME_LIMIT: Duration = Duration::from_hours(1);

/// Keys of `[[report]]` that do not exist yet.
pub(super) const LATER: &[Refused] = &[
    ("each", "one report for each recipient is not there yet: write one [[report]] for each"),
    ("when", "conditions are not there yet: the report is always sent"),
    ("logo", "a logo is the company's: write it under [brand]"),
    ("to", "recipients stand in [[report.deliver]], below the report"),
    ("channel", "channels stand in [[report.deliver]], below the report"),
];

pub(super) const FORMATS: [(&str, Format); 5] = [
    ("pdf", Format::Pdf),
    ("xlsx", Format::Xlsx),
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("parquet", Format::Parquet),
];

pub(super) const COMPARISONS: [(&str, Comparison); 3] =
    [("previous", Comparison::Previous), ("year", Comparison::Year), ("target", Comparison::Target)];

pub(super) const CATCH_UP: [(&str, CatchUp); 3] =
    [("none", CatchUp::None), ("latest", CatchUp::Latest), ("all", CatchUp::All)];

pub(super) const OVERLAP: [(&str, Overlap); 2] = [("queue", Overlap::Queue), ("skip", Overlap::Skip)];

/// Reads one report.
pub(super) fn read(table: &Table<'_>, known: &Known<'_>) -> Read<Report> {
    let faults_before = table.problems().errors();
    let id = table
        .need("id", table.string("id"), "write id = \"ventas-semanal\": file names and commands use it")
        .and_then(|spot| identifier(table, &spot, "report", ReportId::parse));
    let title = table.need("title", words::text(table, "title"), "write title = \"...\"");
    let subtitle = words::text(table, "subtitle");
    // Both are checked before the first fault counts.
    let headings: Vec<Read<()>> = [title.as_ref().ok(), subtitle.as_ref().ok().and_then(Option::as_ref)]
        .into_iter()
        .flatten()
        .map(|text| template::check(table.page(), text, template::HEADING, known))
        .collect();
    let params = params::read(table);
    let civil = Civil::read(table, known.calendars);
    let planned = schedule::read(table);
    let period = period(table);
    let compare = comparisons(table, period.as_ref().ok().map(|period| &period.value));
    let source = source(table, known);
    let frames = known.frames(&source);
    let filter = match table.string("where") {
        Ok(Some(spot)) => sql::expression(table.page(), &spot, "channel in ('salesman', 'callcenter')")
            .and_then(|tree| sql_names::condition(table.page(), &spot, &tree, &frames))
            .map(|()| Some(spot.value)),
        Ok(None) => Ok(None),
        Err(reported) => Err(reported),
    };
    let formats = formats(table);
    let catch_up = one_word(table, "catch_up", "way to catch up", &CATCH_UP);
    let overlap = one_word(table, "overlap", "way to treat runs that overlap", &OVERLAP);
    let paused = table.boolean("paused");
    let time_limit = time_limit(table);
    let goes_out = matches!((&planned, &paused), (Ok(Some(_)), Ok(None | Some(false))));
    let expect = expect::read(table, goes_out && table.names("deliver"), known.alerts);
    let compared = section::Compared {
        with: compare.as_ref().ok().map(|compare| compare.as_deref().unwrap_or_default()),
        period: period.as_ref().ok().map(|period| &period.value),
    };
    let sections = section::read_all(table, known, &frames, formats.as_ref().ok(), compared);
    let owner = alerts::owner(table, known.alerts);
    let deliver = deliver::read_all(table, known, formats.as_ref().ok());
    if let Ok(formats) = &formats
        && table.has("csv")
        && formats.iter().all(|format| format.value != Format::Csv)
    {
        csv::not_made(table, "add \"csv\" to the report's `formats`, or delete the line");
    }
    if let (Ok(formats), Ok(sections)) = (&formats, &sections) {
        each_format_shows_something(table, formats, sections);
    }
    let uses =
        params.as_ref().map_or(Ok(Default::default()), |params| param_uses::check(table, params, known));
    let zone = zone(table, known, &civil);
    let defaults = known.civil;
    let week_start = said(civil.week_start, &defaults.week_start).map(|day| day.unwrap_or(Weekday::Mon));
    let workdays =
        said(civil.workdays, &defaults.workdays).map(|days| days.unwrap_or_else(Workdays::monday_to_friday));
    let mut fires = Ok(());
    if let (Ok(Some(planned)), Ok(zone), Ok(week_start), Ok(workdays)) =
        (&planned, &zone, &week_start, &workdays)
    {
        let days = schedule::Days { zone: *zone, week_start: *week_start, workdays };
        fires = planned.check(table, known.habits, &days);
        // What is paused covers nothing for the time being.
        if let (Ok(()), Ok(period), Ok(None | Some(false))) = (fires, &period, &paused) {
            planned.warn(table, known.habits, period, &days);
        }
    }
    fires?;
    headings.into_iter().collect::<Read<()>>()?;
    let used = uses?;
    if table.problems().errors() == faults_before && !table.has_unknown_keys() {
        param_uses::warn_of_unused(table, &used);
    }
    Ok(Report {
        id: id?,
        title: title?.into_text(),
        subtitle: subtitle?.map(words::WrittenText::into_text),
        zone: zone?,
        locale: said(civil.locale, &defaults.locale)?.unwrap_or_else(|| "es".to_owned()),
        currency: said(civil.currency, &defaults.currency)?,
        week_start: week_start?,
        workdays: workdays?,
        schedule: planned?.map(|planned| planned.schedule()),
        period: period?.value,
        summary: said(civil.summary, &defaults.summary)?.unwrap_or(true),
        csv: said(civil.csv, &defaults.csv)?.unwrap_or_default(),
        compare: compare?.unwrap_or_default(),
        source: source?,
        filter: filter?,
        params: params?,
        formats: formats?.into_iter().map(|format| format.value).collect(),
        catch_up: catch_up?.map_or(CatchUp::Latest, |catch_up| catch_up.value),
        overlap: overlap?.map_or(Overlap::Queue, |overlap| overlap.value),
        paused: paused?.unwrap_or(false),
        time_limit: time_limit?,
        expect: expect?,
        sections: sections?,
        deliver: deliver?,
        owner: owner?,
    })
}

/// Reads `time_limit = "30m"`.
fn time_limit(table: &Table<'_>) -> Read<Duration> {
    let hint = "write a number and minutes or hours: \"30m\"";
    let most = duration::read(table, "time_limit", 1..=86_400, "a second and a day", hint)?;
    Ok(most.map_or(TIME_LIMIT, |most| Duration::from_secs(most.value.into())))
}

/// What the report says itself, else what `[defaults]` say.
fn said<T: Clone>(own: Read<Option<T>>, default: &Read<Option<T>>) -> Read<Option<T>> {
    match own? {
        Some(own) => Ok(Some(own)),
        None => default.clone(),
    }
}

/// There is no zone that would be right by default: numbers of a day depend on it.
fn zone(table: &Table<'_>, known: &Known<'_>, civil: &Civil) -> Read<Tz> {
    match said(civil.zone, &known.civil.zone)? {
        Some(zone) => Ok(zone),
        None => Err(known.no_timezone(table)),
    }
}

/// `compare = ["previous", "year"]` of a report or of a table; `period` is the report's, where it is known.
pub(super) fn comparisons(table: &Table<'_>, period: Option<&PeriodRule>) -> Read<Option<Vec<Comparison>>> {
    let Some(spots) = word_spots(table, "compare", "comparison", &COMPARISONS)? else { return Ok(None) };
    let whole_years =
        matches!(period, Some(PeriodRule::Previous(Unit::Year) | PeriodRule::ToDate(Unit::Year)));
    let both: Vec<&Spot<Comparison>> = spots.value.iter().filter(|spot| spot.value.is_period()).collect();
    if let [_, second] = both.as_slice()
        && whole_years
    {
        let what = "the year before is both: `previous` and `year` are the same for this period";
        let hint = "keep one of the two";
        return Err(table.problems().add("duplicate", &second.place, what, "the same once more", hint));
    }
    Ok(Some(spots.value.into_iter().map(|spot| spot.value).collect()))
}

fn period(table: &Table<'_>) -> Read<Spot<PeriodRule>> {
    let spot = table.need(
        "period",
        table.string("period"),
        "write period = \"previous week\", \"previous workday\", \"month to date\", ...",
    )?;
    match PeriodRule::parse(&spot.value) {
        Ok(rule) => Ok(Spot::new(rule, spot.place)),
        Err(error) => {
            Err(table.problems().add("bad-period", &spot.place, error.what, "not a period", error.hint))
        }
    }
}

/// Reads a list of words of a closed set, each at most once.
pub(super) fn word_list<T: Copy>(
    table: &Table<'_>,
    key: &'static str,
    kind: &str,
    words: &[(&'static str, T)],
) -> Read<Option<Vec<T>>> {
    let spots = word_spots(table, key, kind, words)?;
    Ok(spots.map(|spots| spots.value.into_iter().map(|spot| spot.value).collect()))
}

fn word_spots<T: Copy>(
    table: &Table<'_>,
    key: &'static str,
    kind: &str,
    words: &[(&'static str, T)],
) -> Read<Option<Spot<Vec<Spot<T>>>>> {
    let Some(list) = table.strings(key)? else { return Ok(None) };
    let mut values = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let mut fault: Option<Reported> = None;
    for spot in &list.value {
        if seen.contains(&spot.value.as_str()) {
            fault = Some(metric::twice(table, spot));
            continue;
        }
        seen.push(&spot.value);
        match word(table.page(), spot, kind, words) {
            Ok(value) => values.push(Spot::new(value, spot.place.clone())),
            Err(reported) => fault = Some(reported),
        }
    }
    match fault {
        Some(reported) => Err(reported),
        None => Ok(Some(Spot::new(values, list.place))),
    }
}

/// `formats = ["pdf"]` of a report, which must say it.
fn formats(table: &Table<'_>) -> Read<Vec<Spot<Format>>> {
    const HINT: &str =
        "write formats = [\"pdf\"], or more of \"pdf\", \"xlsx\", \"csv\", \"json\", \"parquet\"";
    let spots = table.need("formats", word_spots(table, "formats", "format", &FORMATS), HINT)?;
    if spots.value.is_empty() {
        return Err(table.problems().add(
            "empty-list",
            &spots.place,
            "`formats` is empty",
            "nothing here",
            HINT,
        ));
    }
    Ok(spots.value)
}

/// Some of the report's formats: `only = [...]` of a section, `formats = [...]` of a delivery.
pub(super) fn some_formats(
    table: &Table<'_>,
    key: &'static str,
    of_report: Option<&Vec<Spot<Format>>>,
) -> Read<Option<Vec<Format>>> {
    let Some(spots) = word_spots(table, key, "format", &FORMATS)? else { return Ok(None) };
    let mut fault = None;
    if spots.value.is_empty() {
        let hint = "name a format, or delete the line to mean all";
        let what = format!("`{key}` is empty");
        fault = Some(table.problems().add("empty-list", &spots.place, what, "nothing here", hint));
    }
    // Where the report's own list is at fault, nothing can be held against it.
    for spot in of_report.map(|all| (all, &spots.value)).into_iter().flat_map(|(all, spots)| {
        spots.iter().filter(move |spot| !all.iter().any(|one| one.value == spot.value))
    }) {
        let name = spot.value.extension();
        let what = format!("this report is not made as `{name}`");
        let hint = format!("add \"{name}\" to the report's `formats`, or take it out here");
        fault =
            Some(table.problems().add("format-not-made", &spot.place, what, "not among its formats", hint));
    }
    match fault {
        Some(reported) => Err(reported),
        None => Ok(Some(spots.value.into_iter().map(|spot| spot.value).collect())),
    }
}

fn source(table: &Table<'_>, known_things: &Known<'_>) -> Read<SourceId> {
    match table.string("source")? {
        Some(spot) => known(table, &spot, "source", "unknown-source", known_things.sources)
            .map(|source| source.id.clone()),
        // With one source there is nothing to choose.
        None => {
            let sources = known_things.sources.as_ref().map_err(|reported| *reported)?;
            let mut all = sources.values();
            match (all.next(), all.next()) {
                (Some(only), None) => {
                    only.as_ref().map(|source| source.id.clone()).map_err(|reported| *reported)
                }
                _ => table.need("source", Ok(None), "write source = \"...\", the name of one of [sources.*]"),
            }
        }
    }
}

/// A format in which nothing can be seen is a mistake: CSV and Parquet show tables alone.
fn each_format_shows_something(
    table: &Table<'_>,
    formats: &[Spot<Format>],
    sections: &[crate::definition::Section],
) {
    for format in formats {
        let mut shown = sections.iter().filter(|s| s.only.is_empty() || s.only.contains(&format.value));
        let in_rows = |body: &SectionBody| {
            matches!(body, SectionBody::Kpis(_) | SectionBody::Table(_) | SectionBody::Sql(_))
        };
        let fine = match format.value {
            Format::Csv | Format::Parquet => shown.any(|section| in_rows(&section.body)),
            Format::Pdf | Format::Xlsx | Format::Json => shown.next().is_some(),
        };
        if !fine {
            let name = format.value.extension();
            let (what, hint) = match format.value {
                Format::Csv => (
                    "nothing of this report can be shown as CSV".to_owned(),
                    "CSV holds kpis, table, sql and detail sections: add one, or take \"csv\" out",
                ),
                Format::Parquet => (
                    "nothing of this report can be shown as Parquet".to_owned(),
                    "Parquet holds kpis, table, sql and detail sections: add one, or take \"parquet\" out",
                ),
                _ => (
                    format!("no section of this report is shown in `{name}`"),
                    "check the `only` of its sections, or take the format out",
                ),
            };
            table.problems().add("empty-format", &format.place, what, "would be empty", hint);
        }
    }
}
