//! One Excel workbook: a summary, then a sheet for each kpis, table and chart section, with real numbers, dates and
//! charts. Never: formulas but those that sum rows of their own sheet, links to elsewhere (a text of the source is vouched for by
//! nobody), macros; text is written as text.

mod chart_sheet;
mod grid;
mod heatmap_sheet;
mod marks;
mod names;
mod number_format;
mod page;
mod rows_sheet;
mod sheet_name;
mod spark_sheet;
mod streamed;
mod styles;
mod summary;
mod table_sheet;
mod text;
mod tiles_sheet;
mod totals;
mod widths;
mod writer;

use super::{Artifact, RenderError};
use crate::definition::Format as FileFormat;
use crate::document::{Body, ChartStyle, Document, Section, Word};
use names::{Names, reference};
use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};
use sheet_name::SheetNames;
use std::ops::Range;
use styles::Styles;
use table_sheet::ROWS_A_SHEET;
use text::{Texts, clean};
use writer::Writer;

pub(super) fn render(document: &Document, stem: &str) -> Result<Vec<Artifact>, RenderError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(document));
    let styles = Styles::new(document);
    let mut texts = Texts::default();
    let mut sheet_names = SheetNames::default();
    let summary_name = sheet_names.take(Word::Summary.in_language(document.language()));
    let mut names = Names::default();
    let mut sheets = Vec::new();
    for section in document.sections_in(FileFormat::Xlsx) {
        if !matches!(section.body, Body::Text(_)) {
            sheets.extend(sheets_of(section, document, &mut sheet_names, &mut names));
        }
    }

    // The summary stands first but is written last: it tells which texts were cut.
    workbook.add_worksheet().set_name(&summary_name).map_err(|e| failed("summary", &e))?;
    let mut defined: Vec<(String, String)> = Vec::new();
    let mut streamed = Vec::new();
    for (place, sheet) in (1..).zip(&sheets) {
        let id = sheet.section.id.as_str();
        let out = workbook.add_worksheet().set_name(&sheet.name).map_err(|e| failed(id, &e))?;
        let mut to = Writer { out, document, styles: &styles, texts: &mut texts };
        match &sheet.section.body {
            Body::Kpis(tiles) => {
                for (row, tile) in (1..).zip(tiles) {
                    // The value stands beside the label.
                    let place = reference(&sheet.name, row, 1);
                    defined.push((names.take("kpi", &[&tile.metric]), place));
                }
                tiles_sheet::write(&mut to, tiles, sheet)
            }
            Body::Table(table) => {
                let made =
                    table_sheet::write_table(&mut to, (table, place), sheet)?.map_err(|e| failed(id, &e))?;
                for (column, row) in made.totals {
                    let of = table.columns.get(column).map_or("", |column| column.id.as_str());
                    defined.push((names.take("total", &[id, of]), reference(&sheet.name, row, column)));
                }
                streamed.extend(made.streamed);
                Ok(())
            }
            Body::Chart(chart) => {
                let write = match chart.style {
                    ChartStyle::Heatmap | ChartStyle::Cohort | ChartStyle::Flow => heatmap_sheet::write,
                    ChartStyle::Funnel => rows_sheet::write_funnel,
                    ChartStyle::Bullet => rows_sheet::write_bullets,
                    ChartStyle::Spark => spark_sheet::write,
                    _ => chart_sheet::write,
                };
                write(&mut to, chart, sheet)
            }
            Body::Text(_) => Ok(()),
        }
        .and_then(|()| page::set_up(to.out, sheet, document))
        .map_err(|e| failed(id, &e))?;
    }
    for (name, place) in defined {
        workbook.define_name(name, &place).map_err(|e| failed("names", &e))?;
    }
    let out = workbook.worksheet_from_index(0).map_err(|e| failed("summary", &e))?;
    let to = Writer { out, document, styles: &styles, texts: &mut texts };
    summary::write(to, &sheets).map_err(|e| failed("summary", &e))?;

    let bytes = workbook.save_to_buffer().map_err(|e| failed("workbook", &e))?;
    drop(workbook);
    let bytes = streamed::complete(bytes, &streamed)?;
    Ok(vec![Artifact {
        name: format!("{stem}.xlsx"),
        format: FileFormat::Xlsx.extension().to_owned(),
        section: None,
        media_type: FileFormat::Xlsx.media_type().to_owned(),
        bytes,
    }])
}

/// What file managers and archives find a workbook by; the keywords are in no language: the report, its days, its locale.
fn properties(document: &Document) -> DocProperties {
    let (first, last) = document.days;
    DocProperties::new()
        .set_title(clean(&document.title))
        .set_subject(clean(&document.period))
        .set_author(clean(&document.brand))
        .set_company(clean(&document.brand))
        .set_keywords(format!("{}, {first}, {last}, {}", clean(&document.report), document.locale.tag()))
        // Not the moment of writing: equal input gives equal bytes.
        .set_creation_datetime(&document.generated_utc)
}

/// A sheet to be: a section, or some rows of its table, under a name of its own.
struct Sheet<'a> {
    section: &'a Section,
    /// The sheet's name, valid and unique.
    name: String,
    /// The heading in full.
    title: String,
    /// The name of the native table on it, if there is one.
    table_name: String,
    /// The rows of the section's table that stand on it.
    rows: Range<usize>,
    /// Is it the section's last one? What stands below a table stands there.
    is_last: bool,
}

/// The sheets of a section: one, or several where its table is longer than a sheet.
fn sheets_of<'a>(
    section: &'a Section,
    document: &Document,
    sheet_names: &mut SheetNames,
    names: &mut Names,
) -> Vec<Sheet<'a>> {
    let heading = heading(section, document);
    let rows = if let Body::Table(table) = &section.body { table.len() } else { 0 };
    let parts = rows.div_ceil(ROWS_A_SHEET).max(1);
    (0..parts)
        .map(|part| Sheet {
            section,
            name: sheet_names.take(&heading),
            title: if part == 0 { heading.clone() } else { format!("{heading} ({})", part + 1) },
            table_name: names.take("t", &[&section.id]),
            rows: part * ROWS_A_SHEET..((part + 1) * ROWS_A_SHEET).min(rows),
            is_last: part + 1 == parts,
        })
        .collect()
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
