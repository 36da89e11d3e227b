//! What the templates of mails can speak of: every number, day and word already as it is shown.
//!
//! `brand`, `logo` (`cid`, `width`, `height`; nothing without one), `title`, `subtitle`, `parameters`, `summary`, `lang`, `color`, `on_color`, `accent`, `accent_on_dark`, `footer`, `period`, `generated`,
//! `warnings`, `remarks`, `attachments`, `words` (`period`, `generated`, `warnings`, `remarks`, `attachments`) and `blocks`, each of a `kind`: `kpis`
//! (`rows` of `tiles`, `lines`), `text` (`paragraphs`), `chart` (`cid`, `alt`, `width`), `table` (`columns`, `rows`,
//! `totals`, `more`, `font`, `padding`, `stacked`, `lines`); every block has a `title` and `notes`. `lines` is the same for plain text.

use super::excerpt::{Excerpt, Looks};
use super::{Inline, plain};
use crate::definition::{Language, Logo};
use crate::document::{Body, Change, Chart, Direction, Document, Kpi, Section, Value as Cell, Verdict, Word};
use crate::render::palette::{self, Palette};
use crate::render::png::chart_png;
use crate::render::scene::Color;
use minijinja::{Value, context};

/// Charts shown, the first ones.
const MOST_CHARTS: usize = 2;
/// Characters shown of a cell and of a text: the mail stays under what Gmail shows.
pub(super) const LONGEST_CELL: usize = 80;
const LONGEST_TEXT: usize = 4_000;
/// Remarks shown.
const MOST_REMARKS: usize = 12;
/// A chart's size in points and pixels a point; it is shown larger than on paper, so that a telephone's reader can
/// read its labels.
const CHART: (f32, f32, f32) = (300.0, 185.0, 3.68);
/// Height of a logo and its greatest width, in CSS pixels.
const LOGO_HEIGHT: f32 = 40.0;
const WIDEST_LOGO: f32 = 200.0;
/// What a mail stands on for readers who prefer it dark, as the template has it.
const DARK: Color = Color([0x1b, 0x22, 0x2c]);
/// The width it is shown at, in CSS pixels: what the mail's frame leaves.
const SHOWN_WIDTH: u32 = 552;

/// The view of a document, and the images it speaks of.
pub(super) fn view(document: &Document, attachments: &[String]) -> (Value, Vec<Inline>) {
    let mut inline = Vec::new();
    let mut blocks = Vec::new();
    let (table_id, excerpt) = chosen_table(document).unzip();
    let table_id = table_id.unwrap_or_default();
    // A section kept for one format is not of the mail's: what carries it is attached.
    for section in document.sections.iter().filter(|s| s.only.is_empty()) {
        let block = match &section.body {
            Body::Kpis(tiles) => Some(tiles_block(section, tiles, document)),
            Body::Text(text) => Some(text_block(section, text)),
            Body::Chart(chart) if inline.len() < MOST_CHARTS && !chart.categories.is_empty() => {
                let cid = format!("{}@parte", section.id);
                let (width, height, scale) = CHART;
                let bytes = chart_png(chart, &document.locale, document.color, width, height, scale);
                inline.push(Inline { cid: cid.clone(), media_type: "image/png", bytes });
                Some(chart_block(section, chart, &cid))
            }
            Body::Table(_) if section.id == table_id => excerpt
                .as_ref()
                .map(|excerpt| table_block(section, excerpt, !attachments.is_empty(), document.language())),
            Body::Chart(_) | Body::Table(_) => None,
        };
        blocks.extend(block);
    }
    let logo = document.logo.as_ref().and_then(logo_image).map(|(image, width, height)| {
        let view = context! { cid => image.cid.as_str(), width => width, height => height };
        inline.push(image);
        view
    });
    let language = document.language();
    let word = |word: Word| word.in_language(language);
    let brand = Palette::of_brand(document.color);
    let remarks: Vec<String> = document.remarks.iter().take(MOST_REMARKS).map(|r| shown(r, 500)).collect();
    let view = context! {
        lang => match language { Language::Es => "es", Language::En => "en", Language::Pt => "pt" },
        brand => shown(&document.brand, 200),
        logo => logo,
        title => shown(&document.title, 300),
        subtitle => document.subtitle.as_deref().map(|s| shown(s, 500)),
        parameters => document.parameters_line().map(|line| shown(&line, 500)),
        footer => document.footer.as_deref().map(|f| shown(f, 500)),
        period => shown(&document.period, 200),
        generated => document.locale.date_time(document.generated),
        color => hex(document.color),
        on_color => hex(palette::text_on(Color(document.color)).0),
        accent => hex(brand.accent.0),
        accent_on_dark => hex(palette::readable_on(brand.accent, DARK).0),
        blocks => blocks,
        summary => document.summary_text().map(|text| shown(&text, LONGEST_TEXT)),
        warnings => document.warnings.iter().map(|it| shown(it, 500)).collect::<Vec<_>>(),
        remarks => remarks,
        attachments => attachments.iter().map(|name| shown(name, 1000)).collect::<Vec<_>>(),
        words => context! {
            period => word(Word::Period),
            generated => word(Word::Generated),
            warnings => word(Word::Unexpected),
            remarks => word(Word::Remarks),
            attachments => word(Word::Attachments),
        },
    };
    (view, inline)
}

