//! Texts with numbers in them: does the template parse, and does it know its names. Never fills them in.

use super::civil::part_of;
use super::file::Known;
use super::problems::{Place, Read, Reported};
use super::table::{Page, Spot};
use super::template_tokens::{Kind, Tokens};
use super::words::WrittenText;
use crate::definition::{Comparison, MetricDefinition};
use crate::suggest;
use minijinja::Environment;
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

/// What a metric in a paragraph can be asked for: `{{ sales_amount.change }}`, and each comparison by its word.
const PARTS: [&str; 6] = ["change", "value", "previous", "year", "target", "attainment"];
/// What a comparison of a metric can be asked for: `{{ sales_amount.year.change }}`.
const PARTS_OF_COMPARISON: [&str; 2] = ["change", "value"];

/// The one word that has parts: what they are is checked with the parameters.
const PARAMS: &str = "params";

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

/// Is a paragraph's report compared with what its metrics are asked for? Where that is not known, nothing is told.
pub(super) fn check_comparisons(
    page: &Page<'_>,
    text: &WrittenText,
    known: &Known<'_>,
    compared: Option<&[Comparison]>,
) -> Read<()> {
    let Some(compared) = compared else { return Ok(()) };
    let mut fault = None;
    for version in text.versions().filter(|version| has_parts(&version.value)) {
        let Ok(template) = known.environment.template_from_str(&version.value) else { continue };
        let mut paths: Vec<String> = template.undeclared_variables(true).into_iter().collect();
        paths.sort();
        for path in paths {
            let mut parts = path.split('.');
            let (Some(name), Some(part)) = (parts.next(), parts.next()) else { continue };
            let missing = Comparison::named(part).filter(|with| with.is_period() && !compared.contains(with));
            if missing.is_none() || known.metric(name).is_none() {
                continue;
            }
            let place = Tokens::of(known.environment, &version.value).variable(name, Some(part));
            let what = format!("the report is not compared with `{part}`");
            let hint = format!("add \"{part}\" to the `compare` of the report");
            let place = part_of(page, version, place);
            fault = Some(page.problems.add("unknown-name", &place, what, "nothing to put here", hint));
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
    let tokens = Tokens::of(environment, &version.value);
    let text = Text { page, version, knows, environment, tokens };
    let template =
        environment.template_from_str(&version.value).map_err(|error| text.does_not_parse(&error))?;
    let has_what_it_asks_for = text.has_what_it_asks_for(&template);
    // Where the metrics as a whole are at fault, no name can be held against them.
    let Ok(metrics) = known.metrics else { return has_what_it_asks_for };
    let mut paths: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    paths.sort();
    paths.iter().fold(has_what_it_asks_for, |checked, path| text.path(metrics, path).and(checked))
}

/// One version of a text while it is checked.
struct Text<'t> {
    page: &'t Page<'t>,
    version: &'t Spot<String>,
    knows: Vocabulary,
    environment: &'t Environment<'static>,
    tokens: Tokens<'t>,
}

impl Text<'_> {
    fn fault(&self, code: &'static str, part: Place, what: String, label: &str, hint: String) -> Reported {
        self.page.problems.add(code, &part_of(self.page, self.version, part), what, label, hint)
    }

    fn does_not_parse(&self, error: &minijinja::Error) -> Reported {
        let broken = self.tokens.broken(self.environment, error);
        let what = format!("the text does not parse: {}", error.detail().unwrap_or("it cannot be read"));
        self.fault("bad-template", broken.place, what, broken.label, broken.hint)
    }

    /// Are there the filters and tests that it names, in any of its branches?
    fn has_what_it_asks_for(&self, template: &minijinja::Template<'_, '_>) -> Read<()> {
        let mut checked = Ok(());
        for (kind, name, place) in self.tokens.unknown(self.environment) {
            let what = format!("there is no {} `{name}`", kind.word());
            let hint = match kind.meant(self.environment, &name) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => kind.hint().to_owned(),
            };
            checked = Err(self.fault("bad-template", place, what, "not known", hint));
        }
        checked?;
        self.can_be_filled_in(template)
    }

    /// A filter that is named in quotes, `map("round")`, is only met when the text is filled in: here with nothing.
    fn can_be_filled_in(&self, template: &minijinja::Template<'_, '_>) -> Read<()> {
        let Err(error) = template.render(()) else { return Ok(()) };
        let Some(kind) = Kind::missed(&error) else { return Ok(()) };
        let what = format!("the text cannot be filled in: no {} has the name in quotes", kind.word());
        let place = error.range().unwrap_or(0..self.version.value.len());
        Err(self.fault("bad-template", place, what, "not known", kind.hint().to_owned()))
    }

    /// A variable that the text does not make itself, and the part of it that is asked for.
    fn path(&self, metrics: &Metrics, path: &str) -> Read<()> {
        let mut parts = path.split('.');
        let (name, part) = (parts.next().unwrap_or_default(), parts.next());
        let of_part = parts.next();
        if self.environment.globals().any(|(global, _)| global == name) || self.page.may_be_defined(name) {
            return Ok(());
        }
        if !self.knows.words.contains(&name) {
            self.metric(metrics, name, part)?;
            self.part_of_metric(part, of_part)?;
        } else if let Some(part) = part.filter(|_| name != PARAMS) {
            return Err(self.word_has_no_parts(name, part));
        }
        let Some(place) = self.tokens.call(name) else { return Ok(()) };
        let what = format!("`{name}` is a value, not a function");
        let hint = format!("write it without parentheses: {{{{ {name} }}}}");
        Err(self.fault("bad-template", place, what, "cannot be called", hint))
    }

    /// A comparison has parts, the other parts of a metric have none.
    fn part_of_metric(&self, part: Option<&str>, of_part: Option<&str>) -> Read<()> {
        let (Some(part), Some(of_part)) = (part, of_part) else { return Ok(()) };
        let has = if Comparison::named(part).is_some() { PARTS_OF_COMPARISON.as_slice() } else { &[] };
        if has.contains(&of_part) {
            return Ok(());
        }
        let what = format!("`{part}` of a metric has no `{of_part}`");
        let hint = match has {
            [] => format!("write it without `.{of_part}`"),
            has => suggest::hint(of_part, has.iter().copied()),
        };
        let place = self.tokens.variable(part, Some(of_part));
        Err(self.fault("unknown-name", place, what, "nothing to put here", hint))
    }

    fn word_has_no_parts(&self, name: &str, part: &str) -> Reported {
        let what = format!("`{name}` is plain text, it has no `{part}`");
        let hint = format!("write {{{{ {name} }}}}");
        let place = self.tokens.variable(name, Some(part));
        self.fault("unknown-name", place, what, "nothing to put here", hint)
    }

    fn metric(&self, metrics: &Metrics, name: &str, part: Option<&str>) -> Read<()> {
        let of_metrics = || metrics.keys().filter(|_| self.knows.metrics).map(String::as_str);
        let Some(definition) = metrics.get(name).filter(|_| self.knows.metrics) else {
            let place = self.tokens.variable(name, None);
            let functions = self.environment.globals().map(|(global, _)| global);
            let functions = functions.filter(|_| self.tokens.call(name).is_some());
            let words = self.knows.words.iter().copied();
            let hint = match suggest::closest(name, of_metrics().chain(words.clone()).chain(functions)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if self.knows.metrics => {
                    "a text knows period, title, brand, params and every metric; `parte metrics` lists them"
                        .to_owned()
                }
                None => suggest::one_of(words),
            };
            let what = format!("this text knows no `{name}`");
            return Err(self.fault("unknown-name", place, what, "nothing to put here", hint));
        };
        let definition = definition.as_ref().map_err(|reported| *reported)?;
        if !definition.by.is_empty() {
            let place = self.tokens.variable(name, None);
            let by = definition.by.join("`, `");
            let what = format!("`{name}` has no single value: it has one for each `{by}`");
            let hint = "show it in a table or chart".to_owned();
            return Err(self.fault("not-a-single-value", place, what, "many values", hint));
        }
        match part {
            Some(part) if !PARTS.contains(&part) => {
                let what = format!("a metric in a text has no `{part}`");
                let hint = suggest::hint(part, PARTS);
                let place = self.tokens.variable(name, Some(part));
                Err(self.fault("unknown-name", place, what, "nothing to put here", hint))
            }
            _ => Ok(()),
        }
    }
}
