//! A document full of texts that break spreadsheets, parsers and lines.

use parte::definition::ValueFormat;
use parte::document::{
    Body, Chart, ChartStyle, Column, Display, Document, Section, Series, Table, Values, sample,
};

/// Texts that break spreadsheets, parsers and lines.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@x",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "\0=1+1",
        "a;b\"c\r\nd",
        "a,b;c\td",
        "solo\rretorno",
        "nulo\0en medio",
        "🦤 Ñandú 👩‍👩‍👧",
        "\u{202E}txt.exe",
        "\u{1b}[31mrojo\u{7}",
        "_x0041_",
        "https://example.com/",
        "internal:'Resumen'!A1",
        "<script>alert('x')</script>&amp;",
        "{{ 7 * 7 }}{% raw %}",
        "'",
        "\"",
        "  espacios  ",
        "\u{fffd}",
        "a\u{2028}b\u{85}c",
        "\u{feff}marca",
        "'=1",
        "＝1+1",
        "NULL",
        "TRUE",
        "1e5",
        "0012",
        "2026-03-13",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push("x".repeat(1_000_000));
    texts.push("🦤".repeat(20_000));
    texts
}

pub(super) fn hostile_document() -> Document {
    let texts = hostile_texts();
    let count = texts.len();
    let mut document = sample();
    document.title = "=1+1 & \"Título\" <b>\u{202E}\0</b>".to_owned();
    document.brand = "&P @marca\r\nBcc: x@example.com".to_owned();
    document.subtitle = Some("y".repeat(100_000));
    document.remarks = texts.clone();
    document.definitions = texts.iter().map(|t| (t.clone(), t.clone())).collect();
    let table = Table {
        columns: vec![
            Column::new(
                "user_name",
                "=Cliente\n\0",
                Display::Text,
                true,
                Values::Text(texts.iter().cloned().map(Some).collect()),
            ),
            Column::new(
                "tasks",
                "=cliente",
                Display::Number { format: ValueFormat::Integer, currency: None },
                false,
                Values::Number((0..count).map(|i| Some(i as f64)).collect()),
            ),
        ],
        totals: None,
        groups: Vec::new(),
    };
    let chart = Chart {
        style: ChartStyle::Bars,
        x_label: "=x".to_owned(),
        series_label: None,
        categories: texts.iter().take(8).cloned().collect(),
        series: vec![Series::new("=1+1", (0..8).map(|i| Some(f64::from(i))).collect())],
        display: Display::Number { format: ValueFormat::Integer, currency: None },
        alt: "\"><script>alert(1)</script>".to_owned(),
    };
    let section = |id: &str, title: &str, body| Section {
        id: id.to_owned(),
        title: Some(title.to_owned()),
        only: Vec::new(),
        body,
        notes: texts.iter().take(4).cloned().collect(),
    };
    document.sections = vec![
        section("a", "=Textos[]:*?/\\'", Body::Table(table.clone())),
        section("b", "=TEXTOS", Body::Table(table)),
        section("c", "History", Body::Chart(chart)),
        section("d", "<b>", Body::Text(texts.join("\n\n"))),
    ];
    document
}
