//! Which rows a table shows, in which order, and which of them belong together: sorted, left out by a condition, cut at the limit.

use super::Fault;
use super::frame::{Dimension, Key};
use super::table::{Keyed, Numbers};
use crate::definition::TableSection;
use crate::document::RowGroup;
use crate::document::ordering::Place;
use crate::suggest;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Which groups a table shows, in which order.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// Rows with the same values of the columns that have subtotals; without subtotals all rows.
    pub(super) parts: Vec<Part>,
}

/// Rows that belong together, by their places.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The values that tell it from other parts.
    pub(super) key: Vec<Key>,
    pub(super) shown: Vec<usize>,
    /// Beyond the limit.
    pub(super) beyond: Vec<usize>,
    /// How many the condition leaves out.
    pub(super) left_out: usize,
}

impl Choice {
    /// How many rows are shown.
    pub(super) fn shown(&self) -> usize {
        self.parts.iter().map(|part| part.shown.len()).sum()
    }

    /// The places of all rows beyond the limit.
    pub(super) fn beyond(&self) -> Vec<usize> {
        self.parts.iter().flat_map(|part| part.beyond.iter().copied()).collect()
    }

    /// How many rows the condition leaves out.
    pub(super) fn left_out(&self) -> usize {
        self.parts.iter().map(|part| part.left_out).sum()
    }
}

/// Sorts the rows and, by their subtotals, the parts that they belong to; leaves out those that do not fulfil the condition, and cuts
/// each part at the limit.
pub(super) fn choose(
    section: &TableSection,
    dimensions: &[(String, Dimension)],
    metrics: &Numbers<'_>,
    subtotals: &[Keyed],
    fulfilling: Option<&[usize]>,
) -> Result<Choice, Fault> {
    let order = Order::of(section, dimensions, metrics)?;
    let rows = order.rows();
    let mut kept = vec![fulfilling.is_none(); rows.len()];
    for row in fulfilling.into_iter().flatten() {
        if let Some(kept) = kept.get_mut(*row) {
            *kept = true;
        }
    }
    let depth = section.subtotals.len();
    let mut places: HashMap<Vec<Key>, usize> = HashMap::new();
    let mut parts: Vec<Part> = Vec::new();
    for row in rows {
        let key: Vec<Key> = dimensions.iter().take(depth).map(|(_, of)| of.key(row)).collect();
        let at = *places.entry(key.clone()).or_insert_with(|| {
            parts.push(Part { key, ..Part::default() });
            parts.len() - 1
        });
        match kept.get(row) {
            Some(true) => parts[at].shown.push(row),
            _ => parts[at].left_out += 1,
        }
    }
    for part in &mut parts {
        let limit = section.limit.unwrap_or(part.shown.len()).min(part.shown.len());
        part.beyond = part.shown.split_off(limit);
    }
    parts.sort_by(|a, b| order.of_parts(&a.key, &b.key, subtotals));
    Ok(Choice { parts })
}

/// The groups of rows that are shown, once it is known where each part ends among the table's rows. An `others` row stands for what is
/// beyond the limit, so that nothing is missing then.
pub(super) fn row_groups(section: &TableSection, parts: &[Part], ends: &[usize]) -> Vec<RowGroup> {
    let depth = section.subtotals.len();
    let mut groups = Vec::new();
    let mut starts = vec![0; depth];
    let mut are_whole = vec![true; depth];
    for (at, (part, end)) in parts.iter().zip(ends).enumerate() {
        let is_whole = part.left_out == 0 && (part.beyond.is_empty() || section.others);
        are_whole.iter_mut().for_each(|whole| *whole &= is_whole);
        let same = parts
            .get(at + 1)
            .map_or(0, |next| part.key.iter().zip(&next.key).take_while(|(own, other)| own == other).count());
        for level in (same..depth).rev() {
            let rows = std::mem::replace(&mut starts[level], *end)..*end;
            let is_whole = std::mem::replace(&mut are_whole[level], true);
            // A part of which the condition leaves nothing has no rows and no subtotals.
            if !rows.is_empty() {
                groups.push(RowGroup { level, rows, is_whole, cells: Vec::new() });
            }
        }
    }
    groups
}

