//! What is marked in a table, as conditional formats: they follow when somebody changes a number.

use super::names::letters;
use super::styles::{Styles, rgb};
use super::writer::{col, row};
use crate::definition::{Better, Side};
use crate::document::{Column, Display, Judged, Mark, Rule, Table, Verdict};
use crate::render::palette::{BAD, GOOD, mix};
use crate::render::scene::Color as SceneColor;
use rust_xlsxwriter::{
    ConditionalFormat2ColorScale, ConditionalFormatDataBar, ConditionalFormatFormula, ConditionalFormatType,
    Format, Worksheet, XlsxError,
};
use std::collections::BTreeMap;
use std::ops::Range;

/// Of the brand's colour the lowest and the highest value of a scale have so much: the letters on it are dark.
pub(super) const PALEST: f32 = 0.06;
pub(super) const FULLEST: f32 = 0.55;
/// So many different targets have a rule of their own, over so many runs of rows; with more of them what is good and bad is written into
/// the cells of a table that is small enough.
const MOST_TARGETS: usize = 200;
const MOST_RUNS: usize = 1000;

/// Marks the rows of a table that begin at a row of the sheet.
pub(super) fn write(
    out: &mut Worksheet,
    table: &Table,
    rows: &Range<usize>,
    first: usize,
    styles: &Styles,
) -> Result<(), XlsxError> {
    if rows.is_empty() {
        return Ok(());
    }
    let last = first + rows.len() - 1;
    let mut at = 0;
    while let Some(column) = table.columns.get(at) {
        let Some(mark) = &column.mark else {
            at += 1;
            continue;
        };
        // The cells of a matrix are measured together.
        let alike = table.columns[at..].iter().take_while(|other| other.mark.as_ref() == Some(mark)).count();
        let (from, to) = (at, at + if matches!(mark, Mark::Judged(_)) { 1 } else { alike } - 1);
        let (top, left, bottom, right) = (row(first)?, col(from)?, row(last)?, col(to)?);
        match mark {
            Mark::Bar(span) => {
                let mut bar = ConditionalFormatDataBar::new()
                    .set_fill_color(rgb(mix(styles.accent, SceneColor::WHITE, 0.55).0))
                    .set_negative_fill_color(rgb(mix(BAD, SceneColor::WHITE, 0.55).0))
                    .set_solid_fill(true)
                    .set_border_off(true);
                // Left to themselves, some programs begin bars at the lowest value.
                if span.lowest >= 0.0 {
                    bar = bar.set_minimum(ConditionalFormatType::Number, 0);
                } else if span.highest <= 0.0 {
                    bar = bar.set_maximum(ConditionalFormatType::Number, 0);
                }
                out.add_conditional_format(top, left, bottom, right, &bar)?;
            }
            Mark::Scale(_) => {
                let shade = |share: f32| rgb(mix(SceneColor::WHITE, styles.accent, share).0);
                let scale = ConditionalFormat2ColorScale::new()
                    .set_minimum_color(shade(PALEST))
                    .set_maximum_color(shade(FULLEST));
                out.add_conditional_format(top, left, bottom, right, &scale)?;
            }
            Mark::Judged(judged) => {
                for (rule, is_good, cells) in rules(judged, rows, first, at) {
                    let verdict = if is_good { Verdict::Good } else { Verdict::Bad };
                    let format = judged_format(Format::new(), &column.display, verdict, styles);
                    let mut condition =
                        ConditionalFormatFormula::new().set_rule(rule.as_str()).set_format(format);
                    if let Some(cells) = cells {
                        condition = condition.set_multi_range(cells);
                    }
                    out.add_conditional_format(top, left, bottom, right, &condition)?;
                }
            }
        }
        at = to + 1;
    }
    Ok(())
}

/// Are there too many targets for rules, so that the verdicts are written into the cells?
pub(super) fn is_fixed(column: &Column) -> bool {
    let Some(Mark::Judged(Judged { by: Rule::Targets { rows, .. }, .. })) = &column.mark else {
        return false;
    };
    are_too_many(&targets(rows, &(0..rows.len())))
}

fn are_too_many(targets: &[(f64, Vec<Range<usize>>)]) -> bool {
    targets.len() > MOST_TARGETS || targets.iter().map(|(_, runs)| runs.len()).sum::<usize>() > MOST_RUNS
}

/// The looks of a cell with its verdict: a colour, and a sign before the number.
pub(super) fn judged_format(format: Format, display: &Display, verdict: Verdict, styles: &Styles) -> Format {
    let color = match verdict {
        Verdict::Good => GOOD,
        Verdict::Bad => BAD,
        Verdict::Neutral => return format,
    };
    let (code, sign) = (styles.code(display), verdict.sign());
    format.set_font_color(rgb(color.0)).set_num_format(format!("\"{sign} \"{code};\"{sign} \"-{code}"))
}

/// A rule each: its formula, whether it tells what is good, and the cells that it is of where these are not all of the column.
fn rules(
    judged: &Judged,
    rows: &Range<usize>,
    first: usize,
    at: usize,
) -> Vec<(String, bool, Option<String>)> {
    let column = letters(at);
    // An empty cell is less than any number to Excel.
    let rule = |row: usize, sign: &str, number: f64| {
        format!("=AND(ISNUMBER({column}{row}),{column}{row}{sign}{number})")
    };
    match &judged.by {
        Rule::Bounds(bounds) => bounds
            .iter()
            .map(|bound| {
                let sign = if bound.side == Side::Below { "<" } else { ">=" };
                (rule(first + 1, sign, bound.at), bound.is_good, None)
            })
            .collect(),
        Rule::Targets { better, rows: of_rows } => {
            let (good, bad) = match better {
                Better::Higher => (">=", "<"),
                Better::Lower => ("<=", ">"),
                Better::Neither => return Vec::new(),
            };
            let targets = targets(of_rows, rows);
            if are_too_many(&targets) {
                return Vec::new();
            }
            let of_target = |(target, places): (f64, Vec<Range<usize>>)| {
                let on_sheet = |place: usize| place - rows.start + first + 1;
                let cells: Vec<String> = places
                    .iter()
                    .map(|run| format!("{column}{}:{column}{}", on_sheet(run.start), on_sheet(run.end - 1)))
                    .collect();
                let top = places.first().map_or(first + 1, |run| on_sheet(run.start));
                let cells = Some(cells.join(" "));
                [(rule(top, good, target), true, cells.clone()), (rule(top, bad, target), false, cells)]
            };
            targets.into_iter().flat_map(of_target).collect()
        }
    }
}

/// The runs of rows that have each target.
fn targets(of_rows: &[Option<f64>], rows: &Range<usize>) -> Vec<(f64, Vec<Range<usize>>)> {
    let mut found: BTreeMap<u64, (f64, Vec<Range<usize>>)> = BTreeMap::new();
    for row in rows.clone() {
        let Some(target) = of_rows.get(row).copied().flatten() else { continue };
        let (_, runs) = found.entry(target.to_bits()).or_insert((target, Vec::new()));
        match runs.last_mut() {
            Some(run) if run.end == row => run.end = row + 1,
            _ => runs.push(row..row + 1),
        }
    }
    found.into_values().collect()
}
