//! `parte metrics`: the catalogue, or one metric in full.

use super::Ended;
use super::arguments::Metrics;
use super::terminal::{Terminal, wrapped};
use crate::app::{self, Exit, Failure};
use crate::definition::{
    Better, ByPeriod, ElseTarget, FrameName, Language, MetricDefinition, Target, Text, ValueFormat,
};
use crate::document::{Display, Locale, Value};
use crate::metrics::{Requirements, catalogue, requirements};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where the names of facts end.
const INDENT: usize = 15;
/// How a value is shown where, and in which money.
const PLACES: [(&str, &str); 3] = [("es-CO", "COP"), ("en-US", "USD"), ("pt-BR", "BRL")];

#[derive(serde::Serialize)]
struct MetricView<'a> {
    id: &'a str,
    label: &'a str,
    description: &'a str,
    by: &'a [String],
    format: &'static str,
    decimals: u8,
    rounding: String,
    shown: BTreeMap<&'static str, String>,
    better: &'static str,
    additive: bool,
    totals: &'static str,
    target: Option<TargetView>,
    follows: Option<&'a str>,
    example: String,
    #[serde(flatten)]
    way: WayView<'a>,
    /// The same where a source lacks what the rows need.
    otherwise: Option<WayView<'a>>,
}

/// What a metric is computed from.
#[derive(serde::Serialize)]
struct WayView<'a> {
    formula: &'a str,
    denominator: Option<&'a str>,
    of: &'a str,
    rows: &'static str,
    columns: ColumnsView,
    expr: &'a str,
}

#[derive(serde::Serialize)]
struct ColumnsView {
    needed: Vec<Vec<String>>,
    used: BTreeSet<String>,
}

