//! A report as a complete mail message (RFC 5322, MIME): equal input gives equal bytes. Never: sockets.

use super::Shipment;
use super::file_name::fingerprint;
use crate::definition::EmailChannel;
use crate::render::{Artifact, MailBody};
use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, Headers, To};
use lettre::message::{Attachment, Mailbox, Mailboxes, Message, MultiPart, SinglePart};

/// What a message is made of.
pub struct Mail<'a> {
    /// Message-ID without brackets; stable over tries.
    pub message_id: &'a str,
    /// Date header.
    pub date: DateTime<Utc>,
    /// To header. Without it the message has none, and each recipient's copy gets one of its own on its way.
    pub to: &'a [String],
    /// Cc header.
    pub cc: &'a [String],
    /// Subject.
    pub subject: &'a str,
    /// Bodies.
    pub body: &'a MailBody,
    /// Files it carries.
    pub attachments: &'a [&'a Artifact],
}

/// A complete message: multipart/mixed (multipart/alternative (text, multipart/related (html, images)), attachments).
/// It is 7-bit safe, its lines end with CR LF, and its boundaries derive from the Message-ID.
///
/// # Errors
/// A mailbox that does not parse, a header value with line breaks.
pub fn compose(channel: &EmailChannel, mail: &Mail<'_>) -> Result<Vec<u8>, String> {
    header_value("the subject", mail.subject)?;
    let mut message = Message::builder()
        .from(mailbox(&channel.from)?)
        .subject(mail.subject)
        .message_id(Some(format!("<{}>", message_id(mail.message_id)?)))
        .date(mail.date.into())
        // RFC 3834: no out-of-office answers to a machine
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if let Some(reply_to) = &channel.reply_to {
        message = message.reply_to(mailbox(reply_to)?);
    }
    for to in mail.to {
        message = message.to(mailbox(to)?);
    }
    for cc in mail.cc {
        message = message.cc(mailbox(cc)?);
    }
    if mail.to.is_empty() {
        // a message is not built without somebody whom it may go to; the headers are not touched by it
        let sender = mailbox(&channel.from)?.email;
        let envelope = Envelope::new(Some(sender.clone()), vec![sender]);
        message = message.envelope(envelope.map_err(|error| error.to_string())?);
    }
    let message =
        message.multipart(content(mail)?).map_err(|error| format!("the mail cannot be composed: {error}"))?;
    Ok(message.formatted())
}

/// One recipient's copy of a message: what only this one says, and what all copies share.
pub(super) struct OwnCopy<'a> {
    head: Vec<u8>,
    rest: &'a [u8],
}

impl<'a> OwnCopy<'a> {
    /// A message that names nobody gets a To and a Message-ID of its own, the same ones each time. One that names somebody
    /// goes as it is.
    ///
    /// # Errors
    /// A recipient that is no address.
    pub(super) fn of(shipment: &'a Shipment) -> Result<Self, String> {
        const ID: &str = "message-id: <";
        let mut lines = Vec::new();
        let mut end = 0;
        for line in shipment.bytes.split_inclusive(|byte| *byte == b'\n') {
            let name = line.get(..ID.len()).unwrap_or(line).to_ascii_lowercase();
            if name.starts_with(b"to:") {
                return Ok(Self { head: Vec::new(), rest: &shipment.bytes });
            }
            if line == b"\r\n" {
                break;
            }
            lines.push((line, name == ID.as_bytes()));
            end += line.len();
        }
        let address = mailbox(&shipment.recipient)?.email;
        let mut headers = Headers::new();
        headers.set(To::from(Mailboxes::from(Mailbox::new(None, address.clone()))));
        let mut head = headers.to_string().into_bytes();
        let own = fingerprint(address.as_ref());
        for (line, is_id) in lines {
            match line.iter().rposition(|byte| *byte == b'@').filter(|_| is_id) {
                Some(domain) => {
                    head.extend_from_slice(&line[..domain]);
                    head.extend_from_slice(format!(".{}", &own[..16]).as_bytes());
                    head.extend_from_slice(&line[domain..]);
                }
                None => head.extend_from_slice(line),
            }
        }
        Ok(Self { head, rest: &shipment.bytes[end..] })
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.head.len() + self.rest.len()
    }

