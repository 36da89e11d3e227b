//! Summaries of the demo's reports: every number of every sentence once more, in DuckDB's SQL over the source.

use super::setting::{Setting, weekly};
use crate::support::{python, run, tests_file};
use chrono::NaiveDate;
use parte::calendar::Period;
use parte::document::{Document, Fact, Finding, Quantity, Sentence};
use parte::metrics::catalogue;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

type Days = (NaiveDate, NaiveDate);

/// Values by metric, dimension and group; `None` where a group has none.
type Values = BTreeMap<(String, String, String), Option<f64>>;

/// A copy of the tasks of some days (and two around them), with the row numbers that the reader asks for.
fn readable(data: &Path, (from, last): Days) -> PathBuf {
    let copy = data.with_file_name(format!("from-{from}.db"));
    let file = rusqlite::Connection::open(&copy).expect("a file");
    file.execute("attach ?1 as demo", [data.to_string_lossy()]).expect("the demo's data");
    let bounds = [from - chrono::Days::new(2), last + chrono::Days::new(3)].map(|day| day.to_string());
    let [first, end] = &bounds;
    let tasks = format!(
        "create table tasks as select * from demo.tasks where scheduled_at between '{first}' and '{end}'"
    );
    file.execute_batch(&tasks).expect("tasks");
    file.execute_batch("create table user_states as select * from demo.user_states limit 5")
        .expect("a few states");
    for table in ["sellers", "users", "assignments"] {
        file.execute_batch(&format!("create table {table} as select * from demo.{table}")).expect("a table");
    }
    copy
}

/// What DuckDB computes over some days.
fn computed(data: &Path, (from, last): Days) -> Values {
    let to = last.succ_opt().expect("a day").to_string();
    let data = readable(data, (from, last));
    let script = tests_file("readers").join("numbers_duckdb.py");
    let said = run(python().arg(script).arg(data).args([&from.to_string(), &to, "America/Bogota"]));
    said.lines()
        .map(|line| {
            let [metric, by, key, value] =
                line.split('\t').collect::<Vec<_>>().try_into().expect("four parts");
            ((metric.to_owned(), by.to_owned(), key.to_owned()), value.parse().ok())
        })
        .collect()
}

/// DuckDB's numbers of all days that sentences speak of.
struct Source<'a> {
    data: &'a Path,
    of: BTreeMap<Days, Values>,
}

impl Source<'_> {
    fn values(&mut self, days: Days) -> &Values {
        self.of.entry(days).or_insert_with(|| computed(self.data, days))
    }

    fn value(&mut self, fact: &Fact, days: Days) -> f64 {
        let (by, key) = fact
            .group
            .as_ref()
            .map_or(("", ""), |group| (group.dimension.as_str(), group.key.as_deref().unwrap_or_default()));
        let key = (fact.metric.clone(), by.to_owned(), key.to_owned());
        // A group that is not there counts as nothing.
        self.values(days).get(&key).copied().flatten().unwrap_or_else(|| {
            assert!(fact.group.is_some(), "DuckDB has no {key:?}");
            0.0
        })
    }

    /// The groups of a fact's dimension, by their keys.
    fn groups(&mut self, metric: &str, by: &str, days: Days) -> BTreeMap<String, f64> {
        let of = |((m, b, key), value): (&(String, String, String), &Option<f64>)| {
            (m == metric && b == by)
                .then(|| (key.clone(), *value))
                .and_then(|(key, value)| Some((key, value?)))
        };
        self.values(days).iter().filter_map(of).collect()
    }
}

/// Half a unit of the last place that a metric shows.
fn half_a_unit(metric: &str) -> f64 {
    use parte::definition::ValueFormat as F;
    let metric = catalogue().iter().find(|it| it.id == metric).expect("a metric of the catalogue");
    let decimals = match metric.format {
        F::Integer => 0,
        F::Percent(n) => n + 2,
        F::Decimal(n) | F::Currency(n) | F::Hours(n) | F::Minutes(n) | F::Days(n) => n,
    };
    0.5 * 10_f64.powi(-i32::from(decimals)) * (1.0 + 1e-9)
}

fn check(sentence: &Sentence, days: Days, before: Option<Days>, source: &mut Source<'_>) {
    for fact in &sentence.facts {
        let unit = half_a_unit(&fact.metric);
        let (expected, tolerance) = match fact.quantity {
            Quantity::Value => (source.value(fact, fact.days.expect("days")), unit),
            Quantity::Before => {
                assert_eq!(fact.days, before);
                (source.value(fact, before.expect("a period before")), unit)
            }
            Quantity::Change => {
                let then = source.value(fact, before.expect("a period before"));
                (source.value(fact, days) - then, 2.0 * unit)
            }
            Quantity::Relative => {
                let then = source.value(fact, before.expect("a period before"));
                ((source.value(fact, days) - then) / then, 0.0005 + 1e-9)
            }
            Quantity::Target => {
                let metric = catalogue().iter().find(|it| it.id == fact.metric).expect("a metric");
                let Some(parte::definition::Target::Always(target)) = metric.target else {
                    panic!("{}: no target for all periods", metric.id);
                };
                (target, 0.0)
            }
            // Nothing is known of earlier reports here.
            Quantity::Earlier | Quantity::Periods => panic!("a record: {fact:?}"),
            // Held against all groups below.
            Quantity::UsualLow | Quantity::UsualHigh => continue,
        };
        assert!((fact.value - expected).abs() <= tolerance, "{fact:?} is {expected} in\n{}", sentence.text);
    }
    match sentence.finding {
        Finding::Change => largest_first(sentence, days, before.expect("a period before"), source),
        Finding::Outlier => beyond_the_fences(sentence, days, source),
        Finding::Target => {}
        Finding::Record => panic!("a record without a history: {}", sentence.text),
    }
}

