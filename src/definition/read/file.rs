//! The file as a whole: its top-level tables, in the order in which they need each other.

use super::civil::Civil;
use super::frames::Frames;
use super::problems::{Read, Reported};
use super::source::{Named, identifier, sqlite_file};
use super::table::{Page, Refused, Spot, Table};
use super::{channel, metric, report, slug, source};
use crate::definition::{Brand, Channel, ChannelId, Definitions, MetricDefinition, Report, Source, SourceId};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

const LATER: &[Refused] = &[("include", "several files are not there yet: write every report into this one")];

/// What reports refer to.
pub(super) struct Known<'a> {
    /// The folder of the file.
    pub(super) root: &'a Path,
    /// What `[defaults]` say.
    pub(super) civil: &'a Civil,
    pub(super) sources: &'a Named<Source>,
    pub(super) channels: &'a Named<Channel>,
    /// Of the catalogue and of the file.
    pub(super) metrics: &'a Named<MetricDefinition>,
    no_timezone: Cell<Option<Reported>>,
}

/// The columns of every source: a metric may be computed from any of them.
fn frames_of_all(sources: &Named<Source>) -> Frames {
    match sources.as_ref().map(|all| all.values().cloned().collect::<Read<Vec<Source>>>()) {
        Ok(Ok(all)) => Frames::of(&all),
        _ => Frames::unknown(),
    }
}

impl Known<'_> {
    /// The columns that SQL of a report may name.
    pub(super) fn frames(&self, source: &Read<SourceId>) -> Frames {
        let (Ok(id), Ok(all)) = (source, self.sources) else { return Frames::unknown() };
        match all.get(id.as_str()) {
            Some(Ok(source)) => Frames::of([source]),
            _ => Frames::unknown(),
        }
    }

    /// A metric, when it is there and free of faults.
    pub(super) fn metric(&self, id: &str) -> Option<&MetricDefinition> {
        self.metrics.as_ref().ok()?.get(id)?.as_ref().ok()
    }

    /// Tells once, not for each report, that there is no time zone.
    pub(super) fn no_timezone(&self, table: &Table<'_>) -> Reported {
        let told = self.no_timezone.get().unwrap_or_else(|| {
            if table.page().lost_mentions("timezone") {
                return table.problems().told_by_syntax();
            }
            let what = "no time zone is given, neither in [defaults] nor in the report";
            let hint = "write timezone = \"America/Bogota\" into [defaults]";
            table.problems().add("missing-key", &table.place(), what, "in which zone?", hint)
        });
        self.no_timezone.set(Some(told));
        told
    }
}

/// Reads everything. An `Err` says that the reason is among the page's problems; an `Ok` may have problems too.
pub(super) fn read(
    page: &Page<'_>,
    entries: &DeTable<'_>,
    root: &Path,
    builtin: &[MetricDefinition],
) -> Read<Definitions> {
    let table = Table::root(page, entries, LATER);
    let version = version(&table);
    let (civil, outbox) = defaults(&table, root);
    let brand = brand(&table);
    let ledger = ledger(&table, root);
    let sources = named(&table, "sources", "[sources.name]", "source", SourceId::parse, |id, table| {
        source::read(id, table, root)
    });
    let channels = named(&table, "channels", "[channels.name]", "channel", ChannelId::parse, |id, table| {
        channel::read(id, table, root, &outbox)
    });
    let own = own_metrics(&table, &frames_of_all(&sources));
    let metrics = own.as_ref().map_err(|reported| *reported).map(|own| {
        let builtin = builtin.iter().map(|metric| (metric.id.clone(), Ok(metric.clone())));
        builtin.chain(own.iter().cloned()).collect()
    });
    let no_timezone = Cell::new(None);
    let known =
        Known { root, civil: &civil, sources: &sources, channels: &channels, metrics: &metrics, no_timezone };
    let reports = reports(&table, &known);
    version?;
    Ok(Definitions {
        root: root.to_path_buf(),
        brand: brand?,
        ledger: ledger?,
        sources: resolved(sources, |source| source.id.clone())?,
        channels: resolved(channels, |channel| channel.id.clone())?,
        metrics: merged(builtin, own?)?,
        reports: reports?,
    })
}

