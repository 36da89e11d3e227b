//! How a request is answered: written down, counted, held against the limit, met by a fault or not, let in, and given its rows.

use super::access::{Credential, Refused};
use super::answer::{Answer, ErrorShape};
use super::faults::Fault;
use super::limit::RetryAfter;
use super::listing::{Generation, Listing};
use super::log::Entry;
use super::running::{Inside, State};
use super::wire::Wire;
use super::{query, spoiling};
use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a request may send.
const MOST_SENT: usize = 1 << 20;

/// What a path is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    List(Listing),
    One(Listing),
    Token,
    Nowhere,
}

/// Answers a request.
pub(super) async fn answer(state: Arc<State>, wire: Wire, request: Request<Body>) -> Response<Body> {
    let arrived = Instant::now();
    let (parts, body) = request.into_parts();
    let credential = Credential::of(&parts.headers);
    let number = write_down(&state, &parts, &credential, arrived);
    let at_once = AtOnce::one_more(&state);
    let sent = to_bytes(body, MOST_SENT).await;
    let path = parts.uri.path();
    let place = place(&state, path);
    let shape = state.error_shape(generation(place, path));
    let limited = if place == Place::Token { None } else { over_limit(&state, &credential, arrived, shape) };
    let fault = match &limited {
        Some(_) => None,
        None => state.inside().faults.meet(path, place != Place::Token),
    };
    if let Some(fault) = &fault {
        state.inside().log[number].fault = Some(fault.to_string());
        if spoiling::is_silent(fault) {
            // the client has hung up or the test is over when this ends
            std::future::pending::<()>().await;
        }
        if let Fault::Slow(late) = fault {
            tokio::time::sleep(*late).await;
        }
    }
    let instead = limited.or_else(|| fault.as_ref().and_then(|fault| spoiling::instead(fault, shape)));
    let answer = instead.unwrap_or_else(|| match &sent {
        Ok(sent) => right_answer(&state, place, &parts, &credential, sent, shape),
        Err(_) => Answer::error(shape, 413, "request entity too large"),
    });
    let answer = match &fault {
        Some(fault) => spoiling::spoilt(fault, answer, &wire),
        None => answer,
    };
    let answer = state.declares.iter().fold(answer, |answer, (name, value)| answer.with(name, value));
    drop(at_once);
    finished(&state, number, arrived, &answer);
    let is_chunked = fault == Some(Fault::HalfChunked);
    sent_answer(answer, state.is_skewed().then(|| state.now()), is_chunked)
}

fn write_down(state: &State, parts: &Parts, credential: &Credential, arrived: Instant) -> usize {
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let mut inside = state.inside();
    let place = inside.log.len();
    inside.log.push(Entry {
        number: place as u64 + 1,
        after: arrived.duration_since(state.started),
        at: parte::clock::now(),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        credential: credential.name(),
        headers: headers.collect(),
        status: None,
        fault: None,
        rows: 0,
        bytes: 0,
        took: None,
    });
    place
}

/// A request that is being answered: counted until its answer is made, or until its client has hung up.
struct AtOnce<'a>(&'a State);

impl<'a> AtOnce<'a> {
    fn one_more(state: &'a State) -> Self {
        let mut inside = state.inside();
        inside.at_once += 1;
        inside.most_at_once = inside.most_at_once.max(inside.at_once);
        Self(state)
    }
}

impl Drop for AtOnce<'_> {
    fn drop(&mut self) {
        self.0.inside().at_once -= 1;
    }
}

fn finished(state: &State, place: usize, arrived: Instant, answer: &Answer) {
    let mut inside = state.inside();
    let entry = &mut inside.log[place];
    entry.status = Some(answer.status);
    entry.rows = answer.rows;
    entry.bytes = answer.body.len();
    entry.took = Some(arrived.elapsed());
}

fn place(state: &State, path: &str) -> Place {
    if state.inside().gate.gives(path) {
        return Place::Token;
    }
    if let Some(listing) = Listing::at(path) {
        return Place::List(listing);
    }
    let is_one =
        |prefix: &str| path.strip_prefix(prefix).is_some_and(|id| !id.is_empty() && !id.contains('/'));
    if is_one("/api/activities/") {
        return Place::One(Listing::Activities);
    }
    if is_one("/v1/tasks/") || is_one("/tasks/") {
        return Place::One(Listing::DraftTasks);
    }
    Place::Nowhere
}

/// Whose words an error at this path has; what is nowhere speaks like its neighbours.
fn generation(place: Place, path: &str) -> Generation {
    match place {
        Place::List(listing) | Place::One(listing) => listing.generation(),
        Place::Token => Generation::Core,
        Place::Nowhere if path.starts_with("/api/v1/") => Generation::Analytics,
        Place::Nowhere if path.starts_with("/api/") => Generation::Core,
        Place::Nowhere => Generation::Draft,
    }
}

