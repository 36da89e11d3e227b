//! Folders that have to be written, who else may, and how much room there is.

use super::record::megabytes;
use super::{Area, Finding};
use crate::definition::{Definitions, LedgerPlace, secret_files};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Less room than this is worth a look, and less than a tenth of it is wrong.
const LITTLE: u64 = 1_000_000_000;

/// A disk that has gone away may never answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at the ledger's folder and at every outbox; folders that are channels are asked like other channels.
pub(super) async fn of_disk(definitions: &Definitions) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut folders: BTreeSet<(PathBuf, &'static str)> = BTreeSet::new();
    if let LedgerPlace::File(file) = &definitions.ledger.place {
        findings.extend(exposed(Area::Disk, file, "every report"));
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folders.insert((folder.to_owned(), "the ledger's folder"));
    }
    let outboxes = definitions.channels.values().filter_map(|channel| channel.outbox.as_ref());
    folders.extend(outboxes.map(|outbox| (outbox.clone(), "the outbox")));
    for (folder, what) in folders {
        let looked = tokio::task::spawn_blocking(move || of_folder(&folder, what));
        match tokio::time::timeout(PATIENCE, looked).await {
            Ok(Ok(finding)) => findings.push(finding),
            Ok(Err(_)) | Err(_) => {
                let to_do = "see whether the disk is there, for example a network drive";
                findings.push(Finding::wrong(Area::Disk, format!("{what} does not answer"), to_do));
            }
        }
    }
    findings
}

/// Looks who may read the files that secrets stand in.
pub(super) fn of_secret_files(definitions: &Definitions) -> Vec<Finding> {
    let written = definitions.files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    let files: BTreeSet<PathBuf> = written
        .flat_map(|text| secret_files(&text, &definitions.root))
        .filter(|file| file.is_file())
        .collect();
    files.iter().filter_map(|file| exposed(Area::Secrets, file, "a secret")).collect()
}

/// Nobody else has to change such a file, or to read what it holds.
fn exposed(area: Area, file: &Path, holds: &str) -> Option<Finding> {
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    let shown = file.display();
    let may = match mode & 0o006 {
        0 => return None,
        0o004 => "read",
        0o002 => "change",
        _ => "read and change",
    };
    let what = format!("everybody on this machine may {may} {shown}, which holds {holds}");
    let to_do = format!("chmod o-rw {shown}");
    let changed = mode & 0o002 != 0;
    Some(if changed { Finding::wrong(area, what, to_do) } else { Finding::look(area, what, to_do) })
}

fn of_folder(folder: &Path, what: &str) -> Finding {
    let shown = folder.display();
    // one that is still to be made is made in the nearest one that is there
    let there = folder.ancestors().find(|it| it.is_dir()).unwrap_or(Path::new("."));
    if let Err(error) = tempfile::NamedTempFile::new_in(there) {
        let what = format!("{what} {shown} cannot be written: {error}");
        return Finding::wrong(Area::Disk, what, "let the user who runs Parte write there");
    }
    match free_space(there) {
        None => Finding::ok(Area::Disk, format!("{what} {shown} can be written")),
        Some(free) => {
            let what = format!("{what} {shown} can be written, {} free", megabytes(free));
            match free {
                ..100_000_000 => {
                    Finding::wrong(Area::Disk, what, "make room: nothing is begun that cannot be recorded")
                }
                100_000_000..LITTLE => Finding::look(Area::Disk, what, "make room before it is needed"),
                _ => Finding::ok(Area::Disk, what),
            }
        }
    }
}

/// The room that this user has on a folder's disk, by POSIX `df`; `None` where there is none.
fn free_space(folder: &Path) -> Option<u64> {
    let answer = Command::new("df").arg("-Pk").arg("--").arg(folder).output().ok()?;
    let text = String::from_utf8(answer.stdout).ok()?;
    // Filesystem 1024-blocks Used Available Capacity Mounted on; the first may hold blanks, as the last may
    let words: Vec<&str> = text.lines().nth(1)?.split_whitespace().collect();
    let percent = words.iter().position(|word| word.ends_with('%'))?;
    words.get(percent.checked_sub(1)?)?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
