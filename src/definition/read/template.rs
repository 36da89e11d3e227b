//! Texts with numbers in them: does the template parse, and does it know its names. Never fills them in.

use super::civil::part_of;
use super::file::Known;
use super::problems::{Place, Read, Reported};
use super::suggest;
use super::table::{Page, Spot};
use super::words::WrittenText;
use crate::definition::MetricDefinition;
use minijinja::ErrorKind;
use std::collections::BTreeMap;

/// What a template may name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vocabulary {
    words: &'static [&'static str],
    metrics: bool,
}

/// A paragraph: words of the report, and its metrics.
pub(super) const PARAGRAPH: Vocabulary =
    Vocabulary { words: &["period", "title", "brand", "params"], metrics: true };
/// The subject of a mail.
pub(super) const SUBJECT: Vocabulary =
    Vocabulary { words: &["title", "period", "brand", "report", "params"], metrics: false };
/// Title and subtitle of a report.
pub(super) const HEADING: Vocabulary = Vocabulary { words: &["period", "brand", "params"], metrics: false };

/// What a metric in a paragraph can be asked for: `{{ sales_amount.change }}`.
const PARTS: [&str; 3] = ["change", "value", "previous"];

type Metrics = BTreeMap<String, Read<MetricDefinition>>;

/// Checks each version of a text.
pub(super) fn check(page: &Page<'_>, text: &WrittenText, knows: Vocabulary, known: &Known<'_>) -> Read<()> {
    let mut fault = None;
    for version in text.versions() {
        if let Err(reported) = check_one(page, version, knows, known) {
            fault = Some(reported);
        }
    }
    fault.map_or(Ok(()), Err)
}

/// May a text be more than the words that it shows?
pub(super) fn has_parts(text: &str) -> bool {
    text.contains('{')
}

fn check_one(page: &Page<'_>, version: &Spot<String>, knows: Vocabulary, known: &Known<'_>) -> Read<()> {
    if !has_parts(&version.value) {
        return Ok(());
    }
    let environment = known.environment;
    let template = environment
        .template_from_str(&version.value)
        .map_err(|error| does_not_parse(page, version, &error))?;
    // Where the metrics as a whole are at fault, no name can be held against them.
    let Ok(metrics) = known.metrics else { return Ok(()) };
    let mut paths: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    paths.sort();
    let mut fault = None;
    for path in paths {
        let (name, part) = match path.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (path.as_str(), None),
        };
        let is_word = knows.words.contains(&name) || environment.globals().any(|(global, _)| global == name);
        if is_word || page.may_be_defined(name) {
            continue;
        }
        if let Err(reported) = metric(page, version, knows, metrics, name, part) {
            fault = Some(reported);
        }
    }
    fault.map_or_else(|| has_its_filters(page, version, &template), Err)
}

/// A filter, test or function that does not exist is only met when the text is filled in: here with nothing.
fn has_its_filters(
    page: &Page<'_>,
    version: &Spot<String>,
    template: &minijinja::Template<'_, '_>,
) -> Read<()> {
    let Err(error) = template.render(()) else { return Ok(()) };
    let unknown = [ErrorKind::UnknownFilter, ErrorKind::UnknownTest, ErrorKind::UnknownFunction];
    if !unknown.contains(&error.kind()) {
        return Ok(());
    }
    let detail = error.detail().unwrap_or("something in it is not known");
    let what = format!("the text cannot be filled in: {detail}");
    let hint =
        "a value stands alone in its braces, {{ sales_amount }}: it is written as its metric's format says";
    let place = part_of(page, version, line_of(version, &error));
    Err(page.problems.add("bad-template", &place, what, "in this text", hint))
}

/// The line of a text that an error speaks of.
fn line_of(version: &Spot<String>, error: &minijinja::Error) -> Place {
    let line = error.line().unwrap_or(1).max(1);
    let start = super::literal::offset_of(&version.value, line, 1);
    let end = version.value[start..].find('\n').map_or(version.value.len(), |at| start + at);
    start..end
}

fn metric(
    page: &Page<'_>,
    version: &Spot<String>,
    knows: Vocabulary,
    metrics: &Metrics,
    name: &str,
    part: Option<&str>,
) -> Read<()> {
    let place = |word: &str| part_of(page, version, word_in_braces(&version.value, word));
    let definition = match metrics.get(name).filter(|_| knows.metrics) {
        Some(definition) => definition.as_ref().map_err(|reported| *reported)?,
        None => {
            let of_metrics = metrics.keys().filter(|_| knows.metrics).map(String::as_str);
            let hint = match suggest::closest(name, of_metrics.chain(knows.words.iter().copied())) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if knows.metrics => {
                    "a text knows period, title, brand, params and every metric; `parte metrics` lists them"
                        .to_owned()
                }
                None => suggest::one_of(knows.words.iter().copied()),
            };
            let what = format!("this text knows no `{name}`");
            return Err(page.problems.add("unknown-name", &place(name), what, "nothing to put here", hint));
        }
    };
    if !definition.by.is_empty() {
        let by = definition.by.join("`, `");
        let what = format!("`{name}` has no single value: it has one for each `{by}`");
        let hint = "show it in a table or chart";
        return Err(page.problems.add("not-a-single-value", &place(name), what, "many values", hint));
    }
    match part {
        Some(part) if !PARTS.contains(&part) => {
            let what = format!("a metric in a text has no `{part}`");
            let hint = suggest::hint(part, PARTS);
            Err(page.problems.add("unknown-name", &place(part), what, "nothing to put here", hint))
        }
        _ => Ok(()),
    }
}

fn does_not_parse(page: &Page<'_>, version: &Spot<String>, error: &minijinja::Error) -> Reported {
    let detail = error.detail().unwrap_or("it cannot be read");
    let what = format!("the text does not parse: {detail}");
    let hint = "a value stands in two braces on each side: {{ sales_amount }}";
    page.problems.add(
        "bad-template",
        &part_of(page, version, line_of(version, error)),
        what,
        "in this text",
        hint,
    )
}

/// Where a name first stands as a word of its own, inside of braces if it ever does.
fn word_in_braces(text: &str, name: &str) -> Place {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let places = || {
        text.match_indices(name).map(|(at, _)| at).filter(move |at| {
            !text[..*at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word)
        })
    };
    let inside =
        |at: &usize| text[..*at].rfind(['{', '}']).is_some_and(|brace| text[brace..].starts_with('{'));
    let start = places().find(inside).or_else(|| places().next());
    start.map_or(0..text.len(), |start| start..start + name.len())
}
