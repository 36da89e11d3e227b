//! The `url` of a channel: scheme, server, login and path. A secret is taken out before anything else looks at the
//! text, so that no plain text ever holds it.

use super::literal::locate;
use super::problems::{Place, Read};
use super::table::{Page, Spot};
use crate::definition::secret::SecretReference;
use crate::definition::{Secret, ServerAddress, TlsMode};
use crate::suggest;
use std::path::Path;

/// How a channel's `url` begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Smtp,
    SmtpStartTls,
    Smtps,
    Ftp,
    Ftps,
    FtpsImplicit,
    Http,
    Https,
    Folder,
    Sftp,
    S3,
    Webhook,
    Webhooks,
    /// Of the ledger, or of a source; no channel.
    Postgres,
    /// Of a source; no channel.
    MySql,
}

pub(super) const SCHEMES: [(&str, Scheme); 13] = [
    ("smtp", Scheme::Smtp),
    ("smtp+starttls", Scheme::SmtpStartTls),
    ("smtps", Scheme::Smtps),
    ("ftp", Scheme::Ftp),
    ("ftps", Scheme::Ftps),
    ("ftps+implicit", Scheme::FtpsImplicit),
    ("http", Scheme::Http),
    ("https", Scheme::Https),
    ("folder", Scheme::Folder),
    ("sftp", Scheme::Sftp),
    ("s3", Scheme::S3),
    ("webhook+https", Scheme::Webhooks),
    ("webhook+http", Scheme::Webhook),
];

impl Scheme {
    /// The port a server of this kind listens on.
    fn port(self) -> u16 {
        match self {
            Self::Smtp => 25,
            Self::SmtpStartTls => 587,
            Self::Smtps => 465,
            Self::Ftp | Self::Ftps => 21,
            Self::FtpsImplicit => 990,
            Self::Http | Self::Webhook => 80,
            Self::Https | Self::Webhooks | Self::S3 => 443,
            Self::Folder => 0,
            Self::Sftp => 22,
            Self::Postgres => 5432,
            Self::MySql => 3306,
        }
    }

    /// How its connections are protected.
    pub(super) fn tls(self) -> TlsMode {
        match self {
            Self::SmtpStartTls | Self::Ftps => TlsMode::Explicit,
            Self::Smtps | Self::FtpsImplicit | Self::Https | Self::Webhooks | Self::S3 => TlsMode::Implicit,
            Self::Smtp
            | Self::Ftp
            | Self::Http
            | Self::Webhook
            | Self::Folder
            | Self::Sftp
            | Self::Postgres
            | Self::MySql => TlsMode::Off,
        }
    }
}

/// A `url` taken apart. It holds no password but in [`Secret`].
#[derive(Debug)]
pub(super) struct Address {
    pub(super) server: ServerAddress,
    /// Without user and password.
    pub(super) url: url::Url,
    /// What stands behind the host and its port, as bytes of the text.
    pub(super) tail: Place,
}

/// Where secrets come from, and whether they may be missing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vault<'a> {
    /// Files of secrets stand from here.
    pub(super) root: &'a Path,
    /// One that is not there is no problem.
    pub(super) optional: bool,
    /// With an outbox it is not needed: nothing is sent.
    pub(super) sends: bool,
}

