//! Every kind of chart in every form it is drawn in: PNG, page and workbook; files that a person can look at stay in the test's folder.

use super::{STEM, rendered_into};
use crate::support::{python, run, tests_file};
use parte::definition::Format;
use parte::document::{Body, Chart, ChartStyle, Document, Kpi, Word, stress};
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
    // The tiles have them too.
    assert_eq!(with("sparklines", "6"), of(&[Spark]) + 1);
}

/// What openpyxl and the XML say of the first sheet and that of the tiles.
fn figures(folder: &str, document: &Document) -> serde_json::Value {
    let folder = rendered_into(folder, document, &[Format::Xlsx]);
    let section = document.sections.iter().find(|section| matches!(section.body, Body::Kpis(_)));
    let name = section
        .and_then(|section| section.title.clone())
        .unwrap_or_else(|| Word::KeyFigures.in_language(document.language()).to_owned());
    let reader = tests_file("readers").join("figures_sheets.py");
    let said = run(python().arg(reader).arg(folder.join(format!("{STEM}.xlsx"))).arg(name));
    serde_json::from_str(&said).expect("JSON")
}

#[test]
fn a_tile_with_a_small_line_has_it_as_a_sparkline_over_the_numbers_in_its_own_row() {
    let document = stress();
    let Some(Body::Kpis(tiles)) =
        document.sections.iter().map(|section| &section.body).find(|body| matches!(body, Body::Kpis(_)))
    else {
        panic!("tiles")
    };
    let found = figures("figures-lines", &document);
    let lines = found["lines"].as_array().expect("lines");
    let drawn: Vec<&Kpi> = tiles.iter().filter(|tile| tile.spark.is_some()).collect();
    assert!(lines.len() == drawn.len() && lines.len() < tiles.len(), "{found:#}");
    for (line, tile) in lines.iter().zip(drawn) {
        let spark = tile.spark.as_ref().expect("a line");
        assert_eq!(line["label"], tile.label.as_str());
        assert_eq!(
            (&line["heading"], &line["own_row"]),
            (&"Evolución (día)".into(), &true.into()),
            "{line:#}"
        );
        assert_eq!(line["days"], serde_json::json!(spark.labels));
        assert_eq!(line["empty"], true, "nothing is written under a line");
        let values = line["values"].as_array().expect("values");
        assert_eq!(values.len(), spark.values.len());
        for (cell, value) in values.iter().zip(&spark.values) {
            assert_eq!(cell.as_f64(), *value, "{}", tile.label);
        }
    }
    // On paper there is room for the lines and not for thirty days.
    let printed = found["printed"].as_str().expect("an area");
    assert!(printed.contains("$A$1:$") && found["width"].as_u64() > Some(30), "{found:#}");
    // Without lines there is neither their column nor their days.
    let plain = figures("figures-plain", &parte::document::sample());
    assert_eq!(
        (plain["lines"].as_array().map(Vec::len), &plain["pictures"]),
        (Some(0), &serde_json::json!([]))
    );
    assert!(
        plain["width"].as_u64() < Some(12) && plain["printed"].as_str().is_none_or(str::is_empty),
        "{plain:#}"
    );
}

#[test]
fn the_first_sheet_begins_with_the_logo_which_has_the_companys_name_for_those_who_do_not_see_it() {
    let mut document = stress();
    assert_eq!(figures("figures-no-logo", &document)["title"], 1, "without a logo the title stands first");
    let drawing = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50"><rect width="100" height="50" fill="#c00000"/></svg>"##;
    document.logo = Some(parte::definition::Logo::read("logo.svg", drawing.into()).expect("a logo"));
    let found = figures("figures-logo", &document);
    assert_eq!(found["pictures"], serde_json::json!([document.brand]));
    assert_eq!(found["title"], 2, "the title stands under it");
    let size = |at: usize| found["sizes"][0][at].as_f64().unwrap_or_default();
    assert!(found["sizes"].as_array().map(Vec::len) == Some(1) && size(1) >= 100.0, "{found:#}");
    assert!((size(0) / size(1) - 4.0).abs() < 0.05, "its shape is kept: {found:#}");
}
