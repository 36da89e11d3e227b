//! What an analyst finds in a workbook beside the numbers: sums that are computed again, names, marks that follow, sheets that go on.

use super::{STEM, rendered_into};
use crate::support::{python, run, tests_file};
use parte::definition::{Format, ValueFormat};
use parte::document::{Body, Column, Display, Document, Line, Table, Value, Values, sample, stress_tables};
use parte::render::render;
use serde_json::json;
use std::io::Read as _;
use std::path::Path;

fn strained() -> Document {
    let document = sample();
    Document { sections: stress_tables(&document.locale), ..document }
}

fn read_by(script: &str, folder: &Path) -> String {
    run(python().arg(tests_file("readers").join(script)).arg(folder))
}

/// The parts of a rendered workbook, each a tag a line.
fn parts(document: &Document) -> std::collections::BTreeMap<String, String> {
    let workbook = render(document, Format::Xlsx, STEM).expect("renders").remove(0);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook.bytes)).expect("a ZIP");
    (0..archive.len())
        .map(|at| {
            let mut part = archive.by_index(at).expect("a part");
            let name = part.name().expect("its name").into_owned();
            let mut text = String::new();
            part.read_to_string(&mut text).expect("its text");
            (name, text.replace("><", ">\n<"))
        })
        .collect()
}

#[test]
fn every_sum_of_a_workbook_comes_to_the_value_that_it_is_written_with() {
    for (name, document) in [("sums-sample", sample()), ("sums-strained", strained())] {
        let folder = rendered_into(name, &document, &[Format::Xlsx]);
        let told = read_by("render_recalculated.py", &folder);
        let sums: usize =
            told.split_whitespace().next().and_then(|n| n.parse().ok()).expect("a number of sums");
        assert!(sums >= 15, "{name}: {told}");
    }
}

#[test]
fn totals_and_key_figures_have_names_that_lead_to_their_values() {
    let document = sample();
    let folder = rendered_into("names", &document, &[Format::Xlsx]);
    let told: serde_json::Value =
        serde_json::from_str(&read_by("render_names.py", &folder)).expect("names and values");
    let Body::Kpis(tiles) = &document.sections[0].body else { panic!("tiles first") };
    for tile in tiles {
        assert_eq!(told[format!("kpi_{}", tile.metric)].as_f64(), tile.value, "{}", tile.metric);
    }
    assert_eq!(told["total_equipos_sales_amount"].as_f64(), Some(1_284_930_450.0));
    assert_eq!(told["total_equipos_completion_rate"].as_f64(), Some(0.853));
    assert!(told.as_object().expect("names").len() > 20, "{told}");
}

#[test]
fn conditional_formats_sign_the_same_cells_as_the_report() {
    let document = strained();
    let folder = rendered_into("marks", &document, &[Format::Xlsx]);
    let signs: Vec<serde_json::Value> = document
        .sections
        .iter()
        .map(|section| {
            let Body::Table(table) = &section.body else { panic!("a table") };
            let of = |column: &Column| -> Vec<&str> {
                (0..table.len()).map(|row| column.verdict(Line::Row(row)).sign()).collect()
            };
            json!(table.columns.iter().map(of).collect::<Vec<_>>())
        })
        .collect();
    std::fs::write(folder.join("signs.json"), json!(signs).to_string()).expect("writes");
    let told = read_by("render_marks.py", &folder);
    assert_eq!(told.trim(), "dataBar 5, colorScale 4, signs 33", "{told}");
}

#[test]
fn a_streamed_sheet_reads_back_as_one_that_was_written_cell_by_cell() {
    let rows = 36_000_usize;
    let day = |row: usize| {
        chrono::NaiveDate::from_ymd_opt(1899, 12, 30)
            .and_then(|day| day.checked_add_days(chrono::Days::new(row as u64)))
    };
    let number = Display::Number { format: ValueFormat::Decimal(2), currency: None };
    let columns = vec![
        Column::new(
            "a",
            "Texto",
            Display::Text,
            true,
            Values::Text(
                (0..rows).map(|row| (row % 7 > 0).then(|| format!("=Ñ & <{row}> _x0041_ \"x\"  "))).collect(),
            ),
        ),
        Column::new(
            "b",
            "Número",
            number.clone(),
            false,
            Values::Number((0..rows).map(|row| (row % 5 > 0).then_some(row as f64 / 4.0 - 100.0)).collect()),
        ),
        Column::new(
            "c",
            "Día",
            Display::Date,
            true,
            Values::Date((0..rows).map(|row| if row % 3 > 0 { day(row) } else { None }).collect()),
        ),
        Column::new(
            "d",
            "Instante",
            Display::DateTime,
            true,
            Values::DateTime(
                (0..rows).map(|row| day(row)?.and_hms_opt(row as u32 % 24, row as u32 % 60, 7)).collect(),
            ),
        ),
        Column::new(
            "e",
            "Hecha",
            Display::Boolean,
            true,
            Values::Boolean((0..rows).map(|row| (row % 4 > 0).then_some(row % 2 == 0)).collect()),
        ),
        Column::new("f", "Otro", number.clone(), false, Values::Number(vec![Some(1e-7); rows])),
        Column::new("g", "Vacía", number, false, Values::Number(vec![None; rows])),
    ];
    let totals = vec![None, Some(Value::Number(5.0)), None, None, None, Some(Value::Number(6.0)), None];
    let mut document = sample();
    document.sections.truncate(1);
    document.sections[0].body = Body::Table(Table::new(columns, Some(totals)));
    document.sections[0].notes = vec!["Debajo".to_owned()];
    let folder = rendered_into("streamed", &document, &[Format::Xlsx]);
    assert_eq!(read_by("render_streamed.py", &folder).trim(), "36000 rows");
    let again = render(&document, Format::Xlsx, STEM).expect("renders").remove(0);
    let first = std::fs::read(folder.join(again.name)).expect("the file");
    assert!(first == again.bytes, "equal input gives equal bytes");
}

