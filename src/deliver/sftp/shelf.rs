//! The folder of an SFTP session as a place for one file: what is there, its data, its names.

use super::super::Outcome;
use super::super::placing::{Named, Shelf, There};
use super::{FAREWELL, Refusal, Session};
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Writes on their way at a time, so that a distant server is not waited for after each.
const ON_THEIR_WAY: usize = 16;
/// Bytes read at a time.
const READ: u32 = 32 * 1024;

impl Shelf for Session {
    async fn find(&mut self, name: &str, bytes: &[u8]) -> Result<There, Outcome> {
        let what = format!("a look at {name}");
        let path = self.path(name);
        match self.peer.ask(&what, self.raw.lstat(path.as_str())).await? {
            Ok(there) if there.attrs.is_dir() => {
                return Err(Outcome::refused(format!(
                    "{name} is a folder on {}; change `file` of channel {}",
                    self.peer.at, self.peer.channel
                )));
            }
            Ok(there) if there.attrs.size == Some(bytes.len() as u64) => {}
            Ok(_) => return Ok(There::Other),
            Err(refusal) if refusal.code == StatusCode::NoSuchFile => return Ok(There::Nothing),
            Err(refusal) => return Err(self.peer.refused(&what, &refusal)),
        }
        self.compare(&path, bytes).await
    }

    async fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Outcome> {
        let path = self.path(name);
        let flags = OpenFlags::CREATE | OpenFlags::TRUNCATE | OpenFlags::WRITE;
        let opened = self.raw.open(path.as_str(), flags, FileAttributes::empty());
        let handle = self.peer.granted("a new file", opened).await?.handle;
        let written = self.send(&handle, bytes).await;
        if written.is_ok() && self.syncs {
            self.peer.granted("to keep the data on its disk", self.raw.fsync(handle.as_str())).await?;
        }
        let closed = self.peer.granted("the end of the data", self.raw.close(handle.as_str())).await;
        // what went wrong first is what is told
        written.and(closed.map(|_| ()))?;
        self.check_size(name, bytes.len()).await
    }

    async fn rename(&mut self, from: &str, to: &str, replace: bool) -> Result<Named, Outcome> {
        let what = format!("the name {to}");
        let (from, path) = (self.path(from), self.path(to));
        if replace && self.replaces {
            let asked = self.raw.extended("posix-rename@openssh.com", two_strings(&from, &path));
            let answer = self.peer.granted(&what, async { status(asked.await?) }).await;
            return answer.map(|()| Named::Yes);
        }
        // the plain rename of protocol version 3 does not rename onto a file
        let plain = || async { self.raw.rename(from.as_str(), path.as_str()).await.map(|_| ()) };
        let Err(refusal) = self.peer.ask(&what, plain()).await? else { return Ok(Named::Yes) };
        if self.peer.ask(&what, self.raw.lstat(path.as_str())).await?.is_err() {
            return Err(self.peer.refused(&what, &refusal));
        }
        if !replace {
            return Ok(Named::Taken);
        }
        let replaced = format!("to replace {to}");
        self.peer.granted(&replaced, self.raw.remove(path.as_str())).await?;
        self.peer.granted(&what, plain()).await.map(|()| Named::Yes)
    }

    async fn proof(&mut self, name: &str, bytes: &[u8]) -> Result<String, Outcome> {
        self.check_size(name, bytes.len()).await?;
        let synced = if self.syncs { "synced, " } else { "" };
        Ok(format!("stored, {synced}renamed to {name}, {} bytes equal", bytes.len()))
    }

    async fn mark(&mut self, name: &str) -> Result<(), Outcome> {
        let flags = OpenFlags::CREATE | OpenFlags::WRITE;
        let opened = self.raw.open(self.path(name), flags, FileAttributes::empty());
        let handle = self.peer.granted("the marker", opened).await?.handle;
        self.peer.granted("the marker", self.raw.close(handle)).await.map(|_| ())
    }

    async fn discard(&mut self, name: &str) -> Result<(), Outcome> {
        // nothing hangs on it, and an answer that comes late is known by its number
        let _ = timeout(FAREWELL, self.raw.remove(self.path(name))).await;
        Ok(())
    }
}

impl Session {
    fn path(&self, name: &str) -> String {
        if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) }
    }

    async fn check_size(&self, name: &str, expected: usize) -> Result<(), Outcome> {
        let asked = self.peer.ask("the size", self.raw.lstat(self.path(name))).await?;
        let wrong = match asked {
            Ok(there) if there.attrs.size == Some(expected as u64) => return Ok(()),
            Ok(there) => format!(
                "{} holds {} of the {expected} bytes of {name} that were sent",
                self.peer.at,
                there.attrs.size.unwrap_or(0)
            ),
            // the file was stored a moment ago: not to find it now is not final
            Err(Refusal { words, .. }) => {
                format!("{} does not find {name} after it was sent: {words}", self.peer.at)
            }
        };
        Err(Outcome::retry(wrong))
    }

    async fn send(&self, handle: &str, bytes: &[u8]) -> Result<(), Outcome> {
        let mut writes: JoinSet<Result<(), SftpError>> = JoinSet::new();
        let mut chunks = bytes.chunks(self.chunk);
        let mut offset = 0;
        loop {
            while writes.len() < ON_THEIR_WAY
                && let Some(chunk) = chunks.next()
            {
                let (raw, handle, data) = (Arc::clone(&self.raw), handle.to_owned(), chunk.to_vec());
                let at = offset;
                offset += chunk.len() as u64;
                writes.spawn(async move { raw.write(handle, at, data).await.map(|_| ()) });
            }
            let answer = async {
                match writes.join_next().await {
                    Some(Ok(written)) => written.map(|()| true),
                    Some(Err(error)) => Err(SftpError::UnexpectedBehavior(error.to_string())),
                    None => Ok(false),
                }
            };
            if !self.peer.granted("the data", answer).await? {
                return Ok(());
            }
        }
    }

    /// Reads a file of the right length and compares it.
    async fn compare(&self, path: &str, bytes: &[u8]) -> Result<There, Outcome> {
        let opened = self.raw.open(path, OpenFlags::READ, FileAttributes::empty());
        let Ok(handle) = self.peer.ask("to read it again", opened).await? else {
            // a drop box that nobody may read
            return Ok(There::SameLength);
        };
        let handle = handle.handle;
        let mut at = 0;
        let there = loop {
            let read = self.raw.read(handle.as_str(), at as u64, READ);
            match self.peer.ask("to read it again", read).await? {
                Ok(data) if data.data.is_empty() => break There::SameLength,
                Ok(data) => match bytes.get(at..at + data.data.len()) {
                    Some(part) if part == data.data => at += data.data.len(),
                    _ => break There::Other,
                },
                Err(refusal) if refusal.code == StatusCode::Eof => {
                    break if at == bytes.len() { There::Same } else { There::Other };
                }
                Err(_) => break There::SameLength,
            }
        };
        let _ = timeout(FAREWELL, self.raw.close(handle)).await;
        Ok(there)
    }
}

/// Two strings as the protocol writes them.
fn two_strings(one: &str, two: &str) -> Vec<u8> {
    let mut data = Vec::with_capacity(8 + one.len() + two.len());
    for text in [one, two] {
        data.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        data.extend(text.as_bytes());
    }
    data
}

fn status(packet: Packet) -> Result<(), SftpError> {
    match packet {
        Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
        Packet::Status(status) => Err(SftpError::Status(status)),
        _ => Err(SftpError::UnexpectedPacket),
    }
}
