//! The gate lets through what is rendered as it should be, and nothing that was tampered with between rendering and the gate.

mod programs;

use super::*;
use crate::document::{Column, Display, Locale, sample, stress_tables};
use crate::render::render;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const STEM: &str = "muestra";

/// What the gate says of a format of the sample, once `tamper` has been at its files.
fn said(document: &Document, format: Format, tamper: impl Fn(&mut Artifact)) -> Result<usize, String> {
    let rendered = || {
        let mut artifacts = render(document, format, STEM)?;
        artifacts.iter_mut().for_each(&tamper);
        Ok(artifacts)
    };
    agreeing(document, &CsvDialect::EXCEL, rendered)
        .map(|artifacts| artifacts.len())
        .map_err(|error| error.to_string())
}

/// Another text in the CSV of a section, the first time that it stands there.
fn in_csv<'a>(section: &'a str, old: &'a str, new: &'a str) -> impl Fn(&mut Artifact) + 'a {
    move |artifact| {
        if artifact.section.as_deref() == Some(section) {
            let text = String::from_utf8(artifact.bytes.clone()).expect("CSV is UTF-8");
            assert!(text.contains(old), "{old:?} in {text}");
            artifact.bytes = text.replacen(old, new, 1).into_bytes();
        }
    }
}

/// The workbook with another text in one of its parts.
fn in_workbook(artifact: &mut Artifact, part: &str, change: impl Fn(&str) -> String) {
    let mut archive = ZipArchive::new(Cursor::new(artifact.bytes.clone())).expect("a ZIP");
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("a part");
        let name = entry.name().expect("its name").into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        if name == part {
            let text = String::from_utf8(bytes).expect("XML is UTF-8");
            let changed = change(&text);
            assert_ne!(changed, text, "{part} is changed");
            bytes = changed.into_bytes();
        }
        out.start_file(name, SimpleFileOptions::default()).expect("a part");
        out.write_all(&bytes).expect("its bytes");
    }
    artifact.bytes = out.finish().expect("a ZIP").into_inner();
}

fn table<'d>(document: &'d Document, id: &str) -> &'d Table {
    let section = document.sections.iter().find(|section| section.id == id).expect("a section");
    if let Body::Table(table) = &section.body { table } else { panic!("{id} is a table") }
}

/// Where the first column of numbers stands, its heading, its values, and what they sum to.
fn first_numbers(table: &Table) -> (usize, &str, &[Option<f64>], f64) {
    let found = table.columns.iter().enumerate().find_map(|(at, column)| match &column.values {
        Values::Number(values) => Some((at, column.label.as_str(), values.as_slice())),
        _ => None,
    });
    let (at, label, values) = found.expect("a column of numbers");
    (at, label, values, values.iter().flatten().sum())
}

#[test]
fn every_format_of_the_sample_says_what_it_says_in_every_language() {
    for tag in ["es-CO", "en-US", "pt-BR"] {
        let document = Document { locale: Locale::parse(tag).expect("a locale"), ..sample() };
        for (format, files) in
            [(Format::Csv, 7), (Format::Xlsx, 1), (Format::Pdf, 1), (Format::Json, 1), (Format::Parquet, 7)]
        {
            assert_eq!(said(&document, format, |_| ()), Ok(files), "{tag} {format:?}");
        }
    }
}

#[test]
fn a_number_that_differs_in_a_csv_is_told_with_its_file_table_column_and_both_sums() {
    let document = sample();
    let (_, label, values, sum) = first_numbers(table(&document, "equipos"));
    let (first, count) = (values[0].expect("a value"), values.iter().flatten().count());
    let differs =
        said(&document, Format::Csv, in_csv("equipos", &format!(";{first};"), &format!(";{};", first + 1.0)));
    assert_eq!(
        differs,
        Err(format!(
            "`muestra_equipos.csv` does not say what the report says: table `Equipos`, column `{label}`: {count} values that sum \
             to {} in the file, {count} values that sum to {sum} in the report; the first difference is in row 1",
            sum + 1.0
        ))
    );
}