impl Vault<'_> {
    /// The secret of a `${...}` that is `part` of a string; `None` when it is not there and need not be.
    pub(super) fn secret(self, page: &Page<'_>, spot: &Spot<String>, part: Place) -> Read<Option<Secret>> {
        let written = &spot.value[part.clone()];
        let place = locate(page.text, &spot.place, &spot.value, part);
        let Some(reference) = SecretReference::parse(written) else {
            let what = "this is not how a secret is referred to";
            let hint = "write ${NAME} for the environment's NAME, or ${file:path} for a file";
            return Err(page.problems.add("bad-secret", &place, what, "not a reference", hint));
        };
        match reference.read(self.root) {
            Ok(secret) => Ok(Some(secret)),
            Err(_) if self.optional => Ok(None),
            Err(error) => {
                let hint = match &reference {
                    SecretReference::Environment(name) => {
                        let way_out = match self.sends {
                            true => ", or write outbox = \"outbox\" into [defaults] to send nothing yet",
                            false => "",
                        };
                        format!("set it before parte starts: export {name}=...{way_out}")
                    }
                    SecretReference::File(_) => {
                        let root = self.root.display();
                        format!("write the secret into it; paths begin at the folder of this file: {root}")
                    }
                };
                let what = error.to_string();
                Err(page.problems.add("missing-secret", &place, what, "not there", hint))
            }
        }
    }

    /// A string that must be one `${...}`, from `part.start` to its end; `what_is_it` names it for people.
    pub(super) fn only_secret(
        self,
        page: &Page<'_>,
        spot: &Spot<String>,
        part: Place,
        what_is_it: &str,
    ) -> Read<Option<Secret>> {
        let written = &spot.value[part.clone()];
        let open = written.starts_with("${") && !written.contains('}');
        if open || written.starts_with("${") && written.find('}') == Some(written.len() - 1) {
            return self.secret(page, spot, part);
        }
        let place = locate(page.text, &spot.place, &spot.value, part);
        page.problems.hide(&place);
        let what = format!("{what_is_it} is written out");
        let hint = "put it into the environment and write ${NAME} here, or ${file:path} for a file";
        Err(page.problems.add(
            "written-secret",
            &place,
            what,
            "everybody who reads this file can read it",
            hint,
        ))
    }
}

/// The scheme of a `url`.
pub(super) fn scheme(page: &Page<'_>, spot: &Spot<String>) -> Read<Scheme> {
    let Some((name, rest)) = spot.value.split_once(':') else {
        let hint =
            "write, for example, smtp+starttls://user:${SMTP_PASSWORD}@smtp.example.com, or folder:PATH";
        return Err(page.problems.add(
            "bad-url",
            &spot.place,
            "this is not the url of a channel",
            "not a url",
            hint,
        ));
    };
    let Some((_, scheme)) = SCHEMES.iter().find(|(known, _)| *known == name) else {
        let place = locate(page.text, &spot.place, &spot.value, 0..name.len());
        let what = format!("no channel speaks `{name}`");
        let hint = match name {
            "ftpes" => "write ftps://: the connection is upgraded with AUTH TLS".to_owned(),
            _ => suggest::hint(name, SCHEMES.iter().map(|(known, _)| *known)),
        };
        return Err(page.problems.add("unknown-scheme", &place, what, "unknown way out", hint));
    };
    if *scheme != Scheme::Folder && !rest.starts_with("//") {
        let place = locate(page.text, &spot.place, &spot.value, 0..name.len() + 1);
        let hint = format!("write {name}://host");
        return Err(page.problems.add(
            "bad-url",
            &place,
            "two slashes are missing",
            "no // after this",
            hint,
        ));
    }
    Ok(*scheme)
}

