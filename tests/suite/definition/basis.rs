//! By what a number is computed: the same word for the same computation, another for any other.

use super::definitions_of;
use parte::definition::basis;
use std::collections::BTreeSet;

const TEXT: &str = r#"version = 1
[defaults]
timezone = "America/Bogota"
[sources.crm]
url = "sqlite:crm.db"
  [sources.crm.tasks]
  table = "tareas"
  columns = { score = "puntaje" }
  status = { open = ["pendiente"], done = ["hecha"] }
    [sources.crm.tasks.quality]
    duplicates = "drop"
[metrics.rate]
label = "Cumplimiento"
expr = "count(*) filter (where is_done) / count(*)"
format = "percent"
target = 0.8
[[report]]
id = "semana"
title = "Semana"
period = "previous week"
where = "channel = 'salesman'"
params = { team = "norte" }
formats = ["csv"]
  [[report.section]]
  table = { metrics = ["rate"] }
  [[report.section]]
  text = "{{ params.team }}"
"#;

/// The word of the metric, with one text in place of another.
fn word(old: &str, new: &str) -> String {
    assert!(TEXT.contains(old), "{old}");
    let definitions = definitions_of(&TEXT.replace(old, new));
    let metric = definitions.metrics.iter().find(|metric| metric.id == "rate").expect("the metric");
    let report = &definitions.reports[0];
    basis(report, definitions.sources.get(&report.source), metric)
}

#[test]
fn what_a_number_depends_on_changes_its_word_each_in_another_way() {
    let changes = [
        ("count(*) filter (where is_done) / count(*)", "count(*) filter (where is_failed) / count(*)"),
        ("format = \"percent\"", "format = \"percent\"\nrows = \"created\""),
        ("where = \"channel = 'salesman'\"\n", ""),
        ("'salesman'", "'callcenter'"),
        ("\"norte\"", "\"sur\""),
        ("table = \"tareas\"", "table = \"tareas_2\""),
        ("table = \"tareas\"", "query = \"select * from tareas where activa\""),
        ("\"puntaje\"", "\"nota\""),
        ("[\"hecha\"]", "[\"hecha\", \"cerrada\"]"),
        ("open = [\"pendiente\"], done = [\"hecha\"]", "open = [\"hecha\"], done = [\"pendiente\"]"),
        ("duplicates = \"drop\"", "duplicates = \"keep\""),
        ("table = \"tareas\"", "table = \"tareas\"\n  timezone = \"America/Lima\""),
    ];
    let words: BTreeSet<String> = changes.iter().map(|(old, new)| word(old, new)).collect();
    assert_eq!(words.len(), changes.len());
    assert!(!words.contains(&word("semana", "semana")));
}

#[test]
fn how_a_number_is_shown_or_judged_and_where_its_source_stands_does_not_change_its_word() {
    let own = word("semana", "semana");
    assert_eq!(own.len(), 16, "{own}");
    for (old, new) in [
        ("\"Cumplimiento\"", "\"Tasa\""),
        ("target = 0.8", "target = 0.9"),
        ("format = \"percent\"", "format = \"percent.2\"\nbetter = \"higher\""),
        ("sqlite:crm.db", "sqlite:otra.db"),
        ("id = \"semana\"", "id = \"otra\""),
        ("title = \"Semana\"", "title = \"Otra\""),
        ("period = \"previous week\"", "period = \"previous month\""),
    ] {
        assert_eq!(word(old, new), own, "{new}");
    }
}
