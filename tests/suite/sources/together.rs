//! Reports that are due together read a source once.

use crate::cli::Workplace;
use crate::support::{DatabaseServer, database, python, run, tests_file};
use chrono::{DateTime, Utc};
use parte::definition::{Definitions, load};
use parte::metrics::catalogue;
use parte::pipeline::{Earlier, Gates, Order, PipelineError, Produced, produce};

/// Two reports of Mondays at seven that look at the same rows, by different columns, and one of another hour.
const REPORTS: &str = r#"
[[report]]
id = "equipos"
title = "Equipos"
schedule = "every monday at 07:00"
period = "previous week"
source = "demo"
formats = ["csv"]
  [[report.section]]
  title = "Por equipo"
  table = { by = ["team"], metrics = ["tasks_planned", "completion_rate", "sales_amount"] }
[[report]]
id = "tarde"
title = "Tarde"
schedule = "every monday at 08:00"
period = "previous week"
source = "demo"
formats = ["csv"]
  [[report.section]]
  title = "Por equipo"
  table = { by = ["team"], metrics = ["tasks_planned", "completion_rate", "sales_amount"] }
"#;

fn made(definitions: &Definitions, report: &str, at: &str) -> Result<Produced, PipelineError> {
    let report = definitions.reports.iter().find(|it| it.id.as_str() == report).unwrap();
    let scheduled_for: DateTime<Utc> = at.parse().unwrap();
    produce(&Order {
        definitions,
        report,
        period: report.period_at(scheduled_for, None),
        scheduled_for,
        formats: Vec::new(),
        generated: scheduled_for,
        run_key: "together".to_owned(),
        deliver: false,
        gates: Gates::Tell,
        earlier: Earlier::default(),
        keep: false,
    })
}

fn bytes(produced: Produced) -> Vec<Vec<u8>> {
    produced.artifacts.into_iter().map(|artifact| artifact.bytes).collect()
}

#[test]
fn reports_that_are_due_at_the_same_instant_and_look_at_the_same_rows_read_them_once() {
    let place = Workplace::new();
    place.write(
        "reports.toml",
        &crate::cli::DEFINITIONS.replace("formats = [\"csv\", \"xlsx\", \"pdf\"]", "formats = [\"csv\"]"),
    );
    let text = std::fs::read_to_string(place.file("reports.toml")).unwrap();
    place.write("reports.toml", &format!("{text}{REPORTS}"));
    let definitions =
        load(&place.file("reports.toml"), catalogue()).unwrap_or_else(|e| panic!("{}", e.render(false, 100)));
    let (seven, eight) = ("2026-03-09T12:00:00Z", "2026-03-09T13:00:00Z");
    // Each by itself, at instants of its own.
    let alone = [
        bytes(made(&definitions, "semana", "2026-03-09T12:00:01Z").unwrap()),
        bytes(made(&definitions, "equipos", "2026-03-09T12:00:01Z").unwrap()),
    ];
    assert_eq!(bytes(made(&definitions, "semana", seven).unwrap()), alone[0]);
    std::fs::rename(place.file("data.db"), place.file("away.db")).unwrap();
    assert_eq!(
        bytes(made(&definitions, "equipos", seven).unwrap()),
        alone[1],
        "from what was read for the other"
    );
    assert!(made(&definitions, "tarde", eight).is_err(), "an hour later it is read again");
}

/// Further reports of the same hour: one of the same rows, one of more days.
const MORE: &str = r#"
[[report]]
id = "canales"
title = "Canales"
schedule = "every monday at 07:00"
period = "previous week"
source = "demo"
formats = ["csv"]
  [[report.section]]
  title = "Por canal"
  table = { by = ["channel"], metrics = ["tasks_planned", "completion_rate"] }
[[report]]
id = "mes"
title = "Mes"
schedule = "every monday at 07:00"
period = "previous month"
source = "demo"
formats = ["csv"]
  [[report.section]]
  title = "Por equipo"
  table = { by = ["team"], metrics = ["tasks_planned", "completion_rate", "sales_amount"] }
"#;

#[test]
fn a_server_sees_one_query_a_frame_for_reports_that_are_due_together_over_the_same_days() {
    let place = Workplace::new();
    let server = DatabaseServer::start();
    server.create("ventas");
    let sql = run(python()
        .arg(tests_file("readers/sources_load.py"))
        .arg(place.file("data.db"))
        .args(["postgres", "typed"]));
    database::execute(server.port.number(), "ventas", &format!("set role parte;\n{sql}"));
    database::execute(server.port.number(), "postgres", "alter role parte set log_statement = 'all'");
    let url = format!("postgres://parte@127.0.0.1:{}/ventas", server.port);
    let text = crate::cli::DEFINITIONS.replace("sqlite:data.db", &url);
    place.write("reports.toml", &format!("{text}{REPORTS}{MORE}"));
    let definitions =
        load(&place.file("reports.toml"), catalogue()).unwrap_or_else(|e| panic!("{}", e.render(false, 100)));
    let seven = "2026-03-09T12:00:00Z";
    // How often each frame's rows were asked for, as the server has written it down.
    let asked = || {
        let log = server.log();
        let of = |table: &str| {
            let is_read =
                |line: &&str| line.contains("copy (select") && line.contains(&format!("from \"{table}\""));
            log.lines().filter(is_read).count()
        };
        [of("tasks"), of("sellers")]
    };
    assert_eq!(asked(), [0, 0]);
    std::thread::scope(|scope| {
        for report in ["semana", "equipos", "canales"] {
            let definitions = &definitions;
            scope.spawn(move || {
                made(definitions, report, seven).map(bytes).unwrap_or_else(|e| panic!("{report}: {e}"))
            });
        }
    });
    assert_eq!(asked(), [1, 1], "three reports at the same time: {}", server.log());
    let _ = made(&definitions, "semana", seven).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(asked(), [1, 1], "and one of them once more");
    let _ = made(&definitions, "mes", seven).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(asked(), [2, 2], "a report of other days asks for its own rows");
    let _ = made(&definitions, "tarde", "2026-03-09T13:00:00Z").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(asked(), [3, 3], "an hour later rows are read again");
}