/// Reads a catalogue: tables of metrics and nothing else.
pub(super) fn read_catalogue(page: &Page<'_>, entries: &DeTable<'_>) -> Read<Vec<MetricDefinition>> {
    let table = Table::root(page, entries, &[]);
    let read = |(id, table): (Spot<String>, Read<Table<'_>>)| metric::read(&id, &table?, None);
    let metrics: Vec<Read<MetricDefinition>> = table.named_tables("", &[]).into_iter().map(read).collect();
    metrics.into_iter().collect()
}

fn version(table: &Table<'_>) -> Read<()> {
    let spot = table.need("version", table.integer("version"), "begin the file with version = 1")?;
    if spot.value == 1 {
        return Ok(());
    }
    let what = format!("this program reads version 1, not {}", spot.value);
    let hint = "write version = 1, or use the program that this file was written for";
    Err(table.problems().add("unknown-value", &spot.place, what, "unknown version", hint))
}

fn defaults(table: &Table<'_>, root: &Path) -> (Civil, Read<Option<PathBuf>>) {
    const HINT: &str = "write [defaults] on a line of its own";
    let inner = match table.table("defaults", "[defaults]", HINT, &[]) {
        Ok(Some(inner)) => inner,
        Ok(None) => match table.misspelt("defaults") {
            Ok(()) => return (Civil::unsaid(), Ok(None)),
            Err(reported) => return (Civil::lost(reported), Err(reported)),
        },
        Err(reported) => return (Civil::lost(reported), Err(reported)),
    };
    let outbox = match inner.string("outbox") {
        Ok(Some(spot)) if spot.value.trim().is_empty() => {
            let hint = "name a folder, or delete the line to send for real";
            Err(inner.problems().add("empty-text", &spot.place, "`outbox` is empty", "which folder?", hint))
        }
        Ok(Some(spot)) => Ok(Some(root.join(spot.value))),
        Ok(None) => inner.misspelt("outbox").map(|()| None),
        Err(reported) => Err(reported),
    };
    (Civil::read(&inner, root), outbox)
}

fn brand(table: &Table<'_>) -> Read<Brand> {
    const LATER: &[Refused] = &[("logo", "pictures are not there yet: the name heads every page")];
    const COLOR: [u8; 3] = [0x0b, 0x7a, 0x75];
    let inner = table.table("brand", "[brand]", "write [brand] on a line of its own", LATER)?;
    let Some(inner) = inner else {
        return Ok(Brand { name: String::new(), color: COLOR, footer: None });
    };
    let name = inner.need("name", inner.string("name"), "write name = \"...\", the company's name");
    let color = match inner.string("color") {
        Ok(Some(spot)) => color(&inner, &spot),
        Ok(None) => Ok(COLOR),
        Err(reported) => Err(reported),
    };
    let footer = inner.string("footer");
    Ok(Brand { name: name?.value, color: color?, footer: footer?.map(|spot| spot.value) })
}

fn color(table: &Table<'_>, spot: &Spot<String>) -> Read<[u8; 3]> {
    let digits = spot.value.strip_prefix('#').filter(|digits| digits.len() == 6);
    let part = |at: usize| u8::from_str_radix(digits?.get(at..at + 2)?, 16).ok();
    match (digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit())), part(0), part(2), part(4)) {
        (true, Some(red), Some(green), Some(blue)) => Ok([red, green, blue]),
        _ => {
            let what = format!("`{}` is not a colour", spot.value);
            let hint = "write # and six of 0-9, a-f: #0b7a75";
            Err(table.problems().add("bad-color", &spot.place, what, "not a colour", hint))
        }
    }
}

