//! The frame of every page: the band with brand, period and time, the footer with contact and page number.

use super::super::palette::{INK, MUTED, Palette, RULE, contrast, mix, text_on};
use super::super::scene::{Anchor, Color, Scene, Stroke, at};
use super::super::text::{CAP_HEIGHT, Face, Typesetter};
use super::flow::{BAND, MARGIN};
use crate::definition::Logo;
use crate::document::{Document, Word};

const EDGE: f32 = 3.0;
const TILE: f32 = 26.0;
/// Height of a logo, its greatest width, and the white around it.
pub(super) const LOGO_HEIGHT: f32 = 28.0;
const WIDEST_LOGO: f32 = 120.0;
const LOGO_ROOM: f32 = 4.0;
const BRAND: f32 = 12.0;
const SMALL: f32 = 8.4;
const FOOTER: f32 = 7.5;
const PALE: Color = Color([0xc9, 0xd3, 0xe2]);

/// What stands at the foot of pages of these widths and heights: known when all pages are.
pub(super) fn feet(set: &Typesetter, document: &Document, pages: &[(f32, f32)]) -> Vec<Scene> {
    let foot = |(index, (width, height)): (usize, &(f32, f32))| {
        let mut scene = Scene::new(*width, *height);
        footer(set, document, &mut scene, index + 1, pages.len());
        scene
    };
    pages.iter().enumerate().map(foot).collect()
}

/// The band at the head of a page.
pub(super) fn band(
    set: &Typesetter,
    document: &Document,
    palette: &Palette,
    page: &mut Scene,
    is_first: bool,
) {
    let width = page.width;
    let accent = palette.accent_on_ink();
    page.fill_rect(at(0.0, 0.0), width, BAND - EDGE, INK);
    page.fill_rect(at(0.0, BAND - EDGE), width, EDGE, accent);

    let middle = (BAND - EDGE) / 2.0;
    let head = match &document.logo {
        Some(logo) => picture(page, logo, middle),
        None => monogram(set, document, accent, page, middle),
    };

    let language = document.language();
    let facts = [
        format!("{}: {}", Word::Period.in_language(language), document.period),
        format!(
            "{}: {}",
            Word::Generated.in_language(language),
            document.locale.date_time(document.generated)
        ),
    ];
    let right = width - MARGIN;
    let mut widest = 0.0_f32;
    for (line, fact) in facts.iter().enumerate() {
        let run = set.shorten(Face::REGULAR, fact, SMALL, width * 0.45);
        widest = widest.max(run.width(SMALL));
        page.text(at(right, middle - 2.6 + 12.8 * line as f32), Anchor::End, &run, SMALL, PALE);
    }

    let left = MARGIN + head + 10.0;
    let room = right - widest - 16.0 - left;
    let brand = set.shorten(Face::SEMI_BOLD, &document.brand, BRAND, room);
    // The first page has the title below; the others name the report here, so that a loose page is known.
    if is_first {
        page.text(at(left, middle + BRAND * CAP_HEIGHT / 2.0), Anchor::Start, &brand, BRAND, Color::WHITE);
    } else {
        page.text(at(left, middle - 2.6), Anchor::Start, &brand, BRAND, Color::WHITE);
        let title = set.shorten(Face::REGULAR, &document.title, SMALL, room);
        page.text(at(left, middle + 10.2), Anchor::Start, &title, SMALL, PALE);
    }
}

/// The company's first letter; gives its width.
fn monogram(set: &Typesetter, document: &Document, accent: Color, page: &mut Scene, middle: f32) -> f32 {
    page.round_rect(at(MARGIN, middle - TILE / 2.0), (TILE, TILE), 5.0, accent, None);
    let monogram: String = document
        .brand
        .chars()
        .find(|c| c.is_alphanumeric())
        .map_or_else(String::new, |c| c.to_uppercase().collect());
    let run = set.shorten(Face::BOLD, &monogram, 15.0, TILE);
    page.text(
        at(MARGIN + TILE / 2.0, middle + 15.0 * CAP_HEIGHT / 2.0),
        Anchor::Middle,
        &run,
        15.0,
        text_on(accent),
    );
    TILE
}

/// The company's logo on a white tile; gives its width.
fn picture(page: &mut Scene, logo: &Logo, middle: f32) -> f32 {
    let (own_width, own_height) = logo.size();
    let width = (LOGO_HEIGHT * own_width / own_height).min(WIDEST_LOGO);
    let height = width * own_height / own_width;
    let tile = (width + 2.0 * LOGO_ROOM, LOGO_HEIGHT + 2.0 * LOGO_ROOM);
    page.round_rect(at(MARGIN, middle - tile.1 / 2.0), tile, 4.0, Color::WHITE, None);
    page.logo = Some((at(MARGIN + LOGO_ROOM, middle - height / 2.0), width, height));
    tile.0
}

fn footer(set: &Typesetter, document: &Document, page: &mut Scene, number: usize, count: usize) {
    let (left, right) = (MARGIN, page.width - MARGIN);
    let rule = page.height - 34.5;
    page.line(&[at(left, rule), at(right, rule)], Stroke { color: RULE, width: 0.7 });
    let baseline = rule + 12.5;
    let text = Word::PageOf
        .in_language(document.language())
        .replace("{n}", &number.to_string())
        .replace("{m}", &count.to_string());
    let run = set.run(Face::REGULAR, &text);
    page.text(at(right, baseline), Anchor::End, &run, FOOTER, MUTED);
    if let Some(footer) = &document.footer {
        let run = set.shorten(Face::REGULAR, footer, FOOTER, right - left - run.width(FOOTER) - 20.0);
        page.text(at(left, baseline), Anchor::Start, &run, FOOTER, MUTED);
    }
}

impl Palette {
    /// The brand's colour as it stands on the dark band: lightened where the two are too close.
    fn accent_on_ink(&self) -> Color {
        if contrast(self.accent, INK) < 1.8 { mix(self.accent, Color::WHITE, 0.4) } else { self.accent }
    }
}
