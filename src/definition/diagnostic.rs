//! What is wrong in a definition, where, why and what to do. Never how it looks on a terminal.

use serde_json::json;
use std::ops::Range;
use std::sync::Arc;

/// More files than this are counted, not named.
const MOST_NAMES: usize = 3;

/// How bad a problem is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is refused.
    #[default]
    Error,
    /// The file is taken; a person should look.
    Warning,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable code, for example `unknown-key`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Lower-case fragment: what is wrong.
    pub what: String,
    /// Index of the file in [`Diagnostics::files`].
    pub file: usize,
    /// Byte range in the text of that file; `None` where the file itself is at fault.
    pub span: Option<Range<usize>>,
    /// Short words at the caret.
    pub label: String,
    /// What to do.
    pub hint: Option<String>,
}

/// All problems of a definition. A definition that is refused has an error at least; one that is taken has warnings or
/// nothing.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    /// Files as read, the main one first: name as the person gave it, and text, with plain line ends, without byte order mark, and with
    /// stars over every secret that was written out.
    pub files: Vec<(String, Arc<str>)>,
    /// In the order of files and places.
    pub problems: Vec<Problem>,
}

impl Diagnostics {
    /// Line and column of a byte of a file, both from 1, columns in characters.
    #[must_use]
    pub fn position(&self, file: usize, at: usize) -> (usize, usize) {
        let text = self.files.get(file).map_or("", |(_, text)| text);
        let before = &text[..text.floor_char_boundary(at)];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        (line, before[start..].chars().count() + 1)
    }

    /// For programs: `{"problems": [{"code", "severity", "what", "file", "line", "column", "end_line", "end_column", "label", "hint"}]}`.
    /// Lines and columns count from 1, columns in characters; they are null where the file itself is at fault.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let problems: Vec<serde_json::Value> = self
            .problems
            .iter()
            .map(|problem| {
                let place = |at: usize| self.position(problem.file, at);
                let (start, end) =
                    problem.span.clone().map(|span| (place(span.start), place(span.end))).unzip();
                json!({
                    "code": problem.code,
                    "severity": problem.severity,
                    "what": problem.what,
                    "file": self.file_name(problem.file),
                    "line": start.map(|(line, _)| line),
                    "column": start.map(|(_, column)| column),
                    "end_line": end.map(|(line, _)| line),
                    "end_column": end.map(|(_, column)| column),
                    "label": problem.label,
                    "hint": problem.hint,
                })
            })
            .collect();
        json!({ "problems": problems })
    }

    /// The codes of the problems, each once, in their order.
    #[must_use]
    pub fn codes(&self) -> Vec<&'static str> {
        let mut codes = Vec::new();
        for problem in &self.problems {
            if !codes.contains(&problem.code) {
                codes.push(problem.code);
            }
        }
        codes
    }

    /// How many of this severity there are.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.problems.iter().filter(|problem| problem.severity == severity).count()
    }

    /// The names of the files with problems; `12 files` when they are many.
    fn places(&self) -> String {
        let mut files: Vec<usize> = self.problems.iter().map(|problem| problem.file).collect();
        files.dedup();
        match files.as_slice() {
            [] => self.file_name(0).to_owned(),
            few if few.len() <= MOST_NAMES => {
                few.iter().map(|file| self.file_name(*file)).collect::<Vec<_>>().join(", ")
            }
            many => format!("{} files", many.len()),
        }
    }

    /// The name of a file, as the person gave it.
    #[must_use]
    pub fn file_name(&self, file: usize) -> &str {
        self.files.get(file).map_or("?", |(name, _)| name)
    }
}

impl std::fmt::Display for Diagnostics {
    /// `6 problems in reports.toml`, `1 problem, 2 warnings in reports.toml`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said = |severity, word: &str| match self.count(severity) {
            0 => None,
            1 => Some(format!("1 {word}")),
            count => Some(format!("{count} {word}s")),
        };
        let counts = [said(Severity::Error, "problem"), said(Severity::Warning, "warning")];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        match counts.is_empty() {
            true => write!(f, "no problems in {}", self.places()),
            false => write!(f, "{} in {}", counts.join(", "), self.places()),
        }
    }
}

impl std::error::Error for Diagnostics {}