/// The logo as an image on white, at twice the size that it is shown in, and that size in CSS pixels.
fn logo_image(logo: &Logo) -> Option<(Inline, u32, u32)> {
    let (own_width, own_height) = logo.size();
    let width = (LOGO_HEIGHT * own_width / own_height).min(WIDEST_LOGO);
    let height = width * own_height / own_width;
    let bytes = logo.drawn((height * 2.0).round() as u32)?.encode_png().ok()?;
    let image = Inline { cid: "logo@parte".to_owned(), media_type: "image/png", bytes };
    Some((image, width.round() as u32, height.round() as u32))
}

/// The first table that is shown with all its columns, else the first one with those that fit.
fn chosen_table(document: &Document) -> Option<(String, Excerpt)> {
    let mut first = None;
    for section in document.sections.iter().filter(|s| s.only.is_empty()) {
        let Body::Table(table) = &section.body else { continue };
        let excerpt = Excerpt::of(table, document);
        if excerpt.columns.len() == table.columns.len() {
            return Some((section.id.clone(), excerpt));
        }
        first = first.or(Some((section.id.clone(), excerpt)));
    }
    first
}

fn tiles_block(section: &Section, tiles: &[Kpi], document: &Document) -> Value {
    let value = |tile: &Kpi| document.locale.show(tile.value.map(Cell::Number).as_ref(), &tile.display);
    let views: Vec<Value> = tiles
        .iter()
        .map(|tile| {
            let changes: Vec<Value> = tile
                .changes
                .iter()
                .map(|change| context! { arrow => arrow(change), text => shown(&change.text, 120), color => tone(change), verdict => verdict(change) })
                .collect();
            context! { label => shown(&tile.label, LONGEST_CELL), value => value(tile), changes => changes }
        })
        .collect();
    let rows: Vec<Value> = views.chunks(2).map(|tiles| context! { tiles => tiles.to_vec() }).collect();

    let names: Vec<(String, String)> =
        tiles.iter().map(|tile| (shown(&tile.label, LONGEST_CELL), value(tile))).collect();
    let mut lines = Vec::new();
    for (line, tile) in plain::pairs(&names).into_iter().zip(tiles) {
        lines.push(line);
        for change in &tile.changes {
            let text = shown(&change.text, 120);
            lines.push(plain::wrapped(format!("{} {text}", arrow(change)).trim_start(), "    "));
        }
    }
    context! {
        kind => "kpis", title => title(section), notes => notes(section), rows => rows, lines => lines.join("\n"),
    }
}

