//! `parte preview`: the report in a browser's eyes, over HTTP, while its files are saved.

use crate::cli::{Workplace, parte};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A preview of the report `semana` that ends with the test.
struct Preview {
    child: Child,
    url: String,
}

impl Preview {
    fn of(place: &Workplace) -> Self {
        let mut child = parte(place.path())
            .args(["--quiet", "preview", "semana", "--period", "2026-03-02..2026-03-09"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim_end().to_owned() }
    }

    /// An answer's body, by a client that knows nothing of ours.
    fn get(&self, path: &str, more: &[&str]) -> Output {
        let url = format!("{}{path}", self.url);
        Command::new("curl")
            .args(["-sS", "--max-time", "40"])
            .args(more)
            .arg(url)
            .output()
            .expect("curl runs")
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8(self.get(path, &[]).stdout).expect("UTF-8")
    }

    /// Waits for a later version than the one seen and returns it.
    fn after(&self, seen: u64) -> u64 {
        let event = self.text(&format!("events/{seen}"));
        assert!(event.contains("event: changed\n"), "{event}");
        event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap().parse().unwrap()
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_save_changes_the_page_and_mistakes_stand_over_the_last_good_report_until_they_are_mended() {
    let place = Workplace::new();
    let preview = Preview::of(&place);
    let first = preview.after(0);
    assert!(preview.text("report.html").contains("Semana"));
    assert!(preview.get("report.pdf", &[]).stdout.starts_with(b"%PDF-"));

    place.define("title = \"Semana\"", "title = \"Otra semana\"");
    let second = preview.after(first);
    assert!(preview.text("report.html").contains("<h1>Otra semana</h1>"));

    place.define("completion_rate\", \"sales_amount", "completion_rat\", \"sales_amount");
    let third = preview.after(second);
    let shell = preview.text("");
    assert!(shell.contains("id=\"trouble\"") && shell.contains("completion_rat"), "{shell}");
    assert!(preview.text("report.html").contains("<h1>Otra semana</h1>"), "the last good report stays");

    place.define("completion_rat\", \"sales_amount", "completion_rate\", \"sales_amount");
    preview.after(third);
    assert!(!preview.text("").contains("id=\"trouble\""));
    assert!(
        !place.file("parte.db").exists() && !place.file("out").exists(),
        "nothing is recorded or delivered"
    );
}

#[test]
fn only_looking_from_this_machine_under_its_own_name_is_answered() {
    let place = Workplace::new();
    let preview = Preview::of(&place);
    let status = |more: &[&str]| {
        let asked = [&["-o", "/dev/null", "-w", "%{http_code}"], more].concat();
        String::from_utf8(preview.get("", &asked).stdout).unwrap()
    };
    assert_eq!(status(&[]), "200");
    assert_eq!(status(&["-H", "Host: evil.example"]), "403");
    assert_eq!(status(&["-X", "POST"]), "405");
}

#[test]
fn a_taken_port_is_said_and_an_interrupt_ends_at_once_though_a_browser_waits() {
    let place = Workplace::new();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = place.parte(&["preview", "semana", "--port", &port]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(&port) && said.contains("help:"), "{said}");

    let mut preview = Preview::of(&place);
    let version = preview.after(0);
    let events = format!("{}events/{version}", preview.url);
    let mut browser = Command::new("curl").args(["-sS", &events]).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    let id = preview.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(preview.child.wait().unwrap().code(), Some(0));
    assert!(asked.elapsed() < Duration::from_secs(2), "took {:?}", asked.elapsed());
    let _ = browser.wait();
}
