//! Running text on pages: paragraphs, notes under sections, remarks on the data, definitions, and the box that says there is no data.

use super::super::palette::{INK, MUTED, PANEL, RULE, TEXT};
use super::super::scene::{Anchor, Color, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face, Run};
use super::flow::{Flow, HEADING_HEIGHT, MARGIN};
use super::structure::Role;
use crate::document::{Document, Word};
use std::sync::Arc;

const BODY: f32 = 9.4;
const BODY_LEADING: f32 = 13.6;
const NOTE: f32 = 7.2;
const NOTE_LEADING: f32 = 9.6;
const REMARK: f32 = 8.0;
const REMARK_LEADING: f32 = 11.2;
const DEFINITION: f32 = 7.4;
const DEFINITION_LEADING: f32 = 9.8;
/// Height of the box that says there is no data.
pub(super) const EMPTY_HEIGHT: f32 = 44.0;
/// Inside the remarks' box: left and right, above the first point with the heading, below the last.
const REMARK_INDENT: f32 = 12.0;
const REMARKS_HEAD: f32 = 24.0;
const REMARKS_FOOT: f32 = 5.0;
/// The edge of the remarks' box.
const NOTICE: Color = Color([0xd9, 0x8a, 0x06]);
/// The edge of the box that says that the data are not as expected.
const WARNING: Color = Color([0xb4, 0x23, 0x18]);
/// No text needs more lines than this; the rest is cut with an ellipsis.
const MOST_LINES: usize = 200;

/// Paragraphs of running text; broken over pages between lines.
pub(super) fn paragraphs(flow: &mut Flow<'_>, text: &str) {
    for paragraph in text.lines().map(str::trim).filter(|p| !p.is_empty()) {
        let lines = flow.set.wrap(Face::REGULAR, paragraph, BODY, flow.width(), MOST_LINES);
        // Not on a page on which none of its lines will stand.
        flow.make_room(BODY_LEADING * lines.len().min(2) as f32);
        flow.leaf(Role::Paragraph, |flow| {
            for (index, line) in lines.iter().enumerate() {
                // The last two lines stay together.
                let together = if index + 2 == lines.len() { 2.0 } else { 1.0 };
                flow.make_room(BODY_LEADING * together);
                flow.page.text(at(MARGIN, flow.y + BODY * CAP_HEIGHT + 1.0), Anchor::Start, line, BODY, TEXT);
                flow.y += BODY_LEADING;
            }
        });
        flow.y += 3.0;
    }
    flow.y -= 4.0;
}

/// Room that notes take.
pub(super) fn notes_height(flow: &Flow<'_>, notes: &[String]) -> f32 {
    let lines: usize =
        notes.iter().map(|n| flow.set.wrap(Face::REGULAR, n, NOTE, flow.width(), 4).len()).sum();
    if lines == 0 { 0.0 } else { 5.0 + lines as f32 * NOTE_LEADING }
}

/// Small sentences under a section.
pub(super) fn notes(flow: &mut Flow<'_>, notes: &[String]) {
    if notes.is_empty() {
        return;
    }
    flow.y += 5.0;
    for note in notes {
        flow.make_room(NOTE_LEADING);
        flow.leaf(Role::Note, |flow| {
            for line in flow.set.wrap(Face::REGULAR, note, NOTE, flow.width(), 4) {
                flow.make_room(NOTE_LEADING);
                flow.page.text(at(MARGIN, flow.y + NOTE * CAP_HEIGHT), Anchor::Start, &line, NOTE, MUTED);
                flow.y += NOTE_LEADING;
            }
        });
    }
}

/// The calm box that says there is no data.
pub(super) fn empty(flow: &mut Flow<'_>) {
    let width = flow.width();
    let frame = Stroke { color: RULE, width: 0.8 };
    flow.page.round_rect(at(MARGIN, flow.y), (width, EMPTY_HEIGHT), 5.0, PANEL, Some(frame));
    let run = flow.set.run(Face::REGULAR, Word::NoData.in_language(flow.document.language()));
    let place = at(MARGIN + width / 2.0, flow.y + EMPTY_HEIGHT / 2.0 + 9.0 * CAP_HEIGHT / 2.0);
    flow.leaf(Role::Paragraph, |flow| flow.page.text(place, Anchor::Middle, &run, 9.0, MUTED));
    flow.y += EMPTY_HEIGHT;
}

/// What was expected of the data and is not so, before anything else.
pub(super) fn warnings(flow: &mut Flow<'_>, warnings: &[String]) {
    if warnings.is_empty() {
        return;
    }
    points(flow, warnings, (Word::Unexpected, WARNING));
    // It belongs to the title: a page that holds nothing else may still lie the other way.
    flow.title_end = flow.y + flow.density.gap;
}

/// What is worth reading first, in one paragraph under the title.
pub(super) fn summary(flow: &mut Flow<'_>, document: &Document) {
    let Some(text) = document.summary_text() else { return };
    flow.gap();
    paragraphs(flow, &text);
    // As warnings do, it belongs to the title.
    flow.title_end = flow.y + flow.density.gap;
}

/// What was odd in the data.
pub(super) fn remarks(flow: &mut Flow<'_>, remarks: &[String]) {
    points(flow, remarks, (Word::Remarks, NOTICE));
}

