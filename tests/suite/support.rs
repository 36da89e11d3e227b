//! Real peers on loopback and independent readers for every test: started by the test that needs them, killed when it ends.
//! Nothing is skipped: a missing program or missing rights fail the test with the command that helps.

mod certificates;
pub(crate) mod database;
mod ftp_server;
mod http_api;
mod mail_server;
mod mariadb;
mod port;
mod process;
mod proftpd_server;
mod python;
mod scripted_ftp;
mod scripted_smtp;
mod sftp_server;
mod upload_receiver;
mod web_server;

pub(crate) use certificates::Certificates;
pub(crate) use database::DatabaseServer;
pub(crate) use ftp_server::{FtpServer, FtpTls};
pub(crate) use http_api::{HttpApi, S3Store, Sniffer};
pub(crate) use mail_server::MailServer;
pub(crate) use mariadb::MariaDb;
pub(crate) use port::Port;
pub(crate) use process::{Process, require_program, require_root, run};
pub(crate) use proftpd_server::ProftpdServer;
pub(crate) use python::{python, read_json};
pub(crate) use scripted_ftp::{FtpQuirk, ScriptedFtp};
pub(crate) use scripted_smtp::{Script, ScriptedSmtp};
pub(crate) use sftp_server::SftpServer;
pub(crate) use upload_receiver::UploadReceiver;
pub(crate) use web_server::WebServer;

use sha2::{Digest as _, Sha256};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A file of the folder `tests`.
pub(crate) fn tests_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// A temporary folder that other users (the peers' own) may enter.
pub(crate) fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("parte-peer-").tempdir().expect("a temporary folder");
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("its rights");
    folder
}

/// Writes a configuration of `tests/peers` with its `@NAMES@` filled in, and returns its path.
pub(crate) fn configure(template: &str, folder: &Path, values: &[(&str, &str)]) -> PathBuf {
    let mut text = std::fs::read_to_string(tests_file("peers").join(template)).expect("a template");
    let folder_text = folder.to_str().expect("a UTF-8 path");
    for (name, value) in values.iter().chain([&("DIR", folder_text)]) {
        text = text.replace(&format!("@{name}@"), value);
    }
    let path = folder.join(template.trim_end_matches(".in"));
    std::fs::write(&path, text).expect("the configuration");
    path
}

/// SHA-256 in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How often a fault is made: few times in the usual tests, many with `PARTE_FAULTS=long`.
pub(crate) fn count<N>(short: N, long: N) -> N {
    if std::env::var_os("PARTE_FAULTS").is_some_and(|word| word == "long") { long } else { short }
}
