//! What is marked in a table, decided from its numbers as they are shown, and what the signs mean, in sentences.

use super::Setting;
use super::table_columns::Line as Answered;
use crate::definition::{Bound, Comparison, Marking, MetricDefinition, Side, TableSection};
use crate::document::{Column, Judged, Mark, Rule, Span, Table, Value, Values, Verdict, rounding};

/// The numbers of all periods for each line of a table.
pub(super) struct Lines<'a> {
    pub(super) rows: &'a [Answered],
    pub(super) subtotals: &'a [Answered],
    pub(super) total: &'a Answered,
}

/// Are targets needed to mark a table?
pub(super) fn needs_targets(section: &TableSection) -> bool {
    section.marks.iter().any(|(_, marking)| *marking == Marking::Target)
}

/// Marks the column of a metric's own values; `at` is the metric's place.
pub(super) fn mark(
    column: &mut Column,
    marking: &Marking,
    (at, metric): (usize, &MetricDefinition),
    lines: &Lines<'_>,
) {
    let shown = |line: &Answered, with: Option<Comparison>| {
        let number = line.get(&with).and_then(|all| all.get(at).copied().flatten());
        number.and_then(|number| rounding::rounded(number, metric.format))
    };
    column.mark = match marking {
        Marking::Bar | Marking::Scale | Marking::Bounds(_) => {
            of_values(marking, &[column]).map(|mark| match mark {
                Mark::Judged(judged) => {
                    // What sums is larger in a total: bounds of rows say nothing of it.
                    let verdict = |line: &Answered| match marking {
                        Marking::Bounds(bounds) if !metric.additive => {
                            Rule::by_bounds(bounds, shown(line, None))
                        }
                        _ => Verdict::Neutral,
                    };
                    Mark::Judged(Judged {
                        subtotals: lines.subtotals.iter().map(verdict).collect(),
                        total: verdict(lines.total),
                        ..judged
                    })
                }
                mark => mark,
            })
        }
        Marking::Target => {
            let target = |line: &Answered| shown(line, Some(Comparison::Target));
            let verdict = |line: &Answered| Rule::by_target(metric.better, shown(line, None), target(line));
            Some(Mark::Judged(Judged {
                by: Rule::Targets { better: metric.better, rows: lines.rows.iter().map(target).collect() },
                rows: lines.rows.iter().map(verdict).collect(),
                subtotals: lines.subtotals.iter().map(verdict).collect(),
                total: verdict(lines.total),
            }))
        }
    };
}

/// Marks the cells of a matrix, all by the same measure.
pub(super) fn mark_matrix(table: &mut Table, section: &TableSection, metric: &MetricDefinition) {
    let Some((_, marking)) = section.marks.iter().find(|(id, _)| *id == metric.id) else { return };
    // With totals the last column is that of the rows.
    let cells = table.columns.len() - usize::from(table.totals.is_some());
    let mark = of_values(marking, &table.columns.iter().take(cells).collect::<Vec<_>>());
    for column in table.columns.iter_mut().take(cells).filter(|column| !column.is_dimension) {
        column.mark = match marking {
            Marking::Bounds(_) => of_values(marking, &[column]),
            _ => mark.clone(),
        };
    }
}

/// What marks say of the rows of some columns.
fn of_values(marking: &Marking, columns: &[&Column]) -> Option<Mark> {
    let numbers = || {
        let of = |column: &&Column| match &column.values {
            Values::Number(numbers) => numbers.clone(),
            _ => Vec::new(),
        };
        columns.iter().flat_map(of)
    };
    let span = || Span::of(numbers().flatten());
    match marking {
        Marking::Bar => span().map(|span| Mark::Bar(span.with_zero())),
        Marking::Scale => span().map(Mark::Scale),
        Marking::Bounds(bounds) => Some(Mark::Judged(Judged {
            by: Rule::Bounds(bounds.clone()),
            rows: numbers().map(|number| Rule::by_bounds(bounds, number)).collect(),
            subtotals: Vec::new(),
            total: Verdict::Neutral,
        })),
        Marking::Target => None,
    }
}

/// What the signs in a table mean, a sentence for each column that has some: `Puntualidad: ✗ por debajo de 80,0 %.`
pub(super) fn explained(table: &Table, section: &TableSection, setting: &Setting<'_>) -> Vec<String> {
    let mut said = Vec::new();
    for (id, _) in &section.marks {
        let Ok(metric) = setting.metric(id) else { continue };
        // The cells of a matrix are columns of one metric, each with an id of its own.
        let is_of_it = |column: &Column| match section.metrics.as_slice() {
            [_] => !column.is_dimension,
            _ => column.id == *id,
        };
        let judged = table.columns.iter().find_map(|column| match &column.mark {
            Some(Mark::Judged(judged)) if is_of_it(column) => Some(judged),
            _ => None,
        });
        let Some(judged) = judged else { continue };
        let words = match &judged.by {
            Rule::Bounds(bounds) => {
                let parts: Vec<String> =
                    bounds.iter().map(|bound| of_bound(bound, metric, setting)).collect();
                parts.join(", ")
            }
            Rule::Targets { .. } => {
                let signs = judged.rows.iter().chain(&judged.subtotals).chain([&judged.total]);
                if signs.clone().all(|verdict| *verdict == Verdict::Neutral) {
                    continue;
                }
                setting
                    .pick([
                        "✓ alcanza su objetivo, ✗ no lo alcanza",
                        "✓ reaches its target, ✗ does not",
                        "✓ atinge sua meta, ✗ não a atinge",
                    ])
                    .to_owned()
            }
        };
        said.push(format!("{}: {words}.", setting.label(metric)));
    }
    said
}

fn of_bound(bound: &Bound, metric: &MetricDefinition, setting: &Setting<'_>) -> String {
    let sign = if bound.is_good { Verdict::Good.sign() } else { Verdict::Bad.sign() };
    let number = setting.locale.show(Some(&Value::Number(bound.at)), &setting.display(metric.format));
    let words = setting.pick(match bound.side {
        Side::Below => ["por debajo de", "below", "abaixo de"],
        Side::From => ["desde", "from", "a partir de"],
    });
    format!("{sign} {words} {number}")
}
