//! Tables with hundreds of columns of which a report needs a few: the others are never asked for, change nothing and are not shown.

use crate::cli::{DEFINITIONS, Workplace, parte};
use crate::support::{DatabaseServer, MariaDb, database, python, run, tests_file};
use parte::definition::load;
use parte::metrics::catalogue;
use parte::pipeline::{Earlier, Gates, Order, preview};

/// A part of the names of columns that nobody needs.
const OTHERS: [&str; 3] = ["atributo_adicional", "Con espacio", "con.punto"];

/// A workplace with its data in tables of all kinds, narrow and wide.
struct Wide(Workplace);

impl Wide {
    fn new() -> Self {
        let place = Workplace::new();
        run(python().arg(tests_file("readers/sources_wide.py")).arg(place.file("data.db")).arg(place.path()));
        Self(place)
    }

    /// The definitions with another source.
    fn define(&self, url: &str, more: &str) {
        let text = DEFINITIONS.replace("sqlite:data.db\"", &format!("{url}\"\n{more}"));
        assert!(text.contains(url));
        self.0.write("reports.toml", &text);
    }

    fn said(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = parte(self.0.path()).args(arguments).output().expect("the program starts");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    }

    /// The report's CSV files, and the page of its preview.
    fn report(&self) -> Vec<(String, Vec<u8>)> {
        let definitions = load(&self.0.file("reports.toml"), catalogue())
            .unwrap_or_else(|e| panic!("{}", e.render(false, 100)));
        let report = definitions.reports.first().expect("a report");
        let scheduled_for = "2026-03-09T12:00:00Z".parse().expect("an instant");
        let previewed = preview(&Order {
            definitions: &definitions,
            report,
            period: report.period_at(scheduled_for, None),
            scheduled_for,
            formats: vec![parte::definition::Format::Csv],
            generated: scheduled_for,
            run_key: "wide".to_owned(),
            deliver: false,
            gates: Gates::Tell,
            earlier: Earlier::default(),
            keep: true,
        });
        let previewed = previewed.unwrap_or_else(|e| panic!("{e}"));
        let files = previewed.artifacts.into_iter().map(|it| (it.name, it.bytes));
        files.chain([("page".to_owned(), previewed.page.into_bytes())]).collect()
    }

    /// The report is that of the narrow table, and what a person is shown has none of the other columns.
    fn is_as_narrow(&self, kind: &str, url: &str, expected: &[(String, Vec<u8>)]) {
        self.define(url, "");
        super::same::assert_same(kind, expected, &self.report());
        let (exit, text) = self.said(&["check", "--online"]);
        assert_eq!(exit, Some(0), "{kind}: {text}");
        assert!(
            text.replace(['.', ',', '\u{a0}', ' '], "").contains("2400"),
            "{kind}, all rows are counted: {text}"
        );
        assert!(text.lines().count() < 20, "{kind}: {text}");
        let (exit, plan) = self.said(&["plan", "semana", "--at", "2026-03-09T07:00", "--verbose"]);
        assert_eq!(exit, Some(0), "{kind}: {plan}");
        for name in OTHERS {
            assert!(!text.contains(name) && !plan.contains(name), "{kind}, {name}: {text}\n{plan}");
        }
        // A name that is wrong is answered with a hint, not with three hundred names.
        self.define(url, "[sources.demo.tasks]\ncolumns = { outcome = \"outcom\" }");
        let (exit, text) = self.said(&["check", "--online"]);
        assert_eq!(exit, Some(4), "{kind}: {text}");
        assert!(text.contains("did you mean `outcome`?") && text.contains("more"), "{kind}: {text}");
        assert!(text.lines().count() < 45 && text.len() < 4000, "{kind}: {text}");
        assert!(!text.contains("dos\n"), "{kind}, a line end in a name is written out: {text}");
    }
}

/// What of these statements names columns that nobody needs, but for those that ask for no row.
fn needless(statements: &[String]) -> Vec<&String> {
    let reads = |it: &&String| !it.contains("limit 0");
    let all: Vec<&String> = statements.iter().filter(reads).collect();
    assert!(all.iter().any(|it| it.contains("scheduled_at")), "the report was read: {statements:#?}");
    let is_needless = |it: &&&String| {
        it.contains(".*") || it.contains("select *") || OTHERS.iter().any(|name| it.contains(name))
    };
    all.iter().filter(is_needless).copied().collect()
}

