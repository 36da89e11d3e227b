//! `[channels.NAME]`, as written: which keys it may have follows from its `url`.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::values::{ChannelUrl, Method, NAME, Timeout, tables};
use schemars::JsonSchema;
use serde_json::{Value, json};

tables! {
    /// Channels by name.
    Channels of Channel, named NAME;
}

/// A way out: the beginning of its `url` says which. Secrets stand as ${NAME} and are taken from the environment.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("allOf" = keys_by_way()))]
struct Channel {
    /// smtp+starttls://, smtps://, smtp:// (mail), ftps://, ftp://, https://, http:// (upload) or folder:PATH.
    url: ChannelUrl,
    /// Who a mail is from. Must be there for mail.
    #[schemars(example = &"Informes <informes@example.com>", regex(pattern = "@"))]
    from: Option<String>,
    /// Where answers to a mail go. Without it to `from`.
    #[schemars(regex(pattern = "@"))]
    reply_to: Option<String>,
    /// How files are named there: FTP, upload, folder.
    #[schemars(extend("default" = crate::definition::FilePattern::DEFAULT))]
    file: Option<String>,
    /// How an upload is sent.
    #[schemars(extend("default" = "put"))]
    method: Option<Method>,
    /// Who we are at an upload API.
    auth: Option<Auth>,
    /// A PEM file with certificates to trust beside the system's.
    ca: Option<String>,
    /// How long one answer of the peer may take, at most an hour.
    #[schemars(extend("default" = "30s"))]
    timeout: Option<Timeout>,
    /// How many connections to its host are open at once.
    #[schemars(range(min = 1, max = 16), extend("default" = 4))]
    connections: Option<u8>,
}

/// Who we are at an upload API: exactly one way.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
struct Auth {
    /// Authorization: Bearer.
    #[schemars(example = &"${PORTAL_TOKEN}")]
    bearer: Option<String>,
    /// User and password.
    #[schemars(example = &"user:${PASSWORD}", regex(pattern = "^[^:]+:"))]
    basic: Option<String>,
    /// A header and its value.
    #[schemars(example = &"X-Api-Key: ${KEY}", regex(pattern = "^[A-Za-z0-9_-]+:"))]
    api_key: Option<String>,
}

/// Which keys go with which beginnings of the url.
fn keys_by_way() -> Value {
    let way = |begins: &str, needs: &[&str], never: &[&str]| {
        let never: serde_json::Map<String, Value> =
            never.iter().map(|key| ((*key).to_owned(), Value::Bool(false))).collect();
        json!({
            "if": { "properties": { "url": { "pattern": begins } }, "required": ["url"] },
            "then": { "required": needs, "properties": never },
        })
    };
    json!([
        way("^smtp", &["from"], &["file", "method", "auth"]),
        way("^ftp", &[], &["from", "reply_to", "method", "auth"]),
        way("^http", &[], &["from", "reply_to"]),
        way("^folder:", &[], &["from", "reply_to", "method", "auth", "connections"]),
    ])
}
