//! Letters that no shipped font has, and texts that harm: what the eye sees is a box or nothing, what is copied out is what was written,
//! and it is told.

use super::{is_clean, page_count, pdf, run, sample, table_document, text, words};
use parte::definition::Format;
use parte::document::{Body, ChartStyle, Display, Document, Table, Values};
use parte::render::render;
use std::path::Path;

/// Words in letters that Inter has not, by the name of their writing.
const WRITINGS: [(&str, &str); 4] =
    [("chinese", "东京店"), ("japanese", "さくら"), ("thai", "ร้านค้า"), ("emoji", "😀🦤")];

/// A document that says a word wherever one can be said.
pub(super) fn saying(word: &str) -> Document {
    let mut document = sample::document(vec![
        sample::section("k", Some(&format!("Sección {word}")), Body::Kpis(sample::kpis())),
        sample::section("p", None, Body::Text(format!("Párrafo {word} sigue."))),
        sample::section(
            "t",
            Some("Tabla"),
            Body::Table(Table::new(
                vec![
                    sample::column(
                        &format!("Columna {word}"),
                        Display::Text,
                        true,
                        sample::texts([format!("Celda {word}"), "sola".to_owned()]),
                    ),
                    sample::column(
                        "Visitas",
                        sample::integer(),
                        false,
                        Values::Number(vec![Some(7.0), Some(8.0)]),
                    ),
                ],
                None,
            )),
        ),
        sample::section(
            "c",
            Some("Gráfico"),
            Body::Chart(sample::chart(
                ChartStyle::Bars,
                vec![format!("Barra {word}"), "otra".to_owned()],
                vec![
                    (&format!("Serie {word}"), vec![Some(3.0), Some(4.0)]),
                    ("más", vec![Some(1.0), Some(2.0)]),
                ],
                sample::integer(),
            )),
        ),
    ]);
    document.title = format!("Título {word}");
    let Body::Kpis(tiles) = &mut document.sections[0].body else { panic!("tiles") };
    tiles[0].label = format!("Ficha {word}");
    document.sections[1].notes = vec![format!("Nota {word}.")];
    document.definitions = vec![(format!("Medida {word}"), "una fórmula".to_owned())];
    document
}

/// What a reader copies out, with plain spaces.
fn copied(path: &Path) -> String {
    words(&run("pdftotext", &["-raw", path.to_str().unwrap(), "-"]).replace(['\u{a0}', '\u{202f}'], " "))
}

#[test]
fn letters_that_no_font_has_are_copied_out_of_titles_cells_labels_and_charts_and_are_told() {
    for (name, word) in WRITINGS {
        let path = pdf(&saying(word), &format!("writing-{name}"));
        is_clean(&path);
        let found = copied(&path);
        for place in
            ["Título", "Sección", "Ficha", "Párrafo", "Nota", "Columna", "Celda", "Barra", "Serie", "Medida"]
        {
            assert!(found.contains(&format!("{place} {word}")), "{place} {word} in {found}");
        }
        assert!(found.contains("se ven como □"), "{found}");
        for c in word.chars() {
            assert!(found.contains(&format!("(U+{:04X})", u32::from(c))), "{c} is told: {found}");
        }
    }
}

#[test]
fn letters_that_are_there_are_not_told() {
    for word in ["Жанна", "Ωμέγα", "Łódź", "نور", "אור", "Ñandú"] {
        let found = copied(&pdf(&saying(word), "writing-known"));
        assert!(!found.contains("se ven como"), "{word}: {found}");
    }
}

#[test]
fn the_box_is_drawn_where_a_letter_is_missing() {
    // Dark pixels where the title stands: a box in place of a space is more ink.
    let ink = |title: &str| {
        let mut document = sample::document(Vec::new());
        document.title = title.to_owned();
        let path = pdf(&document, "box");
        let part = ["-x", "30", "-y", "60", "-W", "200", "-H", "40"];
        let to = path.with_extension("");
        let files = [path.to_str().unwrap(), to.to_str().unwrap()];
        run("pdftoppm", &[&["-r", "72", "-gray", "-singlefile"], &part[..], &files].concat());
        let bytes = std::fs::read(path.with_extension("pgm")).unwrap();
        bytes[bytes.len() - 200 * 40..].iter().filter(|level| **level < 128).count()
    };
    let (alone, with) = (ink("A A"), ink("A店A"));
    assert!(with > alone + 8, "{with} dark pixels with the box, {alone} without");
}

