//! `http://`, `https://`: channels of uploads; `webhook+http://`, `webhook+https://`: channels of events.

use super::{auth, file, http_url, warn_unless_encrypted};
use crate::definition::read::address::{self, Address, Scheme, Vault};
use crate::definition::read::civil::one_word;
use crate::definition::read::problems::{Read, Reported};
use crate::definition::read::table::{Spot, Table};
use crate::definition::{
    HttpEndpoint, Presign, PresignMethod, UploadAuth, UploadChannel, UploadMethod, WebhookChannel,
};
use toml::de::DeValue;

/// Keys of whatever is brought over HTTP.
pub(super) const HTTP_KEYS: [&str; 4] = ["auth", "private", "done_on", "receipt"];

pub(in crate::definition::read) const METHODS: [(&str, UploadMethod); 3] =
    [("put", UploadMethod::Put), ("post", UploadMethod::Post), ("multipart", UploadMethod::Multipart)];

pub(in crate::definition::read) const PRESIGN_METHODS: [(&str, PresignMethod); 2] =
    [("post", PresignMethod::Post), ("get", PresignMethod::Get)];

/// Codes that an API may use to say that it has something already.
pub(in crate::definition) const DONE_ON: std::ops::RangeInclusive<i64> = 400..=499;

pub(super) fn read(
    table: &Table<'_>,
    url: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
) -> Read<UploadChannel> {
    let endpoint = endpoint(table, url, scheme, vault);
    let file = file(table);
    let method = one_word(table, "method", "method", &METHODS);
    let presign = presign(table)?;
    let method = method?;
    if let (Some(_), Some(method)) = (&presign, &method)
        && method.value != UploadMethod::Put
    {
        let what = "a file is always put to an address that was asked for";
        return Err(table.problems().add(
            "conflicting-keys",
            &method.place,
            what,
            "not put",
            "delete `method`",
        ));
    }
    let method = method.map_or(UploadMethod::Put, |method| method.value);
    Ok(UploadChannel { endpoint: endpoint?, method, presign, file: file? })
}

pub(super) fn webhook(
    table: &Table<'_>,
    url: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
) -> Read<WebhookChannel> {
    Ok(WebhookChannel { endpoint: endpoint(table, url, scheme, vault)? })
}

fn endpoint(
    table: &Table<'_>,
    url_spot: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
) -> Read<HttpEndpoint> {
    let address = address::read(table.page(), url_spot, scheme, vault);
    let auth = auth::read(table, vault);
    let private = table.boolean("private");
    let done_on = done_on(table);
    let receipt = path(table, "receipt");
    let Address { server, url, .. } = address?;
    let auth = match (auth?, server.login.clone()) {
        (None, None) => UploadAuth::None,
        (Some(auth), None) => auth,
        (None, Some((user, password))) => UploadAuth::Basic(user, password),
        (Some(_), Some(_)) => {
            let what = "the url has a user and `auth` is there too";
            let hint = "keep one of them";
            let place = table.key_place("auth");
            return Err(table.problems().add("conflicting-keys", &place, what, "one too many", hint));
        }
    };
    // a signature is no secret
    if !matches!(auth, UploadAuth::None | UploadAuth::Hmac(_)) {
        let hint = "write https://, if the server offers it";
        warn_unless_encrypted(table, url_spot, scheme, &server.host, hint);
    }
    Ok(HttpEndpoint {
        url,
        auth,
        private: private?.unwrap_or_default(),
        done_on: done_on?,
        receipt: receipt?.unwrap_or_else(|| HttpEndpoint::RECEIPT.to_owned()),
    })
}

/// Reads `done_on = [409]`.
fn done_on(table: &Table<'_>) -> Read<Vec<u16>> {
    const HINT: &str = "write the codes of the API that mean that it has the file already: done_on = [409]";
    let Some(items) = table.list("done_on", || HINT.to_owned())? else { return Ok(Vec::new()) };
    let mut codes = Vec::new();
    let mut fault: Option<Reported> = None;
    for item in items.value {
        let code = match item.value {
            DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).ok(),
            _ => None,
        };
        match code.filter(|code| DONE_ON.contains(code)).and_then(|code| u16::try_from(code).ok()) {
            Some(code) => codes.push(code),
            None => {
                let what = "this is no code that could mean that it was done before";
                let label = "not between 400 and 499";
                fault = Some(table.problems().add("out-of-range", &item.place, what, label, HINT));
            }
        }
    }
    fault.map_or(Ok(codes), Err)
}

/// A field of a JSON answer: names with dots between them.
fn path(table: &Table<'_>, key: &'static str) -> Read<Option<String>> {
    let Some(spot) = table.string(key)? else { return Ok(None) };
    if spot.value.split('.').all(|name| !name.is_empty() && !name.contains(char::is_whitespace)) {
        return Ok(Some(spot.value));
    }
    let what = format!("`{}` does not name a field of an answer", spot.value);
    let hint = format!("write the name of a JSON field, with dots into nested ones: {key} = \"data.id\"");
    Err(table.problems().add("bad-name", &spot.place, what, "not a field", hint))
}

fn presign(table: &Table<'_>) -> Read<Option<Presign>> {
    const HINT: &str = "write presign = { url = \"https://api.example.com/uploads\" }";
    let Some(inner) = table.table("presign", "presign", HINT, &[])? else { return Ok(None) };
    let url = inner
        .need("url", inner.string("url"), "write url = \"https://api.example.com/uploads\"")
        .and_then(|spot| http_url(&inner, "url", &spot));
    let method = one_word(&inner, "method", "method", &PRESIGN_METHODS);
    let field = path(&inner, "field");
    Ok(Some(Presign {
        url: url?,
        method: method?.map_or(PresignMethod::Post, |method| method.value),
        field: field?.unwrap_or_else(|| Presign::FIELD.to_owned()),
    }))
}
