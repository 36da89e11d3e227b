//! The document as one page of HTML that stands by itself: nothing is fetched, nothing computed again.
//! Never: the preview's tabs and scripts, sockets.

use super::RenderError;
use super::chart::{chart_heights, chart_scene, tile_line};
use super::mail::{arrow, hex, shown, shown_lines, tone, verdict};
use super::palette::{self, Palette};
use super::scene::Color;
use super::svg::scene_svg;
use super::table_text::{self, Behind};
use super::text::Typesetter;
use crate::definition::{Format, Language};
use crate::document::{
    Body, Chart, Column, Document, Kpi, Line, Section, Table, Value as Cell, Verdict, Word,
};
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

/// Rows of a table that are shown: a browser scrolls through these without effort.
const MOST_ROWS: usize = 2_000;
/// Characters shown of a cell and of a text.
const LONGEST_CELL: usize = 2_000;
/// Characters of a word that is never broken.
const LONGEST_WORD: usize = 30;
const LONGEST_TEXT: usize = 20_000;
/// A chart is drawn twice, for a desk and for a telephone; the style sheet shows the one that fits.
const WIDE: (f32, f32) = (640.0, 230.0);
const NARROW: (f32, f32) = (270.0, 200.0);
/// The small line of a tile.
const SPARK: (f32, f32) = (180.0, 24.0);

/// The sections that paper shows, as a page of HTML.
///
/// # Errors
/// The template does not render; it is shipped, so nobody has seen this happen.
pub fn page(document: &Document) -> Result<String, RenderError> {
    let failed = |cause: minijinja::Error| RenderError {
        format: "page",
        what: cause.to_string(),
        hint: "please report this".to_owned(),
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(failed)?;
    environment.set_syntax(syntax);
    environment
        .template_from_named_str("page.html", include_str!("../../../templates/page.html"))
        .and_then(|template| template.render(view(document)))
        .map_err(failed)
}

fn view(document: &Document) -> Value {
    let language = document.language();
    let word = |word: Word| word.in_language(language);
    let set = Typesetter::default();
    let blocks: Vec<Value> =
        document.sections_in(Format::Pdf).map(|section| block(section, document, &set)).collect();
    let definitions: Vec<Value> = document
        .definitions
        .iter()
        .map(|(label, formula)| context! { label => shown(label, 300), formula => shown(formula, 1_000) })
        .collect();
    context! {
        lang => match language { Language::Es => "es", Language::En => "en", Language::Pt => "pt" },
        brand => shown(&document.brand, 200),
        title => shown(&document.title, 300),
        subtitle => document.subtitle.as_deref().map(|text| shown(text, 500)),
        footer => document.footer.as_deref().map(|text| shown(text, 500)),
        period => shown(&document.period, 200),
        generated => document.locale.date_time(document.generated),
        color => hex(document.color),
        on_color => hex(palette::text_on(Color(document.color)).0),
        accent => hex(Palette::of_brand(document.color).accent.0),
        blocks => blocks,
        summary => document.summary_text().map(|text| shown(&text, LONGEST_TEXT)),
        warnings => document.warnings.iter().map(|warning| shown(warning, 1_000)).collect::<Vec<_>>(),
        remarks => document.remarks.iter().map(|remark| shown(remark, 1_000)).collect::<Vec<_>>(),
        definitions => definitions,
        words => context! {
            generated => word(Word::Generated),
            warnings => word(Word::Unexpected),
            remarks => word(Word::Remarks),
            definitions => word(Word::Definitions),
            no_data => word(Word::NoData),
        },
    }
}

fn block(section: &Section, document: &Document, set: &Typesetter) -> Value {
    let title = section.title.as_deref().map(|title| shown(title, 300));
    let notes: Vec<String> = section.notes.iter().map(|note| shown(note, 1_000)).collect();
    let (kind, body) = match &section.body {
        Body::Kpis(kpis) => ("kpis", tiles(kpis, document)),
        Body::Text(text) => ("text", paragraphs(text)),
        Body::Chart(chart) => ("chart", drawings(chart, document, set)),
        Body::Table(table) => ("table", rows(table, document, &Palette::of_brand(document.color))),
    };
    context! { kind => kind, id => section.id.as_str(), title => title, notes => notes, body => body }
}

fn tiles(kpis: &[Kpi], document: &Document) -> Value {
    let palette = Palette::of_brand(document.color);
    let tile = |kpi: &Kpi| {
        let changes: Vec<Value> = kpi
            .changes
            .iter()
            .map(|change| {
                context! { arrow => arrow(change), text => shown(&change.text, 200), color => tone(change), verdict => verdict(change) }
            })
            .collect();
        let value = document.locale.show(kpi.value.map(Cell::Number).as_ref(), &kpi.display);
        let spark = kpi.spark.as_ref().map(|spark| {
            let scene = tile_line(&spark.values, &palette, SPARK.0, SPARK.1);
            Value::from_safe_string(scene_svg(&scene, &shown(&spark.alt, 500), "spark"))
        });
        context! { label => shown(&kpi.label, 200), value => value, changes => changes, spark => spark }
    };
    Value::from(kpis.iter().map(tile).collect::<Vec<_>>())
}

fn paragraphs(text: &str) -> Value {
    let text = shown_lines(text, LONGEST_TEXT);
    Value::from(
        text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect::<Vec<_>>(),
    )
}

fn drawings(chart: &Chart, document: &Document, set: &Typesetter) -> Value {
    let alt = shown(&chart.alt, 1_000);
    let draw = |(width, height): (f32, f32), class: &str| {
        let (height, _) = chart_heights(set, chart, width, (height, height));
        let scene = chart_scene(set, chart, &document.locale, document.color, width, height);
        Value::from_safe_string(scene_svg(&scene, &alt, class))
    };
    Value::from(vec![draw(WIDE, "wide"), draw(NARROW, "narrow")])
}

fn rows(table: &Table, document: &Document, palette: &Palette) -> Value {
    let repeated = table.repeated();
    let dimensions = table.columns.iter().take_while(|column| column.is_dimension).count();
    let cell = |at: usize, column: &Column, line: Line| {
        let text = shown(&table_text::text(table, document, at, line), LONGEST_CELL);
        let tone = match (column.verdict(line), table_text::color(table, at, line)) {
            (Verdict::Good, _) => "good",
            (_, Some(_)) => "below",
            (_, None) => "",
        };
        context! {
            // A word that would make its column wider than a page is broken; others are not.
            long => text.split_whitespace().any(|word| word.chars().count() > LONGEST_WORD),
            text => text,
            numeric => column.display.is_number() && !(column.is_dimension && line == Line::Total),
            tone => tone,
            again => matches!(line, Line::Row(row) if at < repeated[row]),
            style => table_text::behind(table, at, line, palette).map(painted),
            span => if names_subtotal(table, at, line) { dimensions - at } else { 1 },
        }
    };
    // The name of a subtotal takes the empty cells beside it.
    let is_covered =
        |at: usize, line: Line| at < dimensions && (0..at).any(|before| names_subtotal(table, before, line));
    let line = |line: Line| -> Vec<Value> {
        let columns = table.columns.iter().enumerate().filter(|(at, _)| !is_covered(*at, line));
        columns.map(|(at, column)| cell(at, column, line)).collect()
    };
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|c| context! { label => shown(&c.label, 200), numeric => c.display.is_number() })
        .collect();
    let count = table.len().min(MOST_ROWS);
    let is_shown = |line: &Line| match line {
        Line::Row(row) => *row < count,
        Line::Subtotal(group) => table.groups.get(*group).is_some_and(|group| group.rows.end <= count),
        Line::Total => false,
    };
    // Groups of the innermost columns, each a body of its own.
    let levels = repeated.iter().max().copied().unwrap_or(0);
    let mut bodies: Vec<Vec<Value>> = Vec::new();
    for at in table.lines().filter(is_shown) {
        let begins = matches!(at, Line::Row(row) if row == 0 || repeated[row] < levels);
        if begins || bodies.is_empty() {
            bodies.push(Vec::new());
        }
        if let Some(body) = bodies.last_mut() {
            body.push(context! { cells => line(at), subtotal => matches!(at, Line::Subtotal(_)) });
        }
    }
    let totals: Option<Vec<Value>> = table.totals.as_ref().map(|_| line(Line::Total));
    let more = (table.len() > count).then(|| {
        let number = |n: usize| document.locale.number(n as f64, 0);
        Word::RowsShown
            .in_language(document.language())
            .replace("{n}", &number(count))
            .replace("{m}", &number(table.len()))
    });
    context! { columns => columns, bodies => bodies, totals => totals, more => more }
}