#[test]
fn a_number_that_is_missing_or_no_number_or_in_the_place_of_another_is_seen_in_a_csv() {
    let document = sample();
    let values = first_numbers(table(&document, "equipos")).2;
    let count = values.iter().flatten().count();
    let [one, two] = [0, 1].map(|row| values[row].expect("a value"));
    assert_ne!(one, two);
    let missing = said(&document, Format::Csv, in_csv("equipos", &format!(";{one};"), ";;"));
    assert!(missing.clone().is_err_and(|it| it.contains(&format!("{} values", count - 1))), "{missing:?}");
    let words = said(&document, Format::Csv, in_csv("equipos", &format!(";{one};"), ";mucho;"));
    assert!(words.clone().is_err_and(|it| it.contains("sum to NaN in the file")), "{words:?}");
    let swapped = said(&document, Format::Csv, |artifact| {
        for (old, new) in [(one, -1.0), (two, one), (-1.0, two)] {
            in_csv("equipos", &format!(";{old};"), &format!(";{new};"))(artifact);
        }
    });
    assert!(swapped.clone().is_err_and(|it| it.contains("the first difference is in row 1")), "{swapped:?}");
}

#[test]
fn a_row_too_few_or_too_many_and_a_total_that_differs_are_seen_in_a_csv() {
    let document = sample();
    let lines = |change: fn(&mut Vec<&str>)| {
        said(&document, Format::Csv, |artifact| {
            if artifact.section.as_deref() == Some("equipos") {
                let text = String::from_utf8(artifact.bytes.clone()).expect("CSV is UTF-8");
                let mut lines: Vec<&str> = text.split_inclusive("\r\n").collect();
                change(&mut lines);
                artifact.bytes = lines.concat().into_bytes();
            }
        })
    };
    let rows = table(&document, "equipos").len();
    let said_rows = |there: usize| format!("table `Equipos`: {there} rows in the file, {rows} in the report");
    let fewer = lines(|lines| {
        lines.remove(3);
    });
    assert!(fewer.clone().is_err_and(|it| it.contains(&said_rows(rows - 1))), "{fewer:?}");
    let more = lines(|lines| lines.insert(3, lines[3]));
    assert!(more.clone().is_err_and(|it| it.contains(&said_rows(rows + 1))), "{more:?}");
    let cut = lines(|lines| *lines.last_mut().expect("a line") = "Total;1\r\n");
    assert!(cut.clone().is_err_and(|it| it.contains("it cannot be read")), "{cut:?}");
    let label = first_numbers(table(&document, "equipos")).1;
    let total = lines(|lines| {
        let last = lines.len() - 1;
        lines[last] = Box::leak(lines[last].replacen(';', ";1", 1).into_boxed_str());
    });
    assert!(
        total
            .clone()
            .is_err_and(|it| it.contains(&format!("column `{label}`: its total is 1"))
                && it.contains("in the report")),
        "{total:?}"
    );
}

#[test]
fn a_tile_that_differs_is_seen_in_either_format() {
    let mut document = sample();
    let Body::Kpis(tiles) = &mut document.sections[0].body else { panic!("tiles stand first") };
    tiles[0].value = Some(-987_654.0);
    let csv = said(&document, Format::Csv, in_csv("kpis", "-987654", "-987653"));
    assert!(
        csv.clone().is_err_and(|it| it.contains("`muestra_kpis.csv`") && it.contains("column `value`")),
        "{csv:?}"
    );
    let workbook = said(&document, Format::Xlsx, |artifact| {
        in_workbook(artifact, "xl/worksheets/sheet2.xml", |xml| {
            xml.replacen("<v>-987654</v>", "<v>-987653</v>", 1)
        });
    });
    assert!(
        workbook.clone().is_err_and(|it| it.contains("`muestra.xlsx`") && it.contains("row 1")),
        "{workbook:?}"
    );
}

