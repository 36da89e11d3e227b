//! The files of a run: each format once, CSV once more for each delivery that has a dialect of its own. Never: who gets what else.

use super::agreement::agreeing;
use super::packing::Packed;
use super::{PipelineError, names};
use crate::definition::{CsvDialect, Deliver, Format, Report};
use crate::document::Document;
use crate::render::{Artifact, RenderError, render, render_csv};
use std::ops::Range;

/// Files as they were rendered.
pub(super) struct Products {
    pub(super) artifacts: Vec<Artifact>,
    /// Which of them are CSV in which dialect, the report's own first.
    csv: Vec<(CsvDialect, Range<usize>)>,
}

/// What is rendered, and the words that names of its files begin with.
enum Task<'a> {
    Format(Format),
    Csv(&'a CsvDialect, Option<String>),
}

impl Products {
    /// The formats are independent of each other: each on a thread of its own, on which it is read back too.
    pub(super) fn of(
        report: &Report,
        document: &Document,
        formats: &[Format],
        stem: &str,
    ) -> Result<Self, PipelineError> {
        let mut tasks: Vec<Task<'_>> = Vec::new();
        for format in formats {
            match format {
                Format::Csv => {
                    tasks.push(Task::Csv(&report.csv, None));
                    tasks.extend(
                        names::own_dialects(report)
                            .into_iter()
                            .map(|(dialect, word)| Task::Csv(dialect, Some(word))),
                    );
                }
                format => tasks.push(Task::Format(*format)),
            }
        }
        let rendered = std::thread::scope(|scope| {
            let made = |task| move || made(document, task, stem);
            let threads: Vec<_> = tasks.iter().map(|task| scope.spawn(made(task))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect::<Result<Vec<_>, _>>()
        })?;
        let mut products = Self { artifacts: Vec::new(), csv: Vec::new() };
        for (task, files) in tasks.into_iter().zip(rendered) {
            let from = products.artifacts.len();
            products.artifacts.extend(files);
            if let Task::Csv(dialect, _) = task {
                products.csv.push((dialect.clone(), from..products.artifacts.len()));
            }
        }
        Ok(products)
    }

    /// Which files go by a delivery, of these formats.
    pub(super) fn wanted(&self, report: &Report, deliver: &Deliver, formats: &[Format]) -> Vec<usize> {
        let dialect = deliver.csv.as_ref().unwrap_or(&report.csv);
        let goes = |artifact: &Artifact| {
            deliver.formats.iter().any(|f| formats.contains(f) && f.extension() == artifact.format)
        };
        let of_another = |index: usize| {
            let of = self.csv.iter().find(|(_, files)| files.contains(&index));
            of.is_some_and(|(written, _)| written != dialect)
        };
        let files = self.artifacts.iter().enumerate();
        files.filter(|(index, file)| goes(file) && !of_another(*index)).map(|(index, _)| index).collect()
    }
}

fn made(document: &Document, task: &Task<'_>, stem: &str) -> Result<Vec<Artifact>, PipelineError> {
    match task {
        Task::Format(format) => agreeing(document, &CsvDialect::EXCEL, || render(document, *format, stem)),
        Task::Csv(dialect, word) => agreeing(document, dialect, || {
            let files = render_csv(document, dialect, stem)?;
            csv_files(dialect, files, stem, word.as_deref())
        }),
    }
}

/// The files with their names; one ZIP where the dialect says so.
fn csv_files(
    dialect: &CsvDialect,
    mut files: Vec<Artifact>,
    stem: &str,
    word: Option<&str>,
) -> Result<Vec<Artifact>, RenderError> {
    if dialect.zip {
        let all: Vec<&Artifact> = files.iter().collect();
        let name = names::csv_zip(stem, word);
        let zip = Packed::of(&all).and_then(|packed| packed.zip(name, &all)).map_err(|what| RenderError {
            format: "csv",
            what,
            hint: "this is a fault in Parte: please report it".to_owned(),
        })?;
        return Ok(vec![Artifact { format: Format::Csv.extension().to_owned(), ..zip }]);
    }
    for file in &mut files {
        file.name = names::csv_file(stem, file.section.as_deref().unwrap_or_default(), word);
    }
    Ok(files)
}
