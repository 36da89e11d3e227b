//! The mails of a report: composed whole, within the size that their channel allows. Never: sending them.

use super::names::{mail_name, stem};
use super::packing::Packed;
use super::{Order, PipelineError};
use crate::definition::{Channel, Deliver, EmailChannel};
use crate::deliver::{Mail, compose, mailbox};
use crate::document::{Document, Word};
use crate::render::{Artifact, Templates, mail_body, subject};

/// Bytes kept free while files are shared out among several messages: `Message 1 of 3` is not written yet then.
const SLACK: usize = 800;

/// One `[[report.deliver]]` by mail.
pub(super) struct Task<'a> {
    pub(super) order: &'a Order<'a>,
    pub(super) templates: &'a Templates,
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

/// What a message is made with, and how large it may be.
struct Room<'a> {
    templates: &'a Templates,
    packed: &'a Packed,
    bytes: usize,
}

/// What is attached to one message, and what is said about the rest.
#[derive(Clone, Default)]
struct Load<'a> {
    files: Vec<&'a Artifact>,
    /// The ZIP that they travel in; as they are without one.
    zip: Option<&'a Packed>,
    told: Vec<String>,
    part: Part,
}

impl Task<'_> {
    /// The message with these files. Where they are too much for one: in a ZIP, as links, or in several messages.
    pub(super) fn compose(
        &self,
        wanted: &[usize],
        artifacts: &[Artifact],
    ) -> Result<Vec<Composed>, PipelineError> {
        let templates = self.templates;
        let all = Load { files: wanted.iter().map(|&index| &artifacts[index]).collect(), ..Load::default() };
        let messages = match self.email.max_size {
            None => vec![(None, self.message(templates, &all)?)],
            Some(most) => self.within(templates, &all, most)?,
        };
        messages.into_iter().map(|(part, bytes)| self.composed(part, bytes)).collect()
    }

    fn within(
        &self,
        templates: &Templates,
        all: &Load<'_>,
        most: usize,
    ) -> Result<Vec<(Part, Vec<u8>)>, PipelineError> {
        let whole = self.message(templates, all)?;
        if whole.len() <= most {
            return Ok(vec![(None, whole)]);
        }
        drop(whole);
        let packed = Packed::of(&all.files).map_err(|what| self.unpacked(&what))?;
        let room = Room { templates, packed: &packed, bytes: most };
        match (self.fitting(&room, all)?, &self.email.archive) {
            (Some((_, bytes)), _) => Ok(vec![(None, bytes)]),
            (None, Some(archive)) => Ok(vec![(None, self.linked(&room, all.clone(), archive)?)]),
            (None, None) => self.shared_out(&room, &all.files),
        }
    }

    /// The message with this load as it is, or with its files in a ZIP where only that is small enough.
    fn fitting<'a>(
        &self,
        room: &Room<'a>,
        load: &Load<'a>,
    ) -> Result<Option<(Load<'a>, Vec<u8>)>, PipelineError> {
        for zip in [None, Some(room.packed)] {
            let load = Load { zip, ..load.clone() };
            if zip.is_some() && load.files.is_empty() {
                break;
            }
            // base64 makes four bytes of three: what cannot fit is not composed
            let size = |file: &&Artifact| zip.map_or(file.bytes.len() as u64, |packed| packed.size(file));
            if load.files.iter().map(size).sum::<u64>() / 3 * 4 > room.bytes as u64 {
                continue;
            }
            let bytes = self.message(room.templates, &load)?;
            if bytes.len() <= room.bytes {
                return Ok(Some((load, bytes)));
            }
        }
        Ok(None)
    }

    /// One message: the largest files are left out and linked to, until it is small enough.
    fn linked<'a>(
        &self,
        room: &Room<'a>,
        mut load: Load<'a>,
        archive: &str,
    ) -> Result<Vec<u8>, PipelineError> {
        loop {
            let largest = load.files.iter().enumerate().max_by_key(|(_, file)| room.packed.size(file));
            let Some((at, _)) = largest else { return Err(self.too_large(room.bytes)) };
            let file = load.files.remove(at);
            let link = archive
                .replace("{report}", &encoded(self.order.report.id.as_str()))
                .replace("{file}", &encoded(&file.name));
            load.told.push(self.left_out(Word::LeftOutAt, file).replace("{url}", &link));
            if let Some((_, bytes)) = self.fitting(room, &load)? {
                return Ok(bytes);
            }
        }
    }

    /// Several messages, the files in their order, none of them cut; what is too large for any is named in the first.
    fn shared_out<'a>(
        &self,
        room: &Room<'a>,
        files: &[&'a Artifact],
    ) -> Result<Vec<(Part, Vec<u8>)>, PipelineError> {
        let most = room.bytes;
        let room = &Room { bytes: most.saturating_sub(SLACK), ..*room };
        let mut loads = vec![Load::default()];
        let mut carried = Vec::new();
        for &file in files {
            let alone = Load { files: vec![file], ..Load::default() };
            match self.fitting(room, &alone)? {
                Some((alone, _)) => carried.push((file, alone)),
                None => loads[0].told.push(self.left_out(Word::LeftOut, file)),
            }
        }
        for (file, alone) in carried {
            let mut with = loads[loads.len() - 1].clone();
            with.files.push(file);
            match self.fitting(room, &with)? {
                Some((with, _)) => {
                    loads.pop();
                    loads.push(with);
                }
                None => loads.push(alone),
            }
        }
        // nothing fitted beside what the first was to tell, and there was nothing to tell
        loads.retain(|load| !load.files.is_empty() || !load.told.is_empty());
        let count = loads.len();
        let mut messages = Vec::with_capacity(count);
        for (load, number) in loads.into_iter().zip(1..) {
            let part = (count > 1).then_some((number, count));
            let bytes = self.message(room.templates, &Load { part, ..load })?;
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
        let zip = load.zip.map(|packed| self.zipped(packed, load)).transpose()?;
        let attached: Vec<&Artifact> = zip.as_ref().map_or_else(|| load.files.clone(), |zip| vec![zip]);
        let mut listed = match &zip {
            Some(zip) => vec![self.in_zip(zip, &load.files)],
            None => names(&load.files),
        };
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
            attachments: &attached,
        };
        compose(self.email, &mail)
            .map_err(|what| self.fault(&what, "check `from`, `to` and `subject` in the definition"))
    }

    fn zipped(&self, packed: &Packed, load: &Load<'_>) -> Result<Artifact, PipelineError> {
        let name = format!("{}{}.zip", stem(self.order), of_part(load.part));
        packed.zip(name, &load.files).map_err(|what| self.unpacked(&what))
    }

    fn in_zip(&self, zip: &Artifact, files: &[&Artifact]) -> String {
        let words = Word::InZip.in_language(self.document.language());
        words.replace("{zip}", &zip.name).replace("{files}", &names(files).join(", "))
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
        let name = name.replace(".eml", &format!("{}.eml", of_part(part)));
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

    fn unpacked(&self, what: &str) -> PipelineError {
        self.fault(what, "this is a fault in Parte: please report it")
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

/// In names of files: which of how many messages.
fn of_part(part: Part) -> String {
    part.map(|(number, count)| format!("_{number}-of-{count}")).unwrap_or_default()
}

fn names(files: &[&Artifact]) -> Vec<String> {
    files.iter().map(|file| file.name.clone()).collect()
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