/// The order asked for, else that of the dimensions.
struct Order<'a> {
    dimensions: &'a [(String, Dimension)],
    /// By dimension, then by row.
    places: Vec<Vec<Place>>,
    metrics: &'a Numbers<'a>,
    by: By,
    descending: bool,
}

/// What is sorted by, by its place.
enum By {
    Dimensions,
    Dimension(usize),
    Metric(usize),
}

impl<'a> Order<'a> {
    fn of(
        section: &TableSection,
        dimensions: &'a [(String, Dimension)],
        metrics: &'a Numbers<'a>,
    ) -> Result<Self, Fault> {
        let by = match &section.sort {
            None => By::Dimensions,
            Some((column, _)) => {
                let dimension = dimensions.iter().position(|(name, _)| name == column);
                let metric = metrics.iter().position(|(metric, _)| metric.id == *column);
                match (dimension, metric) {
                    (Some(at), _) => By::Dimension(at),
                    (None, Some(at)) => By::Metric(at),
                    (None, None) => return Err(no_such_column(column, dimensions, metrics)),
                }
            }
        };
        let places = dimensions
            .iter()
            .map(|(name, of)| of.keys().iter().map(|key| Place::of(name, key)).collect())
            .collect();
        let descending = section.sort.as_ref().is_some_and(|(_, descending)| *descending);
        Ok(Self { dimensions, places, metrics, by, descending })
    }

    fn rows(&self) -> Vec<usize> {
        let of_dimension = self.dimensions.first().map(|(_, of)| of.len());
        let of_metric = self.metrics.first().map(|(_, numbers)| numbers.len());
        let mut rows: Vec<usize> = (0..of_dimension.or(of_metric).unwrap_or(0)).collect();
        let by_dimensions = |a: usize, b: usize| {
            let compare =
                |so_far: Ordering, of: &Vec<Place>| so_far.then_with(|| of[a].compare(&of[b], false));
            self.places.iter().fold(Ordering::Equal, compare)
        };
        rows.sort_by(|a, b| by_dimensions(*a, *b));
        match self.by {
            By::Dimensions => {}
            By::Dimension(at) => {
                let of = &self.places[at];
                rows.sort_by(|a, b| of[*a].compare(&of[*b], self.descending));
            }
            By::Metric(at) => {
                let numbers = &self.metrics[at].1;
                rows.sort_by(|a, b| by_size(numbers[*a], numbers[*b], self.descending));
            }
        }
        rows
    }

    /// Parts level by level: by what their rows come to, or by the values that tell them apart.
    fn of_parts(&self, a: &[Key], b: &[Key], subtotals: &[Keyed]) -> Ordering {
        let differs = a.iter().zip(b).position(|(a, b)| a != b);
        let Some(level) = differs else { return Ordering::Equal };
        let by_size = match (&self.by, subtotals.get(level)) {
            (By::Metric(at), Some(of)) => {
                by_size(of.number(&a[..=level], *at), of.number(&b[..=level], *at), self.descending)
            }
            _ => Ordering::Equal,
        };
        let descending = self.descending && matches!(self.by, By::Dimension(at) if at == level);
        let name = self.dimensions.get(level).map_or("", |(name, _)| name.as_str());
        by_size
            .then_with(|| Place::of(name, &a[level]).compare(&Place::of(name, &b[level]), descending))
            // Names that a dictionary has in one place are two groups all the same.
            .then_with(|| a[level].cmp(&b[level]))
    }
}

fn no_such_column(column: &str, dimensions: &[(String, Dimension)], metrics: &Numbers<'_>) -> Fault {
    let names = dimensions.iter().map(|(name, _)| name.as_str());
    let there: Vec<&str> = names.chain(metrics.iter().map(|(metric, _)| metric.id.as_str())).collect();
    Fault::new(
        format!("it is sorted by `{column}`, which is none of its columns"),
        suggest::did_you_mean(column, there.iter().copied(), &format!("its columns: {}", there.join(", "))),
    )
}

/// Absent numbers last, whatever the direction.
fn by_size(a: Option<f64>, b: Option<f64>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
