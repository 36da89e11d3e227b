//! Files in a folder of this machine: whole under their final name or not there at all, even after a power cut.

mod room;

pub(super) use room::probe;

use super::file_name::{checked, temporary};
use super::{Outcome, Shipment};
use crate::definition::FolderChannel;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Stores; `Ok` says where.
pub(super) async fn store(folder: &FolderChannel, shipment: &Shipment) -> Result<String, Outcome> {
    // Only the folder itself is made: a missing parent is more often a share that is not mounted than one to be made.
    place(folder.path.clone(), Missing::MakeLast, shipment.recipient.clone(), shipment).await
}

/// What to do about folders that are not there.
#[derive(Clone, Copy)]
pub(super) enum Missing {
    /// Make the last one; its parent has to be there.
    MakeLast,
    /// Make all of them.
    MakeAll,
}

/// Puts a shipment's bytes under `folder/name`.
pub(super) async fn place(
    folder: PathBuf,
    missing: Missing,
    name: String,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    checked(&name).map_err(Outcome::refused)?;
    let temporaries = (
        temporary(&name, &shipment.key, shipment.attempt),
        shipment.attempt.checked_sub(1).map(|previous| temporary(&name, &shipment.key, previous)),
    );
    let bytes = shipment.bytes.clone();
    let written = tokio::task::spawn_blocking(move || {
        let path = folder.join(&name);
        let (temporary, previous) = temporaries;
        if let Some(previous) = previous {
            // what a killed try left behind
            let _ = fs::remove_file(folder.join(previous));
        }
        match write(&folder, missing, &path, &folder.join(temporary), &bytes) {
            Ok(Written::New) => Ok(format!("{} written, {} bytes", path.display(), bytes.len())),
            Ok(Written::AlreadyThere) => {
                Ok(format!("{} was there already, {} bytes equal", path.display(), bytes.len()))
            }
            Err(error) => Err(classified(&path, &error)),
        }
    });
    written.await.unwrap_or_else(|error| Err(Outcome::retry(format!("writing was interrupted: {error}"))))
}

enum Written {
    New,
    AlreadyThere,
}

fn write(
    folder: &Path,
    missing: Missing,
    path: &Path,
    temporary: &Path,
    bytes: &[u8],
) -> io::Result<Written> {
    match missing {
        Missing::MakeAll => fs::create_dir_all(folder)?,
        Missing::MakeLast => match fs::create_dir(folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => made?,
        },
    }
    if holds(path, bytes)? {
        return Ok(Written::AlreadyThere);
    }
    let written = write_whole(temporary, bytes).and_then(|()| fs::rename(temporary, path));
    if let Err(error) = written {
        let _ = fs::remove_file(temporary);
        return Err(error);
    }
    // the rename itself has to survive a power cut
    File::open(folder)?.sync_all()?;
    Ok(Written::New)
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn holds(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(facts) if facts.is_dir() => Err(io::Error::from(ErrorKind::IsADirectory)),
        Ok(facts) if facts.len() == bytes.len() as u64 => Ok(fs::read(path)? == bytes),
        Ok(_) => Ok(false),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn classified(path: &Path, error: &io::Error) -> Outcome {
    let at = path.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Outcome::retry(format!("{at} cannot be written: the disk is full ({error}); make room"))
        }
        ErrorKind::PermissionDenied => Outcome::refused(format!(
            "{at} cannot be written: permission denied; let the user that runs parte write into its folder"
        )),
        ErrorKind::ReadOnlyFilesystem => {
            Outcome::refused(format!("{at} cannot be written: its file system is read-only"))
        }
        ErrorKind::IsADirectory => {
            Outcome::refused(format!("{at} is a folder; change `file` of the channel"))
        }
        ErrorKind::NotADirectory => {
            Outcome::refused(format!("{at} cannot be written: a part of its path is not a folder"))
        }
        ErrorKind::NotFound => Outcome::retry(format!(
            "{at} cannot be written: the folder above it is missing; mount or create it"
        )),
        _ => Outcome::retry(format!("{at} cannot be written: {error}")),
    }
}
