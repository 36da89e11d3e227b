//! What may be asked of a platform, and done to it, from outside of its process: on a port of its own, without a limit.

use super::changes::Edit;
use super::faults::Rule;
use super::listing::Listing;
use super::log::Entry;
use super::running::State;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Method, Response, StatusCode, Uri, header};
use serde_json::{Value, json};
use std::sync::Arc;

/// Everything that is answered there.
pub(super) fn router(state: Arc<State>) -> Router {
    Router::new().fallback(move |method: Method, uri: Uri, body: Bytes| {
        let answered = answer(&state, &method, uri.path(), &body);
        async move { answered }
    })
}

fn answer(state: &State, method: &Method, path: &str, body: &[u8]) -> Response<Body> {
    let (status, text) = match (method.as_str(), path) {
        ("GET", "/_log") => {
            let entries: Vec<Value> = state.inside().log.iter().map(Entry::json).collect();
            (StatusCode::OK, Value::from(entries).to_string())
        }
        ("GET", "/_counts") => {
            let counts = state.counts();
            let shown = json!({
                "requests": counts.requests,
                "refused": counts.refused,
                "connections": counts.connections,
                "at_once": counts.at_once,
                "most_at_once": counts.most_at_once,
                "tokens": counts.tokens,
            });
            (StatusCode::OK, shown.to_string())
        }
        ("POST", "/_faults") => match faults(body) {
            Ok(rules) => {
                state.set_faults(rules);
                (StatusCode::OK, "{}".to_owned())
            }
            Err(why) => (StatusCode::BAD_REQUEST, json!({ "error": why }).to_string()),
        },
        ("POST", "/_edit") => match edit(body) {
            Ok((listing, edit)) => {
                let rows = state.edit(&mut state.inside(), listing, edit);
                (StatusCode::OK, json!({ "rows": rows }).to_string())
            }
            Err(why) => (StatusCode::BAD_REQUEST, json!({ "error": why }).to_string()),
        },
        _ => (StatusCode::NOT_FOUND, json!({ "error": "not found" }).to_string()),
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// A rule a line.
fn faults(body: &[u8]) -> Result<Vec<Rule>, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::parse).collect()
}

fn edit(body: &[u8]) -> Result<(Listing, Edit), String> {
    let asked: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let name = asked["listing"].as_str().ok_or("listing is missing")?;
    let listing = Listing::named(name).ok_or_else(|| format!("{name:?} is no list"))?;
    let count = |name: &str| asked[name].as_u64().and_then(|count| usize::try_from(count).ok());
    let are_rows = |rows: &[Value]| rows.iter().all(Value::is_object);
    if let Some(rows) = asked["insert"].as_array().filter(|rows| are_rows(rows)) {
        return Ok((listing, Edit::Insert(rows.clone())));
    }
    if let Some(count) = count("insert_copies") {
        return Ok((listing, Edit::InsertCopies(count)));
    }
    if let Some(count) = count("delete_first") {
        return Ok((listing, Edit::DeleteFirst(count)));
    }
    if let Some(ids) = asked["delete"].as_array() {
        let ids = ids.iter().filter_map(Value::as_str).map(str::to_owned);
        return Ok((listing, Edit::Delete(ids.collect())));
    }
    if let (Some(id), true) = (asked["update"].as_str(), asked["with"].is_object()) {
        return Ok((listing, Edit::Update(id.to_owned(), asked["with"].clone())));
    }
    Err("insert, insert_copies, delete_first, delete, or update and with: none of them is there".to_owned())
}
