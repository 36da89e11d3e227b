//! Paragraphs with numbers in them: minijinja templates that reach nothing but the report's own words and metrics.

use super::headline::Headline;
use super::{Fault, Setting, nearest};
use crate::document::change;
use crate::document::{Display, Value, variables};
use minijinja::value::{Object, ObjectRepr, Value as Variable};
use minijinja::{Environment, UndefinedBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Steps a template may take; a page of text takes some hundreds.
const FUEL: u64 = 50_000;
/// What is known beside the metrics.
const WORDS: [&str; 4] = ["period", "title", "brand", "params"];
/// What a metric can be asked for.
const PARTS: [&str; 3] = ["change", "value", "previous"];

/// A paragraph before its numbers are known.
pub(super) struct Template {
    environment: Environment<'static>,
    variables: BTreeSet<String>,
    nested: BTreeSet<String>,
}

/// The name under which the paragraph is kept; without an extension nothing is escaped.
const NAME: &str = "text";

impl Template {
    /// Reads a template.
    pub(super) fn parse(source: &str) -> Result<Self, Fault> {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_template_owned(NAME, source.to_owned()).map_err(|e| refused(&e))?;
        let (variables, nested) = {
            let template = environment.get_template(NAME).map_err(|e| refused(&e))?;
            let globals: BTreeSet<String> = environment.globals().map(|(name, _)| name.to_owned()).collect();
            let variables: BTreeSet<String> =
                template.undeclared_variables(false).into_iter().filter(|v| !globals.contains(v)).collect();
            (variables, template.undeclared_variables(true).into_iter().collect())
        };
        Ok(Self { environment, variables, nested })
    }

    /// The metrics that it names.
    ///
    /// # Errors
    /// A variable or a part of one that does not exist.
    pub(super) fn metrics(&self, setting: &Setting<'_>) -> Result<Vec<String>, Fault> {
        let mut metrics = Vec::new();
        for variable in &self.variables {
            if WORDS.contains(&variable.as_str()) {
                continue;
            }
            if setting.metric(variable).is_err() {
                let known = setting.metrics.iter().map(|m| m.id.as_str()).chain(WORDS);
                let otherwise =
                    "a text knows period, title, brand and every metric; `parte metrics` lists them";
                return Err(Fault::new(
                    format!("the text names `{variable}`, which does not exist"),
                    nearest(variable, known, otherwise),
                ));
            }
            metrics.push(variable.clone());
        }
        for path in &self.nested {
            let Some((variable, part)) = path.split_once('.') else { continue };
            if metrics.iter().any(|m| m == variable) && !PARTS.contains(&part) {
                return Err(Fault::new(
                    format!("the text names `{path}`, which does not exist"),
                    nearest(part, PARTS.into_iter(), "a metric has .change, .value and .previous"),
                ));
            }
        }
        Ok(metrics)
    }

    /// The paragraph.
    pub(super) fn render(&self, setting: &Setting<'_>, headline: &Headline) -> Result<String, Fault> {
        let mut context: BTreeMap<String, Variable> = BTreeMap::new();
        for id in headline.metrics() {
            context.insert(id.to_owned(), Variable::from_object(Number::new(id, setting, headline)?));
        }
        context.insert("title".to_owned(), Variable::from(setting.title.as_str()));
        self.filled_in(context, setting)
    }

    fn filled_in(
        &self,
        mut context: BTreeMap<String, Variable>,
        setting: &Setting<'_>,
    ) -> Result<String, Fault> {
        context.insert("period".to_owned(), Variable::from(setting.period_text()));
        context.insert("brand".to_owned(), Variable::from(setting.brand));
        context.insert("params".to_owned(), variables(&setting.parameters));
        let template = self.environment.get_template(NAME).map_err(|e| refused(&e))?;
        let text = template.render(Variable::from(context)).map_err(|e| refused(&e))?;
        Ok(text.trim().to_owned())
    }
}

/// A title or subtitle: it knows the period, the brand and the parameters.
pub(super) fn heading(source: &str, setting: &Setting<'_>) -> Result<String, Fault> {
    if !source.contains('{') {
        return Ok(source.to_owned());
    }
    Template::parse(source)?.filled_in(BTreeMap::new(), setting)
}

/// What minijinja said, as a fragment.
fn refused(e: &minijinja::Error) -> Fault {
    let mut what = e.kind().to_string();
    if let Some(detail) = e.detail() {
        what = format!("{what}: {detail}");
    }
    if let Some(line) = e.line() {
        what = format!("line {line} of the text: {what}");
    }
    Fault::new(what, "a text is words with {{ metric }}, {{ metric.change }} and {{ period }} in them")
}

/// A metric in a text: prints its value, and can be asked for its parts.
#[derive(Debug)]
struct Number {
    shown: String,
    change: String,
    value: Option<f64>,
    previous: String,
}

impl Number {
    fn new(id: &str, setting: &Setting<'_>, headline: &Headline) -> Result<Self, Fault> {
        let pair = headline.pair(id, setting)?;
        let display: Display = setting.display(pair.format);
        let show = |value: Option<f64>| setting.locale.show(value.map(Value::Number).as_ref(), &display);
        Ok(Self {
            shown: show(pair.value),
            change: change::in_words(pair, &setting.against, &setting.locale),
            value: pair.value,
            previous: show(pair.reference),
        })
    }
}

impl Object for Number {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Variable) -> Option<Variable> {
        Some(match key.as_str()? {
            "change" => Variable::from(self.change.as_str()),
            "value" => Variable::from(self.value),
            "previous" => Variable::from(self.previous.as_str()),
            _ => return None,
        })
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}
