//! Tables: rows set in their columns, broken over pages with the header row repeated and no row left alone.

use super::super::palette::{INK, MUTED, PANEL, RULE, TEXT, ZEBRA};
use super::super::scene::{Anchor, Color, Scene, Stroke, at};
use super::super::table_text::{self, Behind};
use super::super::text::{CAP_HEIGHT, Face, Run};
use super::breaks::{Line as Block, break_lines};
use super::columns::{Cells, HEAD_FACE, PADDING, Placed, TOTAL_FACE, face, set_columns};
use super::flow::{Flow, MARGIN, Orientation, heading_height};
use super::prose;
use super::structure::Role;
use crate::document::{Document, Line, Section, Table, Word};
use std::collections::HashSet;
use std::sync::Arc;

/// Leading as a share of the size.
const LEADING: f32 = 1.24;
/// A row with its texts set.
struct Row {
    cells: Vec<(Vec<Arc<Run>>, Color)>,
    /// What lies behind each of them.
    behind: Vec<Option<Behind>>,
    height: f32,
}

/// One part of a table, set.
struct Part<'a> {
    table: &'a Table,
    cells: &'a Cells,
    columns: &'a [Placed],
    is_number: Vec<bool>,
    /// Does the column say what a row is about?
    is_key: Vec<bool>,
    size: f32,
    /// Above and below the text of a line.
    padding: f32,
    head: Row,
    /// How many lines of text each line of the table takes: what they say is set when they are drawn, so that a table of a thousand pages
    /// is never held as glyphs.
    texts: Vec<u8>,
    total: Option<Row>,
}

/// A text takes no more lines than this in a cell.
const MOST_LINES: usize = 2;
/// A table shows no more rows than this: about 2,000 pages. What a definition asks for by `limit` is always shown.
pub(super) const MOST_ROWS: usize = 100_000;

/// Draws a section's table, up to so many of its rows, over as many pages as it takes.
pub(super) fn draw(flow: &mut Flow<'_>, section: &Section, table: &Table, most_rows: usize) {
    let title = section.title.as_deref();
    if table.is_empty() || table.columns.is_empty() {
        flow.lie(Orientation::Portrait);
        flow.make_room(heading_height(title) + prose::EMPTY_HEIGHT);
        flow.heading(title, false);
        prose::empty(flow);
        prose::notes(flow, &section.notes);
        return;
    }
    let cells = Cells::of(table, flow.document, most_rows);
    let under: Vec<String> =
        section.notes.iter().cloned().chain(beyond(table, cells.rows, flow.document)).collect();
    let setting = set_columns(flow.set, &cells, table);
    flow.lie(setting.orientation);
    let parts = setting.parts.len();
    for (index, columns) in setting.parts.iter().enumerate() {
        let part = Part::set(flow, table, &cells, columns, setting.size);
        let notes: &[String] = if index + 1 == parts { &under } else { &[] };
        if index > 0 {
            flow.gap();
        }
        part.draw(flow, title, index > 0, notes);
    }
}

/// What is said of rows that are not shown; `None` where all are.
fn beyond(table: &Table, shown: usize, document: &Document) -> Option<String> {
    if shown >= table.len() {
        return None;
    }
    let number = |n: usize| document.locale.number(n as f64, 0);
    let language = document.language();
    let mut said = Word::RowsInPdf
        .in_language(language)
        .replace("{n}", &number(shown))
        .replace("{m}", &number(table.len()));
    if table.totals.is_some() {
        said.push(' ');
        said.push_str(Word::TotalOfAll.in_language(language));
    }
    Some(said)
}

impl<'a> Part<'a> {
    fn set(flow: &Flow<'_>, table: &'a Table, cells: &'a Cells, columns: &'a [Placed], size: f32) -> Self {
        let padding = flow.density.row;
        let lines = |face: Face, text: &str, column: &Placed, most: usize| {
            flow.set.wrap(face, text, size, column.width - 2.0 * PADDING, most)
        };
        let head = columns
            .iter()
            .map(|c| (lines(HEAD_FACE, &cells.columns[c.column].label, c, 3), Color::WHITE))
            .collect();
        let total = table.totals.is_some().then(|| {
            let set = |c: &Placed| {
                let color = table_text::color(table, c.column, Line::Total).unwrap_or(INK);
                (lines(TOTAL_FACE, &cells.columns[c.column].total, c, 1), color)
            };
            Row::new(columns.iter().map(set).collect(), size, padding + 0.4)
        });
        let is_number = columns.iter().map(|c| cells.columns[c.column].is_number).collect();
        let is_key = columns.iter().map(|c| table.columns[c.column].is_dimension).collect();
        let head = Row::new(head, size, padding + 0.6);
        let mut part =
            Self { table, cells, columns, is_number, is_key, size, padding, head, texts: Vec::new(), total };
        part.texts = (0..cells.lines.len()).map(|index| part.text_lines(flow, index)).collect();
        part
    }

