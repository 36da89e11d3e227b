//! Tables of sizes that nobody plans for, and names in every writing, as other programs read them back.

use super::{STEM, mail_into, read_by, rendered_into};
use parte::definition::{Format, ValueFormat};
use parte::document::{
    Body, Chart, ChartStyle, Column, Display, Document, Section, Series, Table, Values, sample,
};
use parte::render::{Templates, mail_body, page, render, report_schema};

const WRITINGS: [&str; 7] =
    ["东京店 № 1", "ร้านค้า", "さくら", "😀 🦤 👩‍👩‍👧", "شركة النور", "חברת אור", "Жанна Ωμέγα"];

fn number() -> Display {
    Display::Number { format: ValueFormat::Integer, currency: None }
}

fn section(id: &str, title: &str, body: Body) -> Section {
    Section { id: id.to_owned(), title: Some(title.to_owned()), only: Vec::new(), body, notes: Vec::new() }
}

fn names(values: Vec<String>) -> Column {
    Column::new("name", "Nombre", Display::Text, true, Values::Text(values.into_iter().map(Some).collect()))
}

fn of_columns(count: usize, rows: usize) -> Table {
    let values = |at: usize| Values::Number((0..rows).map(|row| Some((at * 10 + row) as f64)).collect());
    let figures = (1..count).map(|at| {
        Column::new(format!("metric_{at}"), format!("Indicador {at}"), number(), false, values(at))
    });
    let tiendas = names((0..rows).map(|row| format!("Tienda {row}")).collect());
    Table::new(std::iter::once(tiendas).chain(figures).collect(), None)
}

fn of_names(values: Vec<String>) -> Table {
    let figures = Values::Number((0..values.len()).map(|row| Some(row as f64)).collect());
    Table::new(vec![names(values), Column::new("visits", "Visitas", number(), false, figures)], None)
}

/// Wide, long, empty, single, and in every writing.
fn extreme() -> Document {
    let long =
        vec!["palabra larga ".repeat(715), "ñ".repeat(10_000), "x".repeat(1_000_000), "corta".to_owned()];
    let written: Vec<String> = WRITINGS.map(str::to_owned).to_vec();
    let chart = Chart {
        style: ChartStyle::Bars,
        x_label: "店".to_owned(),
        series_label: None,
        categories: written.clone(),
        series: vec![Series::new("ร้านค้า", (0..7).map(|at| Some(f64::from(at))).collect())],
        display: number(),
        alt: format!("Ventas de {}", WRITINGS.join(", ")),
    };
    let mut document = sample();
    document.title = format!("Informe {}", WRITINGS[0]);
    document.sections = vec![
        section("ancha", "Doscientas columnas", Body::Table(of_columns(200, 3))),
        section("larga", "Celdas largas", Body::Table(of_names(long))),
        section("letras", "店 ร้านค้า", Body::Table(of_names(written))),
        section("ninguna", "Sin filas", Body::Table(of_columns(200, 0))),
        section("una", "Una fila", Body::Table(of_columns(4, 1))),
        section("dibujo", "图表", Body::Chart(chart)),
    ];
    document.sections[2].notes = vec![format!("Nota {}", WRITINGS[1])];
    document
}

#[test]
fn wide_long_empty_and_single_tables_in_every_writing_are_read_back_equal_from_files() {
    let document = extreme();
    let folder =
        rendered_into("extremes", &document, &[Format::Csv, Format::Xlsx, Format::Json, Format::Parquet]);
    std::fs::write(folder.join("schema.json"), report_schema().to_string()).expect("writes");
    assert!(read_by("render_csv.py", &folder).starts_with("5 files"));
    read_by("render_xlsx.py", &folder);
    read_by("render_json.py", &folder);
    assert!(read_by("render_parquet.py", &folder).starts_with("5 files"));
}

