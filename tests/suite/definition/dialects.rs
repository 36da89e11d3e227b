//! `csv` as it is resolved: what a name stands for, what follows from what is said, and where it is said.

use super::{SMALL, definitions_of};
use parte::definition::{CsvDialect, CsvEncoding, CsvHeadings, CsvLineEnd, CsvQuotes};

/// The dialect of a report that says this, of `[defaults]` that say that.
fn dialect(of_report: &str, of_defaults: &str) -> CsvDialect {
    let text = SMALL
        .replace("formats = [\"pdf\"]", &format!("formats = [\"pdf\", \"csv\"]\n{of_report}"))
        .replace("timezone = \"America/Bogota\"", &format!("timezone = \"America/Bogota\"\n{of_defaults}"));
    definitions_of(&text).reports[0].csv.clone()
}

#[test]
fn a_name_is_a_dialect_and_what_is_said_beside_it_takes_the_place_of_what_it_has() {
    assert_eq!(dialect("", ""), CsvDialect::EXCEL);
    assert_eq!(dialect("csv = \"excel\"", ""), CsvDialect::EXCEL);
    assert_eq!(dialect("csv = \"rfc4180\"", ""), CsvDialect::RFC4180);
    assert_eq!(dialect("csv = \"database\"", ""), CsvDialect::DATABASE);
    assert_eq!(dialect("csv = { like = \"database\" }", ""), CsvDialect::DATABASE);
    let own = dialect(
        "csv = { like = \"database\", quotes = \"all\", null = \"NULL\", line_end = \"crlf\", headings = \"labels\" }",
        "",
    );
    let expected = CsvDialect {
        quotes: CsvQuotes::All,
        null: "NULL".to_owned(),
        line_end: CsvLineEnd::CrLf,
        headings: CsvHeadings::Labels,
        ..CsvDialect::DATABASE
    };
    assert_eq!(own, expected);
    assert_eq!(dialect("csv = {}", ""), CsvDialect::EXCEL);
}

#[test]
fn separator_and_decimal_mark_never_come_out_the_same() {
    for (said, marks) in [
        ("separator = \",\"", (',', '.')),
        ("decimal = \".\"", (',', '.')),
        ("separator = \"\\t\"", ('\t', ',')),
        ("like = \"rfc4180\", decimal = \",\"", (';', ',')),
        ("like = \"rfc4180\", separator = \";\"", (';', '.')),
        ("like = \"database\", separator = \"|\"", ('|', '.')),
        ("separator = \";\", decimal = \".\"", (';', '.')),
    ] {
        assert_eq!(dialect(&format!("csv = {{ {said} }}"), "").marks(','), marks, "{said}");
    }
}

#[test]
fn windows_1252_has_no_mark_of_byte_order_unless_that_is_asked_for() {
    let narrow = dialect("csv = { encoding = \"windows-1252\" }", "");
    assert_eq!((narrow.encoding, narrow.bom), (CsvEncoding::Windows1252, false));
    assert!(dialect("csv = { like = \"database\", bom = true }", "").bom);
}

#[test]
fn a_report_says_it_wholly_instead_of_the_defaults_and_a_delivery_instead_of_the_report() {
    let defaults = "csv = { separator = \"|\", zip = true }";
    let of_defaults = CsvDialect { separator: Some('|'), zip: true, ..CsvDialect::EXCEL };
    assert_eq!(dialect("", defaults), of_defaults);
    assert_eq!(
        dialect("csv = { quotes = \"all\" }", defaults),
        CsvDialect { quotes: CsvQuotes::All, ..CsvDialect::EXCEL }
    );
    let text = format!(
        "{}  [[report.deliver]]\n  channel = \"disk\"\n  csv = \"database\"\n  [[report.deliver]]\n  channel = \"other\"\n[channels.disk]\nurl = \"folder:out\"\n[channels.other]\nurl = \"folder:other\"\n",
        SMALL.replace("formats = [\"pdf\"]", "formats = [\"pdf\", \"csv\"]\ncsv = { zip = true }")
    );
    let report = definitions_of(&text).reports.remove(0);
    assert_eq!(report.csv, CsvDialect { zip: true, ..CsvDialect::EXCEL });
    assert_eq!(report.deliver[0].csv, Some(CsvDialect::DATABASE));
    assert_eq!(report.deliver[1].csv, None);
}
