//! `parte explain CODE`: what the code of a problem means, an example as `parte check` shows it, and how it is mended. Never:
//! finding problems in anybody's file.

use super::Ended;
use super::arguments::Explain;
use super::terminal::Terminal;
use crate::app::{Exit, Failure};
use crate::definition::{
    Example, Explanation, Severity, check_example, closest_code, explanation, explanations,
};
use crate::metrics::catalogue;
use serde_json::{Value, json};
use std::path::Path;

/// Lines of prose are not longer than this, however wide the terminal.
const PROSE: usize = 96;
const INDENT: &str = "    ";

pub(super) fn explain(arguments: &Explain, file: &Path, terminal: &Terminal) -> Ended {
    if let (Some(run), Some(metric)) = (&arguments.subject, &arguments.metric) {
        return super::explain_number::explain(run, metric, arguments, file, terminal);
    }
    match &arguments.subject {
        None if arguments.json => {
            terminal.json(&explanations().iter().map(as_value).collect::<Vec<Value>>())?;
        }
        None => terminal.exactly(&all(terminal)),
        Some(code) => {
            let known = explanation(code).ok_or_else(|| unknown(code))?;
            if arguments.json {
                terminal.json(&as_value(known))?;
            } else {
                terminal.exactly(&one(known, terminal));
            }
        }
    }
    Ok(Exit::Done)
}

fn unknown(code: &str) -> Failure {
    let hint = match closest_code(code) {
        _ if !code.is_empty() && code.chars().all(|c| c.is_ascii_digit()) => {
            format!(
                "to explain a number of run {code}, name its metric: parte explain {code} completion_rate"
            )
        }
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`parte explain` lists every code".to_owned(),
    };
    Failure::Argument { what: format!("no problem has the code `{code}`"), hint }
}

/// Every code with its summary: errors, then warnings.
fn all(terminal: &Terminal) -> String {
    let part = |severity: Severity| {
        let of_it = explanations().iter().filter(|known| known.severity == severity);
        let rows = of_it.map(|known| vec![known.code.clone(), known.summary.clone()]).collect();
        let heading = match severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
        };
        terminal.table(&[heading, "MEANS"], &[], rows)
    };
    let more = "for one of them with an example: parte explain CODE";
    format!("{}\n\n{}\n\n{more}\n", part(Severity::Error), part(Severity::Warning))
}

fn one(known: &Explanation, terminal: &Terminal) -> String {
    let width = terminal.width().min(PROSE);
    let kind = match known.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut text = format!("{} ({kind}): {}\n\n{}\n", known.code, known.summary, wrapped(&known.why, width));
    match &known.example {
        Example::Words(words) => text.push_str(&format!("\nFor example:\n\n{}\n", wrapped(words, width))),
        Example::Files { wrong, right } => {
            text.push_str(&format!("\nFor example:\n\n{}", shown(known, wrong, terminal)));
            text.push_str("\nMended:\n\n");
            let before: Vec<&str> = wrong.lines().collect();
            for line in right.lines() {
                let line = match line {
                    "" => String::new(),
                    same if before.contains(&same) => format!("{INDENT}{same}"),
                    new => format!("{INDENT}{}", terminal.good(new)),
                };
                text.push_str(&format!("{line}\n"));
            }
        }
    }
    text
}

/// The problem as it is shown for a file; where this folder happens to be one in which there is none, the file.
fn shown(known: &Explanation, wrong: &str, terminal: &Terminal) -> String {
    let problems = match check_example(wrong, catalogue()) {
        Ok(definitions) => definitions.warnings,
        Err(problems) => problems,
    };
    if problems.codes() != [known.code.as_str()] {
        return wrong.lines().map(|line| format!("{INDENT}{line}\n")).collect();
    }
    let rendered = terminal.rendered(&problems);
    // How many there are is plain.
    let rendered = rendered.strip_suffix(&format!("{problems}\n")).unwrap_or(&rendered);
    format!("{}\n", rendered.trim_matches('\n'))
}

fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn as_value(known: &Explanation) -> Value {
    let (wrong, right, words) = match &known.example {
        Example::Files { wrong, right } => (Some(wrong), Some(right), None),
        Example::Words(words) => (None, None, Some(words)),
    };
    json!({
        "code": known.code,
        "severity": known.severity,
        "summary": known.summary,
        "why": known.why,
        "wrong": wrong,
        "right": right,
        "example": words,
    })
}
