//! The folder of an FTP session as a place for one file: what is there, its data, its names.

use super::super::Outcome;
use super::super::placing::{Named, Shelf, There};
use super::{Session, reply_code};
use crate::definition::TlsMode;
use suppaftp::tokio::{AsyncRustlsFtpStream, AsyncRustlsStream, TransferStream};
use suppaftp::types::{FtpError, Mode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

/// Bytes moved at a time.
const CHUNK: usize = 64 * 1024;
/// Data connections that one session under TLS opens: for TLS 1.3, strict servers give out two tickets, and refuse a third
/// connection with an empty file left behind.
const TICKETS: u32 = 2;

impl Shelf for Session<'_> {
    /// Equal sizes are not enough, since a fixed name may still hold the report of the day before.
    async fn find(&mut self, name: &str, bytes: &[u8]) -> Result<There, Outcome> {
        match self.size(name).await? {
            Size::Is(size) if size == bytes.len() => {}
            Size::Is(_) => return Ok(There::Other),
            Size::NoFile => return Ok(There::Nothing),
            // the file itself tells, where the server does not tell sizes
            Size::Untold => {}
        }
        let mut data = match self.open_data(Transfer::Retrieve, name).await {
            Ok(data) => data,
            // a drop box that nobody may read, or, without sizes, a file that is not there
            Err(Outcome::Refused { .. }) => {
                return Ok(match self.size(name).await? {
                    Size::Is(_) => There::SameLength,
                    Size::NoFile | Size::Untold => There::Nothing,
                });
            }
            Err(other) => return Err(other),
        };
        let mut read = Vec::with_capacity(bytes.len());
        let mut chunk = vec![0; CHUNK];
        loop {
            let reading = async { data.read(&mut chunk).await.map_err(FtpError::ConnectionError) };
            match self.peer.answer("the data", reading).await? {
                0 => break,
                count => read.extend_from_slice(&chunk[..count]),
            }
            if read.len() > bytes.len() {
                break;
            }
        }
        let _ = self.peer.answer("the end of the data", data.finish()).await;
        Ok(if read == bytes { There::Same } else { There::Other })
    }

    async fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Outcome> {
        self.upload(name, bytes).await
    }

    async fn rename(&mut self, from: &str, to: &str, replace: bool) -> Result<Named, Outcome> {
        // servers rename onto a file without a word: whether there is one is asked at the last moment
        if !replace && matches!(self.size(to).await?, Size::Is(_)) {
            return Ok(Named::Taken);
        }
        let what = format!("the name {to}");
        let renamed = self.peer.answer(&what, self.stream.rename(from, to)).await;
        if let Err(Outcome::Refused { .. }) = &renamed
            && matches!(self.size(to).await?, Size::Is(_))
        {
            if !replace {
                return Ok(Named::Taken);
            }
            // servers on Windows do not rename onto a file
            self.peer.answer(&format!("to replace {to}"), self.stream.rm(to)).await?;
            self.peer.answer(&what, self.stream.rename(from, to)).await?;
            return Ok(Named::Yes);
        }
        renamed.map(|()| Named::Yes)
    }

    async fn proof(&mut self, name: &str, bytes: &[u8]) -> Result<String, Outcome> {
        Ok(match self.check_size(name, bytes.len()).await? {
            true => format!("226 stored, renamed to {name}, SIZE {} equal", bytes.len()),
            false => format!("226 stored, renamed to {name}, {} bytes sent (no SIZE there)", bytes.len()),
        })
    }

    async fn mark(&mut self, name: &str) -> Result<(), Outcome> {
        match self.size(name).await? {
            Size::Is(_) => Ok(()),
            Size::NoFile | Size::Untold => self.upload(name, &[]).await,
        }
    }

    async fn discard(&mut self, name: &str) -> Result<(), Outcome> {
        let removal = timeout(self.peer.timeout, self.stream.rm(name)).await;
        self.peer.heard(&format!("the removal of {name}"), removal)
    }
}

