//! Problems as other programs read them: SARIF 2.1.0, and the annotations of GitHub Actions. Never a terminal.

use super::{Diagnostics, Example, Explanation, Problem, Severity, explanation};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

impl Diagnostics {
    /// A SARIF 2.1.0 log with one run. Lines and columns count from 1, columns in Unicode code points. Files below `folder`,
    /// the one that the program is in, are named from there.
    #[must_use]
    pub fn to_sarif(&self, folder: &Path) -> Value {
        let codes: BTreeSet<&str> = self.problems.iter().map(|problem| problem.code).collect();
        let rules: Vec<Value> = codes.iter().map(|code| rule(code)).collect();
        let result = |problem: &Problem| {
            let said = match &problem.hint {
                Some(hint) => format!("{}\n{hint}", problem.what),
                None => problem.what.clone(),
            };
            let mut place =
                json!({ "artifactLocation": { "uri": uri(self.file_name(problem.file), folder) } });
            if let Some((start, end)) = self.ends(problem) {
                place["region"] = json!({
                    "startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1,
                });
            }
            json!({
                "ruleId": problem.code,
                "ruleIndex": codes.iter().position(|code| *code == problem.code),
                "level": level(problem.severity),
                "message": { "text": said },
                "locations": [{ "physicalLocation": place }],
            })
        };
        json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": { "name": "parte", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
                "columnKind": "unicodeCodePoints",
                "results": self.problems.iter().map(result).collect::<Vec<Value>>(),
            }],
        })
    }

    /// One line a problem, as GitHub Actions turns them into annotations. Files below `folder`, the one that the program is
    /// in, are named from there.
    #[must_use]
    pub fn to_github(&self, folder: &Path) -> String {
        let line = |problem: &Problem| {
            let mut facts = format!("file={}", property(&from(self.file_name(problem.file), folder)));
            if let Some((start, end)) = self.ends(problem) {
                facts.push_str(&format!(",line={},endLine={}", start.0, end.0));
                // GitHub takes columns only where a place lies within one line; the last one is included.
                if start.0 == end.0 {
                    facts.push_str(&format!(",col={},endColumn={}", start.1, (end.1 - 1).max(start.1)));
                }
            }
            let said = match &problem.hint {
                Some(hint) => format!("{} ({hint})", problem.what),
                None => problem.what.clone(),
            };
            format!(
                "::{} {facts},title={}::{}\n",
                level(problem.severity),
                property(problem.code),
                message(&said)
            )
        };
        self.problems.iter().map(line).collect()
    }

    /// Line and column of a problem's first character, and of the one after its last.
    fn ends(&self, problem: &Problem) -> Option<((usize, usize), (usize, usize))> {
        let span = problem.span.as_ref()?;
        Some((self.position(problem.file, span.start), self.position(problem.file, span.end)))
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// What a code means, once for all of its problems.
fn rule(code: &str) -> Value {
    let Some(Explanation { severity, summary, why, example, .. }) = explanation(code) else {
        return json!({ "id": code });
    };
    let (text, markdown) = match example {
        Example::Files { right, .. } => (
            format!("{why}\n\nMended, for example:\n\n{right}"),
            format!("{why}\n\nMended, for example:\n\n```toml\n{right}```\n"),
        ),
        Example::Words(words) => {
            (format!("{why}\n\nFor example: {words}"), format!("{why}\n\nFor example: {words}\n"))
        }
    };
    json!({
        "id": code,
        "shortDescription": { "text": sentence(summary) },
        "fullDescription": { "text": why },
        "help": { "text": text, "markdown": markdown },
        "defaultConfiguration": { "level": level(*severity) },
    })
}

/// With a capital letter and a full stop, as SARIF wants descriptions.
fn sentence(fragment: &str) -> String {
    let mut letters = fragment.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}

/// A path as people in `folder` would name it.
fn from(path: &str, folder: &Path) -> String {
    let inner = Path::new(path).strip_prefix(folder).ok().filter(|inner| !inner.as_os_str().is_empty());
    let path = inner.and_then(Path::to_str).unwrap_or(path);
    path.strip_prefix("./").unwrap_or(path).to_owned()
}

/// A path as a relative reference, or with its scheme where it is absolute: whatever could be taken for a part of a URI is
/// written in percent.
fn uri(path: &str, folder: &Path) -> String {
    let path = from(path, folder);
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let written = path
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    format!("{scheme}{}", written.collect::<String>())
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Diagnostics {
        let problem = |span| Problem {
            code: "unknown-key",
            severity: Severity::Error,
            what: "100 %\nof it".to_owned(),
            file: 0,
            span,
            label: String::new(),
            hint: Some("did you mean `a::b`?".to_owned()),
        };
        let text = "ñ = 1\ntittle = 2\n";
        Diagnostics {
            files: vec![("a,b:c d%\n::error.toml".to_owned(), text.into())],
            problems: vec![problem(Some(7..13)), problem(Some(0..9)), problem(None)],
        }
    }

    #[test]
    fn a_hostile_file_name_begins_no_line_of_its_own() {
        let lines = hostile().to_github(Path::new("/home"));
        let expected = "::error file=a%2Cb%3Ac d%25%0A%3A%3Aerror.toml,line=2,endLine=2,col=1,endColumn=6,title=unknown-key::100 %25%0Aof it (did you mean `a::b`?)";
        assert_eq!(lines.lines().next(), Some(expected));
        assert_eq!(lines.lines().count(), 3);
        assert!(lines.lines().nth(1).is_some_and(|line| line.contains("line=1,endLine=2,title=")));
        assert!(lines.lines().nth(2).is_some_and(|line| !line.contains("line=")));
    }

    #[test]
    fn a_sarif_log_has_regions_in_code_points_and_relative_uris() {
        let log = hostile().to_sarif(Path::new("/home"));
        let run = &log["runs"][0];
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%2Cb%3Ac%20d%25%0A%3A%3Aerror.toml");
        let region = json!({ "startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 7 });
        assert_eq!(place["region"], region);
        assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "unknown-key");
        assert!(run["results"][2]["locations"][0]["physicalLocation"].get("region").is_none());
    }

    #[test]
    fn a_rule_says_what_its_code_means() {
        let log = hostile().to_sarif(Path::new("/home"));
        let rule = &log["runs"][0]["tool"]["driver"]["rules"][0];
        assert_eq!(rule["shortDescription"]["text"], "A key that does not exist where it is written.");
        assert_eq!(rule["defaultConfiguration"]["level"], "error");
        for (place, words) in [
            ("/fullDescription/text", "never ignored in silence"),
            ("/help/text", "version = 1"),
            ("/help/markdown", "```toml\nversion = 1"),
        ] {
            let text = rule.pointer(place).and_then(Value::as_str).unwrap_or_default();
            assert!(text.contains(words), "{place}: {text}");
        }
    }

    #[test]
    fn a_path_is_named_from_the_folder_that_one_is_in() {
        let here = Path::new("/home/ana/informes");
        for (path, relative, reference) in [
            ("reports.toml", "reports.toml", "reports.toml"),
            ("./año 1.toml", "año 1.toml", "a%C3%B1o%201.toml"),
            ("/home/ana/informes/mes/a.toml", "mes/a.toml", "mes/a.toml"),
            (
                "/home/ana/informes-2/a.toml",
                "/home/ana/informes-2/a.toml",
                "file:///home/ana/informes-2/a.toml",
            ),
            ("../a.toml", "../a.toml", "../a.toml"),
        ] {
            assert_eq!((from(path, here).as_str(), uri(path, here).as_str()), (relative, reference));
        }
    }
}