#[derive(serde::Serialize)]
#[serde(untagged)]
enum TargetView {
    Always(f64),
    ByPeriod(BTreeMap<&'static str, f64>),
    FromTable { from: &'static str, otherwise: Option<Box<TargetView>> },
}

impl TargetView {
    fn new(target: Target) -> Self {
        let from_table = |otherwise: Option<Self>| {
            let from = FrameName::Targets.as_str();
            Self::FromTable { from, otherwise: otherwise.map(Box::new) }
        };
        match target {
            Target::Always(number) => Self::Always(number),
            Target::ByPeriod(by) => Self::by_period(by),
            Target::FromTable(ElseTarget::Nothing) => from_table(None),
            Target::FromTable(ElseTarget::Always(number)) => from_table(Some(Self::Always(number))),
            Target::FromTable(ElseTarget::ByPeriod(by)) => from_table(Some(Self::by_period(by))),
        }
    }

    fn by_period(by: ByPeriod) -> Self {
        Self::ByPeriod(by.all().into_iter().filter_map(|(kind, number)| Some((kind, number?))).collect())
    }
}

impl<'a> WayView<'a> {
    fn new(metric: &'a MetricDefinition, language: Language) -> Self {
        // An expression that does not parse has been refused where it was read.
        let Requirements { needed, used } = requirements(metric).unwrap_or_default();
        Self {
            formula: metric.formula.in_language(language),
            denominator: metric.denominator.as_ref().map(|text| text.in_language(language)),
            of: &metric.of,
            rows: metric.rows.as_str(),
            columns: ColumnsView { needed, used },
            expr: metric.expr.trim(),
        }
    }

    fn facts(&self, add: &mut impl FnMut(&str, &str)) {
        add("formula", self.formula);
        add("divided by", self.denominator.unwrap_or("nothing"));
        add("rows", &format!("{} of {}", self.rows, self.of));
        let needed: Vec<String> = self.columns.needed.iter().map(|ways| ways.join(" or ")).collect();
        add("columns", &needed.join(", "));
        add("where there", &self.columns.used.iter().cloned().collect::<Vec<_>>().join(", "));
        add("expr", self.expr);
    }
}

impl<'a> MetricView<'a> {
    fn new(metric: &'a MetricDefinition, language: Language) -> Self {
        let text = |text: &'a Text| text.in_language(language);
        let (format, decimals) = format_of(metric.format);
        Self {
            id: &metric.id,
            label: text(&metric.label),
            description: text(&metric.description),
            by: &metric.by,
            format,
            decimals,
            rounding: rounding(metric.format),
            shown: shown(metric.format),
            better: match metric.better {
                Better::Higher => "higher",
                Better::Lower => "lower",
                Better::Neither => "neither",
            },
            additive: metric.additive,
            totals: if metric.additive {
                "the sum of the groups"
            } else {
                "recomputed from rows, never averaged"
            },
            target: metric.target.map(TargetView::new),
            follows: metric.follows.as_ref().map(text),
            example: example(metric),
            way: WayView::new(metric, language),
            otherwise: metric.otherwise.as_deref().map(|other| WayView::new(other, language)),
        }
    }

    fn in_full(&self, target: Option<Target>, width: usize) -> String {
        let mut lines = vec![format!("{} · {}", self.id, self.label)];
        if !self.description.is_empty() {
            lines.push(format!("  {}", wrapped(self.description, width.saturating_sub(2), 2)));
        }
        lines.push(String::new());
        let mut fact = |name: &str, value: &str| {
            if !value.is_empty() {
                lines.push(format!("  {name:<12} {}", wrapped(value, width.saturating_sub(INDENT), INDENT)));
            }
        };
        self.way.facts(&mut fact);
        fact("by", &self.by.join(", "));
        let shown: Vec<String> =
            self.shown.iter().map(|(language, text)| format!("{text} ({language})")).collect();
        fact("shown", &shown.join(", "));
        fact("rounding", &self.rounding);
        fact("better", self.better);
        fact("totals", self.totals);
        fact("target", &target.map_or(String::new(), |target| target.to_string()));
        fact("follows", self.follows.unwrap_or_default());
        if let Some(otherwise) = &self.otherwise {
            lines.push(String::new());
            lines.push(format!("  where a source has no {}:", self.way.of));
            let mut fact = |name: &str, value: &str| {
                if !value.is_empty() {
                    lines.push(format!(
                        "  {name:<12} {}",
                        wrapped(value, width.saturating_sub(INDENT), INDENT)
                    ));
                }
            };
            otherwise.facts(&mut fact);
        }
        lines.push(String::new());
        lines.push("  in reports.toml:".to_owned());
        lines.extend(self.example.lines().map(|line| format!("    {line}")));
        lines.join("\n")
    }
}

/// A section that shows the metric.
fn example(metric: &MetricDefinition) -> String {
    let id = &metric.id;
    let body = match metric.by.as_slice() {
        [] => format!("kpis = [\"{id}\"]"),
        [_, _] => format!("table = {{ metrics = [\"{id}\"] }}"),
        _ => format!("table = {{ metrics = [\"{id}\"], totals = {} }}", metric.additive),
    };
    format!("[[report.section]]\n{body}")
}

fn format_of(format: ValueFormat) -> (&'static str, u8) {
    match format {
        ValueFormat::Integer => ("integer", 0),
        ValueFormat::Decimal(decimals) => ("decimal", decimals),
        ValueFormat::Percent(decimals) => ("percent", decimals),
        ValueFormat::Currency(decimals) => ("currency", decimals),
        ValueFormat::Hours(decimals) => ("hours", decimals),
        ValueFormat::Minutes(decimals) => ("minutes", decimals),
        ValueFormat::Days(decimals) => ("days", decimals),
    }
}

fn rounding(format: ValueFormat) -> String {
    let (_, decimals) = format_of(format);
    let unit = match format {
        ValueFormat::Integer | ValueFormat::Decimal(_) => "",
        ValueFormat::Percent(_) => " of the percentage",
        ValueFormat::Currency(_) => " of the amount",
        ValueFormat::Hours(_) => " of hours",
        ValueFormat::Minutes(_) => " of minutes",
        ValueFormat::Days(_) => " of days",
    };
    let places = if decimals == 1 { "decimal" } else { "decimals" };
    format!("once, half away from zero, to {decimals} {places}{unit}")
}

/// A value as reports of each language show it, by language.
fn shown(format: ValueFormat) -> BTreeMap<&'static str, String> {
    let value = match format {
        ValueFormat::Integer => 1234.0,
        ValueFormat::Decimal(_) => 1234.5678,
        ValueFormat::Percent(_) => 0.852_512_345,
        ValueFormat::Currency(_) => 1_234_567.888,
        ValueFormat::Hours(_) | ValueFormat::Minutes(_) | ValueFormat::Days(_) => 26.754_321,
    };
    let in_place = |(tag, currency): (&'static str, &str)| {
        let locale = Locale::parse(tag)?;
        let display = Display::Number { format, currency: Some(currency.to_owned()) };
        Some((tag.get(..2)?, locale.show(Some(&Value::Number(value)), &display)))
    };
    PLACES.into_iter().filter_map(in_place).collect()
}

pub(super) fn metrics(arguments: &Metrics, file: &Path, terminal: &Terminal) -> Ended {
    // the file's own metrics too, where there is a file; the built-in ones are known without
    let all = if file.exists() { super::definitions(file, terminal)?.metrics } else { catalogue().to_vec() };
    let language = Language::of_locale(&arguments.lang).unwrap_or(Language::En);
    let Some(id) = &arguments.id else {
        let views: Vec<MetricView<'_>> = all.iter().map(|metric| MetricView::new(metric, language)).collect();
        if arguments.json {
            terminal.json(&views)?;
        } else {
            let line = |m: &MetricView<'_>| {
                let by = m.way.denominator.unwrap_or("–");
                [m.id, m.label, by, m.way.rows, m.way.formula].map(str::to_owned).to_vec()
            };
            let rows = views.iter().map(line).collect();
            terminal.result(&terminal.table(&["METRIC", "NAME", "DIVIDED BY", "ROWS", "FORMULA"], &[], rows));
            terminal.advice("\nparte metrics METRIC shows one in full.");
        }
        return Ok(Exit::Done);
    };
    let Some(metric) = all.iter().find(|metric| metric.id == *id) else {
        let ids: Vec<&str> = all.iter().map(|metric| metric.id.as_str()).collect();
        return Err(Failure::Unknown {
            kind: "metric",
            name: id.clone(),
            place: "the catalogue".to_owned(),
            hint: app::suggestion(id, &ids),
        });
    };
    let view = MetricView::new(metric, language);
    if arguments.json {
        terminal.json(&view)?
    } else {
        terminal.result(&view.in_full(metric.target, terminal.width()))
    }
    Ok(Exit::Done)
}
