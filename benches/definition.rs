//! How long a large definition takes to read and check: a thousand reports in fifty files.
//!
//! `cargo bench --bench definition` prints the time; the goal is 0.3 s.

use criterion::{Criterion, criterion_group, criterion_main};
use parte::definition::load;
use parte::metrics::catalogue;
use std::path::Path;

const MAIN: &str = r#"
version = 1
include = ["reports/*.toml"]
[defaults]
timezone = "America/Bogota"
[sources.crm]
url = "sqlite:crm.db"
[channels.salida]
url = "folder:salida"
"#;

/// A report as analysts write them: every kind of section, a condition, a calendar of its own.
const REPORT: &str = r#"
[[report]]
id       = "ID"
title    = { es = "Informe", en = "Report" }
schedule = "every workday at 07:00"
period   = "previous workday"
compare  = ["previous", "target"]
workdays = { days = "mon-sat", holidays = "holidays-co.ics" }
where    = "channel in ('salesman', 'callcenter')"
formats  = ["pdf", "xlsx", "csv"]
  [[report.section]]
  kpis = ["tasks_planned", "completion_rate", "sales_amount"]
  [[report.section]]
  text = "En {{ period }} se completaron {{ tasks_completed }} tareas ({{ tasks_completed.change }})."
  [[report.section]]
  title = "Equipos"
  table = { by = ["team"], metrics = ["tasks_planned", "completion_rate"], sort = "-completion_rate", totals = true }
  [[report.section]]
  chart = { kind = "bars", x = "day", metrics = ["tasks_completed"], by = "team", stacked = true }
  [[report.section]]
  sql = "select user_name, sales_amount from tasks where is_done order by sales_amount desc limit 10"
  [[report.deliver]]
  channel = "salida"
"#;

fn tree(folder: &Path) {
    std::fs::write(folder.join("reports.toml"), MAIN).expect("written");
    std::fs::copy("templates/holidays-co.ics", folder.join("holidays-co.ics")).expect("copied");
    std::fs::create_dir(folder.join("reports")).expect("made");
    for file in 0..50 {
        let reports = (0..20).map(|number| REPORT.replace("ID", &format!("informe-{file}-{number}")));
        let text: String = reports.collect();
        std::fs::write(folder.join(format!("reports/{file}.toml")), text).expect("written");
    }
}

fn check(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    tree(folder.path());
    let path = folder.path().join("reports.toml");
    let mut group = criterion.benchmark_group("definition");
    group.sample_size(20);
    group.bench_function("check 1000 reports in 50 files", |bencher| {
        bencher.iter(|| load(&path, catalogue()).expect("no problems").reports.len());
    });
    group.finish();
}

criterion_group!(benches, check);
criterion_main!(benches);
