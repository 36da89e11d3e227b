//! The list of sections that a long report begins with: each with its page, and a link to it.

use super::super::palette::{INK, RULE, TEXT};
use super::super::scene::{Anchor, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face};
use super::flow::{Flow, HEADING_HEIGHT, MARGIN, OutlineEntry};
use super::structure::Role;
use crate::document::Word;

const SIZE: f32 = 9.4;
const LEADING: f32 = 17.0;
/// Between a title and the number of its page.
const GAP: f32 = 16.0;

/// Draws it; `own` is how many pages come before the first one that it speaks of.
pub(super) fn draw(flow: &mut Flow<'_>, entries: &[OutlineEntry], own: usize) {
    if entries.is_empty() {
        return;
    }
    flow.gap();
    flow.make_room(HEADING_HEIGHT + LEADING * entries.len().min(3) as f32);
    let word = Word::Contents.in_language(flow.document.language());
    flow.heading(Some(word), false);
    flow.within(Role::Contents, |flow| {
        for entry in entries.iter().filter(|entry| !entry.is_part) {
            flow.make_room(LEADING);
            line(flow, entry, own);
        }
    });
}

fn line(flow: &mut Flow<'_>, entry: &OutlineEntry, own: usize) {
    let (left, right) = (MARGIN, MARGIN + flow.width());
    let number = flow.set.run(Face::REGULAR.tabular(), &(entry.page + own + 1).to_string());
    let room = right - left - number.width(SIZE) - GAP;
    let title = flow.set.shorten(Face::REGULAR, &entry.title, SIZE, room);
    let baseline = flow.y + LEADING / 2.0 + SIZE * CAP_HEIGHT / 2.0;
    let bounds = [left, flow.y, right, flow.y + LEADING];
    flow.within(Role::ContentsItem, |flow| {
        flow.within(Role::Reference, |flow| {
            flow.within(Role::Link, |flow| {
                flow.link(bounds, entry);
                flow.content(|flow| {
                    flow.page.text(at(left, baseline), Anchor::Start, &title, SIZE, TEXT);
                    flow.page.text(at(right, baseline), Anchor::End, &number, SIZE, INK);
                });
            });
        });
    });
    let rule = flow.y + LEADING;
    flow.page.line(&[at(left, rule), at(right, rule)], Stroke { color: RULE, width: 0.5 });
    flow.y += LEADING;
}
