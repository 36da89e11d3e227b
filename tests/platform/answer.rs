//! Answers, before they become bytes on a connection: pages, errors in the words of each generation, and what faults make of them.

use super::listing::Generation;
use axum::http::StatusCode;
use serde_json::json;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Rows in it, for the log.
    pub(crate) rows: usize,
}

/// How a generation words its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorShape {
    /// `{"statusCode":403,"error":"Forbidden","message":"..."}`
    Flat,
    /// `{"error":{"code":"rate_limit_exceeded","message":"...","status":429}}`
    Nested,
    /// No body at all: some generations show none.
    Empty,
}

impl ErrorShape {
    /// As documented; the first generation shows no error, and is taken to speak like the events beside it.
    pub(crate) fn documented(generation: Generation) -> Self {
        match generation {
            Generation::Core | Generation::Integration => Self::Flat,
            Generation::Analytics | Generation::Draft => Self::Nested,
        }
    }
}

impl Answer {
    /// JSON, as text that is there already.
    pub(crate) fn json(status: u16, text: String) -> Self {
        Self {
            status,
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
            body: text.into_bytes(),
            rows: 0,
        }
    }

    /// A page for people, as proxies send it.
    pub(crate) fn html(status: u16) -> Self {
        let title = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let title = title.unwrap_or("Error");
        Self {
            status,
            headers: vec![("content-type", "text/html".to_owned())],
            body: format!(
                "<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>{title}</body></html>"
            )
            .into_bytes(),
            rows: 0,
        }
    }

    /// Nothing but a status.
    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), rows: 0 }
    }

    /// An error in this shape.
    pub(crate) fn error(shape: ErrorShape, status: u16, message: &str) -> Self {
        let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let body = match shape {
            ErrorShape::Flat => {
                json!({ "statusCode": status, "error": name.unwrap_or("Error"), "message": message })
            }
            ErrorShape::Nested => {
                json!({ "error": { "code": code(status), "message": message, "status": status } })
            }
            ErrorShape::Empty => return Self::empty(status),
        };
        Self::json(status, body.to_string())
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

fn code(status: u16) -> &'static str {
    match status {
        400 => "invalid_request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        413 => "payload_too_large",
        429 => "rate_limit_exceeded",
        503 => "service_unavailable",
        _ => "internal_error",
    }
}
