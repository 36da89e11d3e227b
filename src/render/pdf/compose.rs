//! Puts a document's sections onto pages, in order, and frames the pages.

use super::super::chart::{chart_heights, chart_scene};
use super::super::palette::{INK, MUTED, Palette};
use super::super::scene::{Anchor, Color, at};
use super::super::text::{CAP_HEIGHT, Face, Typesetter};
use super::flow::{Batch, Density, Flow, MARGIN, Orientation, OutlineEntry, Pages, heading_height};
use super::structure::Role;
use super::{contents, missing, prose, table, tiles};
use crate::definition::Format;
use crate::document::{Body, Chart, Document, Section};
use std::sync::mpsc::SyncSender;

const TITLE: f32 = 20.0;
const SUBTITLE: f32 = 9.5;
/// A report of more pages is long: it begins with a list of its sections.
const LONG: usize = 12;
/// With more rows than this it has more pages, whatever else it holds.
const MANY_ROWS: usize = 900;

/// A report of few pages: at the density at which it has the fewest faults. `None`: it has many.
pub(super) fn short(set: &Typesetter, document: &Document, most_rows: usize) -> Option<Pages> {
    let rows = |section: &Section| match &section.body {
        Body::Table(table) => table.len(),
        _ => 0,
    };
    if document.sections_in(Format::Pdf).map(rows).sum::<usize>() > MANY_ROWS {
        return None;
    }
    let palette = Palette::of_brand(document.color);
    let remarks = remarks(document, most_rows);
    let lay_out = |density: Density| {
        let mut flow = Flow::new(set, document, &palette, density);
        title(&mut flow);
        opening(&mut flow, document);
        body(&mut flow, document, 0, &remarks, most_rows);
        flow.finish()
    };
    let [loosest, tighter @ ..] = Density::ALL;
    let mut best = lay_out(loosest);
    if best.batch.scenes.len() > LONG {
        return None;
    }
    let mut least = faults(&best);
    for (step, density) in tighter.into_iter().enumerate() {
        let pages = lay_out(density);
        let faults = faults(&pages) + 0.04 * (step + 1) as f32;
        if faults < least {
            (best, least) = (pages, faults);
        }
    }
    Some(best)
}

/// The sections of a report of many pages, handed on as they are done; gives the last pages and all headings. It is laid out once: a
/// gap does not show in it, and laying out again takes time.
pub(super) fn long(set: &Typesetter, document: &Document, most_rows: usize, to: &SyncSender<Batch>) -> Pages {
    let palette = Palette::of_brand(document.color);
    let mut flow = Flow::new(set, document, &palette, Density::ALL[0]).handing_on(to);
    body(&mut flow, document, leading(document), &remarks(document, most_rows), most_rows);
    flow.finish()
}

/// What such a report begins with, after its sections are known: title, what is worth reading first, the key figures, and where each
/// other section is.
pub(super) fn front(set: &Typesetter, document: &Document, pages: usize, outline: &[OutlineEntry]) -> Pages {
    let palette = Palette::of_brand(document.color);
    let lay_out = |own: usize| {
        let mut flow = Flow::new(set, document, &palette, Density::ALL[0]).after(pages);
        title(&mut flow);
        opening(&mut flow, document);
        let figures = document.sections_in(Format::Pdf).take(leading(document));
        figures.for_each(|section| draw_section(&mut flow, section, 0));
        contents::draw(&mut flow, outline, own);
        flow.finish()
    };
    // Its own pages are counted too: as many as it takes to list the others.
    let own = lay_out(1).batch.scenes.len();
    lay_out(own)
}

/// What is odd in the data, and in this file.
fn remarks(document: &Document, most_rows: usize) -> Vec<String> {
    document.remarks.iter().cloned().chain(missing::remark(document, most_rows)).collect()
}

/// What a reader frowns at: empty ends of pages, a last page that holds only a leftover, many pages.
fn faults(pages: &Pages) -> f32 {
    let Some((last, others)) = pages.unused.split_last() else { return 0.0 };
    let gaps: f32 = others.iter().map(|unused| (unused - 0.06).max(0.0)).sum();
    let leftover = if !others.is_empty() && *last > 0.8 { last - 0.6 } else { 0.0 };
    gaps + leftover + 0.2 * pages.unused.len() as f32
}

/// What stands under the title.
fn opening(flow: &mut Flow<'_>, document: &Document) {
    prose::warnings(flow, &document.warnings);
    prose::summary(flow, document);
}

/// The key figures that a report begins with, before other sections: in a long one they stand on its front page.
fn leading(document: &Document) -> usize {
    let other = |section: &Section| !matches!(section.body, Body::Kpis(_));
    document.sections_in(Format::Pdf).position(other).unwrap_or(0)
}

/// Draws a section, of a table up to so many rows.
fn draw_section(flow: &mut Flow<'_>, section: &Section, most_rows: usize) {
    flow.gap();
    // Tables choose for themselves.
    if !matches!(section.body, Body::Table(_)) {
        flow.lie(Orientation::Portrait);
    }
    flow.within(Role::Section, |flow| {
        match &section.body {
            Body::Kpis(kpis) => tiles::draw(flow, section, kpis),
            Body::Table(table) => table::draw(flow, section, table, most_rows),
            Body::Chart(chart) => draw_chart(flow, section, chart),
            Body::Text(text) => {
                flow.make_room(heading_height(section.title.as_deref()) + 30.0);
                flow.heading(section.title.as_deref(), false);
                prose::paragraphs(flow, text);
            }
        }
        if !matches!(section.body, Body::Table(_)) {
            prose::notes(flow, &section.notes);
        }
    });
}

/// The sections after so many, and what is said at the end.
fn body(flow: &mut Flow<'_>, document: &Document, after: usize, remarks: &[String], most_rows: usize) {
    let sections = document.sections_in(Format::Pdf).skip(after);
    sections.for_each(|section| draw_section(flow, section, most_rows));
    if prose::end_height(flow, remarks, document) > flow.room() {
        flow.lie(Orientation::Portrait);
    }
    prose::remarks(flow, remarks);
    prose::definitions(flow, &document.definitions);
}

/// The report's title, the sentence under it and what it was made with, on the first page.
fn title(flow: &mut Flow<'_>) {
    let (width, document) = (flow.width(), flow.document);
    flow.y += 4.0;
    flow.leaf(Role::Title, |flow| {
        for line in flow.set.wrap(Face::BOLD, &flow.document.title, TITLE, width, 3) {
            flow.page.text(at(MARGIN, flow.y + TITLE * CAP_HEIGHT), Anchor::Start, &line, TITLE, INK);
            flow.y += TITLE * 1.2;
        }
    });
    let mut under = |text: &str, color: Color| {
        flow.y += 1.0;
        flow.leaf(Role::Paragraph, |flow| {
            for line in flow.set.wrap(Face::REGULAR, text, SUBTITLE, width, 4) {
                let place = at(MARGIN, flow.y + SUBTITLE * CAP_HEIGHT);
                flow.page.text(place, Anchor::Start, &line, SUBTITLE, color);
                flow.y += SUBTITLE * 1.4;
            }
        });
    };
    if let Some(subtitle) = &document.subtitle {
        under(subtitle, MUTED);
    }
    if let Some(parameters) = &document.parameters_line() {
        under(parameters, INK);
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
    let corner = at(MARGIN, flow.y);
    flow.figure(&chart.alt, corner, (flow.width(), height), |flow| flow.page.place(scene, corner));
    flow.y += height;
}
