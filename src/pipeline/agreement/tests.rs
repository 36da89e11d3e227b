//! The gate lets through what is rendered as it should be, and nothing that was tampered with between rendering and the gate.

use super::*;
use crate::definition::{CsvDates, CsvEncoding, CsvQuotes};
use crate::document::{Display, Locale, sample};
use crate::render::{render, render_csv};
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const STEM: &str = "muestra";

/// What the gate says of the CSV of the sample in this dialect, once `tamper` has been at its files.
fn said_in(
    document: &Document,
    dialect: &CsvDialect,
    tamper: impl Fn(&mut Artifact),
) -> Result<usize, String> {
    let rendered = || {
        let mut artifacts = render_csv(document, dialect, STEM)?;
        artifacts.iter_mut().for_each(&tamper);
        Ok(artifacts)
    };
    agreeing(document, dialect, rendered).map(|artifacts| artifacts.len()).map_err(|error| error.to_string())
}

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

/// Dialects that differ from each other in every point that a reader has to know.
fn dialects() -> Vec<CsvDialect> {
    let tabs = CsvDialect {
        separator: Some('\t'),
        quotes: CsvQuotes::All,
        null: "NULL".to_owned(),
        dates: CsvDates::Locale,
        ..CsvDialect::DATABASE
    };
    let narrow = CsvDialect { encoding: CsvEncoding::Windows1252, bom: false, ..CsvDialect::EXCEL };
    vec![CsvDialect::EXCEL, CsvDialect::RFC4180, CsvDialect::DATABASE, tabs, narrow]
}

#[test]
fn csv_says_what_the_report_says_in_each_dialect_and_is_read_in_its_own_alone() {
    for tag in ["es-CO", "en-US"] {
        let mut document = Document { locale: Locale::parse(tag).expect("a locale"), ..sample() };
        // It has a letter that windows-1252 has not.
        document.sections.retain(|section| section.id != "las-diez-ventas-mas-altas");
        for dialect in dialects() {
            assert_eq!(said_in(&document, &dialect, |_| ()), Ok(6), "{tag} {dialect:?}");
        }
    }
    let document = sample();
    let (written, read) = (CsvDialect::RFC4180, CsvDialect { separator: Some(';'), ..CsvDialect::RFC4180 });
    let otherwise = agreeing(&document, &read, || render_csv(&document, &written, STEM));
    assert!(otherwise.is_err(), "commas are no semicolons");
    let file = |dialect: &CsvDialect| {
        let files = render_csv(&document, dialect, STEM).expect("the files");
        files.into_iter().filter(|file| file.section.as_deref() == Some("equipos")).collect::<Vec<_>>()
    };
    let without = CsvDialect { totals: false, ..CsvDialect::EXCEL };
    let missing = agreeing(&document, &CsvDialect::EXCEL, || Ok(file(&without)));
    assert!(missing.is_err_and(|it| it.to_string().contains("rows in the file")), "the totals are missed");
}

