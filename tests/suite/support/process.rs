//! Child processes that end with the test.

use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Fails the test with the command that helps when a program is not there.
pub(crate) fn require_program(name: &str, package: &str) -> PathBuf {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"]
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| {
            panic!("{name} is not installed (Debian package {package}): run scripts/test as root once")
        })
}

/// Fails the test when it does not run as root, which the peers need to become their own users.
pub(crate) fn require_root(why: &str) {
    use std::os::unix::fs::MetadataExt as _;
    let user = std::fs::metadata("/proc/self").expect("/proc").uid();
    assert_eq!(user, 0, "this test has to run as root: {why}");
}

/// Runs a command to its end and returns what it printed.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// A server in the foreground.
pub(crate) struct Process {
    child: Child,
}

impl Process {
    /// Starts it and waits until it accepts connections on `port`.
    pub(crate) fn serving(command: &mut Command, port: u16, log: &Path) -> Self {
        let output = std::fs::File::create(log).expect("a log file");
        let errors = output.try_clone().expect("the log file twice");
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let mut process = Self { child };
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(status) = process.child.try_wait().expect("the state of a child") {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                panic!("{command:?} ended with {status}: {said}");
            }
            if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return process;
            }
            assert!(Instant::now() < deadline, "{command:?} does not accept connections on port {port}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills it (SIGKILL) with the processes it has started for its connections.
    pub(crate) fn kill(&mut self) {
        let mut family = descendants(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        family.retain(|id| Path::new("/proc").join(id.to_string()).exists());
        if !family.is_empty() {
            let ids: Vec<_> = family.iter().map(ToString::to_string).collect();
            // the shell's own kill, since procps is not everywhere; one of them may have ended by itself in between
            let kill = format!("kill -9 {}", ids.join(" "));
            let _ = Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status();
            // until they are gone they hold the port, and whoever connects gets neither an answer nor a refusal
            let deadline = Instant::now() + Duration::from_secs(10);
            while family.iter().any(|&id| is_alive(id)) && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Neither gone nor waiting for a parent to ask how it ended.
fn is_alive(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn descendants(of: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // "id (name) state parent ...", where the name may hold anything
        let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok());
        parents.extend(parent.map(|parent| (id, parent)));
    }
    let mut family = vec![of];
    let mut next = 0;
    while next < family.len() {
        let parent = family[next];
        family.extend(parents.iter().filter(|it| it.1 == parent).map(|it| it.0));
        next += 1;
    }
    family.split_off(1)
}
