//! The parameters that a report was made with, for people and for templates. Never: how a value is typed or checked.

use super::labels::{dimension_label, value_label};
use super::{Locale, Word};
use crate::definition::{Language, ParamValue, Report};
use minijinja::value::{Object, ObjectRepr, Value as Variable};
use std::collections::BTreeMap;
use std::fmt::Formatter;
use std::sync::Arc;

/// A parameter with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name in definitions.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// The value as people read it.
    pub shown: String,
    /// The value itself.
    pub value: ParamValue,
}

/// The parameters of a report that have a value, in the order declared. All of them are shown, defaults too: whoever
/// reads a number must see what it was computed for.
pub(super) fn of_report(report: &Report, locale: &Locale) -> Vec<Parameter> {
    let language = locale.language();
    let parameter = |(param, value): (&crate::definition::Param, Option<&ParamValue>)| {
        let value = value?.clone();
        let label = match &param.label {
            Some(label) => label.in_language(language).to_owned(),
            None => dimension_label(&param.name, language),
        };
        let shown = shown(&param.name, &value, locale, language);
        Some(Parameter { name: param.name.clone(), label, shown, value })
    };
    report.params.iter().filter_map(parameter).collect()
}

fn shown(name: &str, value: &ParamValue, locale: &Locale, language: Language) -> String {
    match value {
        ParamValue::Text(text) => value_label(name, Some(text), language),
        ParamValue::Integer(whole) => match i32::try_from(*whole) {
            Ok(small) => locale.number(f64::from(small), 0),
            // A float would not hold every digit.
            Err(_) => whole.to_string(),
        },
        ParamValue::Number(number) => {
            let digits = number.to_string();
            let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            locale.number(*number, u8::try_from(decimals).unwrap_or(u8::MAX).min(6))
        }
        ParamValue::Date(day) => locale.date(*day),
        ParamValue::Boolean(true) => Word::Yes.in_language(language).to_owned(),
        ParamValue::Boolean(false) => Word::No.in_language(language).to_owned(),
    }
}

/// All of them in one line: `Equipo: sur · Desde: 1 de enero de 2026`; `None` when there are none.
pub(super) fn line(parameters: &[Parameter]) -> Option<String> {
    let words: Vec<String> = parameters.iter().map(|p| format!("{}: {}", p.label, p.shown)).collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

/// What a template knows as `params`.
#[must_use]
pub fn variables(parameters: &[Parameter]) -> Variable {
    let variables: BTreeMap<&str, Variable> =
        parameters.iter().map(|p| (p.name.as_str(), variable(p))).collect();
    Variable::from(variables)
}

fn variable(parameter: &Parameter) -> Variable {
    let value = match &parameter.value {
        // A text is itself, so that it can be compared with another.
        ParamValue::Text(text) => return Variable::from(text.as_str()),
        ParamValue::Integer(whole) => Variable::from(*whole),
        ParamValue::Number(number) => Variable::from(*number),
        ParamValue::Date(day) => Variable::from(day.to_string()),
        ParamValue::Boolean(truth) => Variable::from(*truth),
    };
    Variable::from_object(Shown { shown: parameter.shown.clone(), value })
}

/// Prints the value as people read it, is true when the value is, and has the value itself as `.value`.
#[derive(Debug)]
struct Shown {
    shown: String,
    value: Variable,
}

impl Object for Shown {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Variable) -> Option<Variable> {
        (key.as_str()? == "value").then(|| self.value.clone())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.value.is_true()
    }

    fn render(self: &Arc<Self>, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown)
    }
}
