//! A certificate authority of the test's own, made by openssl, with good and bad certificates under it.

use super::configure;
use super::process::{require_program, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `ca.pem` and, each as `.pem` with `.key`: `good` (localhost, 127.0.0.1), `expired`, `wronghost`.
pub(crate) struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Makes them in `folder/tls`.
    pub(crate) fn issue(folder: &Path) -> Self {
        require_program("openssl", "openssl");
        let folder = folder.join("tls");
        std::fs::create_dir_all(&folder).expect("a folder for certificates");
        std::fs::write(folder.join("index.txt"), "").expect("an empty index");
        configure("openssl-ca.cnf", &folder, &[]);
        let made = Self { folder };
        made.key_and_request("ca", "Parte test authority");
        made.sign("ca", "authority", ("20200101000000Z", "20991231235959Z"));
        for (name, extensions, validity) in [
            ("good", "good", ("20200101000000Z", "20991231235959Z")),
            ("expired", "good", ("20200101000000Z", "20200201000000Z")),
            ("wronghost", "wronghost", ("20200101000000Z", "20991231235959Z")),
        ] {
            made.key_and_request(name, "localhost");
            made.sign(name, extensions, validity);
        }
        made
    }

    /// The authority, for the channel's `ca`.
    pub(crate) fn authority(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// One of the files.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn key_and_request(&self, name: &str, common_name: &str) {
        run(Command::new("openssl")
            .args(["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
            .args(["-subj", &format!("/CN={common_name}")])
            .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.csr")])
            .current_dir(&self.folder));
    }

    fn sign(&self, name: &str, extensions: &str, (from, to): (&str, &str)) {
        let mut command = Command::new("openssl");
        command
            .args(["ca", "-batch", "-notext", "-config", "openssl-ca.cnf", "-extensions", extensions])
            .args(["-startdate", from, "-enddate", to])
            .args(["-in", &format!("{name}.csr"), "-out", &format!("{name}.pem"), "-keyfile", "ca.key"])
            .current_dir(&self.folder);
        if name == "ca" {
            command.arg("-selfsign");
        } else {
            command.args(["-cert", "ca.pem"]);
        }
        run(&mut command);
    }
}
