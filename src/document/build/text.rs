//! Paragraphs with numbers in them: minijinja templates that reach nothing but the report's own words and metrics.

use super::headline::Headline;
use super::{Fault, Setting};
use crate::definition::{Comparison, ValueFormat};
use crate::document::change;
use crate::document::{Display, Value, variables};
use crate::suggest;
use minijinja::value::{Object, ObjectRepr, Value as Variable};
use minijinja::{Environment, UndefinedBehavior};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Steps a template may take; a page of text takes some hundreds.
const FUEL: u64 = 50_000;
/// What is known beside the metrics.
const WORDS: [&str; 4] = ["period", "title", "brand", "params"];
/// What a metric can be asked for.
const PARTS: [&str; 6] = ["change", "value", "previous", "year", "target", "attainment"];
/// What helps with a part that there is not.
const PARTS_HINT: &str = "a metric has .change, .value, .previous, .year, .target and .attainment";

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
                    suggest::did_you_mean(variable, known, otherwise),
                ));
            }
            metrics.push(variable.clone());
        }
        for path in &self.nested {
            let Some((variable, part)) = path.split_once('.') else { continue };
            let part = part.split('.').next().unwrap_or(part);
            if metrics.iter().any(|m| m == variable) && !PARTS.contains(&part) {
                return Err(Fault::new(
                    format!("the text names `{path}`, which does not exist"),
                    suggest::did_you_mean(part, PARTS, PARTS_HINT),
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
    /// Against the main comparison.
    change: String,
    value: Option<f64>,
    attainment: String,
    references: Vec<(Comparison, Variable)>,
}

/// What a metric in a text is held against: prints that value, and can be asked for the change.
#[derive(Debug)]
struct Reference {
    shown: String,
    change: String,
    value: Option<f64>,
}

impl Number {
    fn new(id: &str, setting: &Setting<'_>, headline: &Headline) -> Result<Self, Fault> {
        let own = headline.pair(id, None, setting)?;
        let display: Display = setting.display(own.format);
        let show = |value: Option<f64>| setting.locale.show(value.map(Value::Number).as_ref(), &display);
        let nothing = change::no_comparison(setting.language);
        let reference = |with: Comparison| -> Result<Reference, Fault> {
            let pair = headline.pair(id, Some(with), setting)?;
            let change = match setting.against(with) {
                Some(against) => change::in_words(pair, against, &setting.locale),
                None => nothing.to_owned(),
            };
            Ok(Reference { shown: show(pair.reference), change, value: pair.reference })
        };
        let main = setting.compared_with().iter().map(|against| against.with).find(|with| with.is_period());
        let change = main.map(reference).transpose()?.map_or_else(|| nothing.to_owned(), |main| main.change);
        let references = Comparison::ALL
            .into_iter()
            .map(|with| Ok((with, Variable::from_object(reference(with)?))))
            .collect::<Result<_, Fault>>()?;
        let attained = change::attainment(own.value, setting.target(setting.metric(id)?)).map(Value::Number);
        let percent = Display::Number { format: ValueFormat::Percent(1), currency: None };
        let attainment = setting.locale.show(attained.as_ref(), &percent);
        Ok(Self { shown: show(own.value), change, value: own.value, attainment, references })
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
            "attainment" => Variable::from(self.attainment.as_str()),
            word => {
                let with = Comparison::named(word)?;
                self.references.iter().find(|(one, _)| *one == with)?.1.clone()
            }
        })
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}

impl Object for Reference {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Variable) -> Option<Variable> {
        Some(match key.as_str()? {
            "change" => Variable::from(self.change.as_str()),
            "value" => Variable::from(self.value),
            _ => return None,
        })
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}