/// What a server says to SIZE.
enum Size {
    Is(usize),
    NoFile,
    Untold,
}

impl Session<'_> {
    async fn size(&mut self, name: &str) -> Result<Size, Outcome> {
        match timeout(self.peer.timeout, self.stream.size(name)).await {
            Ok(Ok(size)) => Ok(Size::Is(size)),
            Ok(Err(FtpError::BadResponse)) => Ok(Size::Untold),
            Ok(Err(error)) => match reply_code(&error) {
                Some(550) => Ok(Size::NoFile),
                Some(500..=504) => Ok(Size::Untold),
                _ => Err(self.peer.failed("SIZE", &error)),
            },
            Err(_) => Err(self.peer.silent("SIZE")),
        }
    }

    /// Whether the file has as many bytes; `false` when the server does not tell sizes.
    async fn check_size(&mut self, name: &str, expected: usize) -> Result<bool, Outcome> {
        let wrong = match self.size(name).await? {
            Size::Is(size) if size == expected => return Ok(true),
            Size::Untold => return Ok(false),
            Size::Is(size) => {
                format!("{} holds {size} of the {expected} bytes of {name} that were sent", self.peer.at)
            }
            // the file was stored a moment ago: not to find it now is not final
            Size::NoFile => format!("{} does not find {name} after it was sent", self.peer.at),
        };
        Err(Outcome::retry(wrong))
    }

    /// Stores and measures. Tickets may have run out while another file was read or sent, which servers say in many ways (one is
    /// an empty file): then once more, in a session of its own.
    async fn upload(&mut self, name: &str, bytes: &[u8]) -> Result<(), Outcome> {
        let used = self.transfers > 0 && self.ftp.tls != TlsMode::Off;
        match self.send(name, bytes).await {
            Err(Outcome::Retry { .. }) if used => {
                self.renew().await?;
                self.send(name, bytes).await
            }
            sent => sent,
        }
    }

    async fn send(&mut self, name: &str, bytes: &[u8]) -> Result<(), Outcome> {
        let mut data = self.open_data(Transfer::Store, name).await?;
        for chunk in bytes.chunks(CHUNK) {
            self.peer
                .answer("the data", async { data.write_all(chunk).await.map_err(FtpError::ConnectionError) })
                .await?;
        }
        self.peer.answer("the end of the data", data.finish()).await?;
        self.check_size(name, bytes.len()).await.map(|_| ())
    }

    /// Opens a data connection by extended passive mode, or else by passive mode: suppaftp does not tell which of the two
    /// commands was refused, and servers refuse EPSV in many ways. A refused transfer is then refused once more.
    async fn open_data(
        &mut self,
        transfer: Transfer,
        name: &str,
    ) -> Result<TransferStream<AsyncRustlsStream>, Outcome> {
        if self.transfers == TICKETS && self.ftp.tls != TlsMode::Off {
            self.renew().await?;
        }
        self.transfers += 1;
        match timeout(self.peer.timeout, transfer.open(&mut self.stream, name)).await {
            Ok(Ok(data)) => Ok(data),
            Ok(Err(error)) if reply_code(&error).is_some_and(|code| code >= 500 && code != 522) => {
                self.stream.set_mode(Mode::Passive);
                self.peer.answer("the data connection", transfer.open(&mut self.stream, name)).await
            }
            Ok(Err(error)) => Err(self.peer.failed("the data connection", &error)),
            Err(_) => Err(self.peer.silent("the data connection")),
        }
    }
}

/// Which way a data connection goes.
#[derive(Clone, Copy)]
enum Transfer {
    Store,
    Retrieve,
}

impl Transfer {
    async fn open(
        self,
        stream: &mut AsyncRustlsFtpStream,
        name: &str,
    ) -> Result<TransferStream<AsyncRustlsStream>, FtpError> {
        match self {
            Self::Store => stream.put_with_stream(name).await,
            Self::Retrieve => stream.retr_as_stream(name).await,
        }
    }
}