#[test]
fn texts_that_would_turn_or_break_a_line_are_read_back_without_what_turns_and_breaks() {
    for (written, read) in [
        ("uno\u{202e}dos\u{202c}tres", "unodostres"),
        ("uno\u{2066}dos\u{2069}", "unodos"),
        ("nulo\u{0}en medio", "nulo en medio"),
        ("fila\r\nsiguiente", "fila siguiente"),
        ("sola\rvuelta", "sola vuelta"),
        ("tab\tulada", "tab ulada"),
        ("\u{1b}[31mrojo", "[31mrojo"),
        ("roto\u{fffd}aquí", "roto\u{fffd}aquí"),
        ("n\u{303}andu\u{301}", "ñandú"),
        ("(\\) Tj ET <</JS", "(\\) Tj ET <</JS"),
        ("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
    ] {
        let path = pdf(&saying(written), "turned");
        is_clean(&path);
        let found = copied(&path);
        for place in ["Título", "Sección", "Ficha", "Nota", "Columna", "Celda", "Barra", "Medida"] {
            let wanted = format!("{place} {read}");
            let composed = found.replace("n\u{303}", "ñ").replace("u\u{301}", "ú");
            assert!(composed.contains(&wanted), "{wanted:?} in {found:?}");
        }
        for turning in ['\u{202e}', '\u{202c}', '\u{2066}', '\u{0}', '\u{1b}'] {
            assert!(!found.contains(turning), "{turning:?} is in {found:?}");
        }
    }
}

#[test]
fn halves_of_a_letter_arrive_as_the_sign_for_what_cannot_be_read_and_are_no_error() {
    // What an API sends as half a letter is read as U+FFFD: there is no text that holds one.
    let half: Result<String, _> = String::from_utf16(&[0x0041, 0xD83D, 0x0042]);
    assert!(half.is_err());
    let text = String::from_utf16_lossy(&[0x0041, 0xD83D, 0x0042]);
    assert_eq!(text, "A\u{fffd}B");
    let found = copied(&pdf(&saying(&text), "half"));
    assert!(found.contains("Celda A\u{fffd}B") && found.contains("Título A\u{fffd}B"), "{found}");
}

/// Two hundred columns, each of them read back by its number.
fn of_columns(count: usize, rows: usize) -> Table {
    let names = sample::texts((0..rows).map(|row| format!("Tienda {row}")));
    let of = |at: usize| {
        let values = (0..rows).map(|row| Some((at * 1000 + row) as f64 + 500_000.0)).collect();
        sample::column(&format!("Columna {at}"), sample::integer(), false, Values::Number(values))
    };
    let columns =
        std::iter::once(sample::column("Tienda", Display::Text, true, names)).chain((1..count).map(of));
    Table::new(columns.collect(), None)
}

#[test]
fn a_table_of_two_hundred_columns_shows_each_of_them_and_says_what_its_rows_are_about_in_each_part() {
    let path = pdf(&table_document(of_columns(200, 3)), "columns-200");
    is_clean(&path);
    let found = copied(&path);
    for at in 1..200 {
        for row in 0..3 {
            let value = (at * 1000 + row) + 500_000;
            let shown = format!("{}.{:03}", value / 1000, value % 1000);
            assert!(found.contains(&shown), "{shown} of column {at}");
        }
    }
    let parts = found.matches("Tienda 2").count();
    assert!((5..60).contains(&parts), "{parts} parts");
    assert!(page_count(&path) < 30, "{} pages", page_count(&path));
}

#[test]
fn a_cell_of_ten_thousand_letters_and_one_of_a_megabyte_are_cut_with_an_ellipsis_and_their_row_is_whole() {
    for (name, long) in [
        ("words", "palabra larga ".repeat(715)),
        ("unbroken", "ñ".repeat(10_000)),
        ("megabyte", "x".repeat(1_000_000)),
        ("boxes", "店".repeat(10_000)),
    ] {
        let mut table = of_columns(3, 2);
        table.columns[0].values = sample::texts([long, "corta".to_owned()]);
        let path = pdf(&table_document(table), &format!("long-cell-{name}"));
        is_clean(&path);
        let found = text(&path, None);
        assert_eq!(page_count(&path), 1, "{name}");
        assert!(found.contains('…') && found.contains("corta"), "{name}: {found}");
        assert!(found.contains("501.000") && found.contains("502.001"), "{name}: {found}");
        let size = std::fs::metadata(&path).unwrap().len();
        assert!(size < 60_000, "{name}: {size} bytes");
    }
}

#[test]
fn titles_remarks_labels_and_categories_of_a_megabyte_leave_a_report_that_can_be_read() {
    let word = "y".repeat(1_000_000);
    let mut document = saying(&word);
    document.remarks = vec![word.clone()];
    document.footer = Some(word.clone());
    document.brand = word;
    let path = pdf(&document, "megabyte");
    is_clean(&path);
    assert!(page_count(&path) < 12, "{} pages", page_count(&path));
    let found = copied(&path);
    for place in ["Título", "Sección", "Ficha", "Párrafo", "Nota", "Columna", "Celda", "Medida"] {
        assert!(found.contains(place), "{place} in {found}");
    }
}

#[test]
fn tables_of_no_row_and_of_one_are_shown_as_what_they_are() {
    let none = text(&pdf(&table_document(of_columns(4, 0)), "rows-0"), None);
    assert!(none.contains("Sin datos en este periodo") && none.contains("Detalle de tareas"), "{none}");
    let one = text(&pdf(&table_document(of_columns(4, 1)), "rows-1-only"), None);
    for shown in ["Tienda 0", "501.000", "502.000", "503.000"] {
        assert!(one.contains(shown), "{shown} in {one}");
    }
}

#[test]
fn harm_in_every_text_gives_equal_bytes_too() {
    for (_, word) in WRITINGS {
        let one = render(&saying(word), Format::Pdf, "a").unwrap();
        assert!(one == render(&saying(word), Format::Pdf, "a").unwrap());
    }
}
