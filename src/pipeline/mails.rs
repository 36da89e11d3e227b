//! The mails of a report: composed whole, within the size that their channel allows. Never: sending them.

use super::{Order, PipelineError, mail_name, stem};
use crate::definition::{Channel, Deliver, EmailChannel};
use crate::deliver::{Mail, compose, mailbox};
use crate::document::{Document, Word};
use crate::render::{Artifact, Templates, mail_body, subject};

/// Bytes kept free while files are shared out among several messages: `Message 1 of 3` is not written yet then.
const SLACK: usize = 400;

/// One `[[report.deliver]]` by mail.
pub(super) struct Task<'a> {
    pub(super) order: &'a Order<'a>,
    pub(super) document: &'a Document,
    pub(super) channel: &'a Channel,
    pub(super) email: &'a EmailChannel,
    pub(super) deliver: &'a Deliver,
    /// Which mail of the report it is, from 1.
    pub(super) number: usize,
}

/// A message and who gets it.
pub(super) struct Composed {
    pub(super) artifact: Artifact,
    pub(super) recipients: Vec<String>,
}

/// Which of how many messages; `None` for the only one.
type Part = Option<(usize, usize)>;

/// What is attached to one message, and what is said about the rest.
#[derive(Clone, Default)]
struct Load<'a> {
    files: Vec<&'a Artifact>,
    told: Vec<String>,
    part: Part,
}

