//! The definition as a whole: the top-level tables of its files, in the order in which they need each other.

use super::address::Vault;
use super::calendars::Calendars;
use super::civil::Civil;
use super::coverage::Habits;
use super::frames::Frames;
use super::input::reason;
use super::problems::{Read, Reported};
use super::source::{Named, identifier};
use super::table::{Page, Spot, Table};
use super::{alerts, channel, ledger, metric, param_uses, report, slug, source};
use crate::definition::{
    Alerts, Brand, Channel, ChannelId, Definitions, Diagnostics, Logo, MetricDefinition, Report, Secrets,
    Source, SourceId,
};
use minijinja::{Environment, UndefinedBehavior};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// A file with its tables.
pub(super) type Sheet<'a> = (&'a Page<'a>, &'a DeTable<'a>);

/// What the main file says for all, and how to do without it in an included one.
const OF_THE_MAIN_FILE: [(&str, &str); 5] = [
    ("defaults", "write these keys into the reports of this file, or [defaults] into the main file"),
    ("brand", "write [brand] into the main file: it heads every report"),
    ("ledger", "write [ledger] into the main file: there is one record of all reports"),
    ("alerts", "write [alerts] into the main file: a report names its own `owner`"),
    ("include", "write the pattern into the main file; patterns begin at its folder"),
];

/// What reports refer to.
pub(super) struct Known<'a> {
    /// The folder of the main file, and the calendars in it.
    pub(super) calendars: &'a Calendars<'a>,
    /// What `[defaults]` say.
    pub(super) civil: &'a Civil,
    pub(super) sources: &'a Named<Source>,
    pub(super) channels: &'a Named<Channel>,
    /// Who is told when something goes wrong.
    pub(super) alerts: &'a Read<Option<Alerts>>,
    /// Of the catalogue and of the file.
    pub(super) metrics: &'a Named<MetricDefinition>,
    /// What is known of schedules that several reports share.
    pub(super) habits: &'a Habits,
    /// What texts are read with: made once, because making it takes longer than reading a text.
    pub(super) environment: &'a Environment<'static>,
    /// What SQL of a report may name, by source: many reports ask the same one.
    frames: RefCell<BTreeMap<SourceId, Rc<Frames>>>,
    /// What stands for values in metrics: `:team`. Most name nothing.
    placeholders: BTreeMap<String, BTreeSet<String>>,
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
    pub(super) fn frames(&self, source: &Read<SourceId>) -> Rc<Frames> {
        let (Ok(id), Ok(all)) = (source, self.sources) else { return Rc::new(Frames::unknown()) };
        let made = || {
            Rc::new(match all.get(id.as_str()) {
                Some(Ok(source)) => Frames::of([source]),
                _ => Frames::unknown(),
            })
        };
        Rc::clone(self.frames.borrow_mut().entry(id.clone()).or_insert_with(made))
    }

    /// What stands for values in the expression of a metric; nothing for most.
    pub(super) fn placeholders(&self, metric: &str) -> Option<&BTreeSet<String>> {
        self.placeholders.get(metric)
    }

    /// Does any metric depend on a parameter?
    pub(super) fn has_placeholders(&self) -> bool {
        !self.placeholders.is_empty()
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

/// Reads everything that the files say. An `Err` says that the reason is among the problems of some
/// page; an `Ok` may have problems too.
pub(super) fn read(
    main: Sheet<'_>,
    included: &[Sheet<'_>],
    calendars: &Calendars<'_>,
    builtin: &[MetricDefinition],
    secrets: Secrets,
) -> Read<Definitions> {
    let root = calendars.root();
    let table = &Table::root(main.0, main.1, &[]);
    let included: Vec<Table<'_>> =
        included.iter().map(|(page, entries)| Table::root(page, entries, &[])).collect();
    let tables: Vec<&Table<'_>> = std::iter::once(table).chain(&included).collect();
    // Read before everything else, because other files depend on it.
    table.leave_unjudged(&["include"]);
    let version = version(table);
    for table in &included {
        only_what_may_be_included(table);
    }
    let (civil, outbox) = defaults(table, calendars);
    let brand = brand(table, calendars);
    let ledger = ledger::read(table, root, secrets);
    let links = source::Links::of(&tables);
    // Who sends nothing yet may have no keys of an API yet either; what is read then is the copy that is there.
    let vault =
        Vault { root, optional: secrets == Secrets::Optional || !matches!(outbox, Ok(None)), sends: true };
    let mut sources = named(&tables, "sources", "[sources.name]", "source", SourceId::parse, |id, table| {
        source::read(id, table, (vault, secrets), &civil, &links)
    });
    source::resolve(&mut sources);
    let channels = named(&tables, "channels", "[channels.name]", "channel", ChannelId::parse, |id, table| {
        channel::read(id, table, root, &outbox, secrets)
    });
    let alerts = alerts::read(table, &channels);
    let own = own_metrics(&tables, &frames_of_all(&sources));
    let metrics = own.as_ref().map_err(|reported| *reported).map(|own| {
        let builtin = builtin.iter().map(|metric| (metric.id.clone(), Ok(metric.clone())));
        builtin.chain(own.iter().cloned()).collect()
    });
    let known = Known {
        calendars,
        civil: &civil,
        sources: &sources,
        channels: &channels,
        alerts: &alerts,
        metrics: &metrics,
        habits: &Habits::default(),
        environment: &texts(),
        frames: RefCell::default(),
        placeholders: placeholders(&metrics),
        no_timezone: Cell::new(None),
    };
    let reports = reports(&tables, &known);
    version?;
    let alerts = alerts?;
    Ok(Definitions {
        root: root.to_path_buf(),
        brand: brand?,
        ledger: ledger?,
        sources: resolved(sources, |source| source.id.clone())?,
        channels: resolved(channels, |channel| channel.id.clone())?,
        metrics: merged(builtin, own?)?,
        reports: reports?,
        alerts,
        warnings: Diagnostics::default(),
        files: Vec::new(),
        texts: Arc::default(),
    })
}

/// The metrics that name something for a value.
fn placeholders(metrics: &Named<MetricDefinition>) -> BTreeMap<String, BTreeSet<String>> {
    let all = metrics.iter().flatten().filter_map(|(id, metric)| Some((id, metric.as_ref().ok()?)));
    let named = all.map(|(id, metric)| (id.clone(), param_uses::names_of_expression(&metric.expr)));
    named.filter(|(_, names)| !names.is_empty()).collect()
}

/// What texts are read and, to see that it works, filled in with: nothing, and no longer than a text may take.
fn texts() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(10_000));
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment
}

