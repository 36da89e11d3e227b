//! Finds where a key is written, for problems that show only once a peer was asked. Never: judging what stands there.

use super::{Problem, Severity};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// The definition files as text, in which keys are found again.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Name as the person gave it, and text with plain line ends.
    pub files: Vec<(String, Arc<str>)>,
}

impl Written {
    /// Reads the files again; one that cannot be read any more has no places in it.
    #[must_use]
    pub fn read(paths: &[PathBuf]) -> Self {
        let file = |path: &Path| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
            (path.display().to_string(), Arc::from(text))
        };
        Self { files: paths.iter().map(|path| file(path)).collect() }
    }

    /// A problem at the last of `keys` that is written somewhere (`["sources", "crm", "tasks", "table"]`); of `[[report]]` the
    /// one whose `id` is the second key.
    #[must_use]
    pub fn problem(
        &self,
        code: &'static str,
        severity: Severity,
        keys: &[&str],
        what: String,
        label: &str,
        hint: String,
    ) -> Problem {
        let found = self
            .files
            .iter()
            .enumerate()
            .filter_map(|(file, (_, text))| place(text, keys).map(|(depth, span)| (depth, file, span)))
            // where two files know as much of the way, the first one has it
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            // less than the thing itself says nothing
            .filter(|(depth, ..)| *depth >= 2.min(keys.len()));
        let (file, span) = found.map_or((0, None), |(_, file, span)| (file, Some(span)));
        let hint = (!hint.is_empty()).then_some(hint);
        Problem { code, severity, what, file, span, label: label.to_owned(), hint }
    }
}

/// How many of the keys are written, and where the last of those stands.
fn place(text: &str, keys: &[&str]) -> Option<(usize, Range<usize>)> {
    let (entries, _) = DeTable::parse_recoverable(text);
    let mut table = entries.get_ref();
    let mut found = None;
    let mut rest = keys.iter().enumerate();
    while let Some((depth, key)) = rest.next() {
        let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == key) else { break };
        found = Some((depth + 1, name.span()));
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            DeValue::Array(list) => {
                let Some((depth, id)) = rest.next() else { break };
                let is_meant = |inner: &DeTable<'_>| {
                    inner
                        .get("id")
                        .is_some_and(|value| matches!(value.get_ref(), DeValue::String(own) if own == id))
                };
                let meant = list.iter().find_map(|item| match item.get_ref() {
                    DeValue::Table(inner) if is_meant(inner) => Some(inner),
                    _ => None,
                });
                let Some(inner) = meant else { break };
                if let Some(value) = inner.get("id") {
                    found = Some((depth + 1, value.span()));
                }
                table = inner;
            }
            _ => break,
        }
    }
    found.filter(|(_, span)| span.end <= text.len() && text.get(span.clone()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "version = 1\n[sources.crm]\nurl = \"sqlite:crm.db\"\n  [sources.crm.tasks]\n  columns = { seller_id = \"vendedor\" }\n\
                        [[report]]\nid = \"a\"\n[[report]]\nid = \"b\"\n";

    fn at(keys: &[&str]) -> Option<(usize, &'static str)> {
        place(TEXT, keys).map(|(depth, span)| (depth, &TEXT[span]))
    }

    #[test]
    fn a_key_is_found_in_headings_inline_tables_and_by_the_id_of_a_report() {
        assert_eq!(at(&["sources", "crm", "tasks", "columns", "seller_id"]), Some((5, "seller_id")));
        assert_eq!(at(&["sources", "crm", "url"]), Some((3, "url")));
        assert_eq!(at(&["report", "b"]), Some((2, "\"b\"")));
    }

    #[test]
    fn what_is_not_written_is_shown_where_it_would_stand() {
        assert_eq!(at(&["sources", "crm", "tasks", "status"]), Some((3, "tasks")));
        assert_eq!(at(&["channels", "mail"]), None);
    }

    #[test]
    fn a_problem_without_a_place_is_one_of_the_file() {
        let written = Written { files: vec![("reports.toml".to_owned(), Arc::from(TEXT))] };
        let problem = |keys: &[&str]| {
            written.problem("x", Severity::Error, keys, "it".to_owned(), "here", String::new()).span
        };
        assert!(problem(&["sources", "crm", "users"]).is_some());
        assert_eq!(problem(&["sources", "erp", "users"]), None);
    }
}
