//! `parte plan`: what a run would do, held against what it does; and what a changed definition would change.

use super::Workplace;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const WEEK: &str = "2026-03-02..2026-03-09";

fn says(text: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(text.contains(piece), "{piece:?} is not in:\n{text}");
    }
}

fn plan(place: &Workplace, arguments: &[&str]) -> Value {
    let output = place.parte(&[&["plan", "semana", "--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let plans: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    plans[0].clone()
}

fn texts(list: &Value, key: &str) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|it| it[key].as_str().unwrap().to_owned()).collect()
}

/// The usual definitions, sent by mail too, with an outbox in which nobody's server is needed.
fn with_mail() -> Workplace {
    let place = Workplace::new();
    place.define("timezone = \"America/Bogota\"", "timezone = \"America/Bogota\"\noutbox = \"outbox\"");
    place.define(
        "[channels.disk]",
        "[channels.mail]\nurl = \"smtp+starttls://u:${NOT_SET}@mail.example\"\nfrom = \"P <p@example.com>\"\n[channels.disk]",
    );
    place.define(
        "  [[report.deliver]]",
        "  [[report.deliver]]\n  channel = \"mail\"\n  to = [\"Ana <ana@example.com>\", \"luis@example.com\"]\n  formats = [\"pdf\"]\n  subject = \"{{ title }}: {{ period }}\"\n  [[report.deliver]]",
    );
    place
}

#[test]
fn a_plan_names_exactly_what_the_run_then_makes_and_delivers_and_does_nothing_itself() {
    let place = with_mail();
    let before = place.files(".");
    let plan = plan(&place, &["--period", WEEK]);
    assert_eq!(place.files("."), before, "nothing is written");
    assert_eq!(plan["period"], json!({ "from": "2026-03-02", "to": "2026-03-09", "zone": "America/Bogota" }));
    assert_eq!(plan["last_run"], Value::Null);

    let ran = place.run_json(&[]);
    assert_eq!(texts(&plan["artifacts"], "name"), texts(&ran["artifacts"], "name"));
    assert_eq!(texts(&plan["deliveries"], "recipient"), texts(&ran["deliveries"], "recipient"));
    assert_eq!(plan["deliveries"].as_array().unwrap().len(), ran["deliveries"].as_array().unwrap().len());
    let mail = &plan["deliveries"][0];
    assert_eq!((&mail["subject"], &mail["way"]), (&json!("Semana: 2–8 de marzo de 2026"), &json!("mail")));

    // afterwards it knows the run, and leaves the ledger alone
    let again = self::plan(&place, &["--period", WEEK]);
    assert_eq!(again["last_run"]["state"], "done");
    assert_eq!(
        again["last_run"]["sizes"].as_array().unwrap().len(),
        ran["artifacts"].as_array().unwrap().len()
    );
    assert_eq!(place.files(".").iter().filter(|name| name.starts_with("parte.db")).count(), 1);
}

#[test]
fn the_queries_of_a_plan_run_in_the_source_with_their_bound_values() {
    let place = Workplace::new();
    let plan = plan(&place, &["--period", WEEK]);
    let queries = plan["source"]["queries"].as_array().unwrap();
    let tasks = queries.iter().find(|query| query["frame"] == "tasks").expect("tasks are read");
    assert!(tasks["values"].as_array().unwrap().len() > 2, "{tasks}");
    // another program runs them: the sqlite3 shell, with the values in their places
    let mut sql = tasks["sql"].as_str().unwrap().to_owned();
    for (number, value) in tasks["values"].as_array().unwrap().iter().enumerate().rev() {
        sql = sql.replace(&format!("?{}", number + 1), value.as_str().unwrap());
    }
    let counted = std::process::Command::new("sqlite3")
        .arg(place.file("data.db"))
        .arg(format!("select count(*) from ({sql})"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&counted.stdout).trim(), "6", "{sql}");
}

#[test]
fn a_plan_reads_on_one_screen_and_tells_sections_formats_and_formulas() {
    let place = with_mail();
    let text = place.expect(0, &["plan", "--at", "2026-03-09T07:00"]);
    says(
        &text,
        &[
            "semana · every monday at 07:00",
            "Mon 2026-03-09 07:00 -05 (2026-03-09 12:00Z)",
            "2–8 de marzo de 2026 (2026-03-02 to 2026-03-08)",
            "table `Por vendedor`: seller, tasks_planned",
            "semana_20260302_por-vendedor.csv",
            "mail (mail) to ana@example.com: Semana: 2–8 de marzo de 2026 [1 file]",
            "all written into outbox, nothing is sent",
        ],
    );
    assert!(text.lines().count() <= 30, "{text}");
    let text = place.expect(0, &["plan", "--verbose"]);
    says(&text, &["?1 = ", "completion_rate = ", "[percent.1, planned of tasks]"]);
}

#[test]
fn a_source_that_is_not_there_is_said_and_the_rest_of_the_plan_is_told() {
    let place = Workplace::new();
    std::fs::remove_file(place.file("data.db")).unwrap();
    let text = place.expect(0, &["plan", "semana", "--at", "2026-03-09T07:00"]);
    says(&text, &["PROBLEM", "data.db does not exist", "semana_20260302.pdf", "disk (folder) to"]);
    assert!(!place.file("data.db").exists());
}

#[test]
fn a_plan_without_an_instant_is_for_the_next_firing() {
    let place = Workplace::new();
    let next = place.parte(&["schedule", "--json", "--next", "1"]);
    let next: Value = serde_json::from_slice(&next.stdout).unwrap();
    assert_eq!(plan(&place, &[])["scheduled_for"], next["firings"][0]["at"]);
    says(&place.expect(2, &["plan", "--period", "2026-03-09..2026-03-02"]), &["--period"]);
    says(&place.expect(3, &["plan", "semanal"]), &["did you mean `semana`?"]);
}

/// The lines of a comparison of the present definitions with those of before.
fn diff(place: &Workplace) -> String {
    place.expect(0, &["plan", "--diff", "old.toml", "--from", "2026-03-02T00:00:00Z"])
}

fn kept_as_old(place: &Workplace) {
    std::fs::copy(place.file("reports.toml"), place.file("old.toml")).unwrap();
}

#[test]
fn another_layout_of_the_same_definitions_is_no_change() {
    let place = Workplace::new();
    kept_as_old(&place);
    place.define(
        "formats = [\"csv\", \"xlsx\", \"pdf\"]",
        "formats = [\n  \"csv\", # for the warehouse\n  \"xlsx\",\n  \"pdf\",\n]",
    );
    place.define("url = \"sqlite:data.db\"", "url = 'sqlite:data.db'");
    assert_eq!(diff(&place).trim(), "no change");
    // an earlier file in another folder means the same paths
    std::fs::create_dir(place.file("before")).unwrap();
    std::fs::rename(place.file("old.toml"), place.file("before/old.toml")).unwrap();
    assert_eq!(place.expect(0, &["plan", "--diff", "before/old.toml"]).trim(), "no change");
}

#[test]
fn a_changed_report_tells_schedule_firings_recipients_columns_and_sections() {
    let place = with_mail();
    kept_as_old(&place);
    place.define("every monday at 07:00", "every tuesday at 07:30");
    place.define("\"luis@example.com\"", "\"eva@example.com\"");
    place.define("formats = [\"csv\", \"xlsx\", \"pdf\"]", "formats = [\"csv\", \"pdf\"]");
    place.define(
        "metrics = [\"tasks_planned\", \"tasks_completed\", \"completion_rate\"], totals",
        "metrics = [\"completion_rate\", \"tasks_planned\", \"sales_amount\"], totals",
    );
    let text = diff(&place);
    says(
        &text,
        &[
            "~ report semana",
            "~ schedule: every monday at 07:00 -> every tuesday at 07:30",
            "- Mon 2026-03-02 07:00 -05, covering 2026-02-23 to 2026-03-01",
            "+ Tue 2026-03-03 07:30 -05, covering 2026-02-23 to 2026-03-01",
            "+ recipient: eva@example.com by mail",
            "- recipient: luis@example.com by mail",
            "- format: xlsx",
            "+ section `Por vendedor`: column: sales_amount",
            "- section `Por vendedor`: column: tasks_completed",
            "> section `Por vendedor`: column: completion_rate stands elsewhere",
            "0 added, 0 removed, 1 changed",
        ],
    );
    assert!(!text.contains("ana@example.com"), "{text}");
    assert!(!text.contains("kpis"), "{text}");
}

#[test]
fn a_default_is_seen_in_every_report_and_a_renamed_report_is_one_change() {
    let place = Workplace::new();
    kept_as_old(&place);
    place.define(
        "timezone = \"America/Bogota\"",
        "timezone = \"America/Lima\"\nworkdays = { days = \"mon-sat\", holidays = [2026-12-08] }",
    );
    place.define("id = \"semana\"", "id = \"semanal\"");
    says(
        &diff(&place),
        &[
            "~ report semanal",
            "~ id: semana -> semanal",
            "~ timezone: America/Bogota -> America/Lima",
            "~ workdays: Mon, Tue, Wed, Thu, Fri -> Mon, Tue, Wed, Thu, Fri, Sat",
            "+ holidays: 2026-12-08",
            "0 added, 0 removed, 1 changed",
        ],
    );
}

#[test]
fn metrics_sources_and_channels_tell_who_uses_them_and_never_a_secret() {
    let place = with_mail();
    place.define(
        "[[report]]",
        "[metrics.late]\nlabel = \"Tarde\"\nexpr = \"count(*)\"\nformat = \"integer\"\n[[report]]",
    );
    place.define("\"sales_amount\"]", "\"sales_amount\", \"late\"]");
    place.define("u:${NOT_SET}@mail.example", "u:${PATH}@mail.example");
    place.define("outbox = \"outbox\"", "");
    kept_as_old(&place);
    place.define("expr = \"count(*)\"", "expr = \"count(*) filter (where is_done)\"");
    place.define("format = \"integer\"", "format = \"decimal\"");
    place.define(
        "url = \"sqlite:data.db\"",
        "url = \"sqlite:data.db\"\n[sources.demo.tasks]\ntable = \"tareas\"",
    );
    place.define("u:${PATH}@mail.example", "otra:${HOME}@relay.example:2525");
    let text = diff(&place);
    says(
        &text,
        &[
            "~ metric late (in semana)",
            "~ expr: count(*) -> count(*) filter (where is_done)",
            "~ format: integer -> decimal.2",
            "~ source demo (in semana)",
            "+ tasks.table: tareas",
            "~ channel mail (in semana)",
            "~ server: mail.example:587 -> relay.example:2525",
            "~ login: u -> otra",
        ],
    );
    let secret = |text: &str| text.contains("/usr/bin") || text.contains("/root") || text.contains("/home");
    assert!(!secret(&text), "{text}");
    let json = place.expect(0, &["plan", "--diff", "old.toml", "--json"]);
    assert!(!secret(&json), "{json}");
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["subjects"].as_array().unwrap().len(), 3, "{json}");
    assert_eq!(json["subjects"][0]["kind"], "metric");
    assert_eq!(json["subjects"][0]["seen_in"], json!(["semana"]));
}

