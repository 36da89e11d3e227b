//! Every kind of chart in every form it is drawn in: PNG, page and workbook; files that a person can look at stay in the test's folder.

use super::{STEM, rendered_into};
use crate::support::{python, run, tests_file};
use parte::definition::Format;
use parte::document::{Body, Chart, ChartStyle, Document, stress};
use parte::render::{Templates, mail_body, page};
use std::collections::BTreeMap;

fn charts(document: &Document) -> impl Iterator<Item = (&str, &Chart)> {
    document.sections.iter().filter_map(|section| match &section.body {
        Body::Chart(chart) => Some((section.id.as_str(), chart)),
        _ => None,
    })
}

#[test]
fn every_kind_of_chart_is_a_picture_that_is_not_blank() {
    let document = stress();
    let folder = rendered_into("drawings", &document, &[Format::Pdf]);
    let templates = Templates::load(&folder).expect("the shipped templates");
    let ids: Vec<String> = charts(&document).map(|(id, _)| id.to_owned()).collect();
    for id in ids {
        let mut alone = document.clone();
        alone.sections.retain(|section| section.id == id);
        let body = mail_body(&alone, &templates, &[]).expect("renders");
        let [image] = body.inline.as_slice() else {
            let nothing = charts(&alone).all(|(_, chart)| chart.is_empty());
            assert!(nothing, "{id} has {} pictures", body.inline.len());
            continue;
        };
        let pixels = tiny_skia::Pixmap::decode_png(&image.bytes).expect("a PNG");
        let inked = pixels.pixels().iter().filter(|pixel| pixel.red() < 250).count();
        let share = inked as f64 / (pixels.width() * pixels.height()) as f64;
        assert!((0.004..0.9).contains(&share), "{id}: {share} of it is inked");
        std::fs::write(folder.join(format!("{id}.png")), &image.bytes).expect("writes");
    }
}

#[test]
fn the_page_shows_every_chart_and_every_spark_with_its_words() {
    let document = stress();
    let html = page(&document).expect("a page");
    let folder = rendered_into("drawn-page", &document, &[]);
    std::fs::write(folder.join("page.html"), &html).expect("writes");
    for (id, chart) in charts(&document) {
        assert_eq!(
            html.matches(&format!("aria-label=\"{}\"", chart.alt)).count(),
            2,
            "{id}, wide and narrow"
        );
    }
    let sparks: usize = document
        .sections
        .iter()
        .filter_map(|section| if let Body::Kpis(kpis) = &section.body { Some(kpis) } else { None })
        .flatten()
        .filter(|kpi| kpi.spark.is_some())
        .count();
    assert_eq!((sparks, html.matches("class=\"spark\"").count()), (6, 6));
}

#[test]
fn openpyxl_finds_a_chart_bars_colours_or_sparklines_on_the_sheet_of_each_kind() {
    let document = stress();
    let folder = rendered_into("drawn-sheets", &document, &[Format::Xlsx]);
    let said = run(python()
        .arg(tests_file("readers").join("drawn_sheets.py"))
        .arg(folder.join(format!("{STEM}.xlsx"))));
    let found: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&said).expect("JSON");
    let sheets: Vec<&BTreeMap<String, String>> = found.values().collect();
    for (name, sheet) in &found {
        assert!(sheet["numbers"] != "0" || name == "Sin datos", "{name} has no numbers");
    }
    let with = |what: &str, how: &str| sheets.iter().filter(|sheet| sheet[what].contains(how)).count();
    let of = |styles: &[ChartStyle]| {
        charts(&document).filter(|(_, chart)| styles.contains(&chart.style) && !chart.is_empty()).count()
    };
    use ChartStyle::{Area, Bars, Bullet, Cohort, Flow, Funnel, Line, Spark, StackedArea, StackedBars};
    assert_eq!(with("charts", "LineChart"), of(&[Line]));
    assert_eq!(with("charts", "AreaChart"), of(&[Area, StackedArea]));
    assert_eq!(with("charts", "stacked"), of(&[StackedArea, StackedBars]));
    assert_eq!(with("charts", "BarChart"), of(&[Bars, StackedBars]));
    assert_eq!(with("rules", "dataBar"), of(&[Funnel, Bullet]));
    assert_eq!(with("rules", "colorScale"), of(&[Cohort, Flow]));
    assert_eq!(with("sparklines", "6"), of(&[Spark]));
}
