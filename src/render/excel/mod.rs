//! One Excel workbook: a summary, then a sheet for each kpis, table and chart section, with real numbers, dates and
//! charts. Never: formulas, links to elsewhere, macros; text is written as text.

mod chart_sheet;
mod grid;
mod heatmap_sheet;
mod number_format;
mod page;
mod rows_sheet;
mod sheet_name;
mod spark_sheet;
mod styles;
mod summary;
mod table_sheet;
mod text;

use super::{Artifact, RenderError};
use crate::definition::Format as FileFormat;
use crate::document::{Body, ChartStyle, Document, Section, Word};
use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};
use sheet_name::SheetNames;
use styles::Styles;
use text::{Texts, clean};

pub(super) fn render(document: &Document, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(
        &DocProperties::new()
            .set_title(clean(&document.title))
            .set_subject(clean(&document.period))
            .set_author(clean(&document.brand))
            .set_company(clean(&document.brand))
            // Not the moment of writing: equal input gives equal bytes.
            .set_creation_datetime(&document.generated_utc),
    );
    let styles = Styles::new(document);
    let mut texts = Texts::default();
    let mut names = SheetNames::default();
    let summary_name = names.take(Word::Summary.in_language(document.language()));
    let sheets: Vec<Sheet> = document
        .sections_in(FileFormat::Xlsx)
        .filter(|section| !matches!(section.body, Body::Text(_)))
        .map(|section| {
            let title = heading(section, document);
            Sheet { section, name: names.take(&title), title }
        })
        .collect();

    // The summary stands first but is written last: it tells which texts were cut.
    workbook.add_worksheet().set_name(&summary_name).map_err(|e| failed("summary", &e))?;
    for sheet in &sheets {
        let out =
            workbook.add_worksheet().set_name(&sheet.name).map_err(|e| failed(&sheet.section.id, &e))?;
        match &sheet.section.body {
            Body::Kpis(tiles) => table_sheet::write_tiles(out, tiles, sheet, document, &styles, &mut texts),
            Body::Table(table) => table_sheet::write_table(out, table, sheet, document, &styles, &mut texts)?,
            Body::Chart(chart) => {
                let write = match chart.style {
                    ChartStyle::Heatmap | ChartStyle::Cohort | ChartStyle::Flow => heatmap_sheet::write,
                    ChartStyle::Funnel => rows_sheet::write_funnel,
                    ChartStyle::Bullet => rows_sheet::write_bullets,
                    ChartStyle::Spark => spark_sheet::write,
                    _ => chart_sheet::write,
                };
                write(out, chart, sheet, document, &styles, &mut texts)
            }
            Body::Text(_) => Ok(()),
        }
        .and_then(|()| page::set_up(out, sheet, document))
        .map_err(|e| failed(&sheet.section.id, &e))?;
    }
    let out = workbook.worksheet_from_index(0).map_err(|e| failed("summary", &e))?;
    summary::write(out, document, &sheets, &styles, &mut texts).map_err(|e| failed("summary", &e))?;

    let bytes = workbook.save_to_buffer().map_err(|e| failed("workbook", &e))?;
    Ok(vec![Artifact {
        name: format!("{stem}.xlsx"),
        format: FileFormat::Xlsx.extension().to_owned(),
        section: None,
        media_type: FileFormat::Xlsx.media_type().to_owned(),
        bytes,
    }])
}

/// A sheet to be: a section under a name of its own.
struct Sheet<'a> {
    section: &'a Section,
    /// The sheet's name, valid and unique.
    name: String,
    /// The heading in full.
    title: String,
}

/// A section's heading; one without is called by what it holds.
fn heading(section: &Section, document: &Document) -> String {
    match (&section.title, &section.body) {
        (Some(title), _) if !title.trim().is_empty() => title.clone(),
        (_, Body::Kpis(_)) => Word::KeyFigures.in_language(document.language()).to_owned(),
        _ => section.id.clone(),
    }
}

fn failed(section: &str, cause: &XlsxError) -> RenderError {
    RenderError {
        format: "xlsx",
        what: format!("{section}: {cause}"),
        hint: "run the report again; if it fails again, tell us this message".to_owned(),
    }
}
