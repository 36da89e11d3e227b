//! Uploads in two steps: an API gives an address of its store, and the file is put there without login.

use super::verdict::field;
use super::{Lost, Partner, carrying, patience, with_body};
use crate::definition::{Channel, HttpEndpoint, Presign, PresignMethod, UploadAuth, UploadChannel};
use crate::deliver::answer::quoted;
use crate::deliver::{Outcome, Shipment};
use reqwest::StatusCode;
use url::Url;

/// Asks for an address and puts the file there; `Ok` holds what the store answered. Each try asks anew: addresses end.
pub(super) async fn send(
    channel: &Channel,
    upload: &UploadChannel,
    presign: &Presign,
    name: &str,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    let asked = HttpEndpoint { url: presign.url.clone(), ..upload.endpoint.clone() };
    let partner = Partner::meet(channel, &asked, channel.timeout).await?;
    let size = shipment.bytes.len();
    let request = match presign.method {
        PresignMethod::Post => {
            let what = serde_json::json!({ "file": name, "content_type": shipment.media_type, "size": size });
            let body = what.to_string().into_bytes();
            carrying(partner.client().post(asked.url.clone()), "application/json", &shipment.key, body)
        }
        PresignMethod::Get => {
            let mut url = asked.url.clone();
            url.query_pairs_mut()
                .append_pair("file", name)
                .append_pair("content_type", &shipment.media_type)
                .append_pair("size", &size.to_string());
            partner.client().get(url)
        }
    };
    // an address that nobody uses is no harm
    let response = partner.send(request, &shipment.key, Lost::AskAgain).await?;
    if !response.status().is_success() {
        // a code of `done_on`: it has the file already
        return partner.judge_delivery(response, "the question where to put the file").await;
    }
    let answer = partner.json(response, "the question where to put the file").await?;
    let target = field(&answer, &presign.field).ok_or_else(|| {
        Outcome::refused(format!(
            "{} named no address in the field `{}` of its answer; check `presign` of channel {}",
            partner.at(),
            quoted(&presign.field),
            channel.id
        ))
    })?;
    let url = agreed(&target, &upload.endpoint.url).map_err(|what| {
        Outcome::refused(format!("the address that {} named for {name} {what}", partner.at()))
    })?;
    let store = HttpEndpoint { url, auth: UploadAuth::None, ..upload.endpoint.clone() };
    let partner = Partner::meet(channel, &store, patience(channel, shipment)).await?;
    let request = with_body(partner.client().put(store.url.clone()), shipment);
    let response = partner.send(request, &shipment.key, Lost::AskAgain).await?;
    // that one address has ended, not the channel's
    if response.status() == StatusCode::GONE {
        let what = format!("{} answered 410 Gone to {name}; another address is asked for", partner.at());
        return Err(Outcome::retry(what));
    }
    partner.judge(response, name).await
}

/// The address, if it is on the store that the definition names: nobody else may say where files go. It is never shown,
/// its query is as good as a password.
fn agreed(target: &str, store: &Url) -> Result<Url, String> {
    let url = Url::parse(target).map_err(|error| format!("cannot be read: {error}"))?;
    let (host, known) = (url.host_str().unwrap_or_default(), store.host_str().unwrap_or_default());
    let below = host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if known.is_empty() || !below {
        return Err(format!(
            "is on {}, not on {known}; if that is right, write that host into `url` of the channel",
            quoted(host)
        ));
    }
    if !(url.scheme() == "https" || url.scheme() == "http" && store.scheme() == "http") {
        return Err("is not encrypted, as `url` of the channel is".to_owned());
    }
    if url.port_or_known_default() != store.port_or_known_default() {
        return Err("has another port than `url` of the channel".to_owned());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_go_to_the_store_of_the_definition_alone() {
        let agreed = |target: &str| agreed(target, &"https://store.example/".parse().unwrap());
        assert!(agreed("https://store.example/a?sig=1").is_ok());
        assert!(agreed("https://bucket.store.example/a").is_ok());
        for (target, word) in [
            ("https://evilstore.example/a?sig=hush", "evilstore.example"),
            ("https://store.example.evil.example/", "not on store.example"),
            ("http://store.example/a", "not encrypted"),
            ("https://store.example:8443/a", "port"),
            ("http://169.254.169.254/latest", "169.254.169.254"),
            ("/relative", "cannot be read"),
            ("file:///etc/passwd", "not on"),
        ] {
            let said = agreed(target).unwrap_err();
            assert!(said.contains(word) && !said.contains("hush"), "{target}: {said}");
        }
    }
}