fn text_block(section: &Section, text: &str) -> Value {
    let text = shown_lines(text, LONGEST_TEXT);
    let paragraphs: Vec<String> =
        text.split("\n\n").map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect();
    context! { kind => "text", title => title(section), notes => notes(section), paragraphs => paragraphs }
}

fn chart_block(section: &Section, chart: &Chart, cid: &str) -> Value {
    context! {
        kind => "chart",
        title => title(section),
        notes => notes(section),
        cid => cid,
        alt => shown(&chart.alt, 500),
        width => SHOWN_WIDTH,
    }
}

fn table_block(section: &Section, excerpt: &Excerpt, attached: bool, language: Language) -> Value {
    let styled = |cells: &[String], looks: &[Looks]| -> Vec<Value> {
        let columns = excerpt.columns.iter();
        let cell = |((column, text), looks): ((&plain::Column, &String), &Looks)| {
            context! {
                label => column.label.as_str(),
                text => text.as_str(),
                align => align(column.numeric),
                strong => looks.strong,
                color => looks.color.as_deref(),
                fill => looks.fill.as_deref(),
            }
        };
        columns.zip(cells).zip(looks).map(cell).collect()
    };
    let columns: Vec<Value> = excerpt
        .columns
        .iter()
        .map(|c| context! { label => c.label.as_str(), align => align(c.numeric) })
        .collect();
    let more = excerpt.more.as_ref().map(|more| {
        let rest = Word::SeeAttachment.in_language(language);
        if attached && excerpt.is_cut { format!("{more} {rest}") } else { more.clone() }
    });
    context! {
        kind => "table",
        title => title(section),
        notes => notes(section),
        columns => columns,
        rows => excerpt.rows.iter().zip(&excerpt.looks).map(|(row, looks)| styled(row, looks)).collect::<Vec<_>>(),
        totals => excerpt.totals.as_deref().map(|totals| styled(totals, &excerpt.totals_looks)),
        font => excerpt.font,
        padding => excerpt.padding,
        stacked => excerpt.stacked,
        more => more,
        lines => if excerpt.rows.is_empty() {
            String::new()
        } else {
            plain::table(&excerpt.columns, &excerpt.rows, excerpt.totals.as_deref())
        },
    }
}

fn align(numeric: bool) -> &'static str {
    if numeric { "right" } else { "left" }
}

fn title(section: &Section) -> Option<String> {
    section.title.as_deref().map(|title| shown(title, 300))
}

fn notes(section: &Section) -> Vec<String> {
    section.notes.iter().take(5).map(|note| shown(note, 500)).collect()
}

pub(in super::super) fn arrow(change: &Change) -> &'static str {
    match change.direction {
        Direction::Up => "▲",
        Direction::Down => "▼",
        Direction::Level => "",
    }
}

pub(in super::super) fn tone(change: &Change) -> String {
    hex(match change.verdict {
        Verdict::Good => palette::GOOD.0,
        Verdict::Bad => palette::BAD.0,
        Verdict::Neutral => palette::MUTED.0,
    })
}

pub(in super::super) fn verdict(change: &Change) -> &'static str {
    match change.verdict {
        Verdict::Good => "good",
        Verdict::Bad => "bad",
        Verdict::Neutral => "neutral",
    }
}

pub(in super::super) fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text on one line, at most so long, without characters that a reader does not see but that turn the line around.
pub(in super::super) fn shown(text: &str, longest: usize) -> String {
    shown_lines(text, longest).replace('\n', " ")
}

/// The same with its line ends.
pub(in super::super) fn shown_lines(text: &str, longest: usize) -> String {
    let text = text.trim().replace("\r\n", "\n").replace('\r', "\n");
    let mut seen = text.chars().filter(|c| {
        !matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}')
            && (!c.is_control() || matches!(c, '\n' | '\t'))
    });
    let mut kept: String = seen.by_ref().take(longest).collect();
    if seen.next().is_some() {
        kept.pop();
        kept.push('…');
    }
    kept
}
