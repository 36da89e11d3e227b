//! The subject line of a mail: the definition's template, or title and period.

use super::RenderError;
use crate::definition::Text;
use crate::document::{Document, variables};
use minijinja::{Environment, UndefinedBehavior, context};

/// The subject for a document. A template knows `title`, `period`, `brand`, `report` and `params`.
///
/// # Errors
/// A template that does not render, or renders to more than one line.
pub fn subject(document: &Document, template: Option<&Text>) -> Result<String, RenderError> {
    let Some(template) = template else {
        return Ok(format!("{} · {}", document.title, document.period));
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(10_000));
    let values = context! {
        title => &document.title, period => &document.period, brand => &document.brand, report => &document.report,
        params => variables(&document.parameters),
    };
    let subject = environment
        .render_str(template.in_language(document.language()), values)
        .map_err(|error| refused(format!("the subject's template: {error}")))?;
    let subject = subject.trim();
    if subject.is_empty() || subject.contains(['\r', '\n']) {
        return Err(refused("the subject is empty or has more than one line".to_owned()));
    }
    Ok(subject.to_owned())
}

fn refused(what: String) -> RenderError {
    RenderError {
        format: "mail",
        what,
        hint: "a subject may use {{ title }}, {{ period }}, {{ brand }} and {{ report }}".to_owned(),
    }
}