#[test]
fn a_zip_that_lacks_a_file_or_holds_another_number_is_refused() {
    let document = sample();
    let dialect = CsvDialect { zip: true, ..CsvDialect::EXCEL };
    let files = || render_csv(&document, &dialect, STEM).expect("the files");
    let zipped = |files: &[Artifact]| {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        for file in files {
            out.start_file(file.name.as_str(), SimpleFileOptions::default()).expect("a file");
            out.write_all(&file.bytes).expect("its bytes");
        }
        let bytes = out.finish().expect("a ZIP").into_inner();
        let name = format!("{STEM}_csv.zip");
        let zip = Artifact { name, section: None, bytes, ..files[0].clone() };
        agreeing(&document, &dialect, || Ok(vec![zip])).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(zipped(&files()), Ok(()));
    let mut fewer = files();
    fewer.pop();
    let told = zipped(&fewer);
    assert!(told.clone().is_err_and(|it| it.contains("it has no file of `")), "{told:?}");
    let mut swapped = files();
    swapped.swap(0, 1);
    let told = zipped(&swapped);
    assert!(
        told.clone().is_err_and(|it| it.contains("stands where the file of `kpis` should be")),
        "{told:?}"
    );
    let mut changed = files();
    let first = first_numbers(table(&document, "equipos")).2[0].expect("a value");
    for file in &mut changed {
        if file.section.as_deref() == Some("equipos") {
            in_csv("equipos", &format!(";{first};"), &format!(";{};", first + 1.0))(file);
        }
    }
    let told = zipped(&changed);
    assert!(told.clone().is_err_and(|it| it.contains("the first difference is in row 1")), "{told:?}");
}

/// What the gate says of the JSON of the sample with another text in it.
fn in_json(document: &Document, old: &str, new: &str) -> Result<usize, String> {
    said(document, Format::Json, |artifact| {
        let text = String::from_utf8(artifact.bytes.clone()).expect("JSON is UTF-8");
        assert!(text.contains(old), "{old:?} in {text}");
        artifact.bytes = text.replacen(old, new, 1).into_bytes();
    })
}

#[test]
fn a_number_a_row_a_total_a_tile_and_a_section_that_differ_are_seen_in_json() {
    let mut document = sample();
    let section = document.sections.iter_mut().find(|section| section.id == "equipos").expect("a section");
    let Body::Table(table) = &mut section.body else { panic!("a table") };
    let at = table.columns.iter().position(|it| matches!(it.values, Values::Number(_))).expect("numbers");
    let Values::Number(values) = &mut table.columns[at].values else { panic!("numbers") };
    values[0] = Some(-987_654.0);
    table.totals.as_mut().expect("totals")[at] = Some(Value::Number(-123_456.5));
    let Body::Kpis(tiles) = &mut document.sections[0].body else { panic!("tiles stand first") };
    tiles[0].value = Some(-555_555.0);
    assert_eq!(said(&document, Format::Json, |_| ()), Ok(1));
    for (old, new, told) in [
        ("-987654", "-987653", "the first difference is in row 1"),
        ("-987654", "null", "column"),
        ("-123456.5", "-123456", "its total is -123456 in the file"),
        ("-555555", "-555554", "column `value`"),
        ("\"id\": \"equipos\"", "\"id\": \"equipo\"", "no section is `equipo`"),
        ("\"sections\"", "\"section\"", "0 sections in the file"),
    ] {
        let said = in_json(&document, old, new);
        assert!(said.clone().is_err_and(|it| it.contains(told)), "{old} -> {new}: {said:?}");
    }
    let row = said(&document, Format::Json, |artifact| {
        let text = String::from_utf8(artifact.bytes.clone()).expect("JSON is UTF-8");
        let mut lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.contains("-987654")).expect("the row");
        lines.remove(at);
        artifact.bytes = lines.join("\n").into_bytes();
    });
    assert!(
        row.clone().is_err_and(|it| it.contains("rows in the file") || it.contains("the first difference")),
        "{row:?}"
    );
}

#[test]
fn a_parquet_file_of_other_numbers_rows_or_totals_is_seen() {
    let document = sample();
    let of = |document: &Document| {
        let files = render(document, Format::Parquet, STEM).expect("the files");
        files.into_iter().filter(|file| file.section.as_deref() == Some("equipos")).collect::<Vec<_>>()
    };
    let changed = |change: &dyn Fn(&mut Table)| {
        let mut other = document.clone();
        let section = other.sections.iter_mut().find(|section| section.id == "equipos").expect("a section");
        let Body::Table(table) = &mut section.body else { panic!("a table") };
        change(table);
        let told = agreeing(&document, &CsvDialect::EXCEL, || Ok(of(&other)));
        told.map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(changed(&|_| ()), Ok(()));
    let at = first_numbers(table(&document, "equipos")).0;
    let number = changed(&|table| {
        if let Values::Number(values) = &mut table.columns[at].values {
            values[1] = values[1].map(|value| value + 1.0);
        }
    });
    assert!(number.clone().is_err_and(|it| it.contains("the first difference is in row 2")), "{number:?}");
    let rows = changed(&|table| {
        for column in &mut table.columns {
            match &mut column.values {
                Values::Text(values) => drop(values.pop()),
                Values::Number(values) => drop(values.pop()),
                _ => {}
            }
        }
    });
    assert!(rows.clone().is_err_and(|it| it.contains("rows in the file")), "{rows:?}");
    let total = changed(&|table| table.totals = None);
    assert!(total.clone().is_err_and(|it| it.contains("its total is none in the file")), "{total:?}");
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