    /// The width that a cell's text has.
    fn text_width(&self, column: &Placed, line: Line) -> f32 {
        let is_row = matches!(line, Line::Row(_));
        let width = if is_row { column.width } else { room(self.table, self.columns, column) };
        width - 2.0 * PADDING
    }

    /// How many lines of text a line of the table takes.
    fn text_lines(&self, flow: &Flow<'_>, index: usize) -> u8 {
        let line = self.cells.lines[index];
        let face = face(line);
        let lines = |c: &Placed| {
            let column = &self.cells.columns[c.column];
            let text = column.cells.get(index).map_or("", String::as_str);
            let width = self.text_width(c, line);
            if !column.is_text || flow.set.measure(face, text, self.size) <= width {
                return 1;
            }
            flow.set.wrap(face, text, self.size, width, MOST_LINES).len()
        };
        self.columns.iter().map(lines).max().unwrap_or(1).max(1) as u8
    }

    /// A line with its texts set.
    fn line(&self, flow: &Flow<'_>, index: usize) -> Row {
        let line = self.cells.lines[index];
        let usual = if matches!(line, Line::Row(_)) { TEXT } else { INK };
        let set = |c: &Placed| {
            let column = &self.cells.columns[c.column];
            let most = if column.is_text { usize::from(self.texts[index]) } else { 1 };
            let text = column.cells.get(index).map_or("", String::as_str);
            let color = table_text::color(self.table, c.column, line).unwrap_or(usual);
            let width = self.text_width(c, line);
            (flow.set.wrap(face(line), text, self.size, width, most), color)
        };
        let behind = |c: &Placed| table_text::behind(self.table, c.column, line, flow.palette);
        let row = Row::new(self.columns.iter().map(set).collect(), self.size, self.padding);
        Row {
            behind: self.columns.iter().map(behind).collect(),
            height: row_height(self.texts[index].into(), self.size, self.padding),
            ..row
        }
    }

    fn draw(&self, flow: &mut Flow<'_>, title: Option<&str>, mut continued: bool, notes: &[String]) {
        let height = |lines: &u8| row_height((*lines).into(), self.size, self.padding);
        let blocks: Vec<Block> = self
            .texts
            .iter()
            .zip(stay_with_next(self.table, &self.cells.lines))
            .map(|(lines, stays)| Block { height: height(lines), stays })
            .collect();
        let above = heading_height(title) + self.head.height;
        let tail = self.total.as_ref().map_or(0.0, |r| r.height) + prose::notes_height(flow, notes);
        // A group that goes on is named again above its first line.
        let again = if self.table.groups.is_empty() { 0.0 } else { self.again_height(flow) };
        let fresh = flow.orientation().height() - above;
        let here = if flow.is_fresh() { fresh } else { flow.room() - above };
        // A table in several parts has its groups in the outline once.
        let begins = if continued { HashSet::new() } else { outer_groups(self.table) };
        let mut next = 0;
        let mut open = false;
        for (page, count) in break_lines(&blocks, tail, here, fresh - again).into_iter().enumerate() {
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
            if next > 0 {
                self.name_again(flow, next);
            }
            let mut since = 0;
            for (index, line) in self.cells.lines.iter().enumerate().skip(next).take(count) {
                let row = self.line(flow, index);
                let ground = match line {
                    Line::Row(_) => (since % 2 == 1).then_some(ZEBRA),
                    _ => Some(PANEL),
                };
                // Rows begin anew after each subtotal.
                since = if matches!(line, Line::Row(_)) { since + 1 } else { 0 };
                let top = flow.y;
                if let Line::Row(row) = line
                    && begins.contains(row)
                {
                    flow.part(table_text::text(self.table, flow.document, 0, *line));
                }
                self.draw_row(flow, &row, ground, Some(Role::Cell));
                if !matches!(line, Line::Row(_)) {
                    self.rule(flow, top, MUTED, 0.5);
                    self.rule(flow, flow.y, RULE, 0.7);
                }
            }
            next += count;
            match &self.total {
                Some(total) if next == self.texts.len() => {
                    let y = flow.y;
                    flow.close();
                    flow.open(Role::TableFoot);
                    self.draw_row(flow, total, None, Some(Role::Cell));
                    self.rule(flow, y, INK, 0.9);
                }
                _ => self.rule(flow, flow.y, RULE, 0.7),
            }
        }
        flow.close();
        flow.close();
        prose::notes(flow, notes);
    }

    fn width(&self) -> f32 {
        self.columns.iter().map(|c| c.width).sum()
    }

