//! Groups and marks of tables where people read them: the page, the mail, the PDF; and the CSV, which has plain rows.

use super::STEM;
use crate::support::run;
use parte::definition::Format;
use parte::document::{Body, Document, sample, stress_tables};
use parte::render::{Templates, mail_body, page, render};
use std::process::Command;

fn strained() -> Document {
    let document = sample();
    Document { sections: stress_tables(&document.locale), ..document }
}

fn only(id: &str) -> Document {
    let mut document = strained();
    document.sections.retain(|section| section.id == id);
    document
}

/// What pdftotext finds on each page, single-spaced lines.
fn pages(document: &Document) -> Vec<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.pdf");
    std::fs::write(&file, &render(document, Format::Pdf, STEM).expect("renders")[0].bytes).expect("writes");
    let text = run(Command::new("pdftotext").arg("-layout").arg(&file).arg("-"));
    let single = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split('\u{c}')
        .map(|page| page.lines().map(single).filter(|line| !line.is_empty()).collect())
        .collect()
}

#[test]
fn a_group_is_named_once_and_again_on_the_page_where_it_goes_on() {
    let pages = pages(&only("tabla-larga"));
    let all: Vec<&String> = pages.iter().flatten().collect();
    for team in [
        "Norte",
        "Sur",
        "Eje Cafetero",
        "Costa Caribe",
        "Altiplano",
        "Telemercadeo",
        "Santanderes",
        "Pacífico",
        "Llanos",
    ] {
        let named = |start: &str| all.iter().filter(|line| line.starts_with(start)).count();
        assert_eq!(named(&format!("Total {team} ")), 1, "{team}");
        let again = named(&format!("{team} (continúa)"));
        assert_eq!(named(&format!("{team} ")), 1 + again, "{team}: {all:#?}");
    }
    assert!(pages.len() > 3);
    let goes_on =
        |page: &[String]| page.iter().any(|line| line.ends_with("(continúa)") && !line.starts_with("Ciento"));
    assert!(pages[1..3].iter().any(|page| goes_on(page)), "{pages:#?}");
    for page in &pages {
        // A heading of a group has a row below it on its page, and subtotals have one above.
        let rows: Vec<&String> =
            page.iter().filter(|line| line.contains('%') || line.contains("Total ")).collect();
        assert!(rows.first().is_none_or(|line| !line.starts_with("Total ")), "{page:#?}");
    }
}

#[test]
fn a_group_of_one_row_has_no_subtotal_on_paper_and_its_sign_says_what_its_colour_says() {
    let text: Vec<String> = pages(&only("tabla-grupos")).concat();
    assert!(!text.iter().any(|line| line.starts_with("Total Distribuidores")), "{text:#?}");
    let has = |line: &str| assert!(text.iter().any(|found| found.contains(line)), "{line}: {text:#?}");
    has("José Muñoz 120 110 ✓ 91,7 % ✓ $ 84.500.000");
    has("Íñigo Güell 87 40 ✗ 46,0 % ✗ $ 12.000.000");
    has("Total Eje Cafetero 409 299 73,1 % ✓ $ 171.550.000");
    has("Total 765 570 74,5 % $ 299.050.000");
}

#[test]
fn the_page_has_a_body_for_each_group_and_says_the_group_to_those_who_hear_it() {
    let html = page(&only("tabla-grupos")).expect("renders");
    let table = &html[html.find("<table>").expect("a table")..html.find("</table>").expect("its end")];
    assert_eq!(table.matches("<tbody>").count(), 4);
    assert_eq!(table.matches("<tr class=\"subtotal\">").count(), 3, "a group of one row has none");
    assert_eq!(table.matches("<span class=\"again\">Eje Cafetero</span>").count(), 4);
    assert!(table.contains("<td class=\"number good\">✓\u{a0}91,7\u{a0}%</td>"), "{table}");
    assert!(table.contains("<td class=\"number below\">✗\u{a0}46,0\u{a0}%</td>"), "{table}");
    assert_eq!(table.matches("background:linear-gradient(").count(), 11);
    let scaled = page(&only("tabla-matriz")).expect("renders");
    assert!(scaled.matches(" style=\"background:#").count() > 30);
}

#[test]
fn the_mail_has_signs_colours_and_subtotals_in_both_of_its_forms() {
    let mail = mail_body(&only("tabla-grupos"), &Templates::shipped(), &[]).expect("renders");
    assert!(mail.html.contains("color:#b91c1c;") && mail.html.contains("✗\u{a0}46,0\u{a0}%"));
    assert!(mail.html.contains("Total Eje Cafetero") && mail.text.contains("Total Eje Cafetero"));
    assert!(mail.text.contains("✓\u{a0}91,7\u{a0}%"), "{}", mail.text);
    let scaled = mail_body(&only("tabla-niveles"), &Templates::shipped(), &[]).expect("renders");
    assert!(scaled.html.matches("bgcolor=\"#").count() > 10, "a colour behind each value");
}

#[test]
fn what_the_only_group_of_another_comes_to_is_said_once_where_people_read_it() {
    let document = only("tabla-niveles");
    let text: Vec<String> = pages(&document).concat();
    let told = |start: &str| text.iter().filter(|line| line.starts_with(start)).count();
    // Barranquilla is the only team of its region, Bogotá and Medellín are two; Cali is a single row.
    assert_eq!((told("Total Caribe "), told("Total Barranquilla")), (1, 0), "{text:#?}");
    assert_eq!(
        (told("Total Andina "), told("Total Bogotá "), told("Total Medellín ")),
        (1, 1, 1),
        "{text:#?}"
    );
    assert_eq!((told("Total Pacífica "), told("Total Cali"), told("Total Pasto ")), (1, 0, 1), "{text:#?}");
    let html = page(&document).expect("renders");
    assert!(
        html.contains("Total Caribe") && html.contains("Total Pasto") && !html.contains("Total Barranquilla")
    );
    let mail = mail_body(&document, &Templates::shipped(), &[]).expect("renders");
    for body in [&mail.html, &mail.text] {
        assert!(body.contains("Total Caribe") && body.contains("Total Bogotá"), "{body}");
        assert!(!body.contains("Total Barranquilla"), "{body}");
    }
}

#[test]
fn csv_has_the_rows_and_the_total_alone() {
    for artifact in render(&strained(), Format::Csv, STEM).expect("renders") {
        let text = String::from_utf8(artifact.bytes).expect("UTF-8");
        let section = strained().sections.into_iter().find(|it| Some(&it.id) == artifact.section.as_ref());
        let Some(Body::Table(table)) = section.map(|section| section.body) else { panic!("a table") };
        assert_eq!(text.lines().count(), 2 + table.len(), "{}", artifact.name);
        assert!(!text.contains('✓') && !text.contains('✗') && !text.contains("Total Norte"), "{text}");
    }
}