#[test]
fn equal_extremes_give_equal_bytes_in_every_format() {
    for format in Format::ALL {
        let files = |document: &Document| render(document, format, STEM).expect("renders");
        assert!(files(&extreme()) == files(&extreme()), "{format:?}");
    }
}

#[test]
fn the_page_has_every_column_and_every_writing_and_cuts_what_nobody_reads() {
    let html = page(&extreme()).expect("renders");
    for at in 1..200 {
        assert!(html.contains(&format!(">Indicador {at}<")), "column {at}");
    }
    for written in WRITINGS {
        assert!(html.contains(written), "{written}");
    }
    assert!(html.contains("Sin datos en este periodo"));
    assert!(html.contains("palabra larga palabra") && html.contains('…'));
    assert!(html.len() < 400_000, "{} bytes: a cell of a megabyte is cut", html.len());
}

#[test]
fn a_mail_shows_what_fits_of_a_wide_table_says_so_and_stays_small() {
    let only = |id: &str| {
        let mut document = extreme();
        document.sections.retain(|section| section.id == id);
        mail_body(&document, &Templates::shipped(), &[]).expect("renders")
    };
    for body in [only("ancha"), only("ninguna"), only("larga"), only("letras"), only("una"), only("dibujo")] {
        assert!(
            body.html.len() < 102_000,
            "{} bytes: longer mails are cut by those who show them",
            body.html.len()
        );
        assert!(
            body.text.lines().all(|line| line.chars().count() <= 998),
            "no line is longer than mail allows"
        );
        assert!(body.html.contains(WRITINGS[0]) && body.text.contains(WRITINGS[0]), "the title");
    }
    let wide = only("ancha");
    for form in [&wide.html, &wide.text] {
        assert!(form.contains("de 200 columnas"), "{form}");
        assert!(form.contains("Tienda 2") && form.contains("Indicador 1"), "{form}");
        assert!(!form.contains("Indicador 199"), "{form}");
    }
    let written = only("letras");
    for word in WRITINGS {
        assert!(written.html.contains(word) && written.text.contains(word), "{word}");
    }
    assert!(only("ninguna").text.contains("Sin datos en este periodo"));
}

#[test]
fn a_mail_in_every_writing_stands_by_itself() {
    let mut document = sample();
    document.title = format!("Informe {}", WRITINGS[0]);
    for section in &mut document.sections {
        match &mut section.body {
            Body::Kpis(tiles) => {
                tiles.iter_mut().zip(WRITINGS).for_each(|(tile, word)| tile.label = word.to_owned())
            }
            Body::Chart(chart) => {
                chart
                    .categories
                    .iter_mut()
                    .zip(WRITINGS)
                    .for_each(|(category, word)| *category = word.to_owned());
            }
            Body::Table(table) => {
                for column in &mut table.columns {
                    if let Values::Text(values) = &mut column.values {
                        values
                            .iter_mut()
                            .zip(WRITINGS)
                            .for_each(|(cell, word)| *cell = Some(word.to_owned()));
                    }
                }
            }
            Body::Text(text) => text.push_str(WRITINGS[1]),
        }
    }
    let folder = rendered_into("mail-writings", &document, &[]);
    mail_into(&folder, &document);
    read_by("render_mail.py", &folder);
}

/// No control and no mark that turns the direction of what follows.
fn is_harmless(text: &str) -> bool {
    !text.contains(|c: char| {
        matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || c.is_control() && !matches!(c, '\n' | '\t')
    })
}

#[test]
fn what_turns_text_or_ends_it_reaches_neither_page_nor_mail() {
    let document = super::hostile_document();
    let html = page(&document).expect("renders");
    assert!(is_harmless(&html), "the page");
    let body = mail_body(&document, &Templates::shipped(), &[]).expect("renders");
    assert!(is_harmless(&body.html) && is_harmless(&body.text), "the mail");
    assert!(html.contains("txt.exe") && html.contains("&lt;script&gt;"), "the words are there");
}
