//! Files in a folder of this machine: whole under their final name or not there at all, even after a power cut.

mod room;

pub(super) use room::probe;

use super::file_name::checked;
use super::placing::{self, Named, Shelf, There};
use super::{Outcome, Shipment};
use crate::definition::{Channel, FolderChannel, Placing};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Stores; `Ok` says where.
pub(super) async fn store(
    channel: &Channel,
    folder: &FolderChannel,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    let name = shipment.recipient.as_str();
    // Only the folder itself is made: a missing parent is more often a share that is not mounted than one to be made.
    place(channel, &folder.path, Missing::MakeLast, &folder.placing, name, shipment).await
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
    channel: &Channel,
    folder: &Path,
    missing: Missing,
    placing: &Placing,
    name: &str,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    checked(name).map_err(Outcome::refused)?;
    let mut place = Place { folder: folder.to_owned() };
    place.work(name, move |path| make(path.parent().unwrap_or(path), missing)).await?;
    placing::put(&mut place, placing, channel.id.as_str(), name, shipment).await
}

fn make(folder: &Path, missing: Missing) -> io::Result<()> {
    match missing {
        Missing::MakeAll => fs::create_dir_all(folder),
        Missing::MakeLast => match fs::create_dir(folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            // a folder that a power cut takes away takes its files with it
            made => made.and_then(|()| sync(folder)),
        },
    }
}

/// A folder that is there.
struct Place {
    folder: PathBuf,
}

impl Place {
    /// Work on a file of this name, on a thread that may block.
    async fn work<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Outcome> {
        let path = self.folder.join(name);
        let done =
            tokio::task::spawn_blocking(move || work(&path).map_err(|error| classified(&path, &error)));
        done.await.unwrap_or_else(|error| Err(Outcome::retry(format!("writing was interrupted: {error}"))))
    }
}

impl Shelf for Place {
    async fn find(&mut self, name: &str, bytes: &[u8]) -> Result<There, Outcome> {
        let bytes = bytes.to_vec();
        self.work(name, move |path| match fs::metadata(path) {
            Ok(facts) if facts.is_dir() => Err(io::Error::from(ErrorKind::IsADirectory)),
            Ok(facts) if facts.len() == bytes.len() as u64 => match fs::read(path) {
                Ok(read) => Ok(if read == bytes { There::Same } else { There::Other }),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(There::SameLength),
                Err(error) => Err(error),
            },
            Ok(_) => Ok(There::Other),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(There::Nothing),
            Err(error) => Err(error),
        })
        .await
    }

    async fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Outcome> {
        let bytes = bytes.to_vec();
        self.work(name, move |path| {
            let mut file = File::create(path)?;
            file.write_all(&bytes)?;
            file.sync_all()
        })
        .await
    }

    async fn rename(&mut self, from: &str, to: &str, replace: bool) -> Result<Named, Outcome> {
        let from = self.folder.join(from);
        self.work(to, move |path| {
            let named =
                if replace { fs::rename(&from, path).map(|()| Named::Yes) } else { beside(&from, path) }?;
            // the name itself has to survive a power cut
            sync(path)?;
            Ok(named)
        })
        .await
    }

    async fn proof(&mut self, name: &str, bytes: &[u8]) -> Result<String, Outcome> {
        Ok(format!("{} written, {} bytes", self.folder.join(name).display(), bytes.len()))
    }

    async fn mark(&mut self, name: &str) -> Result<(), Outcome> {
        self.work(name, |path| {
            OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
            sync(path)
        })
        .await
    }

    async fn discard(&mut self, name: &str) -> Result<(), Outcome> {
        // what is not there, or may not be removed, stays as it is
        let _ = self.work(name, |path| fs::remove_file(path)).await;
        Ok(())
    }
}

/// Gives a file a name that nothing has: a second name, where the file system knows these, never takes another's place.
fn beside(from: &Path, to: &Path) -> io::Result<Named> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from).map(|()| Named::Yes),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Named::Taken),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(error),
        Err(_) if to.symlink_metadata().is_ok() => Ok(Named::Taken),
        Err(_) => fs::rename(from, to).map(|()| Named::Yes),
    }
}

/// Makes a name last: it stands in the folder above.
fn sync(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
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
