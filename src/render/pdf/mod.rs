//! The PDF: a document laid out on A4 pages as scenes, and the scenes written with only the glyphs they use.
//! Never: numbers of its own, charts of its own (they are scenes of [`super::chart`]).

mod breaks;
mod columns;
mod compose;
mod contents;
mod file;
mod flow;
mod fonts;
mod frame;
mod missing;
mod objects;
mod operators;
mod outline;
mod prose;
mod structure;
mod table;
mod tags;
mod tiles;
mod xmp;

use super::text::Typesetter;
use super::{Artifact, RenderError};
use crate::document::Document;
use file::File;
use flow::OutlineEntry;

pub(super) fn render(document: &Document, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    with_rows(document, stem, table::MOST_ROWS)
}

/// The same, with so many rows of each table at most.
fn with_rows(document: &Document, stem: &str, most_rows: usize) -> Result<Vec<Artifact>, RenderError> {
    let set = Typesetter::default();
    let mut file = File::new(document);
    let outline = match compose::short(&set, document, most_rows) {
        Some(pages) => {
            file.add(pages.batch)?;
            pages.outline
        }
        None => long(&set, document, most_rows, &mut file)?,
    };
    let feet = frame::feet(&set, document, &file.sizes());
    let bytes = file.finish(&feet, &outline)?;
    Ok(vec![Artifact {
        name: format!("{stem}.pdf"),
        format: "pdf".to_owned(),
        section: None,
        media_type: "application/pdf".to_owned(),
        bytes,
    }])
}

/// A report of many pages: written on a second thread while it is laid out, so that only few pages are held.
fn long(
    set: &Typesetter,
    document: &Document,
    most_rows: usize,
    file: &mut File<'_>,
) -> Result<Vec<OutlineEntry>, RenderError> {
    let (to, from) = std::sync::mpsc::sync_channel(2);
    let pages = std::thread::scope(|scope| {
        let writer = scope.spawn(|| from.into_iter().try_for_each(|batch| file.add(batch)));
        let pages = compose::long(set, document, most_rows, &to);
        drop(to);
        writer.join().map_err(|_| file::failed("the writer of pages has stopped".to_owned()))??;
        Ok::<_, RenderError>(pages)
    })?;
    file.add(pages.batch)?;
    let front = compose::front(set, document, file.len(), &pages.outline);
    file.add_front(front.batch)?;
    Ok(pages.outline)
}

#[cfg(test)]
mod tests {
    use super::with_rows;
    use crate::document::{Body, Document, Locale, sample, stress_tables};
    use std::process::Command;

    /// The table of 150 rows in nine groups, with its totals, alone.
    fn long_table(tag: &str) -> Document {
        let locale = Locale::parse(tag).unwrap();
        let mut sections = stress_tables(&locale);
        sections.retain(|section| section.id == "tabla-larga");
        Document { sections, locale, remarks: Vec::new(), definitions: Vec::new(), ..sample() }
    }

    /// What pdftotext finds, in lines of single spaces.
    fn lines(document: &Document, most_rows: usize) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.pdf");
        std::fs::write(&file, &with_rows(document, "x", most_rows).unwrap()[0].bytes).unwrap();
        let output = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }

    fn rows(lines: &[String]) -> usize {
        // The note on marks has a share in it as well.
        let is_row =
            |line: &&String| line.contains('%') && !line.contains("Total ") && !line.contains("desde");
        lines.iter().filter(is_row).count()
    }

    #[test]
    fn a_table_ends_at_the_most_rows_and_says_so_and_its_totals_stay_those_of_all() {
        let document = long_table("es-CO");
        let total = |lines: &[String]| {
            let last = lines.iter().rev().find(|line| line.starts_with("Total "));
            last.cloned().unwrap_or_else(|| panic!("no totals in {lines:#?}"))
        };
        let whole = lines(&document, 150);
        assert_eq!(rows(&whole), 150);
        assert!(!whole.iter().any(|line| line.contains("Este PDF muestra")), "{whole:#?}");
        for most in [1, 2, 17, 40, 149] {
            let shown = lines(&document, most);
            assert_eq!(rows(&shown), most);
            assert_eq!(total(&shown), total(&whole));
            let note = format!(
                "Este PDF muestra las primeras {most} de 150 filas; CSV y Excel las traen todas. El total es de todas las filas."
            );
            assert!(shown.contains(&note), "{note}: {shown:#?}");
        }
        // The first group has 17 rows: its subtotals stand where its last row does.
        let has_subtotal = |most| lines(&document, most).iter().any(|line| line.starts_with("Total Norte "));
        assert_eq!((has_subtotal(16), has_subtotal(17)), (false, true));
    }

    #[test]
    fn rows_that_are_left_out_are_told_in_the_reports_language_and_no_total_where_there_is_none() {
        for (tag, note) in [
            ("en-US", "This PDF shows the first 40 of 150 rows; CSV and Excel have all of them."),
            ("pt-BR", "Este PDF mostra as primeiras 40 de 150 linhas; CSV e Excel trazem todas."),
        ] {
            let mut document = long_table(tag);
            for section in &mut document.sections {
                let Body::Table(table) = &mut section.body else { panic!("a table") };
                table.totals = None;
            }
            let shown = lines(&document, 40);
            assert!(shown.iter().any(|line| line == note), "{note}: {shown:#?}");
        }
    }

    #[test]
    fn a_long_report_is_cut_too_and_names_no_letter_of_the_rows_beyond() {
        let mut document = long_table("es-CO");
        for section in &mut document.sections {
            let Body::Table(table) = &mut section.body else { panic!("a table") };
            table.groups.clear();
            for column in &mut table.columns {
                column.mark = None;
                let repeat = |len: usize| (0..len).map(|at| at % 150).collect::<Vec<_>>();
                use crate::document::Values::{Number, Text};
                match &mut column.values {
                    Text(texts) => *texts = repeat(1_500).into_iter().map(|at| texts[at].clone()).collect(),
                    Number(numbers) => *numbers = repeat(1_500).into_iter().map(|at| numbers[at]).collect(),
                    other => panic!("{other:?}"),
                }
            }
            let crate::document::Values::Text(texts) = &mut table.columns[1].values else { panic!("names") };
            texts[700] = Some("店".to_owned());
        }
        let shown = lines(&document, 700);
        assert_eq!(rows(&shown), 700);
        assert!(shown.iter().any(|line| line.contains("las primeras 700 de 1.500 filas")), "{shown:#?}");
        assert!(!shown.iter().any(|line| line.contains("U+5E97")), "it is not on the page");
        assert!(lines(&document, 701).iter().any(|line| line.contains("U+5E97")));
    }
}
