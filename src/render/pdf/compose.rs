//! Puts a document's sections onto pages, in order, and frames the pages.

use super::super::chart::{chart_heights, chart_scene};
use super::super::palette::{INK, MUTED, Palette};
use super::super::scene::{Anchor, at};
use super::super::text::{CAP_HEIGHT, Face, Typesetter};
use super::flow::{Density, Flow, MARGIN, Orientation, Pages, heading_height};
use super::{frame, prose, table, tiles};
use crate::definition::Format;
use crate::document::{Body, Chart, Document, Section};

const TITLE: f32 = 20.0;
const SUBTITLE: f32 = 9.5;
/// Documents of more pages are laid out once: a gap in them does not show, and laying out again takes time.
const LONG: usize = 12;

/// All pages, with bands and footers.
pub(super) fn pages(set: &Typesetter, document: &Document) -> Pages {
    let palette = Palette::of_brand(document.color);
    let [loosest, tighter @ ..] = Density::ALL;
    let mut best = lay_out(set, document, &palette, loosest);
    if best.scenes.len() <= LONG {
        let mut least = faults(&best);
        for (step, density) in tighter.into_iter().enumerate() {
            let pages = lay_out(set, document, &palette, density);
            let faults = faults(&pages) + 0.04 * (step + 1) as f32;
            if faults < least {
                (best, least) = (pages, faults);
            }
        }
    }
    frame::draw(set, document, &palette, &mut best.scenes);
    best
}

/// What a reader frowns at: empty ends of pages, a last page that holds only a leftover, many pages.
fn faults(pages: &Pages) -> f32 {
    let Some((last, others)) = pages.unused.split_last() else { return 0.0 };
    let gaps: f32 = others.iter().map(|unused| (unused - 0.06).max(0.0)).sum();
    let leftover = if !others.is_empty() && *last > 0.8 { last - 0.6 } else { 0.0 };
    gaps + leftover + 0.2 * pages.unused.len() as f32
}

fn lay_out(set: &Typesetter, document: &Document, palette: &Palette, density: Density) -> Pages {
    let mut flow = Flow::new(set, document, palette, density);
    title(&mut flow);
    prose::warnings(&mut flow, &document.warnings);
    prose::summary(&mut flow, document);
    for section in document.sections_in(Format::Pdf) {
        flow.gap();
        // Tables choose for themselves.
        if !matches!(section.body, Body::Table(_)) {
            flow.lie(Orientation::Portrait);
        }
        match &section.body {
            Body::Kpis(kpis) => tiles::draw(&mut flow, section, kpis),
            Body::Table(table) => table::draw(&mut flow, section, table),
            Body::Chart(chart) => draw_chart(&mut flow, section, chart),
            Body::Text(text) => {
                flow.make_room(heading_height(section.title.as_deref()) + 30.0);
                flow.heading(section.title.as_deref(), false);
                prose::paragraphs(&mut flow, text);
            }
        }
        if !matches!(section.body, Body::Table(_)) {
            prose::notes(&mut flow, &section.notes);
        }
    }
    if prose::end_height(&flow, document) > flow.room() {
        flow.lie(Orientation::Portrait);
    }
    prose::remarks(&mut flow, &document.remarks);
    prose::definitions(&mut flow, &document.definitions);
    flow.finish()
}

/// The report's title, the sentence under it and what it was made with, on the first page.
fn title(flow: &mut Flow<'_>) {
    let width = flow.width();
    flow.y += 4.0;
    for line in flow.set.wrap(Face::BOLD, &flow.document.title, TITLE, width, 3) {
        flow.page.text(at(MARGIN, flow.y + TITLE * CAP_HEIGHT), Anchor::Start, &line, TITLE, INK);
        flow.y += TITLE * 1.2;
    }
    if let Some(subtitle) = &flow.document.subtitle {
        flow.y += 1.0;
        for line in flow.set.wrap(Face::REGULAR, subtitle, SUBTITLE, width, 4) {
            flow.page.text(at(MARGIN, flow.y + SUBTITLE * CAP_HEIGHT), Anchor::Start, &line, SUBTITLE, MUTED);
            flow.y += SUBTITLE * 1.4;
        }
    }
    if let Some(parameters) = &flow.document.parameters_line() {
        flow.y += 1.0;
        for line in flow.set.wrap(Face::REGULAR, parameters, SUBTITLE, width, 4) {
            flow.page.text(at(MARGIN, flow.y + SUBTITLE * CAP_HEIGHT), Anchor::Start, &line, SUBTITLE, INK);
            flow.y += SUBTITLE * 1.4;
        }
    }
    flow.title_end = flow.y + 10.0;
    flow.y = flow.title_end - flow.density.gap;
}

/// A chart, as high as there is room for between its least and its full height.
fn draw_chart(flow: &mut Flow<'_>, section: &Section, chart: &Chart) {
    let heading = heading_height(section.title.as_deref());
    let notes = prose::notes_height(flow, &section.notes);
    let empty =
        chart.series.iter().all(|s| s.values.iter().all(Option::is_none)) || chart.categories.is_empty();
    let (full, least) = match empty {
        true => (prose::EMPTY_HEIGHT, prose::EMPTY_HEIGHT),
        false => chart_heights(flow.set, chart, flow.width(), flow.density.chart),
    };
    flow.make_room(heading + least + notes);
    flow.heading(section.title.as_deref(), false);
    // A hair less: sums of heights are not exact, and the last note must not stand on the next page.
    let height = full.min(flow.room() - notes - 0.1).max(least);
    let document = flow.document;
    let scene = chart_scene(flow.set, chart, &document.locale, document.color, flow.width(), height);
    flow.page.place(scene, at(MARGIN, flow.y));
    flow.y += height;
}
