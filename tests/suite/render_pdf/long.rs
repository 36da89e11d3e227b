//! Reports of many pages: what they begin with, and that nothing is lost on the way.

use super::{info, is_clean, page_count, pdf, sample, text, words};
use parte::document::{Body, Document};
use std::process::Command;

fn of_rows(rows: usize) -> Document {
    let section = |id: &str, title: &str, rows: usize| {
        sample::section(id, Some(title), Body::Table(sample::sellers(rows)))
    };
    sample::document(vec![section("uno", "Primera parte", rows), section("dos", "Segunda parte", 300)])
}

#[test]
fn a_long_report_begins_with_its_title_and_a_list_of_its_sections() {
    let path = pdf(&of_rows(1_000), "long");
    is_clean(&path);
    let pages = page_count(&path);
    let front = text(&path, Some(1));
    assert!(words(&front).contains("Parte diario de equipos") && front.contains("Contenido"), "{front}");
    let page_of = |title: &str| -> usize {
        let line = front.lines().find(|line| line.trim_start().starts_with(title));
        let line = line.unwrap_or_else(|| panic!("{title} is not listed: {front}"));
        line.split_whitespace().last().and_then(|number| number.parse().ok()).expect("a number of a page")
    };
    for title in ["Primera parte", "Segunda parte"] {
        let listed = page_of(title);
        assert!(text(&path, Some(listed)).contains(title), "{title} is not on page {listed}");
        assert!(!text(&path, Some(listed - 1)).contains(title) || listed == 2, "{title} begins there");
    }
    assert_eq!(page_of("Primera parte"), 2);
    for page in 1..=pages {
        assert!(text(&path, Some(page)).contains(&format!("Página {page} de {pages}")));
    }
}

#[test]
fn links_of_the_list_lead_to_the_sections_and_all_of_it_is_read_in_order() {
    let path = pdf(&of_rows(1_000), "long-links");
    let file = lopdf::Document::load(&path).expect("a file");
    let pages: Vec<lopdf::ObjectId> = file.page_iter().collect();
    let links: Vec<lopdf::ObjectId> = file
        .get_page_annotations(pages[0])
        .expect("annotations")
        .iter()
        .filter_map(|link| link.get(b"Dest").ok()?.as_array().ok()?.first()?.as_reference().ok())
        .collect();
    assert_eq!(links[0], pages[1]);
    assert_eq!(links.len(), 2, "one for each section");
    assert!(pages.iter().position(|page| *page == links[1]).is_some_and(|at| at > 10));
    assert_eq!(info(&path, "Tagged"), "yes");
    let output = Command::new("pdfinfo").args(["-struct-text"]).arg(&path).output().expect("pdfinfo");
    let read = String::from_utf8_lossy(&output.stdout).into_owned();
    let places: Vec<usize> = ["Parte diario de equipos", "Contenido", "Primera parte", "Segunda parte"]
        .iter()
        .map(|title| read.find(title).unwrap_or_else(|| panic!("{title} is not read")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn every_row_of_a_long_table_is_drawn_once_in_order() {
    let path = pdf(&of_rows(3_000), "long-rows");
    let drawn = text(&path, None).lines().filter(|line| line.contains('$')).count();
    assert_eq!(drawn, 3_000 + 300 + 2, "rows and totals");
    assert_eq!(
        std::fs::read(&path).expect("the file"),
        std::fs::read(pdf(&of_rows(3_000), "long-again")).expect("it")
    );
}

#[test]
fn the_outline_has_the_sections_and_within_them_the_groups_of_their_tables() {
    let mut document = parte::document::sample();
    document.sections = parte::document::stress_tables(&document.locale);
    let path = pdf(&document, "outline");
    let toc = lopdf::Document::load(&path).expect("a file").get_toc().expect("an outline").toc;
    let sections: Vec<&str> =
        toc.iter().filter(|entry| entry.level == 1).map(|entry| entry.title.as_str()).collect();
    let titles: Vec<&str> = document.sections.iter().filter_map(|section| section.title.as_deref()).collect();
    assert!(sections.starts_with(&titles), "{sections:?}");
    let groups = document.sections.iter().map(|section| match &section.body {
        Body::Table(table) => table.groups.iter().filter(|group| group.level == 0).count(),
        _ => 0,
    });
    let parts = toc.iter().filter(|entry| entry.level == 2).count();
    assert!(parts > 3 && parts == groups.sum::<usize>(), "{parts} groups");
    assert!(toc.windows(2).all(|pair| pair[0].page <= pair[1].page), "in the order of the pages");
}
