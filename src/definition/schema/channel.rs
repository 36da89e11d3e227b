//! `[channels.NAME]`, as written: which keys it may have follows from its `url`.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::values::{
    ChannelUrl, Codes, Domains, Existing, FieldPath, HttpUrl, InDoubt, Method, NAME, PresignMethod, Timeout,
    tables,
};
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
    /// smtp+starttls://, smtps://, smtp:// (mail), ftps://, ftps+implicit://, ftp://, sftp://, https://, http:// (upload),
    /// s3://BUCKET/PREFIX, webhook+https://, webhook+http:// (events) or folder:PATH.
    url: ChannelUrl,
    /// Who a mail is from. Must be there for mail.
    #[schemars(example = &"Informes <informes@example.com>", regex(pattern = "@"))]
    from: Option<String>,
    /// Where answers to a mail go. Without it to `from`.
    #[schemars(regex(pattern = "@"))]
    reply_to: Option<String>,
    /// How files are named there: FTP, SFTP, upload, S3, folder.
    #[schemars(extend("default" = crate::definition::FilePattern::DEFAULT))]
    file: Option<String>,
    /// How an upload is sent.
    #[schemars(extend("default" = "put"))]
    method: Option<Method>,
    /// Who we are at an upload API or a webhook, or with a token at a mail server.
    auth: Option<Auth>,
    /// Its name may lead to an address of a private network: upload, webhook, S3.
    #[schemars(extend("default" = false))]
    private: Option<bool>,
    /// Codes that mean that it was done before: upload, webhook.
    done_on: Option<Codes>,
    /// The field of the JSON answer that is kept: upload, webhook.
    #[schemars(extend("default" = crate::definition::HttpEndpoint::RECEIPT))]
    receipt: Option<FieldPath>,
    /// Where the address of each upload is asked for; `url` then says on which host it may be.
    presign: Option<Presign>,
    /// Where an S3-compatible store is. Must be there for s3.
    endpoint: Option<HttpUrl>,
    /// The region that requests to a store are signed for.
    #[schemars(extend("default" = "us-east-1"))]
    region: Option<String>,
    /// Who we are at a store. Must be there for s3.
    #[schemars(example = &"${S3_ACCESS_KEY}")]
    access_key: Option<String>,
    /// What proves it. Must be there for s3.
    #[schemars(example = &"${S3_SECRET_KEY}")]
    secret_key: Option<String>,
    /// The bucket stands in the path of addresses, not in the host's name.
    #[schemars(extend("default" = false))]
    path_style: Option<bool>,
    /// A PEM file with certificates to trust beside the system's.
    ca: Option<String>,
    /// How long one answer of the peer may take, at most an hour.
    #[schemars(extend("default" = "30s"))]
    timeout: Option<Timeout>,
    /// What becomes of a mail whose server was not heard of again after the whole of it was sent: once more, or held.
    #[schemars(extend("default" = "resend"))]
    in_doubt: Option<InDoubt>,
    /// No mail is larger: what has no room goes in a ZIP, is linked to in `archive`, or comes in further mails.
    #[schemars(example = &"10 MB", regex(pattern = "^[ ]*[0-9]+ *([Kk]|[Mm]|[Gg])[Bb][ ]*$"))]
    max_size: Option<String>,
    /// Where files are that a mail has no room for, with {report} and {file}.
    #[schemars(example = &"https://files.example.com/{report}/{file}", regex(pattern = "^https?://.*[{]file[}]"))]
    archive: Option<String>,
    /// Domains that get mail; *.example.com stands for all below it. Without it all.
    allow: Option<Domains>,
    /// What happens when another file has the name of ours: FTP, SFTP, S3 (without it "refuse"), folder (without it "replace").
    existing: Option<Existing>,
    /// An empty file that says that the file is whole, made after it: FTP, SFTP, folder.
    #[schemars(example = &"{file}.ok", regex(pattern = "\\{file\\}"))]
    done: Option<String>,
    /// The public key that an SFTP server has: one of `host_key` and `known_hosts` must be there.
    #[schemars(example = &"ssh-ed25519 AAAA...", regex(pattern = "^(ssh-ed25519|ecdsa-sha2-\\S+) "))]
    host_key: Option<String>,
    /// A file of public keys of SFTP servers, as ssh-keyscan writes it.
    known_hosts: Option<String>,
    /// A private key that logs in at an SFTP server.
    #[schemars(example = &"${file:/run/secrets/id_ed25519}", regex(pattern = "^\\$\\{.+\\}$"))]
    key: Option<String>,
    /// What `key` is encrypted with.
    #[schemars(example = &"${SFTP_PASSPHRASE}", regex(pattern = "^\\$\\{.+\\}$"))]
    passphrase: Option<String>,
    /// How many connections to its host are open at once.
    #[schemars(range(min = 1, max = 16), extend("default" = 4))]
    connections: Option<u8>,
}

