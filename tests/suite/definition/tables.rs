//! What tables, targets and comparisons are refused for, with the words that stand at the caret.

use parte::definition::{Diagnostics, load};
use parte::metrics::catalogue;

fn problems(report: &str) -> Diagnostics {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reports.toml");
    let text = format!(
        "version = 1\n[defaults]\ntimezone = \"America/Bogota\"\n[sources.data]\nurl = \"sqlite:data.db\"\n\
         [metrics.own]\nlabel = \"Own\"\nexpr = \"count(*)\"\nformat = \"integer\"\n{report}"
    );
    std::fs::write(&path, text).expect("written");
    match load(&path, catalogue()) {
        Ok(definitions) => definitions.warnings,
        Err(problems) => problems,
    }
}

fn report(period: &str, compare: &str, section: &str) -> String {
    format!(
        "[[report]]\nid = \"r\"\ntitle = \"R\"\nperiod = \"{period}\"\n{compare}\nformats = [\"pdf\"]\n\
         params = {{ least = 5 }}\n[[report.section]]\n{section}\n[[report.section]]\n\
         sql = \"select count(*) as n from tasks where attempts > :least\"\n"
    )
}

/// Code, what is wrong and what to do of the only problem.
fn only(text: &str) -> (String, String, String) {
    let problems = problems(text);
    let [problem] = problems.problems.as_slice() else { panic!("{}", problems.render(false, 120)) };
    (problem.code.to_string(), problem.what.clone(), problem.hint.clone().unwrap_or_default())
}

fn table(keys: &str) -> String {
    format!("table = {{ by = [\"seller\"], metrics = [\"tasks_planned\", \"completion_rate\"], {keys} }}")
}

#[test]
fn a_table_with_everything_is_fine() {
    let all = table(
        "compare = [\"previous\", \"year\", \"target\"], having = \"tasks_planned >= :least and seller is not null\", \
         limit = 10, others = true, sort = \"-tasks_planned\", totals = true",
    );
    let problems = problems(&report("month to date", "compare = [\"year\"]", &all));
    assert!(problems.problems.is_empty(), "{}", problems.render(false, 120));
}

#[test]
fn each_slip_has_its_code_and_a_hint() {
    let week = |keys: &str| report("previous week", "", &table(keys));
    for (text, code, what, hint) in [
        (week("having = \"tasks_planed >= 5\""), "unknown-column", "`tasks_planed`", "did you mean `tasks_planned`?"),
        (week("having = \"margin >= 5\""), "unknown-column", "`margin`", "the table's own columns: `completion_rate`"),
        (week("having = \"sum(tasks_planned) > 5\""), "misplaced-aggregate", "`sum`", "tasks_planned >= 5"),
        (week("having = \"tasks_planned >= :lest\""), "unknown-param", "`:lest`", "did you mean `:least`?"),
        (week("having = \"tasks_planned >=\""), "bad-sql", "cannot be read", "comma, quote"),
        (week("others = true"), "missing-key", "no other groups", "limit = 10"),
        (week("compare = [\"last\"]"), "unknown-value", "`last`", "previous"),
        (
            report("previous week", "", "table = { by = [\"day\"], metrics = [\"own\"], compare = [\"previous\"] }"),
            "conflicting-keys",
            "`day` belongs to one period",
            "other columns",
        ),
        (
            report("previous week", "", "table = { metrics = [\"state_transitions\"], compare = [\"previous\"] }"),
            "conflicting-keys",
            "shown as a matrix",
            "`by`",
        ),
        (
            report("year to date", "compare = [\"previous\", \"year\"]", "kpis = [\"own\"]"),
            "duplicate",
            "are the same for this period",
            "keep one",
        ),
        (
            report("previous week", "compare = [\"previous\"]", "text = \"{{ own.year }}\""),
            "unknown-name",
            "not compared with `year`",
            "add \"year\"",
        ),
        (
            report("previous week", "compare = [\"year\"]", "text = \"{{ own.year.chnge }}\""),
            "unknown-name",
            "has no `chnge`",
            "did you mean `change`?",
        ),
        (
            report("previous week", "compare = [\"year\"]", "text = \"{{ own.change.value }}\""),
            "unknown-name",
            "has no `value`",
            "without `.value`",
        ),
        (
            report("previous week", "", "kpis = [\"own\"]")
                .replace("[[report]]", "[metrics.aim]\nlabel = \"A\"\nexpr = \"count(*)\"\nformat = \"integer\"\ntarget = { hour = 3 }\n[[report]]"),
            "unknown-key",
            "`hour`",
            "known here: ",
        ),
        (
            report("previous week", "", "kpis = [\"own\"]")
                .replace("[[report]]", "[metrics.aim]\nlabel = \"A\"\nexpr = \"count(*)\"\nformat = \"integer\"\ntarget = {}\n[[report]]"),
            "missing-key",
            "no number for any kind of period",
            "target = { day = 20, week = 100, month = 430 }",
        ),
    ] {
        let (found, said, helped) = only(&text);
        assert_eq!(found, code, "{text}");
        assert!(said.contains(what) && helped.contains(hint), "{text}: {said} | {helped}");
    }
}