fn ledger(table: &Table<'_>, root: &Path) -> Read<PathBuf> {
    const LATER: &[Refused] = &[("keep", "not there yet: every run is kept")];
    let inner = table.table("ledger", "[ledger]", "write [ledger] on a line of its own", LATER)?;
    let Some(inner) = inner else { return Ok(root.join("parte.db")) };
    let url = inner.need("url", inner.string("url"), "write url = \"sqlite:parte.db\"")?;
    sqlite_file(&inner, &url, "the ledger").map(|file| root.join(file))
}

/// Reads `[KEY.ID]` tables. A name that cannot be one is still known, so that reports which use it add no noise.
fn named<I, T>(
    table: &Table<'_>,
    key: &'static str,
    heading: &str,
    kind: &str,
    parse: impl Fn(&str) -> Option<I>,
    read: impl Fn(I, &Table<'_>) -> Read<T>,
) -> Named<T> {
    let hint = format!("begin each {kind} with a line {heading}");
    let mut all = BTreeMap::new();
    let Some(outer) = table.table(key, &format!("[{key}]"), &hint, &[])? else {
        return table.misspelt(key).map(|()| all);
    };
    for (name, inner) in outer.named_tables(key, &[]) {
        let thing = inner.and_then(|inner| match identifier(&inner, &name, kind, &parse) {
            Ok(id) => read(id, &inner),
            Err(reported) => {
                inner.leave_everything_unjudged();
                Err(reported)
            }
        });
        all.insert(name.value, thing);
    }
    Ok(all)
}

/// The file's own metrics, in the order written.
type OwnMetrics = Vec<(String, Read<MetricDefinition>)>;

fn own_metrics(table: &Table<'_>, frames: &Frames) -> Read<OwnMetrics> {
    let outer = table.table("metrics", "[metrics]", "begin each metric with a line [metrics.name]", &[])?;
    let Some(outer) = outer else { return table.misspelt("metrics").map(|()| Vec::new()) };
    let read = |(id, table): (Spot<String>, Read<Table<'_>>)| {
        let metric = table.and_then(|table| metric::read(&id, &table, Some(frames)));
        (id.value, metric)
    };
    Ok(outer.named_tables("metrics", &[]).into_iter().map(read).collect())
}

/// The catalogue in its order, with the file's metrics in the place of those of the same name, and the others last.
fn merged(builtin: &[MetricDefinition], own: OwnMetrics) -> Read<Vec<MetricDefinition>> {
    let mut all = builtin.to_vec();
    for (_, metric) in own {
        let metric = metric?;
        match all.iter_mut().find(|known| known.id == metric.id) {
            Some(known) => *known = metric,
            None => all.push(metric),
        }
    }
    Ok(all)
}

fn resolved<I: Ord, T>(all: Named<T>, id: impl Fn(&T) -> I) -> Read<BTreeMap<I, T>> {
    all?.into_values().map(|thing| thing.map(|thing| (id(&thing), thing))).collect()
}

fn reports(table: &Table<'_>, known: &Known<'_>) -> Read<Vec<Report>> {
    let mut reports: Vec<Report> = Vec::new();
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    let mut fault: Option<Reported> = None;
    for inner in &table.tables("report", "[[report]]", report::LATER)? {
        // The name is looked at first, and whatever else is wrong: two reports of one name are a fault of their own.
        if let Some(Spot { value: DeValue::String(id), place }) = inner.value("id")
            && ids.insert(id.to_string(), place.start).is_some()
        {
            let what = format!("two reports are called `{id}`");
            let free = slug::unique(id.to_string(), |name| ids.contains_key(name));
            let hint = format!("give this one a name of its own, for example `{free}`");
            fault = Some(inner.problems().add("duplicate", &place, what, "taken already", hint));
        }
        match report::read(inner, known) {
            Ok(report) => reports.push(report),
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(reports), Err)
}