fn only_what_may_be_included(table: &Table<'_>) {
    for (key, hint) in OF_THE_MAIN_FILE {
        table.refuse(key, &format!("an included file cannot say `{key}`"), hint);
    }
    if table.has("version") {
        // What is wrong with it is told; that it is absent is none.
        let _ = version(table);
    }
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

fn defaults(table: &Table<'_>, calendars: &Calendars<'_>) -> (Civil, Read<Option<PathBuf>>) {
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
        Ok(Some(spot)) => Ok(Some(calendars.root().join(spot.value))),
        Ok(None) => inner.misspelt("outbox").map(|()| None),
        Err(reported) => Err(reported),
    };
    (Civil::read(&inner, calendars), outbox)
}

fn brand(table: &Table<'_>, calendars: &Calendars<'_>) -> Read<Brand> {
    const COLOR: [u8; 3] = [0x0b, 0x7a, 0x75];
    let inner = table.table("brand", "[brand]", "write [brand] on a line of its own", &[])?;
    let Some(inner) = inner else {
        return Ok(Brand { name: String::new(), color: COLOR, footer: None, logo: None });
    };
    let name = inner.need("name", inner.string("name"), "write name = \"...\", the company's name");
    let color = match inner.string("color") {
        Ok(Some(spot)) => color(&inner, &spot),
        Ok(None) => Ok(COLOR),
        Err(reported) => Err(reported),
    };
    let footer = inner.string("footer");
    let logo = match inner.string("logo") {
        Ok(Some(spot)) => logo(&inner, &spot, calendars).map(Some),
        Ok(None) => Ok(None),
        Err(reported) => Err(reported),
    };
    Ok(Brand { name: name?.value, color: color?, footer: footer?.map(|spot| spot.value), logo: logo? })
}

fn logo(table: &Table<'_>, spot: &Spot<String>, calendars: &Calendars<'_>) -> Read<Logo> {
    let add = |code, why: &str, label: &str, hint: &str| {
        let what = format!("the logo `{}` {why}", spot.value);
        table.problems().add(code, &spot.place, what, label, hint)
    };
    let bytes = calendars.logo(&spot.value).map_err(|error| {
        let hint = format!("paths begin at the folder of this file: {}", calendars.root().display());
        add("missing-file", &format!("cannot be read: {}", reason(&error)), "no such picture", &hint)
    })?;
    Logo::read(&spot.value, bytes).map_err(|fault| add("bad-logo", &fault.what, "this picture", &fault.hint))
}

fn color(table: &Table<'_>, spot: &Spot<String>) -> Read<[u8; 3]> {
    let digits = spot.value.strip_prefix('#').filter(|digits| digits.len() == 6);
    let part = |at: usize| u8::from_str_radix(digits?.get(at..at + 2)?, 16).ok();
    match (digits.is_some_and(|d| d.bytes().all(|b| b.is_ascii_hexdigit())), part(0), part(2), part(4)) {
        (true, Some(red), Some(green), Some(blue)) => Ok([red, green, blue]),
        _ => {
            let what = format!("`{}` is not a colour", spot.value);
            let hint = "write # and six of 0-9, a-f, in quotes: color = \"#0b7a75\"";
            Err(table.problems().add("bad-color", &spot.place, what, "not a colour", hint))
        }
    }
}

/// In which file each name was given first.
#[derive(Default)]
struct Firsts<'a>(BTreeMap<String, &'a str>);