/// Who we are: exactly one way. Tokens by xoauth2 are for mail, the others for uploads.
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
    /// A mail server's token; the user stands in the url.
    #[schemars(example = &"${file:/run/secrets/token}")]
    xoauth2: Option<String>,
    /// A signature of each request (Standard Webhooks) with this key: whsec_ and base64.
    #[schemars(example = &"${SIGNING_KEY}")]
    hmac: Option<String>,
    /// A token of an authorization server (client credentials).
    oauth2: Option<OAuth2>,
}

/// Who asks for tokens, and where.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct OAuth2 {
    /// Where tokens are given.
    token_url: HttpUrl,
    /// Who asks.
    client_id: String,
    /// What proves it.
    #[schemars(example = &"${CLIENT_SECRET}")]
    client_secret: String,
    /// What for, with blanks between scopes.
    scope: Option<String>,
}

/// An API that gives an address to put a file to.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Presign {
    /// Where it is asked, under `auth`.
    url: HttpUrl,
    /// How it is asked.
    #[schemars(extend("default" = "post"))]
    method: Option<PresignMethod>,
    /// The field of the JSON answer with the address.
    #[schemars(extend("default" = crate::definition::Presign::FIELD))]
    field: Option<FieldPath>,
}

/// Keys of mail alone.
const MAIL: &[&str] = &["from", "reply_to", "in_doubt", "max_size", "archive", "allow"];

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
    const UPLOAD: &[&str] = &["method", "presign", "auth"];
    const HTTP: &[&str] = &["private", "done_on", "receipt"];
    const STORE: &[&str] = &["endpoint", "region", "access_key", "secret_key", "path_style"];
    const PLACING: &[&str] = &["existing", "done"];
    const SSH: &[&str] = &["host_key", "known_hosts", "key", "passphrase"];
    json!([
        way("^smtp", &["from"], &[&["file", "method", "presign"], HTTP, STORE, PLACING, SSH].concat()),
        way("^ftp", &[], &[MAIL, UPLOAD, HTTP, STORE, SSH].concat()),
        way("^sftp", &[], &[MAIL, UPLOAD, HTTP, STORE, &["ca"]].concat()),
        way("^http", &[], &[MAIL, STORE, PLACING, SSH].concat()),
        way("^webhook", &[], &[MAIL, STORE, PLACING, SSH, &["method", "presign", "file"]].concat()),
        way(
            "^s3:",
            &["endpoint", "access_key", "secret_key"],
            &[MAIL, UPLOAD, SSH, &["done", "done_on", "receipt"]].concat()
        ),
        way("^folder:", &[], &[MAIL, UPLOAD, HTTP, STORE, SSH, &["connections"]].concat()),
        {
            "if": { "properties": { "url": { "pattern": "^sftp" } }, "required": ["url"] },
            "then": { "oneOf": [{ "required": ["host_key"] }, { "required": ["known_hosts"] }] },
        },
    ])
}
