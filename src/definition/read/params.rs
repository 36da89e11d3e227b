//! `params` of a report: what a run may be given. Never: where they are used, which `param_uses` looks at.

use super::civil::one_word;
use super::metric::is_column_name;
use super::problems::{Read, Reported};
use super::table::{Spot, Table, kind_of};
use super::words;
use crate::definition::{Param, ParamType, ParamValue, Params};
use crate::suggest;
use toml::de::DeValue;

/// Names of the period's bounds.
pub(super) const BOUNDS: [&str; 4] = ["from", "to", "first_day", "last_day"];

pub(super) const TYPES: [(&str, ParamType); 5] = [
    ("text", ParamType::Text),
    ("integer", ParamType::Integer),
    ("number", ParamType::Number),
    ("date", ParamType::Date),
    ("boolean", ParamType::Boolean),
];

const HINT: &str = "write params = { team = \"norte\" }: names and the values they have by default";

/// Reads `params = { team = "norte", since = 2026-01-01 }` and its long form.
pub(super) fn read(report: &Table<'_>) -> Read<Params> {
    let Some(inner) = report.table("params", "params", HINT, &[])? else {
        return report.misspelt("params").map(|()| Params::default());
    };
    let scheduled = report.has("schedule") || report.has("cron");
    let mut declared = Vec::new();
    let mut fault: Option<Reported> = None;
    for (name, value) in inner.named_values() {
        match param(&inner, &name, &value, scheduled) {
            Ok(param) => declared.push(param),
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or_else(|| Ok(Params::new(declared)), Err)
}

fn param(
    params: &Table<'_>,
    name: &Spot<String>,
    written: &Spot<&DeValue<'_>>,
    scheduled: bool,
) -> Read<Param> {
    let named = check_name(params, name);
    let param = match written.value {
        DeValue::Table(entries) => {
            let table = params.inner(entries, written.place.clone(), format!("params.{}", name.value));
            long_form(&table, name)
        }
        value => {
            let written = Spot::new(value, written.place.clone());
            let kind = inferred(params, &name.value, &written)?;
            self::value(params, &name.value, kind, &written).map(|default| Param {
                name: name.value.clone(),
                kind,
                default: Some(default),
                one_of: Vec::new(),
                label: None,
            })
        }
    };
    let (param, ()) = (param?, named?);
    if scheduled && param.default.is_none() {
        let what = format!("`{}` has no default, and the report has a schedule", param.name);
        let hint =
            "nobody is there to give a value when it is due: write default = ..., or delete the schedule";
        return Err(params.problems().add(
            "param-needs-default",
            &name.place,
            what,
            "has no value then",
            hint,
        ));
    }
    Ok(param)
}

fn check_name(params: &Table<'_>, name: &Spot<String>) -> Read<()> {
    if BOUNDS.contains(&name.value.as_str()) {
        let what = format!("`:{}` is a bound of the period", name.value);
        let hint = format!("give the parameter another name, for example {}_day", name.value);
        return Err(params.problems().add("bad-name", &name.place, what, "taken already", hint));
    }
    if is_column_name(&name.value) {
        return Ok(());
    }
    let what = format!("`{}` cannot name a parameter", name.value);
    let hint = "names of parameters consist of lower-case letters, digits and _, and begin with a letter";
    Err(params.problems().add("bad-name", &name.place, what, "not a parameter's name", hint))
}

/// `{ type = "text", default = "norte", one_of = ["norte", "sur"], label = { ... } }`
fn long_form(table: &Table<'_>, name: &Spot<String>) -> Read<Param> {
    let label = words::text(table, "label");
    let said = one_word(table, "type", "type", &TYPES);
    let default = table.value("default");
    let list =
        table.list("one_of", || "write one_of = [\"norte\", \"sur\"], the values it may have".to_owned());
    let kind = match (&said, &default, &list) {
        (Err(reported), ..) => Err(*reported),
        (Ok(Some(said)), ..) => Ok(said.value),
        (Ok(None), Some(default), _) => inferred(table, "default", default),
        (Ok(None), None, Ok(Some(list))) if !list.value.is_empty() => {
            inferred(table, "one_of", &list.value[0])
        }
        (Ok(None), None, Err(reported)) => Err(*reported),
        (Ok(None), None, Ok(_)) => {
            let hint =
                "write type = \"text\", \"integer\", \"number\", \"date\" or \"boolean\", or a default";
            table.need("type", Ok(None), hint)
        }
    };
    let (kind, list) = (kind?, list?);
    let default = default.map(|default| value(table, "default", kind, &default)).transpose();
    let mut one_of: Vec<ParamValue> = Vec::new();
    let mut fault: Option<Reported> = None;
    if let Some(list) = &list {
        if list.value.is_empty() {
            let hint = "name the values it may have, or delete the line to allow any";
            let what = "`one_of` is empty";
            fault = Some(table.problems().add("empty-list", &list.place, what, "nothing here", hint));
        }
        for item in &list.value {
            match value(table, "one_of", kind, item) {
                Ok(value) if one_of.contains(&value) => {
                    let what = format!("`{value}` stands in this list twice");
                    let hint = "delete one of the two";
                    fault = Some(table.problems().add("duplicate", &item.place, what, "a second time", hint));
                }
                Ok(value) => one_of.push(value),
                Err(reported) => fault = Some(reported),
            }
        }
    }
    let default = default?;
    if let (None, Some(default), Some(written)) = (fault, &default, table.value("default"))
        && !one_of.is_empty()
        && !one_of.contains(default)
    {
        let allowed: Vec<String> = one_of.iter().map(ToString::to_string).collect();
        let text = default.to_string();
        let what = format!("the default `{text}` is not one of the values `{}` may have", name.value);
        let hint = suggest::hint(&text, allowed.iter().map(String::as_str));
        let label = "not in `one_of`";
        fault = Some(table.problems().add("unknown-value", &written.place, what, label, hint));
    }
    let label = label?.map(words::WrittenText::into_text);
    match fault {
        Some(reported) => Err(reported),
        None => Ok(Param { name: name.value.clone(), kind, default, one_of, label }),
    }
}

/// The type that a value has in TOML.
fn inferred(table: &Table<'_>, key: &str, written: &Spot<&DeValue<'_>>) -> Read<ParamType> {
    match written.value {
        DeValue::String(_) => Ok(ParamType::Text),
        DeValue::Integer(_) => Ok(ParamType::Integer),
        DeValue::Float(_) => Ok(ParamType::Number),
        DeValue::Boolean(_) => Ok(ParamType::Boolean),
        DeValue::Datetime(_) => Ok(ParamType::Date),
        other @ (DeValue::Array(_) | DeValue::Table(_)) => {
            let what = format!("`{key}` must be one value");
            let label = format!("this is {}", kind_of(other));
            let hint = "a parameter is a text, a number, a date, true or false";
            Err(table.problems().add("wrong-type", &written.place, what, label, hint))
        }
    }
}

/// A value of a type; a date may be written as TOML's or in quotes.
fn value(table: &Table<'_>, key: &str, kind: ParamType, written: &Spot<&DeValue<'_>>) -> Read<ParamValue> {
    if let DeValue::String(text) = written.value {
        table.no_secret(key, &Spot::new(text.to_string(), written.place.clone()))?;
    }
    let read = match (written.value, kind) {
        (DeValue::String(text), ParamType::Text | ParamType::Date) => kind.parse(text),
        (DeValue::Boolean(truth), ParamType::Boolean) => Some(ParamValue::Boolean(*truth)),
        (DeValue::Integer(digits), ParamType::Integer) => {
            i64::from_str_radix(digits.as_str(), digits.radix()).ok().map(ParamValue::Integer)
        }
        (DeValue::Integer(digits), ParamType::Number) if digits.radix() == 10 => kind.parse(digits.as_str()),
        (DeValue::Float(digits), ParamType::Number) => kind.parse(digits.as_str()),
        (DeValue::Datetime(at), ParamType::Date) if at.time.is_none() => kind.parse(&at.to_string()),
        _ => None,
    };
    read.ok_or_else(|| {
        let (wanted, values, hint) = match kind {
            ParamType::Text => ("text", "a list of text", "write it in quotes: \"norte\""),
            ParamType::Integer => {
                ("a whole number", "a list of whole numbers", "write digits alone, without quotes: 100000")
            }
            ParamType::Number => {
                ("a number", "a list of numbers", "write digits and a decimal point, without quotes: 0.85")
            }
            ParamType::Date => {
                ("a day", "a list of days", "write year, month and day, without a time: 2026-03-01")
            }
            ParamType::Boolean => {
                ("true or false", "a list of true and false", "write true or false, without quotes")
            }
        };
        let add = |code, what, label, hint| table.problems().add(code, &written.place, what, label, hint);
        match (written.value, kind) {
            (DeValue::String(text), ParamType::Date) => {
                add("bad-date", format!("`{text}` is not a day"), "not a day".to_owned(), hint)
            }
            (DeValue::String(text), ParamType::Text) => {
                let (label, hint) = match text.chars().any(char::is_control) {
                    true => ("has a line break or a tab", "keep it on one line"),
                    false => ("too long", "shorten it: a parameter is a word or a few"),
                };
                add("wrong-type", format!("`{key}` must be one short line"), label.to_owned(), hint)
            }
            (other, _) => {
                let wanted = if key == "one_of" { values } else { wanted };
                let what = format!("`{key}` must be {wanted}");
                add("wrong-type", what, format!("this is {}", kind_of(other)), hint)
            }
        }
    })
}
