//! Whom encrypted connections of channels trust, and how a certificate's fault is told of a channel.

use super::Outcome;
use crate::web::trust;
pub(super) use crate::web::trust::install_provider;
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use std::path::Path;

const WHOSE: &str = "the channel";

/// A fresh client configuration.
///
/// # Errors
/// A `ca` file that cannot be read or holds no certificate; a machine without any authority to trust.
pub(super) async fn client_config(ca: Option<&Path>) -> Result<ClientConfig, Outcome> {
    let ca = ca.map(Path::to_owned);
    prepared(move || trust::trusting(ca.as_deref(), WHOSE)).await
}

/// Runs what reads certificates on a thread that may block.
///
/// # Errors
/// What it says, refused: somebody has to act.
pub(super) async fn prepared<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, Outcome> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(what)) => Err(Outcome::refused(format!("TLS cannot be set up: {what}"))),
        Err(error) => Err(Outcome::retry(format!("setting up TLS was interrupted: {error}"))),
    }
}

/// The certificates of the channel's `ca` file.
///
/// # Errors
/// A file that cannot be read or holds no certificate.
pub(super) fn authorities(ca: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, String> {
    trust::authorities(ca, WHOSE)
}

/// What is wrong with a peer's certificate and what to do, when that is what an error's words say.
pub(super) fn certificate_fault(words: &str) -> Option<String> {
    trust::certificate_fault(words, WHOSE)
}
