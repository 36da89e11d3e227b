//! vsftpd, as strict as it gets: `tests/peers/vsftpd.conf.in`.

use super::{
    Certificates, Port, Process, configure, open_folder, require_program, require_root, run, tests_file,
};
use std::path::PathBuf;
use std::process::Command;

/// How the server protects its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FtpTls {
    /// Not at all.
    Off,
    /// TLS 1.2 at most.
    V12,
    /// What its OpenSSL prefers: TLS 1.3.
    V13,
}

/// A server for the user `ftp` with the password `s3cret`.
pub(crate) struct FtpServer {
    // dropped before its folder
    process: Option<Process>,
    folder: tempfile::TempDir,
    certificates: Certificates,
    config: PathBuf,
    tls: FtpTls,
    pub(crate) port: Port,
}

impl FtpServer {
    pub(crate) fn start(tls: FtpTls) -> Self {
        Self::with_settings(tls, "")
    }

    /// With further lines of vsftpd.conf.
    pub(crate) fn with_settings(tls: FtpTls, settings: &str) -> Self {
        require_program("vsftpd", "vsftpd");
        require_root("vsftpd becomes the user ftp");
        let folder = open_folder();
        let certificates = Certificates::issue(folder.path());
        for name in ["home", "home/entrada", "empty"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        std::fs::write(folder.path().join("passwords"), "s3cret\n").expect("the password list");
        run(Command::new("chown").arg("ftp:").arg(folder.path().join("home/entrada")));
        let tls_settings = match tls {
            FtpTls::Off => String::new(),
            FtpTls::V12 | FtpTls::V13 => {
                std::fs::read_to_string(tests_file("peers/vsftpd-tls.conf.in")).expect("a template")
            }
        };
        let port = Port::free();
        let settings = format!("{tls_settings}{settings}");
        let config = configure(
            "vsftpd.conf.in",
            folder.path(),
            &[("PORT", &port.to_string()), ("TLS", settings.trim_end())],
        );
        let mut server = Self { folder, certificates, config, tls, port, process: None };
        server.restart();
        server
    }

    /// Kills it with its sessions.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same port.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut command = Command::new(require_program("vsftpd", "vsftpd"));
        command.arg(&self.config);
        if self.tls == FtpTls::V12 {
            command.env("OPENSSL_CONF", tests_file("peers/openssl-tls12.cnf"));
        }
        let log = self.folder.path().join("output");
        self.process = Some(Process::serving(&mut command, self.port.number(), &log));
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.certificates.authority()
    }

    /// The folder that sessions see as `/entrada`: the only one that they may write.
    pub(crate) fn entrada(&self) -> PathBuf {
        self.folder.path().join("home/entrada")
    }

    /// Every command and answer.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("vsftpd.log")).unwrap_or_default()
    }
}
