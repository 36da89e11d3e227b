//! `parte preview`: the report in a browser's eyes, over HTTP, while its files are saved.

use crate::cli::{Workplace, parte};
use crate::support::{python, require_program, run};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A preview of the report `semana` that ends with the test.
struct Preview {
    child: Child,
    url: String,
}

impl Preview {
    fn of(place: &Workplace) -> Self {
        require_program("curl", "curl");
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

    /// Waits, version by version, until an address shows a text, and returns all of it.
    fn until(&self, path: &str, text: &str) -> String {
        self.settled(path, &format!("{text:?}"), |body| body.contains(text))
    }

    /// Waits until nothing is wrong any more.
    fn until_mended(&self) {
        self.settled("", "a report without trouble", |shell| shown(shell) && !troubled(shell));
    }

    fn settled(&self, path: &str, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let body = self.text(path);
            if is_it(&body) {
                return body;
            }
            assert!(Instant::now() < deadline, "/{path} does not come to show {what}: {body}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Downloads an address into a file.
    fn download(&self, path: &str, into: &Path) {
        let file = into.to_str().unwrap();
        assert_eq!(self.get(path, &["-f", "-o", file]).status.code(), Some(0), "/{path}");
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the shell says that something is wrong.
fn troubled(shell: &str) -> bool {
    shell.contains("id=\"trouble\"")
}

/// Whether the shell has a report to show.
fn shown(shell: &str) -> bool {
    shell.contains("href=\"/report.html\"")
}

/// The figures of the page's tiles.
fn figures(page: &str) -> Vec<String> {
    page.split("class=\"figure\"")
        .skip(1)
        .map(|rest| rest[rest.find('>').unwrap() + 1..rest.find("</dd>").unwrap()].replace('\u{a0}', " "))
        .collect()
}

/// A mail to somebody, in place of the folder.
fn with_mail(place: &Workplace) {
    place.define("url = \"folder:out\"", "url = \"smtp://127.0.0.1:1\"\nfrom = \"a@example.com\"");
    place.define("channel = \"disk\"", "channel = \"disk\"\n  to = [\"Gerencia <g@example.com>\"]");
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
    preview.until("report.html", "<h1>Otra semana</h1>");

    place.define("completion_rate\", \"sales_amount", "completion_rat\", \"sales_amount");
    let third = preview.after(second);
    let shell = preview.until("", "there is no metric `completion_rat`");
    assert!(troubled(&shell), "{shell}");
    assert!(preview.text("report.html").contains("<h1>Otra semana</h1>"), "the last good report stays");

    place.define("completion_rat\", \"sales_amount", "completion_rate\", \"sales_amount");
    preview.after(third);
    preview.until_mended();
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

#[test]
fn a_name_that_no_report_has_is_said_with_the_nearest_one_and_nothing_is_served() {
    let said = Workplace::new().expect(3, &["preview", "semena"]);
    assert!(said.contains("semena") && said.contains("did you mean `semana`?"), "{said}");
}

#[test]
fn a_definition_that_is_broken_from_the_start_is_shown_until_it_is_mended() {
    let place = Workplace::new();
    place.define("kpis = [", "kpsi = [");
    let preview = Preview::of(&place);
    let shell = preview.until("", "id=\"trouble\"");
    assert!(shell.contains("kpsi") && !shown(&shell), "{shell}");
    assert!(!preview.text("report.html").contains("<h1>"), "there is no report yet");
    place.define("kpsi = [", "kpis = [");
    preview.until_mended();
    assert!(preview.text("report.html").contains("<h1>Semana</h1>"));
}

#[test]
fn mistakes_in_sql_and_data_that_are_gone_are_shown_and_go_when_they_are_mended() {
    let place = Workplace::new();
    let preview = Preview::of(&place);
    preview.until_mended();
    place.define("source = \"demo\"", "source = \"demo\"\nwhere = \"sales_amont > 1\"");
    let shell = preview.until("", "id=\"trouble\"");
    assert!(shell.contains("sales_amont") && shell.contains("did you mean"), "{shell}");
    place.define("sales_amont", "sales_amount");
    preview.until_mended();
    place.sql("data.db", "alter table tasks rename to tareas");
    let shell = preview.until("", "id=\"trouble\"");
    assert!(shell.contains("tasks") && shell.contains("Below is the last good report"), "{shell}");
    place.sql("data.db", "alter table tareas rename to tasks");
    preview.until_mended();
}

#[test]
fn every_file_that_a_report_is_made_from_is_watched_however_it_is_saved() {
    let place = Workplace::new();
    with_mail(&place);
    std::fs::create_dir_all(place.file("partes/ventas/zona")).unwrap();
    let metric = "[metrics.mine]\nlabel = \"Primera\"\nexpr = \"count(*)\"\nformat = \"integer\"\n";
    place.write("partes/ventas/zona/m.toml", metric);
    place.write("festivos.ics", "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n");
    place.define("version = 1", "version = 1\ninclude = [\"partes/ventas/zona/*.toml\"]");
    place.define("currency =", "workdays = { days = \"mon-fri\", holidays = \"festivos.ics\" }\ncurrency =");
    place.define("kpis = [", "kpis = [\"mine\", ");
    let preview = Preview::of(&place);
    let page = preview.until("report.html", "Primera");
    assert_eq!(figures(&page)[1], "5", "tasks_planned in {page}");

    // an included file two folders down, saved as editors do it: beside, then renamed
    place.write("partes/ventas/zona/m.toml~", &metric.replace("Primera", "Segunda"));
    std::fs::rename(place.file("partes/ventas/zona/m.toml~"), place.file("partes/ventas/zona/m.toml"))
        .unwrap();
    preview.until("report.html", "Segunda");
    // the same file broken, and mended
    place.write("partes/ventas/zona/m.toml", "[metrics.mine");
    preview.until("", "id=\"trouble\"");
    place.write("partes/ventas/zona/m.toml", &metric.replace("Primera", "Tercera"));
    preview.until("report.html", "Tercera");

    place.write("festivos.ics", "nothing of a calendar");
    assert!(preview.until("", "id=\"trouble\"").contains("festivos.ics"));
    place.write("festivos.ics", "BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n");
    preview.until_mended();

    // a template in a folder that was not there
    std::fs::create_dir(place.file("templates")).unwrap();
    std::thread::sleep(Duration::from_millis(400));
    place.write("templates/mail.txt", "Hola, {{ title }}.\n");
    preview.until("mail/1.txt", "Hola, Semana.");

    let more = "insert into tasks(task_id, type, channel, status, scheduled_at, created_at) \
                values ('t9', 'visit', 'salesman', 'pending', '2026-03-04T14:00:00Z', '2026-03-01T00:00:00Z')";
    place.sql("data.db", more);
    preview.settled("report.html", "one task more", |page| figures(page)[1] == "6");
    // the same of a database that writes beside itself first
    place.sql("data.db", &format!("pragma journal_mode = wal; {}", more.replace("t9", "t10")));
    preview.settled("report.html", "two tasks more", |page| figures(page)[1] == "7");
}

#[test]
fn the_last_of_many_saves_is_the_one_that_is_shown() {
    let place = Workplace::new();
    let preview = Preview::of(&place);
    for count in 0..40 {
        let (old, new) = if count % 2 == 0 { ("Semana", "Otra") } else { ("Otra", "Semana") };
        place.define(&format!("title = \"{old}\""), &format!("title = \"{new}\""));
        // uneven, so that saves fall into every moment of a report in the making
        std::thread::sleep(Duration::from_millis(7 * (count % 13)));
    }
    place.define("title = \"Semana\"", "title = \"La final\"");
    preview.until("report.html", "<h1>La final</h1>");
}

#[test]
fn the_page_the_paper_and_the_files_are_one_report() {
    let place = Workplace::new();
    let preview = Preview::of(&place);
    preview.until_mended();
    let page = preview.text("report.html");
    preview.download("report.pdf", &place.file("a.pdf"));
    run(Command::new("qpdf").arg("--check").arg(place.file("a.pdf")));
    let paper = run(Command::new("pdftotext").arg("-layout").arg(place.file("a.pdf")).arg("-"))
        .replace('\u{a0}', " ");
    let tiles = figures(&page);
    assert_eq!(tiles.len(), 4, "{page}");
    for figure in &tiles {
        assert!(paper.contains(figure.as_str()), "{figure} on {paper}");
    }

    let shell = preview.text("");
    let names: Vec<&str> =
        shell.split("href=\"/files/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(names.len(), 4, "the workbook, the PDF and a CSV file for each section: {names:?}");
    let of = |part: &str| *names.iter().find(|name| name.ends_with(part)).unwrap();
    let csv = preview.text(&format!("files/{}", of("por-vendedor.csv")));
    assert!(csv.contains("José Muñoz") && csv.lines().count() > 3, "{csv}");
    preview.download(&format!("files/{}", of(".xlsx")), &place.file("a.xlsx"));
    let script = "import sys, openpyxl; print([c.value for s in openpyxl.load_workbook(sys.argv[1]) for r in s for c in r])";
    let cells = run(python().args(["-c", script]).arg(place.file("a.xlsx")));
    assert!(cells.contains("José Muñoz") && cells.contains("'Ventas', 201"), "{cells}");
    assert_eq!(preview.get("files/..%2Freports.toml", &["-f"]).status.code(), Some(22), "no other file");
}

#[test]
fn a_hostile_title_and_hostile_data_stay_words_everywhere() {
    let place = Workplace::new();
    with_mail(&place);
    let hostile = "</title></textarea><script>alert(1)</script><img src=x onerror=alert(1)>";
    place.define("title = \"Semana\"", &format!("title = \"{hostile}\""));
    place.sql("data.db", &format!("update sellers set full_name = '{hostile}'"));
    let preview = Preview::of(&place);
    preview.until_mended();
    let shell = preview.text("");
    assert_eq!(shell.matches("<script").count(), 1, "the shell's own: {shell}");
    for path in ["", "state", "report.html", "mail/1.html"] {
        let html = preview.text(path);
        assert!(html.contains("&lt;script&gt;"), "/{path}: {html}");
        assert!(!html.contains("<script>") && !html.contains("<img src=x"), "/{path}: {html}");
        let headers = String::from_utf8(preview.get(path, &["-o", "/dev/null", "-D", "-"]).stdout).unwrap();
        assert!(headers.contains("content-security-policy: default-src 'none'"), "{headers}");
    }
    // a mistake quotes the file
    place.define("kpis = [", "\"<b>&\" = [");
    let shell = preview.until("", "id=\"trouble\"");
    assert!(shell.contains("&lt;b&gt;&amp;") && !shell.contains("<b>"), "{shell}");
}
