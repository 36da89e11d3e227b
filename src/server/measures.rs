//! What machines that watch are told: `/metrics` and `/healthz`. Never: what is measured, or how (it is given a call that says).

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Response, StatusCode, Uri, header};
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;

/// Measures: Prometheus' text, or why there is none.
pub type Measure =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<String, String>> + Send>> + Send + Sync>;

/// Answers until the future is dropped.
///
/// # Errors
/// The socket cannot be used.
pub async fn offer(listener: TcpListener, measure: Measure) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = Router::new().fallback(move |method: Method, uri: Uri| {
        let measure = Arc::clone(&measure);
        async move { answer(&measure, &method, uri.path()).await }
    });
    axum::serve(listener, router).await
}

async fn answer(measure: &Measure, method: &Method, path: &str) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return told(StatusCode::METHOD_NOT_ALLOWED, "this is only looked at: GET\n".to_owned());
    }
    if path != "/metrics" && path != "/healthz" {
        return told(StatusCode::NOT_FOUND, "there is /metrics and /healthz\n".to_owned());
    }
    // Healthy is who can read the record.
    match measure().await {
        Ok(_) if path == "/healthz" => told(StatusCode::OK, "ok\n".to_owned()),
        Ok(text) => told(StatusCode::OK, text),
        Err(error) => told(StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
    }
}

fn told(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let kind = header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