fn names_subtotal(table: &Table, at: usize, line: Line) -> bool {
    matches!(line, Line::Subtotal(group) if table.groups.get(group).is_some_and(|group| group.level == at))
}

/// What lies behind a cell, as a style.
fn painted(behind: Behind) -> String {
    match behind {
        Behind::Fill(color) => format!("background:{}", hex(color.0)),
        Behind::Bar { from, to, color } => {
            let (from, to, color) = (from * 100.0, to * 100.0, hex(color.0));
            format!(
                "background:linear-gradient(to right,transparent {from:.2}%,{color} {from:.2}% {to:.2}%,transparent {to:.2}%) no-repeat center / calc(100% - 6px) calc(100% - 6px)"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::document::{Body, sample};

    #[test]
    fn hostile_titles_cells_and_labels_stay_words() {
        let mut document = sample();
        let hostile = "</title><script>alert(1)</script><img src=x onerror=alert(1)>";
        document.title = hostile.to_owned();
        document.brand = hostile.to_owned();
        document.warnings = vec![hostile.to_owned()];
        document.remarks = vec![hostile.to_owned()];
        for section in &mut document.sections {
            section.title = Some(hostile.to_owned());
            if let Body::Chart(chart) = &mut section.body {
                chart.alt = hostile.to_owned();
                chart.categories.iter_mut().for_each(|c| *c = hostile.to_owned());
            }
        }
        let html = page(&document).unwrap();
        assert!(!html.contains("<script") && !html.contains("<img"), "injected");
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn what_is_not_as_expected_stands_above_the_figures() {
        let mut document = sample();
        assert!(!page(&document).unwrap().contains("Datos fuera de lo esperado"));
        document.warnings = vec!["Filas de tareas en el periodo: 6.".to_owned()];
        let html = page(&document).unwrap();
        let place = |words: &str| html.find(words).unwrap();
        assert!(place("Datos fuera de lo esperado") < place("Filas de tareas en el periodo: 6."));
        assert!(place("Filas de tareas en el periodo: 6.") < place("<section"));
    }

    #[test]
    fn nothing_on_the_page_is_fetched() {
        let html = page(&sample()).unwrap();
        for outside in ["http://", "https://", "src=", "url(", "@import", "<link"] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(html.contains("default-src 'none'"));
    }
}