#[test]
fn three_hundred_columns_in_files_change_nothing_and_are_not_shown() {
    let wide = Wide::new();
    wide.define("sqlite:narrow.db", "");
    let expected = wide.report();
    for (kind, url) in [("SQLite", "sqlite:wide.db"), ("CSV", "csv:csv"), ("Parquet", "parquet:parquet")] {
        wide.is_as_narrow(kind, url, &expected);
    }
}

#[test]
fn of_three_hundred_columns_postgresql_is_asked_for_those_that_are_needed() {
    let wide = Wide::new();
    wide.define("sqlite:narrow.db", "");
    let expected = wide.report();
    let server = DatabaseServer::start();
    server.create("ancha");
    let script = std::fs::read_to_string(wide.0.file("postgres.sql")).expect("the tables");
    database::execute(server.port.number(), "ancha", &script);
    database::execute(server.port.number(), "postgres", "alter role parte set log_statement = 'all'");
    wide.is_as_narrow("PostgreSQL", &format!("postgres://parte@127.0.0.1:{}/ancha", server.port), &expected);
    let log = server.log();
    let statements: Vec<String> =
        log.lines().filter(|line| line.contains("parte@ancha")).map(str::to_owned).collect();
    assert!(statements.iter().any(|it| it.contains("copy (select")), "{log}");
    assert_eq!(needless(&statements), Vec::<&String>::new());
}

#[test]
fn of_three_hundred_columns_mariadb_is_asked_for_those_that_are_needed() {
    let wide = Wide::new();
    wide.define("sqlite:narrow.db", "");
    let expected = wide.report();
    let server = MariaDb::start();
    server.execute("ventas", &std::fs::read_to_string(wide.0.file("mariadb.sql")).expect("the tables"));
    server.execute("", "create user abierto@'127.0.0.1'; grant select on ventas.* to abierto@'127.0.0.1'");
    server.execute("", "set global log_output = 'TABLE'; set global general_log = 1");
    wide.is_as_narrow("MariaDB", &format!("mysql://abierto@127.0.0.1:{}/ventas", server.port), &expected);
    let statements =
        server.query("select argument from mysql.general_log where user_host like '%abierto%' and command_type <> 'Connect'");
    assert!(statements.iter().any(|it| it.contains("from `tasks` where")), "{statements:#?}");
    assert_eq!(needless(&statements), Vec::<&String>::new());
}

#[test]
fn which_of_two_columns_is_meant_that_differ_in_case_alone_is_never_guessed() {
    let place = Workplace::new();
    let write = |header: &str| {
        std::fs::create_dir_all(place.file("datos")).expect("a folder");
        let rows = "T1,completed,pending,2026-03-04T15:00:00Z,1\n";
        std::fs::write(place.file("datos/tasks.csv"), format!("{header}\n{rows}")).expect("written");
    };
    let run = |more: &str| {
        place
            .write("reports.toml", &DEFINITIONS.replace("sqlite:data.db\"", &format!("csv:datos\"\n{more}")));
        let output = parte(place.path())
            .args([
                "run",
                "semana",
                "--at",
                "2026-03-09T07:00",
                "--no-deliver",
                "--quiet",
                "--format",
                "csv",
                "--out",
                "out",
            ])
            .output()
            .expect("the program starts");
        let files = place.files("out");
        let text = |name: String| std::fs::read_to_string(place.file("out").join(name)).expect("a file");
        let file: String = files.into_iter().map(text).collect();
        let _ = std::fs::remove_dir_all(place.file("out"));
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned(), file)
    };
    write("task_id,Status,STATUS,scheduled_at,sales_amount");
    let (exit, text, _) = run("");
    assert_eq!(exit, Some(4), "{text}");
    assert!(text.contains("`status` may be any of the columns Status, STATUS"), "{text}");
    assert!(text.contains("columns = { status = \"Status\" }"), "{text}");
    let (exit, text, first) = run("[sources.demo.tasks]\ncolumns = { status = \"Status\" }\n");
    assert_eq!(exit, Some(0), "{text}");
    let (exit, text, second) = run("[sources.demo.tasks]\ncolumns = { status = \"STATUS\" }\n");
    assert_eq!(exit, Some(0), "{text}");
    assert!(!first.is_empty() && first != second, "each is a column of its own: {first}");
    write("task_id,Status,status,scheduled_at,sales_amount");
    let (exit, text, spelled) = run("");
    assert_eq!((exit, &spelled), (Some(0), &second), "the one that is spelled so: {text}");
}
