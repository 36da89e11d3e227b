//! ProFTPD: `tests/peers/proftpd.conf.in`. Its package cannot be installed beside vsftpd's, so scripts/test unpacks it.

use super::{Certificates, Port, Process, configure, open_folder, require_root, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Number of the user `ftp` of this server, whom no other program knows.
const USER: u32 = 64_322;

/// A server for the user `ftp` with the password `s3cret`.
pub(crate) struct ProftpdServer {
    _process: Process,
    folder: tempfile::TempDir,
    certificates: Certificates,
    pub(crate) port: Port,
}

impl ProftpdServer {
    /// With this `TLSProtocol` and further lines of proftpd.conf.
    pub(crate) fn start(protocol: &str, settings: &str) -> Self {
        require_root("proftpd becomes its user");
        let unpacked = unpacked();
        let folder = open_folder();
        let at = folder.path();
        let certificates = Certificates::issue(at);
        for name in ["home", "home/entrada"] {
            std::fs::create_dir(at.join(name)).expect("a folder");
            run(Command::new("chown").arg(format!("{USER}:{USER}")).arg(at.join(name)));
        }
        let hash = run(Command::new("openssl").args(["passwd", "-6", "s3cret"]));
        let user = format!("ftp:{}:{USER}:{USER}::{}/home:/bin/sh\n", hash.trim(), at.display());
        std::fs::write(at.join("passwd"), user).expect("the password file");
        run(Command::new("chmod").arg("600").arg(at.join("passwd")));
        let port = Port::free();
        let modules = unpacked.join("usr/lib/proftpd");
        let config = configure(
            "proftpd.conf.in",
            at,
            &[
                ("PORT", &port.to_string()),
                ("MODULES", modules.to_str().expect("a UTF-8 path")),
                ("PROTOCOL", protocol),
                ("SETTINGS", settings),
            ],
        );
        let mut command = Command::new(unpacked.join("usr/sbin/proftpd"));
        command.arg("-n").arg("-c").arg(&config).env("LD_LIBRARY_PATH", libraries(&unpacked));
        let process = Process::serving(&mut command, port.number(), &at.join("output"));
        Self { _process: process, folder, certificates, port }
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.certificates.authority()
    }

    /// The folder that sessions see as `entrada`.
    pub(crate) fn entrada(&self) -> PathBuf {
        self.folder.path().join("home/entrada")
    }

    /// What it says of TLS.
    pub(crate) fn tls_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("tls.log")).unwrap_or_default()
    }
}

/// Where scripts/test has unpacked the packages.
fn unpacked() -> PathBuf {
    let named = std::env::var_os("PARTE_TEST_PROFTPD").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/proftpd"));
    let program = folder.join("usr/sbin/proftpd");
    assert!(program.exists(), "{} is not there: run scripts/test as root once", program.display());
    folder
}

/// The libraries unpacked with it, wherever Debian keeps those of this machine's kind.
fn libraries(unpacked: &Path) -> PathBuf {
    let folders = std::fs::read_dir(unpacked.join("usr/lib")).expect("its libraries");
    let found = folders.flatten().find(|entry| entry.file_name().to_string_lossy().contains("-linux-gnu"));
    found.map(|entry| entry.path()).unwrap_or_default()
}
