//! A report to look at while it is written: its page, and its mails as their readers see them.

use super::{Order, PipelineError, produce};
use crate::definition::{Channel, ChannelId, Way};
use crate::render::{Artifact, MailBody, Templates, mail_body, page, subject};

/// A report as it is looked at while it is written.
pub struct Previewed {
    /// As a page of HTML.
    pub page: String,
    /// Its title.
    pub title: String,
    /// Rendered files and messages, as a run would make them.
    pub artifacts: Vec<Artifact>,
    /// The mails as their readers see them.
    pub letters: Vec<Letter>,
}

/// A mail as its readers see it.
pub struct Letter {
    /// By which channel.
    pub channel: ChannelId,
    /// To whom, as written.
    pub to: Vec<String>,
    /// Subject.
    pub subject: String,
    /// Content.
    pub body: MailBody,
}

/// Produces a report to look at: what [`produce`] makes, the page, and the mails opened.
///
/// # Errors
/// The first room that fails says why.
pub fn preview(order: &Order<'_>) -> Result<Previewed, PipelineError> {
    let produced = produce(order)?;
    let document = &produced.document;
    let folder = order.definitions.root.join("templates");
    let templates = Templates::of_report(&folder, order.report.id.as_str())?;
    let mut letters = Vec::new();
    for (deliver, attached) in order.report.deliver.iter().zip(&produced.attached) {
        let by_mail = |channel: &Channel| matches!(channel.way, Way::Email(_));
        if !order.definitions.channels.get(&deliver.channel).is_some_and(by_mail) {
            continue;
        }
        let names: Vec<String> =
            attached.iter().map(|index| produced.artifacts[*index].name.clone()).collect();
        letters.push(Letter {
            channel: deliver.channel.clone(),
            to: deliver.recipients().cloned().collect(),
            subject: subject(document, deliver.subject.as_ref())?,
            body: mail_body(document, &templates, &names)?,
        });
    }
    let page = page(document)?;
    Ok(Previewed { page, title: document.title.clone(), artifacts: produced.artifacts, letters })
}