/// A box with an edge of a colour, one point each.
fn points(flow: &mut Flow<'_>, remarks: &[String], (heading, edge): (Word, Color)) {
    if remarks.is_empty() {
        return;
    }
    flow.gap();
    let width = remark_width(flow);
    let points = set_remarks(flow, remarks);
    let heading = heading.in_language(flow.document.language());
    let mut rest = points.as_slice();
    let mut first = true;
    flow.open(Role::Section);
    while !rest.is_empty() {
        let head = if first { REMARKS_HEAD } else { 9.0 };
        let height = |points: &[Vec<Arc<Run>>]| {
            head + REMARKS_FOOT + points.iter().map(|p| point_height(p)).sum::<f32>()
        };
        // All of it where it fits on a page, else as many points as there is room for.
        flow.make_room(height(rest).min(height(&rest[..rest.len().min(3)])));
        let fitting = (1..=rest.len()).rev().find(|n| height(&rest[..*n]) <= flow.room()).unwrap_or(1);
        let box_height = height(&rest[..fitting]);
        let box_width = flow.width();
        flow.page.fill_rect(at(MARGIN, flow.y), box_width, box_height, PANEL);
        flow.page.fill_rect(at(MARGIN, flow.y), 3.0, box_height, edge);
        let left = MARGIN + REMARK_INDENT;
        if first {
            let run = flow.set.shorten(Face::SEMI_BOLD, heading, 9.0, width);
            let place = at(left, flow.y + 15.0);
            flow.leaf(Role::Heading, |flow| flow.page.text(place, Anchor::Start, &run, 9.0, INK));
            flow.open(Role::List);
        }
        let mut y = flow.y + head;
        for point in &rest[..fitting] {
            flow.page.circle(at(left + 1.5, y + REMARK * CAP_HEIGHT / 2.0), 1.2, MUTED, None);
            flow.within(Role::Item, |flow| {
                flow.leaf(Role::ItemBody, |flow| {
                    for line in point {
                        let place = at(left + 8.0, y + REMARK * CAP_HEIGHT);
                        flow.page.text(place, Anchor::Start, line, REMARK, TEXT);
                        y += REMARK_LEADING;
                    }
                });
            });
            y += 1.5;
        }
        flow.y += box_height;
        rest = &rest[fitting..];
        first = false;
        if !rest.is_empty() {
            let orientation = flow.orientation();
            flow.turn(orientation);
        }
    }
    flow.close();
    flow.close();
}

fn remark_width(flow: &Flow<'_>) -> f32 {
    flow.width() - 2.0 * REMARK_INDENT - 8.0
}

fn set_remarks(flow: &Flow<'_>, remarks: &[String]) -> Vec<Vec<Arc<Run>>> {
    remarks.iter().map(|r| flow.set.wrap(Face::REGULAR, r, REMARK, remark_width(flow), 6)).collect()
}

fn point_height(point: &[Arc<Run>]) -> f32 {
    point.len() as f32 * REMARK_LEADING + 1.5
}

/// Room that remarks and definitions take, with the gaps before them.
pub(super) fn end_height(flow: &Flow<'_>, remarks: &[String], document: &Document) -> f32 {
    let mut height = 0.0;
    if !remarks.is_empty() {
        let points: f32 = set_remarks(flow, remarks).iter().map(|p| point_height(p)).sum();
        height += flow.density.gap + REMARKS_HEAD + REMARKS_FOOT + points;
    }
    if !document.definitions.is_empty() {
        let pairs = set_definitions(flow, &document.definitions);
        height += flow.density.gap + HEADING_HEIGHT + pairs.chunks(2).map(pair_height).sum::<f32>();
    }
    height
}

/// A definition, set: its label and the lines of its formula.
type Definition = (Arc<Run>, Vec<Arc<Run>>);

/// Between the two columns of definitions.
const BETWEEN: f32 = 22.0;

fn definition_width(flow: &Flow<'_>) -> f32 {
    (flow.width() - BETWEEN) / 2.0
}

fn set_definitions(flow: &Flow<'_>, definitions: &[(String, String)]) -> Vec<Definition> {
    let width = definition_width(flow);
    let set = |(label, formula): &(String, String)| {
        let label = flow.set.shorten(Face::SEMI_BOLD, label, DEFINITION, width);
        (label, flow.set.wrap(Face::REGULAR, formula, DEFINITION, width, 4))
    };
    definitions.iter().map(set).collect()
}

fn pair_height(pair: &[Definition]) -> f32 {
    pair.iter().map(|(_, lines)| (lines.len() + 1) as f32 * DEFINITION_LEADING).fold(0.0, f32::max) + 5.0
}

/// How each metric is defined, in two columns.
pub(super) fn definitions(flow: &mut Flow<'_>, definitions: &[(String, String)]) {
    if definitions.is_empty() {
        return;
    }
    flow.gap();
    let width = definition_width(flow);
    let entries = set_definitions(flow, definitions);
    let first = entries.chunks(2).take(2).map(pair_height).sum::<f32>();
    flow.make_room(HEADING_HEIGHT + first);
    let heading = Word::Definitions.in_language(flow.document.language());
    flow.open(Role::Section);
    flow.heading(Some(heading), false);
    flow.open(Role::List);
    for pair in entries.chunks(2) {
        if flow.room() < pair_height(pair) - 5.0 {
            let orientation = flow.orientation();
            flow.turn(orientation);
            flow.heading(Some(heading), true);
        }
        for (column, (label, formula)) in pair.iter().enumerate() {
            let x = MARGIN + (width + BETWEEN) * column as f32;
            let mut baseline = flow.y + DEFINITION * CAP_HEIGHT;
            flow.within(Role::Item, |flow| {
                flow.leaf(Role::ItemBody, |flow| {
                    flow.page.text(at(x, baseline), Anchor::Start, label, DEFINITION, TEXT);
                    for line in formula {
                        baseline += DEFINITION_LEADING;
                        flow.page.text(at(x, baseline), Anchor::Start, line, DEFINITION, MUTED);
                    }
                });
            });
        }
        flow.y += pair_height(pair);
    }
    flow.close();
    flow.close();
    flow.y -= 5.0;
}