/// The first group that is named moved the number more than any other, the way the whole went.
fn largest_first(sentence: &Sentence, days: Days, before: Days, source: &mut Source<'_>) {
    let change = |fact: &&Fact| fact.quantity == Quantity::Change;
    let whole = sentence.facts.iter().find(change).expect("a change").value;
    let Some(first) = sentence.facts.iter().filter(change).find(|fact| fact.group.is_some()) else { return };
    let by = first.group.as_ref().map(|group| group.dimension.clone()).expect("a group");
    let mut changes = source.groups(&first.metric, &by, days);
    for (key, value) in source.groups(&first.metric, &by, before) {
        *changes.entry(key).or_default() -= value;
    }
    let most = changes.values().map(|change| change * whole.signum()).fold(f64::MIN, f64::max);
    let unit = 2.0 * half_a_unit(&first.metric);
    assert!((first.value.abs() - most).abs() <= unit, "{most} moved most, not {first:?}");
    let sum: f64 = changes.values().sum();
    assert!((sum - whole).abs() <= unit, "the groups' changes sum to {sum}, the whole is {whole}");
}

/// The fences of all groups with enough rows, and who lies beyond.
fn beyond_the_fences(sentence: &Sentence, days: Days, source: &mut Source<'_>) {
    let fact = sentence.facts.first().expect("a value");
    let group = fact.group.as_ref().expect("a group");
    // Both shares of sellers in this report are of all tasks planned.
    let rows = source.groups("tasks_planned", &group.dimension, days);
    let mut values: Vec<f64> = source
        .groups(&fact.metric, &group.dimension, days)
        .into_iter()
        .filter(|(key, _)| rows.get(key).is_some_and(|rows| *rows >= 20.0))
        .map(|(_, value)| (value * 1000.0).round() / 1000.0)
        .collect();
    values.sort_by(f64::total_cmp);
    let quantile = |part: f64| {
        let place = part * (values.len() - 1) as f64;
        let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
        below + (above - below) * place.fract()
    };
    let (first, third) = (quantile(0.25), quantile(0.75));
    let (low, high) = (first - 1.5 * (third - first), third + 1.5 * (third - first));
    assert!(fact.value < low - 0.009 || fact.value > high + 0.009, "{fact:?} lies within {low} and {high}");
    let within: Vec<f64> = values.into_iter().filter(|value| (low..=high).contains(value)).collect();
    let usual: Vec<f64> = sentence.facts[1..].iter().map(|fact| fact.value).collect();
    assert_eq!(usual, [within[0], within[within.len() - 1]]);
}

fn of(document: &Document) -> String {
    document.summary_text().unwrap_or_default().replace('\u{a0}', " ")
}

#[test]
fn every_number_of_every_sentence_is_what_duckdb_computes_from_the_source() {
    let setting = Setting::of_the_demo();
    let data = setting.data();
    let mut source = Source { data: &data, of: BTreeMap::new() };
    let sections = r#"
  [[report.section]]
  kpis = ["tasks_planned", "tasks_completed", "completion_rate", "on_time_rate", "sales_amount", "strike_rate", "contact_rate"]

  [[report.section]]
  table = { by = ["team"], metrics = ["tasks_planned", "tasks_completed", "completion_rate", "sales_amount"] }

  [[report.section]]
  table = { by = ["seller"], metrics = ["tasks_completed", "completion_rate", "on_time_rate"] }
"#;
    let definitions = setting.definitions("es-CO", &weekly(sections));
    let report = &definitions.reports[0];
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for monday in ["2026-08-24", "2026-10-19", "2026-11-09", "2026-11-16"] {
        let instant = format!("{monday}T12:30:00Z").parse().expect("an instant");
        let period: Period = report.period_at(instant, None);
        let days = (period.from(), period.last());
        let before = report.compared_periods(&period).first().map(|(_, other)| (other.from(), other.last()));
        let document = setting.try_document(&definitions, Some(period)).expect("a document");
        assert!(document.summary.len() <= 4, "{}", of(&document));
        for sentence in &document.summary {
            check(sentence, days, before, &mut source);
            *seen
                .entry(match sentence.finding {
                    Finding::Change => "change",
                    Finding::Record => "record",
                    Finding::Target => "target",
                    Finding::Outlier => "outlier",
                })
                .or_default() += 1;
        }
    }
    for finding in ["change", "target"] {
        assert!(seen.contains_key(finding), "no {finding} among {seen:?}");
    }
}

#[test]
fn a_report_may_say_that_it_wants_no_summary_and_so_may_the_defaults() {
    let setting = Setting::of_the_demo();
    let kpis = "\n[[report.section]]\nkpis = [\"completion_rate\", \"on_time_rate\"]\n";
    let with = |own: &str| setting.definitions("es-CO", &weekly(&format!("{own}{kpis}")));
    let document = setting.document(&with(""));
    assert!(!of(&document).is_empty());
    assert_eq!(setting.document(&with("summary = false\n")).summary_text(), None);
    let shipped = include_str!("../../../reports.toml");
    let quiet = |own: &str| {
        shipped.replacen("[defaults]", "[defaults]\nsummary = false", 1).replacen(
            "[[report]]",
            &format!("[[report]]{own}"),
            1,
        )
    };
    assert!(!setting.shipped(&quiet(""), "es-CO").reports[0].summary);
    assert!(setting.shipped(&quiet("\nsummary = true"), "es-CO").reports[0].summary);
}
