//! What a fault makes of the right answer, in its bytes and on its connection.

use super::answer::{Answer, ErrorShape};
use super::faults::Fault;
use super::wire::{End, Order, Wire};

/// The answer instead of the right one, where the fault does not look at that one; the request is not worked on then.
pub(crate) fn instead(fault: &Fault, shape: ErrorShape) -> Option<Answer> {
    Some(match fault {
        Fault::Html(status) => Answer::html(*status),
        Fault::Status(status) => Answer::error(shape, *status, "something went wrong"),
        Fault::Unavailable(seconds) => {
            Answer::error(shape, 503, "maintenance").with("retry-after", seconds.to_string())
        }
        Fault::TooMany(seconds) => {
            let answer = Answer::error(shape, 429, "too many requests");
            match seconds {
                Some(seconds) => answer.with("retry-after", seconds.to_string()),
                None => answer,
            }
        }
        Fault::Unauthorized => Answer::error(shape, 401, "token revoked"),
        Fault::Redirect(url) => Answer::empty(302).with("location", url.clone()),
        Fault::Deep(levels) => Answer::json(200, "[".repeat(*levels) + &"]".repeat(*levels)),
        Fault::EmptyBody => Answer::empty(200).with("content-type", "application/json"),
        Fault::OtherShape => Answer::json(200, r#"{"status":"ok"}"#.to_owned()),
        _ => return None,
    })
}

/// Whether no answer is made at all: the request is never answered.
pub(crate) fn is_silent(fault: &Fault) -> bool {
    *fault == Fault::Silence
}

/// The right answer with its bytes spoilt; orders what its connection is to do with it.
pub(crate) fn spoilt(fault: &Fault, mut answer: Answer, wire: &Wire) -> Answer {
    let half = Some(answer.body.len() as u64 / 2);
    let stop = |at, end| wire.order(Order { stop: Some((at, end)), pace: None });
    match fault {
        Fault::Reset => stop(None, End::Reset),
        Fault::ResetInBody => stop(half, End::Reset),
        Fault::SilenceInBody => stop(half, End::Silence),
        Fault::HalfWithLength | Fault::HalfChunked => stop(half, End::Close),
        Fault::HangUp => stop(Some(answer.body.len() as u64), End::Close),
        Fault::Dribble(pace) => {
            wire.order(Order { stop: None, pace: Some(*pace) });
            return answer.with("connection", "close");
        }
        Fault::InvalidUtf8 => put_into_text(&mut answer.body, b"\xc3\x28"),
        Fault::LoneSurrogate => put_into_text(&mut answer.body, br"\ud800"),
        Fault::Huge(bytes) => {
            let mut body = Vec::with_capacity(bytes + answer.body.len());
            body.resize(*bytes, b' ');
            body.append(&mut answer.body);
            answer.body = body;
        }
        _ => {}
    }
    answer
}

/// Fields of texts for people, into which something is put that should not be there; keys of rows stay what they are.
const TEXTS: &[&str] = &["reason", "label", "commerceName", "name", "title", "kpi_name"];

fn put_into_text(body: &mut Vec<u8>, bytes: &[u8]) {
    let place = TEXTS.iter().find_map(|field| {
        let needle = format!(r#""{field}":""#);
        body.windows(needle.len()).position(|window| window == needle.as_bytes()).map(|at| at + needle.len())
    });
    // a body without such a text gets one, so that the fault is there whatever was asked for
    let (place, put) = match place {
        Some(place) => (place, bytes.to_vec()),
        None if body.first() == Some(&b'{') => (1, [br#""note":""#, bytes, br#"","#].concat()),
        None => {
            *body = [br#"["#.as_slice(), b"\"", bytes, b"\"", b"]"].concat();
            return;
        }
    };
    body.splice(place..place, put);
}
