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
         limit = 10, others = true, sort = \"-tasks_planned\", totals = true, \
         marks = { tasks_planned = \"bar\", completion_rate = { below = 0.8, from = 0.95 } }",
    )
    .replace("by = [\"seller\"]", "by = [\"team\", \"seller\"], subtotals = [\"team\"]");
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
        (week("subtotals = [\"teem\"]"), "unknown-column", "`teem`", "`seller`"),
        (week("subtotals = [\"seller\"]"), "conflicting-keys", "its subtotal would say the same", "by = [\"team\", \"seller\"]"),
        (
            report("previous week", "", "table = { by = [\"team\", \"seller\"], metrics = [\"own\"], subtotals = [\"seller\"] }"),
            "conflicting-keys",
            "that `by` begins with",
            "write subtotals = [\"team\"]",
        ),
        (week("marks = { tasks_planed = \"bar\" }"), "unknown-column", "`tasks_planed`", "did you mean `tasks_planned`?"),
        (week("marks = { tasks_planned = \"bars\" }"), "unknown-value", "`bars`", "did you mean `bar`?"),
        (week("marks = { tasks_planned = 3 }"), "wrong-type", "a word or a table", "\"scale\""),
        (week("marks = { tasks_planned = \"target\" }"), "conflicting-keys", "has no target", "[metrics.tasks_planned]"),
        (week("marks = { completion_rate = {} }"), "missing-key", "says no number", "below = 0.8"),
        (
            week("marks = { completion_rate = { below = 0.8, from = 0.9, mark = \"bad\" } }"),
            "conflicting-keys",
            "which side is good",
            "delete `mark`",
        ),
        (
            week("marks = { completion_rate = { below = 0.9, from = 0.8 } }"),
            "conflicting-keys",
            "both good and bad",
            "at most as large",
        ),
        (week("marks = { completion_rate = { below = 0.9, mark = \"red\" } }"), "unknown-value", "`red`", "`bad`"),
        (week("marks = { completion_rate = { above = 0.9 } }"), "unknown-key", "`above`", "`below`"),
        (week("marks = { tasks_planned = { from = 5 } }"), "missing-key", "neither high nor low", "mark = \"good\""),
        (
            report("previous week", "", "table = { metrics = [\"state_transitions\"], marks = { state_transitions = \"target\" } }"),
            "conflicting-keys",
            "its cells have no target",
            "\"scale\"",
        ),
    ] {
        let (found, said, helped) = only(&text);
        assert_eq!(found, code, "{text}");
        assert!(said.contains(what) && helped.contains(hint), "{text}: {said} | {helped}");
    }
}