/// The part of the workbook that holds the sheet of this section: the summary is the first one, texts have none.
fn part(document: &Document, id: &str) -> String {
    let with_sheets = document.sections_in(Format::Xlsx).filter(|it| !matches!(it.body, Body::Text(_)));
    let at = with_sheets.take_while(|section| section.id != id).count();
    format!("xl/worksheets/sheet{}.xml", at + 2)
}

#[test]
fn a_number_that_differs_in_a_workbook_is_told_with_its_table_column_and_both_sums() {
    let document = sample();
    let (at, label, values, sum) = first_numbers(table(&document, "equipos"));
    let (second, count) = (values[1].expect("a value"), values.iter().flatten().count());
    let cell = format!("<c r=\"{}3\"", char::from(b'A' + at as u8));
    let differs = said(&document, Format::Xlsx, |artifact| {
        in_workbook(artifact, &part(&document, "equipos"), |xml| {
            let (before, after) = xml.split_once(&cell).expect("the cell of the second row");
            let after = after.replacen(&format!("<v>{second}</v>"), &format!("<v>{}</v>", second + 10.0), 1);
            format!("{before}{cell}{after}")
        });
    });
    assert_eq!(
        differs,
        Err(format!(
            "`muestra.xlsx` does not say what the report says: table `Equipos`, column `{label}`: {count} values that sum to {} in \
             the file, {count} values that sum to {sum} in the report; the first difference is in row 2",
            sum + 10.0
        ))
    );
}

#[test]
fn rows_sheets_and_totals_that_are_missing_or_too_many_are_seen_in_a_workbook() {
    let document = sample();
    let rows = table(&document, "equipos").len();
    let tampered = |change: &dyn Fn(&str) -> String| {
        said(&document, Format::Xlsx, |artifact| in_workbook(artifact, &part(&document, "equipos"), change))
    };
    let row = |xml: &str, number: usize| {
        let start = xml.find(&format!("<row r=\"{number}\"")).expect("a row");
        let end = start + xml[start..].find("</row>").expect("its end") + "</row>".len();
        (start, end)
    };
    let fewer = tampered(&|xml| {
        let (start, end) = row(xml, 4);
        format!("{}{}", &xml[..start], &xml[end..])
    });
    assert!(
        fewer
            .clone()
            .is_err_and(|it| it.contains(&format!("{} rows in the file, {rows} in the report", rows - 1))),
        "{fewer:?}"
    );
    let more = tampered(&|xml| {
        let (start, end) = row(xml, 4);
        let (old, new) = ("4\"", format!("{}\"", rows + 9));
        format!("{}{}{}", &xml[..end], xml[start..end].replace(old, &new), &xml[end..])
    });
    assert!(more.clone().is_err_and(|it| it.contains("have numbers")), "{more:?}");
    let total = tampered(&|xml| {
        let (start, end) = row(xml, rows + 2);
        format!("{}{}{}", &xml[..start], xml[start..end].replace("<v>", "<v>1"), &xml[end..])
    });
    assert!(total.clone().is_err_and(|it| it.contains("its total is 1")), "{total:?}");
    let gone = said(&document, Format::Xlsx, |artifact| {
        in_workbook(artifact, "xl/workbook.xml", |xml| {
            let (before, after) = xml.rsplit_once("<sheet ").expect("sheets");
            let (_, after) = after.split_once("/>").expect("its end");
            format!("{before}{after}")
        });
    });
    assert!(gone.clone().is_err_and(|it| it.contains("it has no sheet for")), "{gone:?}");
}

