//! The gate and the files for programs: CSV in each dialect, alone and in a ZIP, JSON, Parquet.

use super::*;
use crate::definition::{CsvDates, CsvEncoding, CsvQuotes};
use crate::render::render_csv;

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