/// Reads the rest of a `url` with a server in it.
pub(super) fn read(page: &Page<'_>, spot: &Spot<String>, scheme: Scheme, vault: Vault<'_>) -> Read<Address> {
    let text = &spot.value;
    let start = text.find("://").map_or(text.len(), |at| at + 3);
    let references = references(text);
    let plain = covered(text, &references);
    let authority = plain[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    let user_end = plain[start..authority].rfind('@').map(|at| start + at);
    let colon = user_end.and_then(|end| plain[start..end].find(':').map(|at| start + at));
    let password = user_end.zip(colon).map(|(end, colon)| colon + 1..end).filter(|part| !part.is_empty());

    let mut misplaced = Ok(());
    for part in &references {
        if password.as_ref().is_none_or(|password| part.start < password.start || part.end > password.end) {
            let place = locate(page.text, &spot.place, text, part.clone());
            let what = "only the password of a url may be a secret";
            let hint = "write user:${PASSWORD}@host; for keys of an upload API use auth = { ... }";
            misplaced = Err(page.problems.add("misplaced-secret", &place, what, "not a password", hint));
        }
    }
    let secret = match password {
        Some(part) => vault.only_secret(page, spot, part, "a password"),
        None => Ok(None),
    };
    misplaced?;
    let host_start = user_end.map_or(start, |end| end + 1);
    let bare = format!("{}{}", &plain[..start], &plain[host_start..]);
    // what is sent there is HTTP
    let bare = bare.strip_prefix("webhook+").unwrap_or(&bare);
    let url = url::Url::parse(bare).map_err(|error| {
        let place = locate(page.text, &spot.place, text, host_start..text.len());
        let hint = format!("write {}user:${{PASSWORD}}@host:port", &text[..start]);
        page.problems.add("bad-url", &place, format!("this is not a url: {error}"), "cannot be read", hint)
    });
    let user = text[start..colon.or(user_end).unwrap_or(start)].to_owned();
    let url = url?;
    let host = host(page, spot, &url, host_start..authority)?;
    let secret = secret?;
    let login = (!user.is_empty()).then(|| (percent_decode(&user), secret));
    Ok(Address {
        server: ServerAddress { host, port: url.port().unwrap_or(scheme.port()), login },
        url,
        tail: authority..text.len(),
    })
}

fn host(page: &Page<'_>, spot: &Spot<String>, url: &url::Url, part: Place) -> Read<String> {
    let written = url.host_str().unwrap_or_default();
    match url::Host::parse(written) {
        Ok(url::Host::Domain(name)) if !name.is_empty() => Ok(name),
        Ok(url::Host::Ipv4(address)) => Ok(address.to_string()),
        Ok(url::Host::Ipv6(address)) => Ok(address.to_string()),
        _ => {
            let place = locate(page.text, &spot.place, &spot.value, part);
            let hint = "write the name of the server after the slashes: smtp.example.com";
            Err(page.problems.add("bad-url", &place, "the url names no server", "which server?", hint))
        }
    }
}

/// Every `${...}` in a text; one without end reaches to the next `@`, or to the end.
fn references(text: &str) -> Vec<Place> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("${") {
        let start = from + at;
        let end = match text[start..].find('}') {
            Some(close) => start + close + 1,
            None => text[start..].find('@').map_or(text.len(), |stop| start + stop),
        };
        all.push(start..end);
        from = end;
    }
    all
}

/// The text with each part covered, so that its slashes and colons are not taken for those of the url.
fn covered(text: &str, parts: &[Place]) -> String {
    let mut plain = text.to_owned();
    for part in parts {
        plain.replace_range(part.clone(), &"x".repeat(part.len()));
    }
    plain
}

/// `%40` and the like as the characters they stand for; what is not UTF-8 then stays as written.
pub(super) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .map(|hex| u8::from_str_radix(hex, 16))
        {
            Some(Ok(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            _ => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{covered, percent_decode, references};

    #[test]
    fn a_reference_with_slashes_hides_them_from_the_url() {
        let text = "ftps://u:${file:/run/x@y}@host/dir";
        let parts = references(text);
        assert_eq!(parts.as_slice(), std::slice::from_ref(&(9..25)));
        assert_eq!(covered(text, &parts), "ftps://u:xxxxxxxxxxxxxxxx@host/dir");
    }

    #[test]
    fn percent_signs_stand_for_bytes() {
        assert_eq!(percent_decode("informes%40nandu.example"), "informes@nandu.example");
        assert_eq!(percent_decode("a%C3%B1o 100%"), "año 100%");
        assert_eq!(percent_decode("%FF"), "%FF");
        assert_eq!(percent_decode("%+1"), "%+1");
    }
}
