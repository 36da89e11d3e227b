//! What a folder would say to a delivery: is it there, may we write, how much room is left. Never: making or writing anything.

use super::super::Outcome;
use super::super::probe::Found;
use crate::definition::FolderChannel;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Looks at the folder, or at the one above it where it is not there yet.
pub(in crate::deliver) async fn probe(folder: &FolderChannel) -> Result<Found, Outcome> {
    let path = folder.path.clone();
    tokio::task::spawn_blocking(move || look(&path)).await.unwrap_or_else(|error| {
        Err(Outcome::retry(format!("looking at the folder was interrupted: {error}")))
    })
}

fn look(path: &Path) -> Result<Found, Outcome> {
    let at = path.display();
    let mut found = Found::default();
    let (place, facts) = match fs::metadata(path) {
        Ok(facts) if facts.is_dir() => {
            found.facts.push("the folder is there".to_owned());
            (path.to_owned(), facts)
        }
        Ok(_) => {
            return Err(Outcome::refused(format!(
                "{at} is a file, not a folder; name another folder as `url`"
            )));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let parent = match path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
                _ => PathBuf::from("."),
            };
            match fs::metadata(&parent) {
                Ok(facts) if facts.is_dir() => {
                    found.facts.push("the folder is not there yet: the first delivery makes it".to_owned());
                    (parent, facts)
                }
                _ => {
                    return Err(Outcome::refused(format!(
                        "{at} is not there, and the folder above it is missing too; mount or create {}",
                        parent.display()
                    )));
                }
            }
        }
        Err(error) => return Err(Outcome::refused(format!("{at} cannot be looked at: {error}"))),
    };
    match may_write(&facts) {
        Some(true) => found.facts.push("may be written".to_owned()),
        Some(false) => {
            return Err(Outcome::refused(format!(
                "{} may not be written by the user that runs parte; let it write there",
                place.display()
            )));
        }
        None => found.doubts.push("whether it may be written shows with the first file".to_owned()),
    }
    if let Some((free, mount)) = free_space(&place) {
        if is_read_only(&mount) {
            return Err(Outcome::refused(format!("{at} is on {mount}, which is mounted read-only")));
        }
        found.facts.push(format!("{} MB free", free / 1024));
        if free == 0 {
            return Err(Outcome::retry(format!("{at} is on a full disk; make room on {mount}")));
        }
    }
    Ok(found)
}

/// By owner, group and mode, as the system judges it; `None` where it does not say who we are.
#[cfg(unix)]
fn may_write(folder: &Metadata) -> Option<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let numbers = |key: &str| -> Option<Vec<u32>> {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        line.split_whitespace().map(|number| number.parse().ok()).collect()
    };
    // the effective ones stand second
    let (user, group) = (*numbers("Uid:")?.get(1)?, *numbers("Gid:")?.get(1)?);
    let mode = folder.mode();
    let needed = if user == 0 {
        return Some(true);
    } else if folder.uid() == user {
        0o300
    } else if folder.gid() == group || numbers("Groups:")?.contains(&folder.gid()) {
        0o030
    } else {
        0o003
    };
    Some(mode & needed == needed)
}

#[cfg(not(unix))]
fn may_write(_folder: &Metadata) -> Option<bool> {
    None
}

/// Free kilobytes and the mount point, asked of POSIX `df`; nothing where there is none.
fn free_space(folder: &Path) -> Option<(u64, String)> {
    let output = Command::new("df").arg("-Pk").arg("--").arg(folder).env("LC_ALL", "C").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut words = text.lines().nth(1)?.split_whitespace();
    let free = words.nth(3)?.parse().ok()?;
    let mount = words.skip(1).collect::<Vec<_>>().join(" ");
    (!mount.is_empty()).then_some((free, mount))
}

fn is_read_only(mount: &str) -> bool {
    let Ok(mounts) = fs::read_to_string("/proc/self/mounts") else { return false };
    // later mounts lie over earlier ones
    mounts
        .lines()
        .rev()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .find(|words| words.get(1) == Some(&mount))
        .and_then(|words| words.get(3).map(|options| options.split(',').any(|option| option == "ro")))
        .unwrap_or(false)
}