#[test]
fn a_table_longer_than_a_sheet_goes_on_on_another_and_the_contents_name_both() {
    let rows = 1_000_001;
    let display = Display::Number { format: ValueFormat::Integer, currency: None };
    let column = Column::new("n", "n", display, false, Values::Number(vec![Some(1.0); rows]));
    let mut document = sample();
    document.sections.truncate(1);
    document.sections[0].title = Some("Todas".to_owned());
    document.sections[0].body =
        Body::Table(Table::new(vec![column], Some(vec![Some(Value::Number(rows as f64))])));
    let parts = parts(&document);
    let workbook = &parts["xl/workbook.xml"];
    assert!(
        workbook.contains("<sheet name=\"Todas\"") && workbook.contains("<sheet name=\"Todas (2)\""),
        "{workbook}"
    );
    assert!(
        workbook.contains(">'Todas (2)'!$A$3</definedName>"),
        "the total stands on the last sheet: {workbook}"
    );
    let links = &parts["xl/worksheets/sheet1.xml"];
    assert!(links.contains("location=\"Todas!A1\"") || links.contains("location=\"'Todas'!A1\""), "{links}");
    assert!(links.contains("location=\"'Todas (2)'!A1\""));
    let first = &parts["xl/worksheets/sheet2.xml"];
    assert!(first.contains("<row r=\"1000001\">") && !first.contains("<row r=\"1000002\">"));
    assert!(parts["xl/tables/table1.xml"].contains(" ref=\"A1:A2\""), "one row on the second sheet");
}

/// What of the styles says how cells look: number formats, the looks of conditional formats, how many of cells.
fn looks(styles: &str) -> String {
    let lines = styles.lines();
    let within = |tag: &str| {
        let (open, close) = (format!("<{tag} "), format!("</{tag}>"));
        let from = lines.clone().skip_while(move |line| !line.starts_with(&open));
        let mut is_over = false;
        let kept = from.take_while(move |line| !std::mem::replace(&mut is_over, line.starts_with(&close)));
        kept.collect::<Vec<_>>().join("\n")
    };
    let counts = lines.clone().filter(|line| line.contains("count=")).collect::<Vec<_>>().join("\n");
    format!("{counts}\n\n{}\n\n{}", within("numFmts"), within("dxfs"))
}

#[test]
fn the_parts_of_the_sample_s_workbook_are_as_they_were() {
    let parts = parts(&sample());
    let mut said = String::new();
    for name in [
        "xl/workbook.xml",
        "docProps/core.xml",
        "xl/worksheets/sheet8.xml",
        "xl/tables/table7.xml",
        "xl/charts/chart1.xml",
    ] {
        said.push_str(&format!("==== {name}\n{}\n", parts[name]));
    }
    said.push_str(&format!("==== xl/styles.xml\n{}\n", looks(&parts["xl/styles.xml"])));
    insta::assert_snapshot!(said);
}

#[test]
fn targets_that_are_too_many_for_rules_are_written_into_the_cells() {
    use parte::definition::Better;
    use parte::document::{Judged, Mark, Rule, Verdict};
    let rows = 300_usize;
    let display = Display::Number { format: ValueFormat::Integer, currency: None };
    let verdicts = (0..rows).map(|row| if row % 3 == 0 { Verdict::Good } else { Verdict::Bad }).collect();
    let targets = (0..rows).map(|row| Some(row as f64 + if row % 3 == 0 { 0.0 } else { 1.0 })).collect();
    let judged = Judged {
        by: Rule::Targets { better: Better::Higher, rows: targets },
        rows: verdicts,
        subtotals: Vec::new(),
        total: Verdict::Neutral,
    };
    let values = Values::Number((0..rows).map(|row| Some(row as f64)).collect());
    let column = Column { mark: Some(Mark::Judged(judged)), ..Column::new("n", "n", display, false, values) };
    let mut document = sample();
    document.sections.truncate(1);
    document.sections[0].body = Body::Table(Table::new(vec![column], None));
    let parts = parts(&document);
    let sheet = &parts["xl/worksheets/sheet2.xml"];
    assert!(!sheet.contains("<conditionalFormatting"), "{sheet}");
    let looks = |row: usize| {
        let at = sheet.find(&format!("<c r=\"A{row}\"")).expect("a cell");
        sheet[at..].split('>').next().map(|tag| tag.split_once(" s=").map(|(_, s)| s.to_owned()))
    };
    assert!(looks(2) == looks(5) && looks(3) == looks(4) && looks(2) != looks(3));
    assert!(parts["xl/styles.xml"].contains("formatCode=\"&quot;✗ &quot;#,##0;&quot;✗ &quot;-#,##0\""));
}