    pub(super) fn is_ascii(&self) -> bool {
        self.head.is_ascii() && self.rest.is_ascii()
    }

    /// Its bytes, in pieces of at most so many, without the line end that they end with.
    pub(super) fn pieces(&self, most: usize) -> impl Iterator<Item = &[u8]> {
        let rest = self.rest.strip_suffix(b"\r\n").unwrap_or(self.rest);
        self.head.chunks(most).chain(rest.chunks(most))
    }

    /// All of it.
    pub(super) fn whole(&self) -> Vec<u8> {
        [&self.head, self.rest].concat()
    }
}

fn content(mail: &Mail<'_>) -> Result<MultiPart, String> {
    // "=_" occurs neither in quoted-printable nor in base64
    let id = fingerprint(mail.message_id);
    let boundary = |level: &str| format!("=_{level}_{}", &id[..32]);

    let html = SinglePart::html(mail.body.html.clone());
    let alternative = MultiPart::alternative()
        .boundary(boundary("alternative"))
        .singlepart(SinglePart::plain(mail.body.text.clone()));
    let alternative = if mail.body.inline.is_empty() {
        alternative.singlepart(html)
    } else {
        let mut related = MultiPart::related().boundary(boundary("related")).singlepart(html);
        for image in &mail.body.inline {
            header_value("a content id", &image.cid)?;
            related = related.singlepart(
                Attachment::new_inline(image.cid.clone())
                    .body(image.bytes.clone(), content_type(image.media_type)?),
            );
        }
        alternative.multipart(related)
    };
    let mut mixed = MultiPart::mixed().boundary(boundary("mixed")).multipart(alternative);
    for artifact in mail.attachments {
        header_value("the name of an attachment", &artifact.name)?;
        mixed = mixed.singlepart(
            // bytes (not text) are always base64: a CSV must arrive with the line ends it left with
            Attachment::new(artifact.name.clone())
                .body(artifact.bytes.clone(), content_type(&artifact.media_type)?),
        );
    }
    Ok(mixed)
}

/// Reads `Name <a@b>` or `a@b`. The name may hold commas, dots and accents without quotes. The domain is given in its ASCII
/// form: headers and commands carry no other.
///
/// # Errors
/// What is wrong with it.
pub fn mailbox(text: &str) -> Result<Mailbox, String> {
    let text = text.trim();
    header_value("the address", text)?;
    let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) => (name.trim(), address),
        None => ("", text),
    };
    let name = match name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => name.to_owned(),
    };
    let wrong = |error: &dyn std::fmt::Display| {
        format!("{text:?} is not a mail address: {error}; write `Name <a@b.example>` or `a@b.example`")
    };
    let mut address: Address = address.trim().parse().map_err(|error| wrong(&error))?;
    if !address.domain().is_ascii() {
        let domain = url::Host::parse(address.domain()).map_err(|error| wrong(&error))?.to_string();
        address = Address::new(address.user(), domain).map_err(|error| wrong(&error))?;
    }
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), address))
}

/// Refuses what would end a header line early and start another.
fn header_value(what: &str, value: &str) -> Result<(), String> {
    if value.chars().any(char::is_control) {
        return Err(format!("{what} {value:?} holds a line break or another control character"));
    }
    Ok(())
}

fn message_id(id: &str) -> Result<&str, String> {
    let well_formed = id.split_once('@').is_some_and(|(left, right)| {
        [left, right].iter().all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"<>@()[],;:\\\"".contains(&b))
        })
    });
    if well_formed { Ok(id) } else { Err(format!("the message id {id:?} is not of the form left@right")) }
}