fn over_limit(state: &State, credential: &Credential, arrived: Instant, shape: ErrorShape) -> Option<Answer> {
    let mut inside = state.inside();
    let limit = inside.limit?;
    let wait = inside.arrivals.arrive(&limit, &credential.holder(), arrived).err()?;
    // whole seconds, rounded up: who comes back then is let in
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let answer = Answer::error(shape, 429, "too many requests");
    Some(match limit.retry_after {
        RetryAfter::Absent => answer,
        RetryAfter::Seconds => answer.with("retry-after", seconds.to_string()),
        RetryAfter::Date => {
            // a date has no fraction, so that it is rounded up once more
            let at = state.now() + Duration::from_secs(seconds + 1);
            answer.with("retry-after", http_date(at))
        }
    })
}

fn right_answer(
    state: &State,
    place: Place,
    parts: &Parts,
    credential: &Credential,
    sent: &[u8],
    shape: ErrorShape,
) -> Answer {
    let path = parts.uri.path();
    let method = parts.method.as_str();
    let now = state.now();
    let mut inside = state.inside();
    let listing = match place {
        Place::Token => {
            let given = inside.gate.give(method, path, &parts.headers, sent, now);
            return given.unwrap_or_else(|| Answer::error(shape, 404, "not found"));
        }
        Place::Nowhere => return Answer::error(shape, 404, &format!("Cannot {method} {path}")),
        Place::List(listing) | Place::One(listing) => listing,
    };
    if method != "GET" {
        return Answer::error(shape, 404, &format!("Cannot {method} {path}"));
    }
    let tenant = parts.headers.get("x-tenant-id").and_then(|value| value.to_str().ok());
    if let Err(Refused { status, message }) = inside.gate.admit(listing, credential, tenant, now) {
        return Answer::error(shape, status, &message);
    }
    if place == Place::One(listing) {
        return one(&inside, listing, path, shape);
    }
    match list(state, &mut inside, listing, parts.uri.query().unwrap_or_default()) {
        Ok(answer) if state.etags && listing.is_catalogue() => tagged(answer, parts),
        Ok(answer) => answer,
        Err(message) => Answer::error(shape, 400, &message),
    }
}

fn one(inside: &Inside, listing: Listing, path: &str, shape: ErrorShape) -> Answer {
    let id = path.rsplit('/').next().unwrap_or_default();
    match inside.rows.get(&listing).and_then(|rows| rows.with_id(id)) {
        Some(row) => Answer { rows: 1, ..Answer::json(200, row.whole().to_owned()) },
        None if listing == Listing::Activities && !query::is_uuid(id) => {
            Answer::error(shape, 400, "Validation failed (uuid is expected)")
        }
        None => Answer::error(shape, 404, "not found"),
    }
}

fn list(state: &State, inside: &mut Inside, listing: Listing, query: &str) -> Result<Answer, String> {
    let paging = state.paging(listing);
    let asked = query::read(listing, query, &state.reading, paging.most, paging.beyond)?;
    if let Some(last) = paging.last_page.filter(|last| asked.page > *last) {
        return Err(format!("page must not be greater than {last}"));
    }
    let rows = inside.rows.entry(listing).or_default();
    let size = asked.size.unwrap_or(u64::MAX);
    let from = (paging.sent(asked.page) - 1).saturating_mul(size);
    let (total, page) = rows.page(&asked.conditions, from, size);
    let body = paging.wrapped(listing.envelope(), asked.page, size, total, &page);
    // what was sent stays what it was; what comes next is another list
    let due = |change: &super::changes::Change| change.listing == listing && change.after_page == asked.page;
    let (due, later) = std::mem::take(&mut inside.changes).into_iter().partition(due);
    inside.changes = later;
    let due: Vec<super::changes::Change> = due;
    for change in due {
        state.edit(inside, listing, change.edit);
    }
    Ok(Answer { rows: page.len(), ..Answer::json(200, body) })
}

/// The answer with its tag, or 304 where the client has it already.
fn tagged(answer: Answer, parts: &Parts) -> Answer {
    let digest = Sha256::digest(&answer.body);
    let tag: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = parts.headers.get_all("if-none-match").iter().filter_map(|value| value.to_str().ok());
    let is_known = known
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag);
    if is_known { Answer::empty(304).with("etag", tag) } else { answer.with("etag", tag) }
}

/// A date as HTTP writes it.
pub(super) fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn sent_answer(answer: Answer, date: Option<DateTime<Utc>>, is_chunked: bool) -> Response<Body> {
    let body = Body::from(answer.body);
    // a stream has no length that could be said beforehand
    let body = if is_chunked { Body::from_stream(body.into_data_stream()) } else { body };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("a status of HTTP");
    let date = date.map(|at| ("date", http_date(at)));
    for (name, value) in answer.headers.into_iter().chain(date) {
        let value = HeaderValue::from_str(&value).expect("a value of one line");
        response.headers_mut().append(HeaderName::from_static(name), value);
    }
    response
}
