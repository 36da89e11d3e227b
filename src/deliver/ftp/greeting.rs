//! The beginning of an FTP session: the connection, the server's first words, and TLS before or after them.

use super::super::answer::causes;
use super::super::tls::client_config;
use super::{Outcome, Peer};
use crate::definition::{Channel, FtpChannel, TlsMode};
use std::sync::Arc;
use suppaftp::Status;
use suppaftp::tokio::{AsyncRustlsConnector, AsyncRustlsFtpStream};
use suppaftp::tokio_rustls::TlsConnector;
use suppaftp::types::FtpError;
use tokio::net::TcpStream;
use tokio::time::timeout;

impl Peer<'_> {
    /// Until the session is protected as the channel says.
    pub(super) async fn greet(
        &self,
        channel: &Channel,
        ftp: &FtpChannel,
    ) -> Result<AsyncRustlsFtpStream, Outcome> {
        match ftp.tls {
            TlsMode::Off => self.speak_first(ftp).await,
            TlsMode::Explicit => {
                let stream = self.speak_first(ftp).await?;
                let connector = connector(channel).await?;
                self.answer("AUTH TLS", stream.into_secure(connector, &ftp.server.host)).await
            }
            TlsMode::Implicit => self.protected_from_the_start(channel, ftp).await,
        }
    }

    /// The server speaks first, in the clear.
    async fn speak_first(&self, ftp: &FtpChannel) -> Result<AsyncRustlsFtpStream, Outcome> {
        let address = (ftp.server.host.as_str(), ftp.server.port);
        let tcp = match timeout(self.timeout, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => tcp,
            Ok(Err(error)) => return Err(self.unreachable(&error)),
            Err(_) => return Err(self.silent("the connection")),
        };
        match timeout(self.timeout, AsyncRustlsFtpStream::connect_with_stream(tcp)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(self.failed("the connection", &error)),
            Err(_) => Err(self.silent(&format!(
                "the connection (a server that waits for TLS first is written ftps+implicit:// in channel {})",
                self.channel
            ))),
        }
    }

    /// TLS first, then the server's words.
    async fn protected_from_the_start(
        &self,
        channel: &Channel,
        ftp: &FtpChannel,
    ) -> Result<AsyncRustlsFtpStream, Outcome> {
        let (host, connector) = (ftp.server.host.as_str(), connector(channel).await?);
        let connecting =
            AsyncRustlsFtpStream::connect_secure_implicit((host, ftp.server.port), connector, host);
        let mut stream = match timeout(self.timeout, connecting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(FtpError::ConnectionError(error))) => return Err(self.unreachable(&error)),
            // what came in the place of TLS's first record is a greeting
            Ok(Err(FtpError::SecureError(words))) if words.contains("InvalidContentType") => {
                return Err(Outcome::refused(format!(
                    "{} does not begin with TLS; write ftps:// in channel {}: the connection is then upgraded (AUTH TLS), \
                     usually on port 21",
                    self.at, self.channel
                )));
            }
            Ok(Err(error)) => return Err(self.failed("TLS", &error)),
            Err(_) => return Err(self.silent("TLS")),
        };
        // the control connection is protected, and the data connections are when both sides say so
        for command in ["PBSZ 0", "PROT P"] {
            self.answer(command, stream.custom_command(command, &[Status::CommandOk])).await?;
        }
        Ok(stream)
    }

    fn unreachable(&self, error: &std::io::Error) -> Outcome {
        Outcome::retry(format!("{} cannot be reached: {}", self.at, causes(error)))
    }
}

/// A configuration of its own for each session: its ticket cache then holds this control connection's session only, which the
/// data connection has to resume (vsftpd's require_ssl_reuse, ProFTPD's default).
async fn connector(channel: &Channel) -> Result<AsyncRustlsConnector, Outcome> {
    let config = client_config(channel.ca.as_deref()).await?;
    Ok(AsyncRustlsConnector::from(TlsConnector::from(Arc::new(config))))
}
