//! The answers to a browser: the shell with its tabs, the report, its files, its mails, and the event that something changed.
//! Never: making any of it.

use super::shown::{Now, Shown};
use super::{Rendition, ansi};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri, header};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use std::sync::Arc;
use std::time::Duration;

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
/// What the shell may do: its own script and style, frames and questions of this server, nothing else.
const SHELL_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; \
                            frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What a report or a mail may do: be looked at. No script runs, nothing is fetched.
const SHOWN_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                            form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin";
/// A held answer ends after so long without news, so that a browser that went away is noticed.
const HELD: Duration = Duration::from_secs(25);

/// Everything that is answered, on this port.
pub(super) fn router(shown: Arc<Shown>, port: u16) -> Router {
    let hosts = ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{host}:{port}"));
    Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap| {
        let (shown, hosts) = (Arc::clone(&shown), hosts.clone());
        async move { answer(&shown, &hosts, &method, &uri, &headers).await }
    })
}

async fn answer(
    shown: &Shown,
    hosts: &[String],
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Response<Body> {
    // a page elsewhere may have its name resolved to this machine, but not this name in its address
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        return told(StatusCode::FORBIDDEN, "the preview answers only at the address that it prints");
    }
    if method != Method::GET {
        return told(StatusCode::METHOD_NOT_ALLOWED, "the preview is only looked at: GET");
    }
    let path = uri.path();
    if let Some(seen) = path.strip_prefix("/events/") {
        return event(shown, seen, headers).await;
    }
    let now = shown.now();
    match path {
        "/" => page(shell("shell", shown.name(), &now), SHELL_POLICY),
        "/state" => page(shell("state", shown.name(), &now), SHELL_POLICY),
        "/preview.js" => {
            let script = include_str!("../../templates/preview.js");
            respond(StatusCode::OK, "text/javascript; charset=utf-8", SHELL_POLICY, script.into())
        }
        _ => match &now.good {
            Some(rendition) => of_report(rendition, path),
            None => page(Ok("<!doctype html><title>Preview</title>".to_owned()), SHOWN_POLICY),
        },
    }
}

/// A part of the report that was last made.
fn of_report(rendition: &Rendition, path: &str) -> Response<Body> {
    let missing = || told(StatusCode::NOT_FOUND, "there is no such page in the preview");
    if path == "/report.html" {
        return respond(StatusCode::OK, HTML, SHOWN_POLICY, rendition.page.clone().into());
    }
    let file = if path == "/report.pdf" {
        rendition.files.iter().find(|file| file.media_type == "application/pdf")
    } else {
        let name = path.strip_prefix("/files/");
        rendition.files.iter().find(|file| Some(file.name.as_str()) == name)
    };
    if let Some(file) = file {
        let policy =
            "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'";
        return respond(StatusCode::OK, &file.media_type, policy, file.bytes.clone().into());
    }
    let Some((number, kind)) = path.strip_prefix("/mail/").and_then(|name| name.rsplit_once('.')) else {
        return missing();
    };
    let letter = number.parse::<usize>().ok().and_then(|n| rendition.letters.get(n.checked_sub(1)?));
    match (letter, kind) {
        (Some(letter), "html") => respond(StatusCode::OK, HTML, SHOWN_POLICY, letter.html.clone().into()),
        (Some(letter), "txt") => {
            let text = format!("To: {}\nSubject: {}\n\n{}", letter.to, letter.subject, letter.text);
            respond(StatusCode::OK, TEXT, SHOWN_POLICY, text.into())
        }
        _ => missing(),
    }
}

/// Held until something else is shown than what the browser has seen; it asks again by itself.
async fn event(shown: &Shown, seen: &str, headers: &HeaderMap) -> Response<Body> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or(seen);
    let Ok(seen) = last.parse::<u64>() else {
        return told(StatusCode::NOT_FOUND, "ask for the events after a version: /events/0");
    };
    let text = match tokio::time::timeout(HELD, shown.other_than(seen)).await {
        Ok(version) => format!("retry: 100\nid: {version}\nevent: changed\ndata: {version}\n\n"),
        Err(_) => "retry: 100\n: nothing new\n\n".to_owned(),
    };
    respond(StatusCode::OK, "text/event-stream", SHELL_POLICY, text.into())
}

/// The frame around the report, or only the part of it that changes.
fn shell(part: &str, name: &str, now: &Now) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_template("state", include_str!("../../templates/preview-state.html"))?;
    environment.add_template("shell", include_str!("../../templates/preview.html"))?;
    let good = now.good.as_deref();
    let letters: Vec<Value> = good
        .iter()
        .flat_map(|rendition| &rendition.letters)
        .map(|letter| context! { to => letter.to.as_str(), subject => letter.subject.as_str() })
        .collect();
    let files: Vec<String> =
        good.iter().flat_map(|rendition| &rendition.files).map(|file| file.name.clone()).collect();
    let pdf = good.is_some_and(|rendition| rendition.files.iter().any(|f| f.media_type == "application/pdf"));
    environment.get_template(part)?.render(context! {
        name => name,
        title => good.map_or(name, |rendition| rendition.title.as_str()),
        version => now.version,
        made => now.made,
        letters => letters,
        files => files,
        pdf => pdf,
        trouble => now.trouble.as_deref().map(|text| Value::from_safe_string(ansi::html(text))),
    })
}

fn page(html: Result<String, minijinja::Error>, policy: &str) -> Response<Body> {
    match html {
        Ok(html) => respond(StatusCode::OK, HTML, policy, html.into()),
        Err(error) => {
            told(StatusCode::INTERNAL_SERVER_ERROR, &format!("the preview's page broke off: {error}"))
        }
    }
}

fn told(status: StatusCode, what: &str) -> Response<Body> {
    respond(status, TEXT, SHOWN_POLICY, format!("{what}\n").into())
}

fn respond(status: StatusCode, media_type: &str, policy: &str, body: Body) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, media_type)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(body)
        // every header above is a constant or a media type of ours
        .unwrap_or_default()
}
