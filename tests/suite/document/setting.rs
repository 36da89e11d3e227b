//! Two weeks of tasks and states in a SQLite file, and reports over them.

use chrono::{DateTime, NaiveDate, Utc};
use parte::calendar::Period;
use parte::definition::Definitions;
use parte::document::{BuildInput, Document, DocumentError, build};
use parte::metrics::{Engine, catalogue, need};
use parte::source;
use rusqlite::{Connection, params};
use std::fmt::Write as _;
use std::path::Path;
use tempfile::TempDir;

/// A folder with data, kept while it is used.
pub(super) struct Setting {
    folder: TempDir,
}

/// Monday 16 November 2026, 07:30 in Bogotá.
pub(super) fn monday() -> DateTime<Utc> {
    "2026-11-16T12:30:00Z".parse().expect("an instant")
}

impl Setting {
    /// Tasks from 2 to 15 November 2026 of three teams, states of 40 shops.
    pub(super) fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        fill(&folder.path().join("data.db")).expect("the data");
        Self { folder }
    }

    /// The demo's data instead.
    pub(super) fn of_the_demo() -> Self {
        let folder = TempDir::new().expect("a folder");
        parte::demo::generate(&parte::demo::Plan::default(), &folder.path().join("data.db"), &|_, _| ())
            .expect("the demo's data");
        Self { folder }
    }

    /// The file with the data.
    pub(super) fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data.db")
    }

    /// The definitions of a report, with these words in it.
    pub(super) fn definitions(&self, locale: &str, report: &str) -> Definitions {
        let mut text = format!(
            "version = 1\n[defaults]\ntimezone = \"America/Bogota\"\nlocale = \"{locale}\"\ncurrency = \"COP\"\n\
             workdays = {{ days = \"mon-sat\" }}\noutbox = \"outbox\"\n\
             [brand]\nname = \"Distribuciones Ñandú\"\ncolor = \"#0b7a75\"\n[ledger]\nurl = \"sqlite:parte.db\"\n\
             [sources.data]\nurl = \"sqlite:data.db\"\n[channels.folder]\nurl = \"folder:out\"\n"
        );
        write!(text, "{report}").expect("a text");
        let path = self.folder.path().join("reports.toml");
        std::fs::write(&path, text).expect("the definitions are written");
        parte::definition::load(&path, catalogue()).unwrap_or_else(|e| panic!("{:#?}", e.problems))
    }

    /// The shipped definitions over this data.
    pub(super) fn shipped(&self, text: &str, locale: &str) -> Definitions {
        let templates = self.folder.path().join("templates");
        std::fs::create_dir_all(&templates).expect("a folder");
        let holidays = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/holidays-co.ics");
        std::fs::copy(holidays, templates.join("holidays-co.ics")).expect("the holidays");
        let logo = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/logo.svg");
        std::fs::copy(logo, templates.join("logo.svg")).expect("the logo");
        let text =
            text.replace("sqlite:demo.db", "sqlite:data.db").replace("\"es-CO\"", &format!("\"{locale}\""));
        let path = self.folder.path().join("shipped.toml");
        std::fs::write(&path, text).expect("the definitions are written");
        parte::definition::load(&path, catalogue()).unwrap_or_else(|e| panic!("{:#?}", e.problems))
    }

    /// The document of the first report for the period that it gives on this Monday.
    pub(super) fn document(&self, definitions: &Definitions) -> Document {
        self.try_document(definitions, None).unwrap_or_else(|e| panic!("{e}: {}", e.hint))
    }

    /// The same for a period of one's own.
    pub(super) fn try_document(
        &self,
        definitions: &Definitions,
        period: Option<Period>,
    ) -> Result<Document, DocumentError> {
        let report = definitions.reports.first().expect("a report");
        let period = period.unwrap_or_else(|| report.period_at(monday(), None));
        let others = report.compared_periods(&period);
        let periods: Vec<Period> =
            std::iter::once(period.clone()).chain(others.iter().map(|(_, other)| other.clone())).collect();
        let needed = need(report, &definitions.metrics, &periods).expect("what is needed");
        let frames = source::load(&definitions.sources[&report.source], &needed).expect("the frames");
        let engine = |of: &Period| Engine::new(report, &definitions.metrics, &frames, of).expect("an engine");
        let current = engine(&period);
        let compared: Vec<_> = others.iter().map(|(with, other)| (*with, engine(other))).collect();
        build(&BuildInput {
            definitions,
            report,
            period: &period,
            current: &current,
            compared: &compared,
            earlier: &[],
            generated: monday(),
        })
    }
}

