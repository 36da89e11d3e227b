//! What every encrypted connection has in common: whom to trust, and how a certificate's fault is told.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// Makes ring the process's cryptography. Both ring and aws-lc-rs may be linked by somebody's features, and rustls then
/// refuses to choose; calling this again changes nothing.
pub(crate) fn install_provider() {
    // an error means that a provider is installed already, which is what is wanted
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A fresh client configuration, with a session cache of its own: the system's authorities and those in `ca`. `whose` is the channel or
/// the source, for people. It reads files: never on a thread that must not wait.
///
/// # Errors
/// A `ca` file that cannot be read or holds no certificate; a machine without any authority to trust.
pub(crate) fn trusting(ca: Option<&Path>, whose: &str) -> Result<ClientConfig, String> {
    install_provider();
    let mut roots = system_roots().clone();
    for certificate in authorities(ca, whose)? {
        roots.add(certificate).map_err(|error| format!("a certificate cannot be used: {error}"))?;
    }
    if roots.is_empty() {
        return Err(format!(
            "this machine trusts no certificate authority; install the package ca-certificates or name a PEM file as `ca` of {whose}"
        ));
    }
    Ok(ClientConfig::builder().with_root_certificates(Arc::new(roots)).with_no_client_auth())
}

/// The certificates of a `ca` file.
///
/// # Errors
/// A file that cannot be read or holds no certificate.
pub(crate) fn authorities(ca: Option<&Path>, whose: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let Some(path) = ca else { return Ok(Vec::new()) };
    let wrong = |what: String| format!("{} (`ca` of {whose}) {what}", path.display());
    let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(format!("is not a PEM file: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong("holds no certificate".to_owned()));
    }
    Ok(certificates)
}

/// The system's authorities, read once a process: reading some 140 certificates takes longer than a delivery.
fn system_roots() -> &'static RootCertStore {
    static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        let loaded = rustls_native_certs::load_native_certs();
        for error in &loaded.errors {
            tracing::warn!(%error, "failed to read some of the system's certificate authorities");
        }
        roots.add_parsable_certificates(loaded.certs);
        roots
    })
}

/// What is wrong with a peer's certificate and what to do, when that is what an error's words say. Trying again cannot
/// help, somebody has to act. Words, because lettre and suppaftp pass rustls' errors on as text.
pub(crate) fn certificate_fault(words: &str, whose: &str) -> Option<String> {
    if !words.contains("invalid peer certificate") {
        return None;
    }
    Some(if words.contains("UnknownIssuer") || words.contains("CaUsedAsEndEntity") {
        format!(
            "its certificate is not signed by an authority trusted here; if it is the company's own, name its PEM file as `ca` of {whose}"
        )
    } else if words.contains("expired") || words.contains("Expired") {
        "its certificate has expired; ask its operator for a new one".to_owned()
    } else if words.contains("not valid for name") || words.contains("NotValidForName") {
        format!("its certificate is for another host name; use that name in `url` of {whose}")
    } else {
        "its certificate is not acceptable; ask its operator".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{CertificateError, Error};

    #[test]
    fn each_usual_fault_of_a_certificate_has_its_own_advice() {
        let advice = |error| certificate_fault(&Error::InvalidCertificate(error).to_string(), "the channel");
        assert!(advice(CertificateError::UnknownIssuer).is_some_and(|it| it.contains("`ca`")));
        assert!(advice(CertificateError::Expired).is_some_and(|it| it.contains("expired")));
        assert!(advice(CertificateError::NotValidForName).is_some_and(|it| it.contains("another host name")));
        assert_eq!(certificate_fault("connection reset by peer", "the channel"), None);
    }
}
