//! Tables: rows set in their columns, broken over pages with the header row repeated and no row left alone.

use super::super::palette::{BAD, INK, RULE, TEXT, ZEBRA};
use super::super::scene::{Anchor, Color, Scene, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face, Run};
use super::columns::{CELL_FACE, Cells, HEAD_FACE, PADDING, Placed, TOTAL_FACE, set_columns};
use super::flow::{Flow, MARGIN, Orientation, heading_height};
use super::prose;
use super::structure::Role;
use crate::document::{Display, Section, Table, Value};
use std::sync::Arc;

/// Leading as a share of the size.
const LEADING: f32 = 1.24;
/// Tables of up to so many rows are not broken.
const TOGETHER: usize = 7;
/// Nor are tables that fit on a page, where only this share of it is left: a small gap is better than a broken table.
const SMALL_GAP: f32 = 0.2;
/// At least so many rows stand under the first header, and so many are left for the last page.
const FIRST_ROWS: usize = 3;
const LAST_ROWS: usize = 2;

/// A row with its texts set.
struct Row {
    cells: Vec<(Vec<Arc<Run>>, Color)>,
    height: f32,
}

/// One part of a table, set.
struct Part<'a> {
    columns: &'a [Placed],
    is_number: Vec<bool>,
    /// Does the column say what a row is about?
    is_key: Vec<bool>,
    size: f32,
    head: Row,
    rows: Vec<Row>,
    total: Option<Row>,
}

/// Draws a section's table over as many pages as it takes.
pub(super) fn draw(flow: &mut Flow<'_>, section: &Section, table: &Table) {
    let title = section.title.as_deref();
    if table.is_empty() || table.columns.is_empty() {
        flow.lie(Orientation::Portrait);
        flow.make_room(heading_height(title) + prose::EMPTY_HEIGHT);
        flow.heading(title, false);
        prose::empty(flow);
        prose::notes(flow, &section.notes);
        return;
    }
    let cells = Cells::of(table, flow.document);
    let setting = set_columns(flow.set, &cells, table);
    flow.lie(setting.orientation);
    let parts = setting.parts.len();
    for (index, columns) in setting.parts.iter().enumerate() {
        let part = Part::set(flow, table, &cells, columns, setting.size);
        let notes: &[String] = if index + 1 == parts { &section.notes } else { &[] };
        if index > 0 {
            flow.gap();
        }
        part.draw(flow, title, index > 0, notes);
    }
}

impl<'a> Part<'a> {
    fn set(flow: &Flow<'_>, table: &Table, cells: &Cells, columns: &'a [Placed], size: f32) -> Self {
        let lines = |face: Face, text: &str, column: &Placed, most: usize| {
            flow.set.wrap(face, text, size, column.width - 2.0 * PADDING, most)
        };
        let row = |cells: Vec<(Vec<Arc<Run>>, Color)>, padding: f32| {
            let most = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(1).max(1);
            let height = size * (1.0 + LEADING * (most - 1) as f32) + 2.0 * padding;
            Row { cells, height }
        };
        let padding = flow.density.row;
        let head = columns
            .iter()
            .map(|c| (lines(HEAD_FACE, &cells.columns[c.column].label, c, 3), Color::WHITE))
            .collect();
        let rows = (0..cells.rows)
            .map(|index| {
                let set = |c: &Placed| {
                    let column = &cells.columns[c.column];
                    let most = if column.is_text { 2 } else { 1 };
                    let value = table.columns[c.column].values.get(index);
                    // A number below 0 is worth a colour, a change downwards may be good.
                    let negative = matches!(table.columns[c.column].display, Display::Number { .. })
                        && matches!(value, Some(Value::Number(n)) if n < 0.0);
                    let text = column.cells.get(index).map_or("", String::as_str);
                    (lines(CELL_FACE, text, c, most), if negative { BAD } else { TEXT })
                };
                row(columns.iter().map(set).collect(), padding)
            })
            .collect();
        let total = table.totals.is_some().then(|| {
            let set = |c: &Placed| {
                let column = &cells.columns[c.column];
                (lines(TOTAL_FACE, &column.total, c, 1), if column.total_is_negative { BAD } else { INK })
            };
            row(columns.iter().map(set).collect(), padding + 0.4)
        });
        let is_number = columns.iter().map(|c| cells.columns[c.column].is_number).collect();
        let is_key = columns.iter().map(|c| table.columns[c.column].is_dimension).collect();
        Self { columns, is_number, is_key, size, head: row(head, padding + 0.6), rows, total }
    }

