//! What would change about channels. Never shows a secret, nor that one is another.

use super::{Subject, named, users};
use crate::definition::{
    Channel, Definitions, Existing, FileFacts, FilePattern, HostIdentity, HttpEndpoint, MailLogin, Placing,
    ReportId, ServerAddress, TlsMode, UploadAuth, Way,
};
use crate::plan::compare::Facts;
use crate::plan::words;
use chrono::NaiveDate;
use std::path::Path;
use url::Url;

pub(super) fn channels(before: &Definitions, after: &Definitions) -> Vec<Subject> {
    let all = |definitions: &Definitions| -> Vec<(String, Facts)> {
        let facts = |channel: &Channel| facts(channel, &definitions.root);
        definitions.channels.iter().map(|(id, channel)| (id.to_string(), facts(channel))).collect()
    };
    named("channel", &all(before), &all(after), |id| {
        users(before, after, |report| report.deliver.iter().any(|deliver| deliver.channel.as_str() == id))
    })
}

fn facts(channel: &Channel, root: &Path) -> Facts {
    let mut facts = Facts::new();
    let mut say = |key: &str, value: String| facts.push((key.to_owned(), value));
    say("way", words::way(channel));
    match &channel.way {
        Way::Email(email) => {
            say("server", server(&email.server));
            say("protection", tls(email.tls).to_owned());
            say("from", email.from.clone());
            say("reply_to", email.reply_to.clone().unwrap_or_else(|| "from".to_owned()));
            let by_token = email.login == MailLogin::Token;
            say("login", format!("{}{}", login(&email.server), if by_token { " (xoauth2)" } else { "" }));
            say("in_doubt", words::in_doubt(email.in_doubt).to_owned());
            say(
                "max_size",
                email.max_size.map_or_else(|| "any".to_owned(), |bytes| format!("{bytes} bytes")),
            );
            say("archive", email.archive.clone().unwrap_or_else(|| "none".to_owned()));
            say("allow", if email.allow.is_empty() { "all".to_owned() } else { email.allow.join(", ") });
        }
        Way::Ftp(ftp) => {
            say("server", server(&ftp.server));
            say("protection", tls(ftp.tls).to_owned());
            say("login", login(&ftp.server));
            say("folder", format!("/{}", ftp.folder));
            say("file", pattern(&ftp.file));
            placing(&ftp.placing, &mut say);
        }
        Way::Sftp(sftp) => {
            say("server", server(&sftp.server));
            say("host_key", identity(&sftp.identity, root));
            say("login", format!("{}{}", login(&sftp.server), if sftp.key.is_some() { ", key" } else { "" }));
            say("folder", format!("/{}", sftp.folder));
            say("file", pattern(&sftp.file));
            placing(&sftp.placing, &mut say);
        }
        Way::Upload(upload) => {
            endpoint(&upload.endpoint, &mut say);
            if let Some(presign) = &upload.presign {
                say("presign", format!("{}, {}", shown(&presign.url), presign.field));
            }
            say("file", pattern(&upload.file));
        }
        Way::Folder(folder) => {
            say("folder", words::path(&folder.path, root));
            say("file", pattern(&folder.file));
            placing(&folder.placing, &mut say);
        }
        Way::S3(s3) => {
            say("url", format!("s3://{}/{}", s3.store.bucket, s3.store.prefix));
            say("endpoint", shown(&s3.store.endpoint));
            say("region", s3.store.region.clone());
            say("path_style", s3.store.path_style.to_string());
            say("existing", if s3.replace { "replace" } else { "refuse" }.to_owned());
            if s3.store.private {
                say("private", "true".to_owned());
            }
            say("file", pattern(&s3.file));
        }
        Way::Webhook(webhook) => endpoint(&webhook.endpoint, &mut say),
    }
    say("timeout", format!("{} s", channel.timeout.as_secs()));
    if let Some(connections) = channel.connections {
        say("connections", connections.to_string());
    }
    if let Some(ca) = &channel.ca {
        say("ca", words::path(ca, root));
    }
    if let Some(outbox) = &channel.outbox {
        say("outbox", format!("{} (nothing is sent)", words::path(outbox, root)));
    }
    facts
}

fn endpoint(endpoint: &HttpEndpoint, say: &mut impl FnMut(&str, String)) {
    say("url", shown(&endpoint.url));
    say("auth", auth(&endpoint.auth));
    if endpoint.private {
        say("private", "true".to_owned());
    }
    if !endpoint.done_on.is_empty() {
        let codes: Vec<String> = endpoint.done_on.iter().map(u16::to_string).collect();
        say("done_on", codes.join(", "));
    }
    if endpoint.receipt != HttpEndpoint::RECEIPT {
        say("receipt", endpoint.receipt.clone());
    }
}

pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    // a query may hold what is as good as a password
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{}://{}{port}{}{query}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

fn server(address: &ServerAddress) -> String {
    format!("{}:{}", address.host, address.port)
}

fn login(address: &ServerAddress) -> String {
    address.login.as_ref().map_or_else(|| "none".to_owned(), |(user, _)| user.clone())
}

fn placing(placing: &Placing, say: &mut impl FnMut(&str, String)) {
    let existing = match placing.existing {
        Existing::Refuse => "refuse",
        Existing::Keep => "keep",
        Existing::Replace => "replace",
    };
    say("existing", existing.to_owned());
    if let Some(done) = &placing.done {
        say("done", done.clone());
    }
}

fn identity(identity: &HostIdentity, root: &Path) -> String {
    match identity {
        HostIdentity::Key(key) => key.clone(),
        HostIdentity::KnownHosts(path) => format!("one of {}", words::path(path, root)),
    }
}

fn tls(mode: TlsMode) -> &'static str {
    match mode {
        TlsMode::Off => "none",
        TlsMode::Explicit => "TLS, upgraded in the session",
        TlsMode::Implicit => "TLS from the first byte",
    }
}

pub(super) fn auth(auth: &UploadAuth) -> String {
    match auth {
        UploadAuth::None => "none".to_owned(),
        UploadAuth::Bearer(_) => "bearer".to_owned(),
        UploadAuth::Basic(user, _) => format!("basic, {user}"),
        UploadAuth::ApiKey(header, _) => format!("api_key, {header}"),
        UploadAuth::OAuth2(login) => format!("oauth2, {} at {}", login.client_id, shown(&login.token_url)),
        UploadAuth::Hmac(_) => "hmac".to_owned(),
    }
}

/// A pattern by an example: two that are written differently and give the same names are the same.
fn pattern(pattern: &FilePattern) -> String {
    let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap_or_default();
    let Some(report) = ReportId::parse("report") else { return String::new() };
    let name = pattern.name(&FileFacts {
        report: &report,
        section: Some("section"),
        params: Some("params"),
        extension: "csv",
        days: (day(2), day(8)),
        run_time: day(9).and_hms_opt(7, 30, 5).unwrap_or_default(),
    });
    format!("for example {name}")
}
