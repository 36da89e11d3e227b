//! nginx with DAV: an upload API as `tests/peers/nginx.conf.in` says.

use super::{Certificates, Port, Process, configure, open_folder, require_program, require_root, run};
use std::path::PathBuf;
use std::process::Command;

/// The server; what it stores lies under `root`.
pub(crate) struct WebServer {
    // dropped before its folder
    process: Option<Process>,
    folder: tempfile::TempDir,
    certificates: Certificates,
    config: PathBuf,
    pub(crate) http: Port,
    pub(crate) https: Port,
    /// HTTPS with a certificate that has expired.
    pub(crate) expired: Port,
    /// HTTPS with a certificate of another host.
    pub(crate) wrong_host: Port,
}

impl WebServer {
    pub(crate) fn start() -> Self {
        require_program("nginx", "nginx-light");
        require_root("nginx becomes the user www-data");
        let module = "/usr/lib/nginx/modules/ngx_http_dav_ext_module.so";
        assert!(
            std::path::Path::new(module).exists(),
            "{module} is not installed (Debian package libnginx-mod-http-dav-ext): run scripts/test as root once"
        );
        let folder = open_folder();
        let certificates = Certificates::issue(folder.path());
        for name in ["root", "logs", "tmp"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        for user_folder in ["root", "tmp"] {
            run(Command::new("chown").arg("www-data:www-data").arg(folder.path().join(user_folder)));
        }
        let hash = run(Command::new("openssl").args(["passwd", "-apr1", "s3cret"]));
        std::fs::write(folder.path().join("htpasswd"), format!("reporter:{hash}"))
            .expect("the password list");
        let (http, https, expired, wrong_host) = (Port::free(), Port::free(), Port::free(), Port::free());
        let config = configure(
            "nginx.conf.in",
            folder.path(),
            &[
                ("HTTPS", &https.to_string()),
                ("HTTP", &http.to_string()),
                ("EXPIRED", &expired.to_string()),
                ("WRONGHOST", &wrong_host.to_string()),
            ],
        );
        let mut server =
            Self { folder, certificates, config, http, https, expired, wrong_host, process: None };
        server.restart();
        server
    }

    /// Kills it.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same ports.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut command = Command::new(require_program("nginx", "nginx-light"));
        command.arg("-p").arg(self.folder.path()).arg("-c").arg(&self.config);
        let log = self.folder.path().join("output");
        self.process = Some(Process::serving(&mut command, self.http.number(), &log));
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.certificates.authority()
    }

    /// Where what is put under `/` lies.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Every request, as JSON.
    pub(crate) fn requests(&self) -> Vec<serde_json::Value> {
        let log = std::fs::read_to_string(self.folder.path().join("logs/access.log")).unwrap_or_default();
        log.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}