    fn draw(&self, flow: &mut Flow<'_>, title: Option<&str>, mut continued: bool, notes: &[String]) {
        let heights: Vec<f32> = self.rows.iter().map(|r| r.height).collect();
        let above = heading_height(title) + self.head.height;
        let tail = self.total.as_ref().map_or(0.0, |r| r.height) + prose::notes_height(flow, notes);
        let fresh = flow.orientation().height() - above;
        let here = if flow.is_fresh() { fresh } else { flow.room() - above };
        let mut next = 0;
        let mut open = false;
        for (page, count) in break_rows(&heights, tail, here, fresh).into_iter().enumerate() {
            if page > 0 {
                let orientation = flow.orientation();
                flow.turn(orientation);
            }
            if count == 0 {
                continue;
            }
            flow.heading(title, continued);
            continued = true;
            if open {
                // The headings are repeated for the eye; for whoever listens the table goes on.
                self.draw_row(flow, &self.head, Some(INK), None);
            } else {
                open = true;
                flow.open(Role::Table);
                flow.within(Role::TableHead, |flow| {
                    self.draw_row(flow, &self.head, Some(INK), Some(Role::ColumnHeading));
                });
                flow.open(Role::TableBody);
            }
            for (index, row) in self.rows.iter().enumerate().skip(next).take(count) {
                self.draw_row(flow, row, (index % 2 == 1).then_some(ZEBRA), Some(Role::Cell));
            }
            next += count;
            let width: f32 = self.columns.iter().map(|c| c.width).sum();
            let rule = |y: f32, color: Color, thick: f32, page: &mut Scene| {
                page.line(&[at(MARGIN, y), at(MARGIN + width, y)], Stroke { color, width: thick });
            };
            match &self.total {
                Some(total) if next == self.rows.len() => {
                    let y = flow.y;
                    flow.close();
                    flow.open(Role::TableFoot);
                    self.draw_row(flow, total, None, Some(Role::Cell));
                    rule(y, INK, 0.9, &mut flow.page);
                }
                _ => rule(flow.y, RULE, 0.7, &mut flow.page),
            }
        }
        flow.close();
        flow.close();
        prose::notes(flow, notes);
    }

    /// Draws a row; its cells are elements of a role, where it is read.
    fn draw_row(&self, flow: &mut Flow<'_>, row: &Row, ground: Option<Color>, role: Option<Role>) {
        let width: f32 = self.columns.iter().map(|c| c.width).sum();
        if let Some(color) = ground {
            flow.page.fill_rect(at(MARGIN, flow.y), width, row.height, color);
        }
        if role.is_some() {
            flow.open(Role::Row);
        }
        for (at_column, (column, (lines, color))) in self.columns.iter().zip(&row.cells).enumerate() {
            // Cells of fewer lines stand in the middle of the row's height.
            let used = self.size * (CAP_HEIGHT + LEADING * (lines.len().max(1) - 1) as f32);
            let mut baseline = flow.y + (row.height - used) / 2.0 + self.size * CAP_HEIGHT;
            let mut draw = |flow: &mut Flow<'_>| {
                for line in lines {
                    let (x, anchor) = if self.is_number[at_column] {
                        (MARGIN + column.x + column.width - PADDING, Anchor::End)
                    } else {
                        (MARGIN + column.x + PADDING, Anchor::Start)
                    };
                    flow.page.text(at(x, baseline), anchor, line, self.size, *color);
                    baseline += self.size * LEADING;
                }
            };
            match role {
                Some(Role::Cell) if self.is_key[at_column] => flow.leaf(Role::RowHeading, draw),
                Some(role) => flow.leaf(role, draw),
                None => draw(flow),
            }
        }
        if role.is_some() {
            flow.close();
        }
        flow.y += row.height;
    }
}

/// How many rows stand on each page, the first of which has `here` room and the others `fresh`; `tail` is what follows
/// the last row (totals, notes). 0 on the first: the table begins on the next page.
fn break_rows(heights: &[f32], tail: f32, here: f32, fresh: f32) -> Vec<usize> {
    let mut counts = Vec::new();
    let mut start = 0;
    let mut room = here;
    loop {
        let rest = &heights[start..];
        if rest.iter().sum::<f32>() + tail <= room || rest.len() <= 1 && !counts.is_empty() {
            counts.push(rest.len());
            return counts;
        }
        let mut used = 0.0;
        let fitting = rest
            .iter()
            .take_while(|h| {
                used += **h;
                used <= room
            })
            .count();
        let count = fitting.min(rest.len().saturating_sub(LAST_ROWS));
        let fits_a_page = heights.iter().sum::<f32>() + tail <= fresh;
        let keep_together = fits_a_page && (heights.len() <= TOGETHER || here < fresh * SMALL_GAP);
        let begins_well = here >= fresh || (count >= FIRST_ROWS && !keep_together);
        if counts.is_empty() && !begins_well {
            counts.push(0);
        } else {
            let count = count.max(1).min(rest.len());
            counts.push(count);
            start += count;
            if start == heights.len() {
                return counts;
            }
        }
        room = fresh;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_row_is_left_alone_and_every_row_is_drawn() {
        for rows in 1..140 {
            let heights = vec![14.0; rows];
            for here in [0.0, 20.0, 50.0, 120.0, 333.0, 700.0] {
                for tail in [0.0, 15.0, 40.0] {
                    let counts = break_rows(&heights, tail, here, 700.0);
                    assert_eq!(counts.iter().sum::<usize>(), rows);
                    assert!(rows < 2 || counts.iter().all(|c| *c != 1), "{rows} rows: {counts:?}");
                    for (page, count) in counts.iter().enumerate() {
                        let room = if page == 0 { here } else { 700.0 };
                        let last = page + 1 == counts.len();
                        assert!(*count as f32 * 14.0 + if last { tail } else { 0.0 } <= room.max(14.0));
                    }
                    assert!(counts.iter().skip(1).all(|c| *c > 0));
                }
            }
        }
    }

    #[test]
    fn a_small_table_is_not_broken() {
        assert_eq!(break_rows(&[14.0; 7], 14.0, 80.0, 700.0), [0, 7]);
    }

    #[test]
    fn rows_higher_than_the_page_end_too() {
        assert_eq!(break_rows(&[900.0; 3], 0.0, 100.0, 700.0).iter().sum::<usize>(), 3);
    }
}
