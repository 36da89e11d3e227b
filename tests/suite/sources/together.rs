//! Reports that are due together read a source once.

use crate::cli::Workplace;
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