impl Task<'_> {
    /// The message with these files; several, or links, where they are too much for one.
    pub(super) fn compose(
        &self,
        wanted: &[usize],
        artifacts: &[Artifact],
    ) -> Result<Vec<Composed>, PipelineError> {
        let templates = Templates::load(&self.order.definitions.root.join("templates"))?;
        let all = Load { files: wanted.iter().map(|&index| &artifacts[index]).collect(), ..Load::default() };
        let whole = self.message(&templates, &all)?;
        let messages = match self.email.max_size {
            Some(most) if whole.len() > most => match &self.email.archive {
                Some(archive) => vec![(None, self.linked(&templates, all, archive, most)?)],
                None => self.shared_out(&templates, &all, most)?,
            },
            _ => vec![(None, whole)],
        };
        messages.into_iter().map(|(part, bytes)| self.composed(part, bytes)).collect()
    }

    /// One message: the largest files are left out and linked to, until it is small enough.
    fn linked(
        &self,
        templates: &Templates,
        mut load: Load<'_>,
        archive: &str,
        most: usize,
    ) -> Result<Vec<u8>, PipelineError> {
        loop {
            let largest = load.files.iter().enumerate().max_by_key(|(_, file)| file.bytes.len());
            let Some((at, _)) = largest else { return Err(self.too_large(most)) };
            let file = load.files.remove(at);
            let link = archive
                .replace("{report}", &encoded(self.order.report.id.as_str()))
                .replace("{file}", &encoded(&file.name));
            load.told.push(self.left_out(Word::LeftOutAt, file).replace("{url}", &link));
            let bytes = self.message(templates, &load)?;
            if bytes.len() <= most {
                return Ok(bytes);
            }
        }
    }

    /// Several messages, the files in their order; what is too large for any is named.
    fn shared_out(
        &self,
        templates: &Templates,
        all: &Load<'_>,
        most: usize,
    ) -> Result<Vec<(Part, Vec<u8>)>, PipelineError> {
        let room = most.saturating_sub(SLACK);
        let fits = |load: &Load<'_>| Ok::<_, PipelineError>(self.message(templates, load)?.len() <= room);
        let mut loads = vec![Load::default()];
        let mut told = Vec::new();
        for &file in &all.files {
            let mut with = loads[loads.len() - 1].clone();
            with.files.push(file);
            let alone = Load { files: vec![file], ..Load::default() };
            if fits(&with)? {
                loads.pop();
                loads.push(with);
            } else if fits(&alone)? {
                loads.push(alone);
            } else {
                told.push(self.left_out(Word::LeftOut, file));
            }
        }
        // the first was full before it held anything, when the first file takes a message of its own
        loads.retain(|load| !load.files.is_empty());
        if loads.is_empty() {
            loads.push(Load::default());
        }
        let count = loads.len();
        loads[0].told = told;
        let mut messages = Vec::with_capacity(count);
        for (load, number) in loads.into_iter().zip(1..) {
            let part = (count > 1).then_some((number, count));
            let bytes = self.message(templates, &Load { part, ..load })?;
            if bytes.len() > most {
                return Err(self.too_large(most));
            }
            messages.push((part, bytes));
        }
        Ok(messages)
    }

    fn left_out(&self, word: Word, file: &Artifact) -> String {
        let megabytes = file.bytes.len() as f64 / 1e6;
        let size = format!("{} MB", self.document.locale.number(megabytes, 1));
        word.in_language(self.document.language()).replace("{file}", &file.name).replace("{size}", &size)
    }

    fn message(&self, templates: &Templates, load: &Load<'_>) -> Result<Vec<u8>, PipelineError> {
        let mut subject = subject(self.document, self.deliver.subject.as_ref())?;
        let mut listed: Vec<String> = load.files.iter().map(|file| file.name.clone()).collect();
        listed.extend(load.told.iter().cloned());
        let mut suffix = String::new();
        if let Some((number, count)) = load.part {
            subject = format!("{subject} ({number}/{count})");
            suffix = format!(".{number}");
            let words = Word::MessageOf.in_language(self.document.language());
            listed.push(words.replace("{n}", &number.to_string()).replace("{m}", &count.to_string()));
        }
        let domain = mailbox(&self.email.from)
            .map_or_else(|_| "parte".to_owned(), |from| from.email.domain().to_owned());
        let is_own = self.deliver.to.len() > 1 && !self.deliver.together;
        let mail = Mail {
            message_id: &format!("{}.{}{suffix}@{domain}", self.order.run_key, self.number),
            date: self.order.generated,
            to: if is_own { &[] } else { &self.deliver.to },
            cc: &self.deliver.cc,
            subject: &subject,
            body: &mail_body(self.document, templates, &listed)?,
            attachments: &load.files,
        };
        compose(self.email, &mail)
            .map_err(|what| self.fault(&what, "check `from`, `to` and `subject` in the definition"))
    }

    fn composed(&self, part: Part, bytes: Vec<u8>) -> Result<Composed, PipelineError> {
        let mut recipients = Vec::new();
        for written in self.deliver.recipients() {
            const HINT: &str = "write addresses as `name@example.com` or `Name <name@example.com>`";
            let address = mailbox(written).map_err(|what| self.fault(&what, HINT))?.email;
            recipients.push(match part {
                // each message is a delivery of its own
                Some((number, count)) => format!("({number}/{count}) <{address}>"),
                None => address.to_string(),
            });
        }
        let name = mail_name(&stem(self.order), self.number);
        let name = match part {
            Some((number, count)) => name.replace(".eml", &format!("_{number}-of-{count}.eml")),
            None => name,
        };
        let artifact = Artifact {
            name,
            format: "eml".to_owned(),
            section: None,
            media_type: "message/rfc822".to_owned(),
            bytes,
        };
        Ok(Composed { artifact, recipients })
    }

    fn too_large(&self, most: usize) -> PipelineError {
        self.fault(
            &format!("it is larger than {most} bytes even without attachments"),
            "raise `max_size` of the channel, or give the report fewer charts",
        )
    }

    fn fault(&self, what: &str, hint: &str) -> PipelineError {
        PipelineError::Compose {
            what: format!(
                "the mail of report `{}` on channel `{}`: {what}",
                self.order.report.id, self.channel.id
            ),
            hint: hint.to_owned(),
        }
    }
}

/// A name as a part of an address of the web.
fn encoded(name: &str) -> String {
    name.bytes().fold(String::with_capacity(name.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
        text
    })
}
