//! `parte init`: a folder to begin in, with a commented reports.toml. Never writes over what is there.

use super::Ended;
use super::arguments::Init;
use super::terminal::Terminal;
use crate::app::{Exit, Failure};
use crate::definition::{Described, json_schema};
use crate::metrics::catalogue;
use std::io::Write as _;
use std::path::Path;

const STARTER: &str = include_str!("../../templates/starter.toml");
const DEFINITIONS: &str = "reports.toml";
const SCHEMA: &str = "reports.schema.json";
const IGNORED_BY_GIT: &str = ".gitignore";
/// What a run leaves behind, and nobody keeps in git: the ledger with its side files, what would be sent.
const LEFT_BEHIND: [&str; 3] = ["parte.db*", "outbox/", "salida/"];

pub(super) fn init(arguments: &Init, terminal: &Terminal) -> Ended {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder).map_err(|error| cannot(folder, &error.to_string()))?;
    // looked at first, so that nothing is begun where it cannot be ended
    for name in [DEFINITIONS, SCHEMA] {
        let path = folder.join(name);
        if path.symlink_metadata().is_ok() {
            return Err(taken(&path));
        }
    }
    let schema = serde_json::to_string_pretty(&json_schema(Described::Definitions, catalogue()))
        .map_err(|error| Failure::Unforeseen(format!("failed to write JSON: {error}")))?;
    let ignored = folder.join(IGNORED_BY_GIT);
    let mut files: Vec<(&str, String)> = Vec::new();
    if ignored.symlink_metadata().is_err() {
        files.push((IGNORED_BY_GIT, format!("{}\n", LEFT_BEHIND.join("\n"))));
    } else {
        remark_on_ignored(&ignored, terminal);
    }
    files.push((SCHEMA, format!("{schema}\n")));
    // last: where it stands, the others do
    files.push((DEFINITIONS, STARTER.to_owned()));
    let mut written: Vec<&str> = Vec::new();
    for (name, text) in files {
        if let Err(failure) = new_file(&folder.join(name), &text) {
            // half a beginning would stand in the way of the next try
            for name in written {
                let _ = std::fs::remove_file(folder.join(name));
            }
            return Err(failure);
        }
        written.push(name);
    }
    for name in written {
        terminal.result(&format!("written: {}", folder.join(name).display()));
    }
    let enter = if folder == Path::new(".") { String::new() } else { format!("cd {} && ", folder.display()) };
    terminal.advice(&format!(
        "\nPoint [sources.crm] at your data, then:\n  {enter}parte check\n  parte run equipo-diario --no-deliver --out salida\n  parte serve"
    ));
    Ok(Exit::Done)
}

/// A file of one's own is left alone; what it lacks is said.
fn remark_on_ignored(path: &Path, terminal: &Terminal) {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lacks: Vec<&str> =
        LEFT_BEHIND.into_iter().filter(|left| !text.lines().any(|line| line.trim() == *left)).collect();
    if !lacks.is_empty() {
        terminal.remark(&format!("kept as it is: {}; add to it: {}", path.display(), lacks.join(" ")));
    }
}

/// Appears whole under its name, or not at all; what has the name already stays as it is.
fn new_file(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| cannot(path, &error.to_string());
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // a temporary file is its owner's alone; these are for everybody who works in the folder, less the umask
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(taken(path)),
        Err(error) => Err(failed(error.error)),
    }
}

fn taken(path: &Path) -> Failure {
    Failure::Output {
        what: format!("{}: it is there already", path.display()),
        hint: "name another folder: `parte init FOLDER`; nothing was changed".to_owned(),
    }
}

fn cannot(path: &Path, why: &str) -> Failure {
    Failure::Output {
        what: format!("{}: {why}", path.display()),
        hint: "check that the folder can be written and that the disk has room".to_owned(),
    }
}
