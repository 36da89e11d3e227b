//! Heatmaps and cohorts: one metric by two dimensions, the first along the columns, the second down the rows.

use super::chart::{day_label, days_of, keep_largest};
use super::frame::Key;
use super::pairs::{Called, Pairs};
use super::table::distinct;
use super::{Fault, Setting, alt};
use crate::definition::{ChartKind, ChartSection, Language};
use crate::document::{Chart, ChartStyle, Series, dimension_label};
use chrono::{Datelike as _, NaiveDate};
use polars::prelude::DataFrame;
use std::collections::{HashMap, HashSet};

/// More columns leave no room for the values in their cells.
const MOST_COLUMNS: usize = 31;
/// More rows fill more than a page.
const MOST_ROWS: usize = 40;

const CALLED: Called = Called {
    name: "heatmap",
    lacks: "no rows",
    hint: "add the column whose values become rows: by = \"team\"",
};

/// A heatmap, and notes on what was cut. A pair that has no row is absent, also for counts: a cohort of last week has no value for the
/// weeks to come. Rows and columns without any value are left out, but for days, weeks and months of the period.
pub(super) fn build(
    section: &ChartSection,
    setting: &Setting<'_>,
    values: &DataFrame,
) -> Result<(Chart, Vec<String>), Fault> {
    let pairs = Pairs::of(section, &CALLED, setting, values)?;
    let ([x, down], cells) = (&pairs.dimensions, pairs.cells());
    let mut notes = Vec::new();
    let columns = Side { dimension: x, most: MOST_COLUMNS, is_rows: false };
    let columns = columns.keys(setting, &pairs.sizes(0), &mut notes);
    let rows = Side { dimension: down, most: MOST_ROWS, is_rows: true };
    let rows = rows.keys(setting, &pairs.sizes(1), &mut notes);
    let series = rows
        .into_iter()
        .map(|(row, label)| {
            Series::new(
                label,
                columns.iter().map(|(column, _)| cells.get(&(column, &row)).copied()).collect(),
            )
        })
        .collect();
    let mut chart = Chart {
        style: if section.kind == ChartKind::Cohort { ChartStyle::Cohort } else { ChartStyle::Heatmap },
        x_label: dimension_label(x, setting.language),
        series_label: Some(dimension_label(down, setting.language)),
        categories: columns.iter().map(|(_, label)| label.clone()).collect(),
        series,
        display: setting.display(pairs.metric.format),
        alt: String::new(),
    };
    chart.alt = alt::in_words(&chart, &[pairs.metric], Some(down), setting);
    Ok((chart, notes))
}

/// The columns or the rows.
struct Side<'a> {
    dimension: &'a str,
    most: usize,
    is_rows: bool,
}

/// Which of too many are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Latest,
    First,
    Largest,
}

impl Side<'_> {
    /// Its values with their labels, in order.
    fn keys(
        &self,
        setting: &Setting<'_>,
        sizes: &HashMap<&Key, f64>,
        notes: &mut Vec<String>,
    ) -> Vec<(Key, String)> {
        let there: Vec<Key> = sizes.keys().map(|key| (*key).clone()).collect();
        let mut all = match days_of(self.dimension, setting) {
            // Days of the period without any value are told by their empty cells.
            Some(days) if !there.is_empty() => days.into_iter().map(Key::Date).collect(),
            _ => distinct(self.dimension, &there),
        };
        if all.len() > self.most {
            let kept = self.kept(&all);
            notes.push(self.note(setting, kept, all.len()));
            match kept {
                Kept::Latest => drop(all.drain(..all.len() - self.most)),
                Kept::First => all.truncate(self.most),
                Kept::Largest => {
                    let sizes = all.iter().map(|key| sizes.get(key).copied().unwrap_or_default()).collect();
                    keep_largest(&mut all, sizes, self.most);
                }
            }
        }
        let years: HashSet<i32> = all.iter().filter_map(date).map(|day| day.year()).collect();
        let label = |key: &Key| self.label(key, years.len() > 1, setting);
        all.iter().map(|key| (key.clone(), label(key))).collect()
    }

    fn kept(&self, all: &[Key]) -> Kept {
        let counts = |key: &Key| matches!(key, Key::Text(text) if text.parse::<u32>().is_ok());
        if all.iter().any(|key| date(key).is_some()) {
            Kept::Latest
        } else if all.iter().any(counts) && all.iter().all(|key| counts(key) || *key == Key::Absent) {
            Kept::First
        } else {
            Kept::Largest
        }
    }

    /// As it stands beside the cells, where there is less room than in a table.
    fn label(&self, key: &Key, many_years: bool, setting: &Setting<'_>) -> String {
        match (self.dimension, key) {
            // The heading says what they count.
            ("weeks_since_signup" | "months_since_signup", Key::Text(count)) => count.clone(),
            ("day", Key::Date(day)) => day_label(*day, setting),
            ("week" | "signup_week", Key::Date(day)) if !many_years => setting.locale.short_week(*day),
            _ => setting.value_label(self.dimension, key),
        }
    }

    /// `Se muestran las 40 filas más recientes de 60.`
    fn note(&self, setting: &Setting<'_>, kept: Kept, all: usize) -> String {
        let (n, m) = (setting.count(self.most), setting.count(all));
        let what = setting.pick(match self.is_rows {
            true => ["filas", "rows", "linhas"],
            false => ["columnas", "columns", "colunas"],
        });
        match (setting.language, kept) {
            (Language::Es, Kept::Latest) => format!("Se muestran las {n} {what} más recientes de {m}."),
            (Language::Es, Kept::First) => format!("Se muestran las primeras {n} {what} de {m}."),
            (Language::Es, Kept::Largest) => format!("Se muestran las {n} {what} mayores de {m}."),
            (Language::En, Kept::Latest) => format!("The latest {n} of {m} {what} are shown."),
            (Language::En, Kept::First) => format!("The first {n} of {m} {what} are shown."),
            (Language::En, Kept::Largest) => format!("The {n} largest of {m} {what} are shown."),
            (Language::Pt, Kept::Latest) => format!("São mostradas as {n} {what} mais recentes de {m}."),
            (Language::Pt, Kept::First) => format!("São mostradas as primeiras {n} {what} de {m}."),
            (Language::Pt, Kept::Largest) => format!("São mostradas as {n} maiores {what} de {m}."),
        }
    }
}

fn date(key: &Key) -> Option<NaiveDate> {
    match key {
        Key::Date(day) => Some(*day),
        Key::Text(_) | Key::Absent => None,
    }
}