/// A report of the week before with these sections.
pub(super) fn weekly(sections: &str) -> String {
    format!(
        "[[report]]\nid = \"semana\"\ntitle = {{ es = \"Semana\", en = \"Week\", pt = \"Semana\" }}\n\
         period = \"previous week\"\ncompare = [\"previous\", \"target\"]\nsource = \"data\"\nformats = [\"pdf\"]\n\
         {sections}\n[[report.deliver]]\nchannel = \"folder\"\n"
    )
}

const SELLERS: [(&str, &str, &str); 6] = [
    ("s1", "José Muñoz", "Norte"),
    ("s2", "Ángela Ávila", "Norte"),
    ("s3", "Óscar Peñaranda", "Eje Cafetero"),
    ("s4", "Íñigo Güell", "Eje Cafetero"),
    ("s5", "Zoila Núñez", "Ávila"),
    ("s6", "Lucía Ñáñez", "Ávila"),
];
const STATES: [&str; 9] =
    ["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned"];

fn fill(path: &Path) -> rusqlite::Result<()> {
    let mut file = Connection::open(path)?;
    let db = file.transaction()?;
    db.execute_batch(
        "create table tasks (task_id text, type text, channel text, status text, seller_id text, user_id text,
             scheduled_at text, due_at text, started_at text, completed_at text, duration_min real, outcome text,
             attempts integer, sales_amount real, created_at text);
         create table sellers (seller_id text, full_name text, team text);
         create table users (user_id text, name text, city text, region text);
         create table user_states (user_id text, date text, state text);",
    )?;
    for (id, name, team) in SELLERS {
        db.execute("insert into sellers values (?1, ?2, ?3)", params![id, name, team])?;
    }
    for user in 0..40_u32 {
        let city = ["Bogotá", "Medellín", "Ibagué"][user as usize % 3];
        let region = ["Andina", "Caribe"][user as usize % 2];
        db.execute(
            "insert into users values (?1, ?2, ?3, ?4)",
            params![format!("u{user:02}"), format!("Tienda {user}"), city, region],
        )?;
    }
    let mut task = 0_u32;
    for day in days() {
        // No work on Sundays; half on Saturdays.
        let count = match chrono::Datelike::weekday(&day) {
            chrono::Weekday::Sun => 0,
            chrono::Weekday::Sat => 6,
            _ => 14 + chrono::Datelike::day(&day) % 5,
        };
        for _ in 0..count {
            insert_task(&db, task, day)?;
            task += 1;
        }
        insert_states(&db, day)?;
    }
    db.commit()
}

fn days() -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day");
    first.iter_days().take(15)
}

fn insert_task(db: &Connection, n: u32, day: NaiveDate) -> rusqlite::Result<()> {
    let kind = ["visit", "call", "message"][n as usize % 3];
    let status = match n % 11 {
        3 => "pending",
        7 => "failed",
        9 => "cancelled",
        _ => "completed",
    };
    let status = if n == 150 { "en_revision" } else { status };
    let seller = (n % 23 != 5).then(|| SELLERS[n as usize % SELLERS.len()].0);
    let hour = 13 + n % 8;
    let done = status == "completed";
    let sale = done && n.is_multiple_of(4);
    db.execute(
        "insert into tasks values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        params![
            format!("t{n:04}"),
            kind,
            ["salesman", "callcenter", "whatsapp"][n as usize % 3],
            status,
            seller,
            format!("u{:02}", n % 40),
            format!("{day}T{hour:02}:00:00Z"),
            format!("{day}T{:02}:30:00Z", hour + 1),
            done.then(|| format!("{day}T{hour:02}:10:00Z")),
            done.then(|| format!("{day}T{:02}:{:02}:00Z", hour + n % 3, 10 + n % 40)),
            done.then(|| f64::from(5 + n % 30)),
            done.then_some(if sale { "sale" } else { "no_sale" }),
            1 + n % 3,
            sale.then(|| f64::from(45_000 + n * 137)),
            format!("{day}T10:00:00Z"),
        ],
    )?;
    Ok(())
}

fn insert_states(db: &Connection, day: NaiveDate) -> rusqlite::Result<()> {
    let of_day = chrono::Datelike::day(&day);
    for user in 0..40_u32 {
        // Two shops come late; the others drift along the states.
        if user >= 38 && of_day < 10 {
            continue;
        }
        let state = STATES[((user + of_day * (user % 4) / 7) % 9) as usize];
        db.execute(
            "insert into user_states values (?1, ?2, ?3)",
            params![format!("u{user:02}"), day.to_string(), state],
        )?;
    }
    Ok(())
}
