//! `parte metrics`: the catalogue, or one metric in full.

use super::Ended;
use super::arguments::Metrics;
use super::terminal::Terminal;
use crate::app::{self, Exit, Failure};
use crate::definition::{Better, Language, MetricDefinition, Rows};
use crate::metrics::catalogue;
use std::path::Path;

#[derive(serde::Serialize)]
struct MetricView<'a> {
    id: &'a str,
    label: &'a str,
    description: &'a str,
    formula: &'a str,
    of: &'a str,
    rows: &'static str,
    by: &'a [String],
    better: &'static str,
    additive: bool,
    target: Option<f64>,
    expr: &'a str,
}

impl<'a> MetricView<'a> {
    fn new(metric: &'a MetricDefinition) -> Self {
        Self {
            id: &metric.id,
            label: metric.label.in_language(Language::En),
            description: metric.description.in_language(Language::En),
            formula: metric.formula.in_language(Language::En),
            of: &metric.of,
            rows: match metric.rows {
                Rows::Planned => "planned",
                Rows::Scheduled => "scheduled",
                Rows::Completed => "completed",
                Rows::Created => "created",
                Rows::Open => "open",
                Rows::Edges => "edges",
                Rows::Days => "days",
            },
            by: &metric.by,
            better: match metric.better {
                Better::Higher => "higher",
                Better::Lower => "lower",
                Better::Neither => "neither",
            },
            additive: metric.additive,
            target: metric.target,
            expr: &metric.expr,
        }
    }

    fn in_full(&self) -> String {
        let mut lines = vec![format!("{} · {}", self.id, self.label)];
        if !self.description.is_empty() {
            lines.push(format!("  {}", self.description));
        }
        lines.push(String::new());
        let mut fact = |name: &str, value: &str| {
            if !value.is_empty() {
                lines.push(format!("  {name:<9} {value}"));
            }
        };
        fact("formula", self.formula);
        fact("rows", &format!("{} of {}", self.rows, self.of));
        fact("by", &self.by.join(", "));
        fact("better", self.better);
        fact(
            "totals",
            if self.additive { "the sum of the groups" } else { "recomputed from rows, never averaged" },
        );
        fact("target", &self.target.map_or(String::new(), |target| target.to_string()));
        fact("expr", self.expr.trim());
        lines.join("\n")
    }
}

pub(super) fn metrics(arguments: &Metrics, file: &Path, terminal: &Terminal) -> Ended {
    // the file's own metrics too, where there is a file; the built-in ones are known without
    let all = if file.exists() { super::definitions(file, terminal)?.metrics } else { catalogue().to_vec() };
    let views: Vec<MetricView<'_>> = all.iter().map(MetricView::new).collect();
    let Some(id) = &arguments.id else {
        if arguments.json {
            terminal.json(&views)?;
        } else {
            let rows = views
                .iter()
                .map(|m| vec![m.id.to_owned(), m.label.to_owned(), m.formula.to_owned(), m.rows.to_owned()])
                .collect();
            terminal.result(&terminal.table(&["METRIC", "NAME", "FORMULA", "ROWS"], &[], rows));
            terminal.advice("\nparte metrics METRIC shows one in full.");
        }
        return Ok(Exit::Done);
    };
    let Some(view) = views.iter().find(|view| view.id == id) else {
        let ids: Vec<&str> = views.iter().map(|view| view.id).collect();
        return Err(Failure::Unknown {
            kind: "metric",
            name: id.clone(),
            place: "the catalogue".to_owned(),
            hint: app::suggestion(id, &ids),
        });
    };
    if arguments.json {
        terminal.json(view)?
    } else {
        terminal.result(&view.in_full())
    }
    Ok(Exit::Done)
}