impl<'a> Firsts<'a> {
    /// Takes the name for this file; a problem when another one has it.
    fn take(&mut self, table: &Table<'a>, name: &Spot<String>, kind: &str) -> Read<()> {
        let Some(first) = self.0.get(&name.value) else {
            self.0.insert(name.value.clone(), table.page().name);
            return Ok(());
        };
        let what = format!("two {kind}s are called `{}`", name.value);
        let free = slug::unique(name.value.clone(), |name| self.0.contains_key(name));
        let hint = if *first == table.page().name {
            format!("give this one a name of its own, for example `{free}`")
        } else {
            format!("the first is in {first}; give this one a name of its own, for example `{free}`")
        };
        Err(table.problems().add("duplicate", &name.place, what, "taken already", hint))
    }
}

/// Reads `[KEY.ID]` tables of all files. A name that cannot be one is still known, so that reports which use it add no
/// noise.
fn named<I, T>(
    tables: &[&Table<'_>],
    key: &'static str,
    heading: &str,
    kind: &str,
    parse: impl Fn(&str) -> Option<I>,
    read: impl Fn(I, &Table<'_>) -> Read<T>,
) -> Named<T> {
    let hint = format!("begin each {kind} with a line {heading}");
    let (mut all, mut firsts) = (BTreeMap::new(), Firsts::default());
    let mut fault: Option<Reported> = None;
    for table in tables {
        let outer = match table.table(key, &format!("[{key}]"), &hint, &[]) {
            Ok(Some(outer)) => outer,
            Ok(None) => {
                fault = table.misspelt(key).err().or(fault);
                continue;
            }
            Err(reported) => {
                fault = Some(reported);
                continue;
            }
        };
        for (name, inner) in outer.named_tables(key, &[]) {
            let first = firsts.take(&outer, &name, kind);
            let thing = inner.and_then(|inner| match identifier(&inner, &name, kind, &parse) {
                Ok(id) => read(id, &inner),
                Err(reported) => {
                    inner.leave_everything_unjudged();
                    Err(reported)
                }
            });
            if first.is_ok() {
                all.insert(name.value, thing);
            }
        }
    }
    fault.map_or(Ok(all), Err)
}

/// The files' own metrics, in the order written.
type OwnMetrics = Vec<(String, Read<MetricDefinition>)>;

fn own_metrics(tables: &[&Table<'_>], frames: &Frames) -> Read<OwnMetrics> {
    let (mut all, mut firsts) = (Vec::new(), Firsts::default());
    let mut fault: Option<Reported> = None;
    for table in tables {
        match table.table("metrics", "[metrics]", "begin each metric with a line [metrics.name]", &[]) {
            Ok(Some(outer)) => {
                for (id, inner) in outer.named_tables("metrics", &[]) {
                    let first = firsts.take(&outer, &id, "metric");
                    let metric = inner.and_then(|inner| metric::read(&id, &inner, Some(frames)));
                    if first.is_ok() {
                        all.push((id.value, metric));
                    }
                }
            }
            Ok(None) => fault = table.misspelt("metrics").err().or(fault),
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(all), Err)
}

/// The catalogue in its order, with the file's metrics in the place of those of the same name, and the others last.
fn merged(builtin: &[MetricDefinition], own: OwnMetrics) -> Read<Vec<MetricDefinition>> {
    let mut all = builtin.to_vec();
    let places: BTreeMap<&str, usize> =
        builtin.iter().enumerate().map(|(place, metric)| (metric.id.as_str(), place)).collect();
    for (_, metric) in own {
        let metric = metric?;
        match places.get(metric.id.as_str()).and_then(|place| all.get_mut(*place)) {
            Some(known) => *known = metric,
            None => all.push(metric),
        }
    }
    Ok(all)
}

fn resolved<I: Ord, T>(all: Named<T>, id: impl Fn(&T) -> I) -> Read<BTreeMap<I, T>> {
    all?.into_values().map(|thing| thing.map(|thing| (id(&thing), thing))).collect()
}

fn reports(tables: &[&Table<'_>], known: &Known<'_>) -> Read<Vec<Report>> {
    let mut reports: Vec<Report> = Vec::new();
    let mut ids = Firsts::default();
    let mut fault: Option<Reported> = None;
    for table in tables {
        let inner = match table.tables("report", "[[report]]", report::LATER) {
            Ok(inner) => inner,
            Err(reported) => {
                fault = Some(reported);
                continue;
            }
        };
        for inner in &inner {
            // The name is looked at first, and whatever else is wrong: two reports of one name are a fault of their own.
            if let Some(Spot { value: DeValue::String(id), place }) = inner.value("id") {
                fault = ids.take(inner, &Spot::new(id.to_string(), place), "report").err().or(fault);
            }
            match report::read(inner, known) {
                Ok(report) => reports.push(report),
                Err(reported) => fault = Some(reported),
            }
        }
    }
    fault.map_or(Ok(reports), Err)
}