fn content_type(media_type: &str) -> Result<ContentType, String> {
    ContentType::parse(media_type)
        .map_err(|error| format!("the media type {media_type:?} is malformed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{InDoubt, MailLogin, ServerAddress, TlsMode};
    use crate::render::Inline;
    use chrono::TimeZone as _;

    fn channel() -> EmailChannel {
        EmailChannel {
            server: ServerAddress { host: "localhost".to_owned(), port: 25, login: None },
            tls: TlsMode::Off,
            from: "Informes Ñandú <informes@nandu.example>".to_owned(),
            reply_to: None,
            login: MailLogin::default(),
            in_doubt: InDoubt::default(),
            max_size: None,
            archive: None,
            allow: Vec::new(),
        }
    }

    fn composed(to: &str, subject: &str, message_id: &str, attachment: &str) -> Result<Vec<u8>, String> {
        let body = MailBody {
            html: "<p>Año</p>".to_owned(),
            text: "Año\n".to_owned(),
            inline: vec![Inline { cid: "chart-1".to_owned(), media_type: "image/png", bytes: vec![1, 2, 3] }],
        };
        let artifact = Artifact {
            name: attachment.to_owned(),
            format: "csv".to_owned(),
            section: None,
            media_type: "text/csv; charset=utf-8".to_owned(),
            bytes: b"a,b\r\n1,2\r\n".to_vec(),
        };
        let mail = Mail {
            message_id,
            date: Utc.with_ymd_and_hms(2026, 3, 14, 12, 0, 0).unwrap(),
            to: &[to.to_owned()],
            cc: &[],
            subject,
            body: &body,
            attachments: &[&artifact],
        };
        compose(&channel(), &mail)
    }

    #[test]
    fn equal_input_gives_equal_bytes_and_only_seven_bits() {
        let one = composed("Dirección <d@b.example>", "Año", "run-1@parte", "año.csv").unwrap();
        assert_eq!(one, composed("Dirección <d@b.example>", "Año", "run-1@parte", "año.csv").unwrap());
        assert!(one.is_ascii());
        let text = String::from_utf8(one).unwrap();
        assert!(text.lines().all(|line| line.len() <= 998));
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    }

    #[test]
    fn an_international_domain_is_written_in_ascii() {
        let name = "xn--and-6ma2c.example";
        let idn = EmailChannel { from: "Informes <informes@ñandú.example>".to_owned(), ..channel() };
        let domain = mailbox(&idn.from).unwrap().email.domain().to_owned();
        assert_eq!(domain, name);
        let body = MailBody { html: String::new(), text: String::new(), inline: Vec::new() };
        let mail = Mail {
            message_id: &format!("run-1@{domain}"),
            date: Utc.with_ymd_and_hms(2026, 3, 14, 12, 0, 0).unwrap(),
            to: &["a@ñandú.example".to_owned()],
            cc: &[],
            subject: "s",
            body: &body,
            attachments: &[],
        };
        let text = String::from_utf8(compose(&idn, &mail).unwrap()).unwrap();
        assert!(text.is_ascii() && text.contains(&format!("From: Informes <informes@{name}>")), "{text}");
        assert!(
            text.contains(&format!("To: a@{name}")) && text.contains(&format!("<run-1@{name}>")),
            "{text}"
        );
    }

    #[test]
    fn line_breaks_cannot_enter_a_header() {
        for (to, subject, id, attachment) in [
            ("a@b.example\r\nBcc: x@y.example", "s", "i@p", "f"),
            ("a@b.example", "s\r\nBcc: x@y.example", "i@p", "f"),
            ("a@b.example", "s", "i@p>\r\nBcc: x@y.example", "f"),
            ("a@b.example", "s", "no-at-sign", "f"),
            ("a@b.example", "s", "i@p", "f\nX: y"),
        ] {
            assert!(
                composed(to, subject, id, attachment).is_err(),
                "{to:?} {subject:?} {id:?} {attachment:?}"
            );
        }
    }

    #[test]
    fn mailboxes_are_read_as_people_write_them() {
        let read = |text: &str| mailbox(text).map(|it| (it.name, it.email.to_string()));
        let named = |name: &str| Ok((Some(name.to_owned()), "a@b.example".to_owned()));
        assert_eq!(read(" a@b.example "), Ok((None, "a@b.example".to_owned())));
        assert_eq!(read("<a@b.example>"), Ok((None, "a@b.example".to_owned())));
        assert_eq!(read("Dirección <a@b.example>"), named("Dirección"));
        assert_eq!(read("Pérez, Ana M. <a@b.example>"), named("Pérez, Ana M."));
        assert_eq!(read("\"Pérez \\\"Ana\\\"\" <a@b.example>"), named("Pérez \"Ana\""));
        for wrong in ["", "a", "a@", "Ana <a@b.example", "a@b.example, c@d.example", "Ana <a b@c.example>"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
