//! The preview: one report shown to the browser of this machine, and again whenever a file it is made from is saved.
//! Never: definitions, rendering (it is given a call that makes the report), the ledger, any address but loopback.
//! Beside it, what machines that watch `parte serve` are told.

mod ansi;
mod answers;
mod measures;
mod saves;
mod shown;

pub use measures::{Measure, offer};

use shown::Shown;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

/// Tried first when no port is asked for: a bookmark keeps working.
const USUAL_PORT: u16 = 7300;

/// A report made to be looked at.
#[derive(Debug, Default)]
pub struct Rendition {
    /// Its title.
    pub title: String,
    /// The report as a page of HTML.
    pub page: String,
    /// The files that a run would make.
    pub files: Vec<File>,
    /// The mails that a run would send.
    pub letters: Vec<Letter>,
}

/// A file as it would be delivered.
#[derive(Debug)]
pub struct File {
    /// Its name without folder.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// A mail as its readers see it.
#[derive(Debug)]
pub struct Letter {
    /// Who gets it.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// HTML that stands by itself.
    pub html: String,
    /// The same in plain text.
    pub text: String,
}

/// What came of making the report once.
#[derive(Debug)]
pub struct Attempt {
    /// The report, or what is wrong, as a terminal would show it (colours included).
    pub outcome: Result<Rendition, String>,
    /// Folders whose definition, template and calendar files count.
    pub folders: Vec<PathBuf>,
    /// Files that count besides, wherever they are.
    pub files: Vec<PathBuf>,
}

/// Makes the report; called on a thread that may be blocked, never twice at once.
pub type Make = Arc<dyn Fn() -> Attempt + Send + Sync>;

/// Takes a port on 127.0.0.1: the one asked for, or the usual one, or any free one.
///
/// # Errors
/// The port asked for is taken or not allowed.
pub fn listen(port: Option<u16>) -> std::io::Result<TcpListener> {
    let on = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    match port {
        Some(port) => on(port),
        None => on(USUAL_PORT).or_else(|_| on(0)),
    }
}

/// Shows the report until the future is dropped.
///
/// # Errors
/// The socket cannot be used, or the folders not be watched.
pub async fn serve(listener: TcpListener, name: String, make: Make) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let shown = Arc::new(Shown::new(name));
    let router = answers::router(Arc::clone(&shown), port);
    tokio::select! {
        ended = axum::serve(listener, router) => ended,
        ended = saves::follow(&shown, make) => ended,
    }
}