#[test]
fn a_file_that_is_cut_off_or_of_nothing_is_refused_and_never_a_panic() {
    let document = sample();
    for format in Format::ALL {
        let whole = render(&document, format, STEM).expect("the files").remove(0);
        let mut refused = 0;
        for part in 0..20 {
            let cut = said(&document, format, |artifact| {
                if artifact.name == whole.name {
                    artifact.bytes.truncate(whole.bytes.len() * part / 20);
                }
            });
            refused += usize::from(cut.is_err_and(|it| it.starts_with(&format!("`{}`", whole.name))));
        }
        // A PDF that lacks its end may still be read by going through what is there.
        let least = if format == Format::Pdf { 1 } else { 20 };
        assert!(refused >= least, "{format:?}: {refused} of 20");
    }
}

/// A column of numbers as a dimension has the label of the totals in its first field, and numbers that are none leave it empty.
#[test]
fn what_a_file_need_not_have_is_not_missed() {
    let mut document = sample();
    let section = document.sections.iter_mut().find(|section| section.id == "equipos").expect("a section");
    let Body::Table(table) = &mut section.body else { panic!("a table") };
    let rows = table.len();
    table.columns[0].values = Values::Number((0..rows).map(|row| (row > 0).then_some(row as f64)).collect());
    table.columns[0].display =
        Display::Number { format: crate::definition::ValueFormat::Integer, currency: None };
    if let Values::Number(values) = &mut table.columns[1].values {
        values[0] = Some(f64::NAN);
    }
    for column in &mut table.columns {
        match &mut column.values {
            Values::Number(values) => values[rows - 1] = None,
            Values::Text(values) => values[rows - 1] = None,
            _ => {}
        }
    }
    for format in Format::ALL {
        assert!(said(&document, format, |_| ()).is_ok(), "{format:?}: {:?}", said(&document, format, |_| ()));
    }
}

fn strained() -> Document {
    let document = sample();
    Document { sections: stress_tables(&document.locale), ..document }
}

#[test]
fn tables_with_subtotals_and_marks_say_in_every_format_what_the_report_says() {
    for (format, files) in [(Format::Csv, 7), (Format::Xlsx, 1), (Format::Pdf, 1)] {
        assert_eq!(said(&strained(), format, |_| ()), Ok(files), "{format:?}");
    }
}

#[test]
fn a_subtotal_that_differs_or_is_missing_is_told_with_its_group() {
    let document = strained();
    let sheet = part(&document, "tabla-grupos");
    let with = |old: &'static str, new: &'static str| {
        said(&document, Format::Xlsx, |artifact| {
            in_workbook(artifact, &sheet, |xml| {
                assert!(xml.contains(old), "{old} in {xml}");
                xml.replacen(old, new, 1)
            });
        })
    };
    // The planned tasks of the first team, of which the sheet has a sum.
    let differs = with("<v>409</v>", "<v>410</v>");
    assert!(
        differs.clone().is_err_and(
            |it| it.contains("the subtotal of `Eje Cafetero` is 410 in the file, 409 in the report")
        ),
        "{differs:?}"
    );
    let missing = with("<v>409</v>", "<v></v>");
    assert!(missing.is_err());
}

#[test]
fn the_rows_of_a_table_that_is_longer_than_a_sheet_are_all_held_against_the_report() {
    let rows = 1_000_003;
    let values = (0..rows).map(|row| (row % 5 > 0).then_some(row as f64)).collect();
    let display = Display::Number { format: crate::definition::ValueFormat::Integer, currency: None };
    let column = Column { is_sum: true, ..Column::new("n", "n", display, false, Values::Number(values)) };
    let mut document = sample();
    document.sections.truncate(1);
    document.sections[0].body = Body::Table(Table::new(vec![column], Some(vec![Some(Value::Number(7.0))])));
    assert_eq!(said(&document, Format::Xlsx, |_| ()), Ok(1));
    let on_the_second = said(&document, Format::Xlsx, |artifact| {
        in_workbook(artifact, "xl/worksheets/sheet3.xml", |xml| {
            xml.replacen("<v>1000002</v>", "<v>1000003</v>", 1)
        });
    });
    assert!(
        on_the_second.clone().is_err_and(|it| it.contains("the first difference is in row 1000003")),
        "{on_the_second:?}"
    );
}