#[test]
fn an_earlier_file_with_problems_is_refused_with_its_own_name() {
    let place = Workplace::new();
    kept_as_old(&place);
    let old = std::fs::read_to_string(place.file("old.toml")).unwrap();
    place.write("old.toml", &old.replace("previous week", "previous weak"));
    says(&place.expect(3, &["plan", "--diff", "old.toml"]), &["old.toml", "previous week"]);
    says(&place.expect(3, &["plan", "--diff", "gone.toml"]), &["gone.toml"]);
    says(&place.expect(2, &["plan", "semana", "--diff", "old.toml"]), &["cannot be used with"]);
}

#[test]
fn sections_that_came_went_or_moved_are_told_apart() {
    let place = Workplace::new();
    let sections = "  [[report.section]]\n  title = \"Uno\"\n  text = \"uno\"\n  [[report.section]]\n  title = \"Dos\"\n  text = \"dos\"\n";
    let turned = "  [[report.section]]\n  title = \"Dos\"\n  text = \"dos\"\n  [[report.section]]\n  title = \"Uno\"\n  text = \"uno y medio\"\n";
    place.define("  [[report.deliver]]", &format!("{sections}  [[report.deliver]]"));
    kept_as_old(&place);
    place.define(sections, turned);
    place.define(
        "  [[report.section]]\n  kpis",
        "  [[report.section]]\n  kpis = [\"overdue\"]\n  [[report.section]]\n  kpis",
    );
    let text = diff(&place);
    says(
        &text,
        &[
            "+ section kpis: kpis of overdue",
            "~ section `Uno`: text: uno -> uno y medio",
            "> section: `Dos` stands elsewhere",
        ],
    );
    // what was pushed down by the new one, and renamed by it, is not called changed
    assert!(!text.contains("kpis-2") && !text.contains("`Por vendedor`"), "{text}");
}