    fn rule(&self, flow: &mut Flow<'_>, y: f32, color: Color, width: f32) {
        let ends = [at(MARGIN, y), at(MARGIN + self.width(), y)];
        flow.page.line(&ends, Stroke { color, width });
    }

    fn again_height(&self, flow: &Flow<'_>) -> f32 {
        self.size + 2.0 * flow.density.row
    }

    /// The leading values of the line that a page goes on with, where they are not said in it: `Norte (continúa)`.
    fn name_again(&self, flow: &mut Flow<'_>, line: usize) {
        let Some(Line::Row(row)) = self.cells.lines.get(line).copied() else { return };
        let names: Vec<String> = (0..self.cells.repeated[row])
            .map(|at| table_text::text(self.table, flow.document, at, Line::Row(row)))
            .collect();
        if names.is_empty() {
            return;
        }
        let word = Word::Continued.in_language(flow.document.language());
        let room = self.width() - 2.0 * PADDING - flow.set.width(Face::REGULAR, word, self.size) - 4.0;
        let run = flow.set.shorten(Face::SEMI_BOLD, &names.join(" · "), self.size, room);
        let height = self.again_height(flow);
        let baseline = flow.y + (height + self.size * CAP_HEIGHT) / 2.0;
        flow.page.text(at(MARGIN + PADDING, baseline), Anchor::Start, &run, self.size, TEXT);
        let after = at(MARGIN + PADDING + run.width(self.size) + 4.0, baseline);
        let word = flow.set.run(Face::REGULAR, word);
        flow.page.text(after, Anchor::Start, &word, self.size, MUTED);
        flow.y += height;
    }

    /// Draws a row; its cells are elements of a role, where it is read.
    fn draw_row(&self, flow: &mut Flow<'_>, row: &Row, ground: Option<Color>, role: Option<Role>) {
        if let Some(color) = ground {
            flow.page.fill_rect(at(MARGIN, flow.y), self.width(), row.height, color);
        }
        for (column, behind) in self.columns.iter().zip(&row.behind) {
            draw_behind(&mut flow.page, *behind, at(MARGIN + column.x, flow.y), (column.width, row.height));
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

impl Row {
    fn new(cells: Vec<(Vec<Arc<Run>>, Color)>, size: f32, padding: f32) -> Self {
        let most = cells.iter().map(|(lines, _)| lines.len()).max().unwrap_or(1).max(1);
        Self { cells, behind: Vec::new(), height: row_height(most, size, padding) }
    }
}

/// The height of a row of so many lines of text.
fn row_height(lines: usize, size: f32, padding: f32) -> f32 {
    size * (1.0 + LEADING * (lines - 1) as f32) + 2.0 * padding
}

/// The width of a column with that of the dimensions beside it, whose cells are empty in a line of subtotals.
fn room(table: &Table, columns: &[Placed], column: &Placed) -> f32 {
    let is_dimension = |placed: &&Placed| table.columns.get(placed.column).is_some_and(|of| of.is_dimension);
    let beside = columns.iter().skip_while(|placed| placed.column != column.column).take_while(is_dimension);
    beside.map(|placed| placed.width).sum::<f32>().max(column.width)
}

/// A bar leaves the letters' padding free on both sides, and the rows' colour above and below.
fn draw_behind(
    page: &mut Scene,
    behind: Option<Behind>,
    corner: super::super::scene::Point,
    size: (f32, f32),
) {
    const INSET: f32 = 1.4;
    let (width, height) = size;
    match behind {
        None => {}
        Some(Behind::Fill(color)) => page.fill_rect(corner, width, height, color),
        Some(Behind::Bar { from, to, color }) => {
            let room = width - PADDING;
            let left = corner.x + PADDING / 2.0 + room * from;
            let bar = (room * (to - from)).max(0.6);
            page.fill_rect(at(left, corner.y + INSET), bar, height - 2.0 * INSET, color);
        }
    }
}

/// The first rows of the outermost groups.
fn outer_groups(table: &Table) -> HashSet<usize> {
    table.groups.iter().filter(|group| group.level == 0).map(|group| group.rows.start).collect()
}

/// Which lines must stand on the page of the next one: the first row of a group never stands alone at a page's end, and subtotals never
/// without a row of theirs above them.
fn stay_with_next(table: &Table, lines: &[Line]) -> Vec<bool> {
    let with_subtotals = || table.groups.iter().filter(|group| !group.repeats_its_row());
    let begins: HashSet<usize> =
        with_subtotals().filter(|group| group.rows.len() > 1).map(|group| group.rows.start).collect();
    let next_is_subtotal = |at: usize| matches!(lines.get(at + 1), Some(Line::Subtotal(_)));
    let stays = |(at, line): (usize, &Line)| {
        matches!(line, Line::Row(row) if begins.contains(row)) || next_is_subtotal(at)
    };
    lines.iter().enumerate().map(stays).collect()
}
