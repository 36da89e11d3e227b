//! Exim with a Maildir: answers by recipient and subject as `tests/peers/exim.conf.in` says.

use super::{Certificates, Port, Process, configure, open_folder, require_program, require_root, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A relay. `reporter` with the password `s3cret` may log in on the encrypted ports.
pub(crate) struct MailServer {
    // dropped before its folder
    process: Option<Process>,
    folder: tempfile::TempDir,
    certificates: Certificates,
    config: PathBuf,
    /// Plain, without login.
    pub(crate) smtp: Port,
    /// STARTTLS, login demanded.
    pub(crate) submission: Port,
    /// TLS from the first byte, login offered.
    pub(crate) smtps: Port,
}

impl MailServer {
    pub(crate) fn start() -> Self {
        Self::start_with(false)
    }

    /// One that only takes messages in, for counting and for speed: they stay in its queue.
    pub(crate) fn start_queueing() -> Self {
        Self::start_with(true)
    }

    fn start_with(queue_only: bool) -> Self {
        require_program("exim4", "exim4-daemon-light");
        require_root("exim becomes the user Debian-exim");
        let folder = open_folder();
        let certificates = Certificates::issue(folder.path());
        for name in ["spool", "log", "mail"] {
            std::fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        run(Command::new("chown").args(["-R", "Debian-exim:Debian-exim"]).arg(folder.path()));
        let (smtp, submission, smtps) = (Port::free(), Port::free(), Port::free());
        let config = configure(
            "exim.conf.in",
            folder.path(),
            &[
                ("SMTP", &smtp.to_string()),
                ("SUBMISSION", &submission.to_string()),
                ("SMTPS", &smtps.to_string()),
                ("QUEUE_ONLY", &queue_only.to_string()),
            ],
        );
        // exim trusts a configuration only where nobody else may write it
        run(Command::new("chown").arg("root:root").arg(folder.path()).arg(&config));
        let mut server = Self { folder, certificates, config, smtp, submission, smtps, process: None };
        server.restart();
        server
    }

    /// Kills it; what it has accepted stays.
    pub(crate) fn stop(&mut self) {
        self.process = None;
    }

    /// Starts it again on the same ports.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut command = Command::new("exim4");
        command
            .arg("-C")
            .arg(&self.config)
            .args(["-bdf", "-oX", ""])
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let log = self.folder.path().join("output");
        self.process = Some(Process::serving(&mut command, self.smtp.number(), &log));
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.certificates.authority()
    }

    /// The messages in the Maildir, once there are at least `count`.
    pub(crate) fn messages(&self, count: usize) -> Vec<PathBuf> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let found = files(&self.folder.path().join("mail/new"));
            if found.len() >= count {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "{} of {count} messages arrived:\n{}",
                found.len(),
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Recipients of the messages in the queue, and of each the Message-ID.
    pub(crate) fn queued(&self) -> Vec<(String, String)> {
        let mut queued = Vec::new();
        for path in files(&self.folder.path().join("spool/input")) {
            if path.extension().is_some() || !path.to_string_lossy().ends_with("-H") {
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned();
            let id =
                text.lines().find_map(|line| line.split_once("Message-ID: ").map(|(_, id)| id.to_owned()));
            // after a line with the number of recipients, one a line, then an empty line
            let (envelope, _) = text.split_once("\n\n").unwrap_or_default();
            let count = envelope.lines().position(|line| line.parse::<u32>().is_ok());
            for recipient in envelope.lines().skip(count.map_or(usize::MAX, |at| at + 1)) {
                queued.push((recipient.to_owned(), id.clone().unwrap_or_default()));
            }
        }
        queued
    }

    /// The messages in the Maildir now, each with its Envelope-to and Message-ID.
    pub(crate) fn delivered(&self) -> Vec<(String, String)> {
        let header = |text: &str, name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim().to_owned()).unwrap_or_default()
        };
        files(&self.folder.path().join("mail/new"))
            .iter()
            .map(|path| String::from_utf8_lossy(&std::fs::read(path).expect("a message")).into_owned())
            .map(|text| (header(&text, "Envelope-to:"), header(&text, "Message-ID:")))
            .collect()
    }

    /// The main log.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log/mainlog")).unwrap_or_default()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files
}