#[test]
fn sparks_and_kinds_of_charts_that_changed_are_told() {
    let place = Workplace::new();
    let chart = "  [[report.section]]\n  title = \"Pasos\"\n  chart = { kind = \"bars\", x = \"type\", metrics = [\"tasks_planned\"] }\n";
    place.define("  [[report.deliver]]", &format!("{chart}  [[report.deliver]]"));
    kept_as_old(&place);
    place.define("kind = \"bars\", x = \"type\"", "kind = \"funnel\", x = \"channel\"");
    let tiles = "[\"tasks_planned\", \"tasks_completed\", \"completion_rate\", \"sales_amount\"]";
    place.define(&format!("kpis = {tiles}"), &format!("kpis = {{ metrics = {tiles}, spark = \"day\" }}"));
    let text = diff(&place);
    says(&text, &["section kpis: spark: day", "section `Pasos`: chart: bars -> funnel"]);
}

#[test]
fn reports_that_are_new_or_gone_say_when_and_to_whom() {
    let place = Workplace::new();
    kept_as_old(&place);
    let text = std::fs::read_to_string(place.file("reports.toml")).unwrap();
    let other = text.split_once("[[report]]").unwrap().1.replace("\"semana\"", "\"dia\"");
    let other = other.replace("\"Semana\"", "\"Día\"").replace("every monday at 07:00", "every day at 06:00");
    place.write("reports.toml", &format!("{text}\n[[report]]{other}"));
    says(
        &diff(&place),
        &[
            "+ report dia",
            "+ schedule: every day at 06:00",
            "+ Mon 2026-03-02 06:00 -05",
            "+ recipient: disk",
            "1 added",
        ],
    );
    let back = place.expect(0, &["plan", "--file", "old.toml", "--diff", "reports.toml", "--json"]);
    let back: Value = serde_json::from_str(&back).unwrap();
    assert_eq!(
        (&back["subjects"][0]["mark"], &back["subjects"][0]["name"]),
        (&json!("removed"), &json!("dia"))
    );
}
