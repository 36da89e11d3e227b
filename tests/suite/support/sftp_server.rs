//! OpenSSH's server: `tests/peers/sshd_config.in`.

use super::{Port, Process, configure, open_folder, require_program, require_root, run};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Number of the user `sftp`, whom no other program knows.
const USER: u32 = 64_321;

/// A server for the user `sftp` with the password `s3cret` and the key `client`.
pub(crate) struct SftpServer {
    // dropped before its folder
    process: Option<Process>,
    folder: tempfile::TempDir,
    config: PathBuf,
    pub(crate) port: Port,
}

impl SftpServer {
    pub(crate) fn start() -> Self {
        Self::with_settings("")
    }

    /// With further lines of sshd_config.
    pub(crate) fn with_settings(settings: &str) -> Self {
        require_program("sshd", "openssh-server");
        require_root("sshd becomes its user");
        let folder = open_folder();
        let at = folder.path();
        for name in ["home", "home/entrada"] {
            std::fs::create_dir(at.join(name)).expect("a folder");
            run(Command::new("chown").arg(format!("{USER}:{USER}")).arg(at.join(name)));
        }
        for (name, kind, phrase) in [
            ("host", "ed25519", ""),
            ("host_ecdsa", "ecdsa", ""),
            ("host_rsa", "rsa", ""),
            ("client", "ed25519", ""),
            ("client_locked", "ed25519", "s3cret-phrase"),
            ("client_rsa", "rsa", ""),
        ] {
            generate(at, name, kind, phrase);
        }
        let public = |name: &str| std::fs::read_to_string(at.join(format!("{name}.pub"))).expect("a key");
        let keys = ["client", "client_locked", "client_rsa"].map(public).concat();
        std::fs::write(at.join("authorized_keys"), keys).expect("the keys let in");
        let hash = run(Command::new(require_program("openssl", "openssl")).args(["passwd", "-6", "s3cret"]));
        let user = format!("sftp:x:{USER}:{USER}::{}/home:/bin/sh\n", at.display());
        add_line(Path::new("/etc/passwd"), &at.join("passwd"), &user);
        add_line(
            Path::new("/etc/shadow"),
            &at.join("shadow"),
            &format!("sftp:{}:20000::::::\n", hash.trim()),
        );
        let port = Port::free();
        let keys =
            ["host", "host_ecdsa", "host_rsa"].map(|name| format!("HostKey {}", at.join(name).display()));
        let config = configure(
            "sshd_config.in",
            at,
            &[("PORT", &port.to_string()), ("KEYS", &keys.join("\n")), ("SETTINGS", settings)],
        );
        let mut server = Self { process: None, folder, config, port };
        server.restart();
        server
    }

    /// Kills it with its sessions.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same port; it sees what is mounted by then.
    pub(crate) fn restart(&mut self) {
        self.stop();
        // where sshd drops its rights
        let _ = std::fs::DirBuilder::new().mode(0o755).create("/run/sshd");
        let at = self.folder.path().display();
        let script = format!(
            "mount --bind {at}/passwd /etc/passwd && mount --bind {at}/shadow /etc/shadow && exec \"$0\" -D -e -f \"$1\""
        );
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script]);
        command.arg(require_program("sshd", "openssh-server")).arg(&self.config);
        let log = self.folder.path().join("output");
        self.process = Some(Process::serving(&mut command, self.port.number(), &log));
    }

    /// Gives it other host keys.
    pub(crate) fn change_host_keys(&mut self) {
        for (name, kind) in [("host", "ed25519"), ("host_ecdsa", "ecdsa")] {
            let _ = std::fs::remove_file(self.folder.path().join(name));
            generate(self.folder.path(), name, kind, "");
        }
        self.restart();
    }

    /// `ssh-ed25519 AAAA...` of the file `name`.
    pub(crate) fn public_key(&self, name: &str) -> String {
        let text = std::fs::read_to_string(self.folder.path().join(format!("{name}.pub"))).expect("a key");
        text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }

    /// The text of a private key.
    pub(crate) fn private_key(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("a key")
    }

    /// The folder of the server's own files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder that sessions see as `entrada`.
    pub(crate) fn entrada(&self) -> PathBuf {
        self.folder.path().join("home/entrada")
    }

    /// What it says of logins.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default()
    }
}

fn generate(folder: &Path, name: &str, kind: &str, phrase: &str) {
    let _ = std::fs::remove_file(folder.join(format!("{name}.pub")));
    run(Command::new(require_program("ssh-keygen", "openssh-client"))
        .args(["-q", "-t", kind, "-N", phrase, "-C", "parte", "-f"])
        .arg(folder.join(name)));
}

fn add_line(from: &Path, to: &Path, line: &str) {
    let mut text = std::fs::read_to_string(from).expect("a password file");
    text.push_str(line);
    std::fs::write(to, text).expect("a password file");
}
