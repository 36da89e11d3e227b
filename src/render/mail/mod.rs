//! The mail that carries a report: HTML that stands by itself, its plain-text twin, charts as inline images.
//! Never: addresses, headers, MIME; that is for the channel.

mod excerpt;
mod plain;
mod view;
mod warned;

pub(super) use view::{arrow, hex, shown, shown_lines, tone, verdict};

use super::RenderError;
use crate::document::Document;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use std::path::Path;

/// Names of the templates, in a folder and in messages.
const HTML: &str = "mail.html";
const TEXT: &str = "mail.txt";
/// Steps a template may take: many times what the shipped ones need for a large report.
const FUEL: u64 = 500_000;
/// Gmail hides what comes after this many bytes of HTML.
const CLIPPED_AT: usize = 102_000;

/// The templates of mails, the shipped ones or the folder's own.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Templates {
    /// minijinja text of the HTML body.
    pub html: String,
    /// minijinja text of the plain body.
    pub text: String,
}

impl Templates {
    /// The shipped ones.
    #[must_use]
    pub fn shipped() -> Self {
        Self {
            html: include_str!("../../../templates/mail.html").to_owned(),
            text: include_str!("../../../templates/mail.txt").to_owned(),
        }
    }

    /// `mail.html` and `mail.txt` of a folder where they are there, else the shipped ones.
    ///
    /// # Errors
    /// A template that is there but cannot be read.
    pub fn load(folder: &Path) -> Result<Self, RenderError> {
        let Self { html, text } = Self::shipped();
        Ok(Self { html: own(folder, HTML)?.unwrap_or(html), text: own(folder, TEXT)?.unwrap_or(text) })
    }

    /// The same for a report: `mail-REPORT.html` and `mail-REPORT.txt` where it has its own.
    ///
    /// # Errors
    /// A template that is there but cannot be read.
    pub fn of_report(folder: &Path, report: &str) -> Result<Self, RenderError> {
        let Self { html, text } = Self::load(folder)?;
        Ok(Self {
            html: own(folder, &format!("mail-{report}.html"))?.unwrap_or(html),
            text: own(folder, &format!("mail-{report}.txt"))?.unwrap_or(text),
        })
    }
}

fn own(folder: &Path, name: &str) -> Result<Option<String>, RenderError> {
    let path = folder.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(RenderError {
            format: "mail",
            what: format!("template {} cannot be read: {e}", path.display()),
            hint: "make it readable UTF-8 text, or remove it so that the shipped template is used".to_owned(),
        }),
    }
}

/// The content of a mail.
#[derive(Debug, Clone)]
pub struct MailBody {
    /// HTML with inline styles; images by `cid:`.
    pub html: String,
    /// The same in plain text.
    pub text: String,
    /// Images that the HTML shows.
    pub inline: Vec<Inline>,
}

/// An image inside a mail.
#[derive(Debug, Clone)]
pub struct Inline {
    /// Content id, without brackets.
    pub cid: String,
    /// Media type.
    pub media_type: &'static str,
    /// Content.
    pub bytes: Vec<u8>,
}

/// The body of the mail that brings a document; `attachments` are the names of the files it carries.
///
/// It shows the sections that are in every format, as far as a mail can: the tiles and texts, the first charts, the
/// first table that is narrow enough, cut after some rows.
///
/// # Errors
/// A template that does not render; the message names its line.
pub fn mail_body(
    document: &Document,
    templates: &Templates,
    attachments: &[String],
) -> Result<MailBody, RenderError> {
    let (view, inline) = view::view(document, attachments);
    let mut html = fill(HTML, &templates.html, &view)?;
    let mut text = fill(TEXT, &templates.text, &view)?;
    if !document.warnings.is_empty() {
        html = warned::html(html, &templates.html, &view)?;
        text = warned::text(text, &templates.text, &view)?;
    }
    let text = tidied(&text);
    // A template of somebody's own may leave pictures out: then nobody needs to receive them.
    let inline: Vec<Inline> = inline.into_iter().filter(|image| html.contains(&image.cid)).collect();
    if html.len() > CLIPPED_AT {
        tracing::warn!(report = %document.report, html_bytes = html.len(), "mail is longer than Gmail shows");
    }
    Ok(MailBody { html, text, inline })
}

fn fill(name: &str, template: &str, view: &Value) -> Result<String, RenderError> {
    let mut environment = Environment::new();
    environment
        .set_auto_escape_callback(|name| if name == HTML { AutoEscape::Html } else { AutoEscape::None });
    // A misspelt name is an error, not a gap in the mail.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|e| failed(name, &e))?,
    );
    environment.add_filter("wrap", |text: String, mark: Option<String>| {
        plain::wrapped(&text, mark.as_deref().unwrap_or(""))
    });
    environment
        .template_from_named_str(name, template)
        .and_then(|t| t.render(view))
        .map_err(|e| failed(name, &e))
}

fn failed(name: &str, cause: &minijinja::Error) -> RenderError {
    let detail = cause.detail().map_or_else(String::new, |detail| format!(": {detail}"));
    RenderError {
        format: "mail",
        what: match cause.line() {
            Some(line) => format!("template {name}, line {line}: {}{detail}", cause.kind()),
            None => format!("template {name}: {}{detail}", cause.kind()),
        },
        hint: format!("correct the template, or remove {name} so that the shipped one is used"),
    }
}

/// No spaces at the ends of lines but after the signature's dashes, never two empty lines together, one line end at
/// the end.
fn tidied(text: &str) -> String {
    const SIGNATURE: &str = "-- ";
    let mut tidy = String::with_capacity(text.len());
    let mut empty = true;
    for line in text.lines() {
        let line = if line == SIGNATURE { line } else { line.trim_end() };
        if line.is_empty() && empty {
            continue;
        }
        empty = line.is_empty();
        tidy.push_str(line);
        tidy.push('\n');
    }
    tidy.truncate(tidy.trim_end().len());
    tidy.push('\n');
    tidy
}
