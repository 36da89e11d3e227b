//! What a person sees of a source that breaks: the exit code, the words on the terminal, and what the record says of the run afterwards.

use super::Workplace;
use super::gates::{delivered, due};
use serde_json::Value;

/// One way for a source to break, and what is said of it.
struct Fault {
    name: &'static str,
    /// Lines of `[report.expect]`; empty: none.
    expects: &'static str,
    /// Before the fault, while all is well.
    sound: fn(&Workplace),
    break_it: fn(&Workplace),
    /// What is wrong, in the words of the terminal and of the record.
    words: &'static str,
    /// What to do, on the terminal.
    hint: &'static str,
}

fn nothing(_: &Workplace) {}

/// Many rows, so that the damage lies in the middle of a read.
fn many(place: &Workplace) {
    place.sql(
        "data.db",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
         insert into tasks select 'm' || i, 'visit', 'salesman', 'completed', 's1', hex(zeroblob(40)) || i, '2026-03-04T15:00:00Z', null,
           '2026-03-04T15:10:00Z', 'sale', 10, '2026-03-01T00:00:00Z', 5, 1 from n",
    );
}

fn named_amount(place: &Workplace) {
    place.sql("data.db", "alter table tasks rename column sales_amount to valor");
    place.define(
        "[channels.disk]",
        "[sources.demo.tasks]\ncolumns = { sales_amount = \"valor\" }\n[channels.disk]",
    );
}

/// Three weeks with as many rows as this one, each of them reported: several customers and sellers, some of them unknown.
fn usual(place: &Workplace) {
    for (monday, next) in
        [("2026-02-09", "2026-02-16"), ("2026-02-16", "2026-02-23"), ("2026-02-23", "2026-03-02")]
    {
        place.sql(
            "data.db",
            &format!(
                "insert into tasks select '{monday}' || task_id, type, channel, status, seller_id, user_id, '{monday}T15:00:00Z', null, null,
                   null, null, '2026-02-01T00:00:00Z', null, null from tasks where task_id like 't_'"
            ),
        );
        place.expect(0, &["run", "semana", "--period", &format!("{monday}..{next}")]);
    }
}

const FAULTS: [Fault; 4] = [
    Fault {
        name: "dies in the middle of a read",
        expects: "",
        sound: many,
        break_it: |place| {
            let mut bytes = std::fs::read(place.file("data.db")).unwrap();
            let middle = bytes.len() / 2 / 4096 * 4096;
            bytes[middle..middle + 4096 * 12].fill(0xff);
            std::fs::write(place.file("data.db"), bytes).unwrap();
        },
        words: "reading tasks in ./data.db: database disk image is malformed",
        hint: "nothing was taken from it; check the file with `sqlite3 FILE 'pragma integrity_check'`",
    },
    Fault {
        name: "a column that the definition names is gone",
        expects: "",
        sound: named_amount,
        break_it: |place| place.sql("data.db", "alter table tasks drop column valor"),
        words: "no column `valor` for tasks.sales_amount",
        hint: "the columns there are: task_id, type, channel, status",
    },
    Fault {
        name: "ten times the usual rows",
        expects: "  volume = 3",
        sound: usual,
        break_it: |place| {
            place.sql(
                "data.db",
                "with recursive n(i) as (select 1 union all select i + 1 from n where i < 54)
                 insert into tasks select 'x' || i, 'visit', 'salesman', 'completed', 's1', 'u1', '2026-03-04T15:00:00Z', null, null, null,
                   null, '2026-03-01T00:00:00Z', null, null from n",
            );
        },
        words: "60 rows of tasks in the period, 6 are usual, and no more or fewer than by a factor of 3 are expected",
        hint: "--no-deliver",
    },
    Fault {
        name: "a table that nobody writes to any more",
        expects: "  fresh = \"26 hours\"",
        sound: nothing,
        break_it: nothing,
        words: "the newest row of tasks is of 2026-03-06 15:20Z, more than 26 hours before the run was due",
        hint: "--no-deliver",
    },
];

fn in_one_line(text: &str) -> String {
    text.replace("│", " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The report with these expectations.
fn expecting(place: &Workplace, expects: &str) {
    place.define(
        "  [[report.section]]\n  kpis",
        &format!("  [report.expect]\n{expects}\n  [[report.section]]\n  kpis"),
    );
}

/// The latest run, as the record has it.
fn latest(place: &Workplace) -> Value {
    let runs = place.parte(&["runs", "--json", "--limit", "1"]);
    let runs: Value = serde_json::from_slice(&runs.stdout).expect("runs as JSON");
    runs[0].clone()
}

#[test]
fn a_broken_source_is_told_with_its_cause_and_what_to_do_and_the_run_is_recorded_as_failed() {
    for fault in FAULTS {
        let place = due();
        if !fault.expects.is_empty() {
            expecting(&place, fault.expects);
        }
        (fault.sound)(&place);
        let before = delivered(&place);
        (fault.break_it)(&place);

        let output = place.parte(&["run", "semana", "--period", "2026-03-02..2026-03-09"]);
        let said = in_one_line(&String::from_utf8_lossy(&output.stderr));
        let name = fault.name;
        assert_eq!(output.status.code(), Some(4), "{name}: {said}");
        assert!(said.contains(fault.words) && said.contains(fault.hint), "{name}: {said}");
        assert!(!said.contains("panicked"), "{name}: {said}");

        let run = latest(&place);
        let recorded = run["error"].as_str().unwrap_or_default();
        assert_eq!(
            (run["state"].as_str(), run["attempts"].as_u64()),
            (Some("failed"), Some(1)),
            "{name}: {run}"
        );
        assert!(recorded.contains(fault.words), "{name}: {run}");
        assert_eq!(run["deliveries"]["planned"], 0, "{name}: {run}");
        let shown = in_one_line(&place.expect(0, &["show", &run["id"].to_string()]));
        assert!(shown.contains("· failed") && shown.contains(fault.words), "{name}: {shown}");
        assert_eq!(delivered(&place), before, "{name}: nothing is sent");
        println!("{name}: exit code 4, failed in the record after 1 try, 0 deliveries: {}", fault.words);
    }
}

/// The same faults where the report says `otherwise = "hold"`: what a gate sees is made and held, what cannot be read cannot be made.
#[test]
fn what_a_gate_sees_is_held_where_the_report_says_so_and_what_cannot_be_read_still_fails() {
    for fault in FAULTS {
        let place = due();
        let gate = !fault.expects.is_empty();
        let expects = if gate { fault.expects } else { "  rows = { min = 1 }" };
        expecting(&place, &format!("{expects}\n  otherwise = \"hold\""));
        (fault.sound)(&place);
        let before = delivered(&place);
        (fault.break_it)(&place);

        let said = in_one_line(&place.expect(4, &["run", "semana", "--period", "2026-03-02..2026-03-09"]));
        let (name, run) = (fault.name, latest(&place));
        let (id, state) = (run["id"].to_string(), if gate { "held" } else { "failed" });
        assert!(said.contains(fault.words), "{name}: {said}");
        assert_eq!(run["state"], state, "{name}: {run}");
        assert!(run["error"].as_str().unwrap_or_default().contains(fault.words), "{name}: {run}");
        let shown = in_one_line(&place.expect(0, &["show", &id]));
        assert!(shown.contains(&format!("· {state}")) && shown.contains(fault.words), "{name}: {shown}");
        let counts = &run["deliveries"];
        assert_eq!(
            (&counts["planned"], &counts["held"]),
            (&counts["held"], &counts["planned"]),
            "{name}: {run}"
        );
        assert_eq!(delivered(&place), before, "{name}: nothing is sent");

        if gate {
            assert_eq!(counts["held"], 4, "{name}: {run}");
            assert!(said.contains(&format!("parte release {id}")), "{name}: {said}");
            place.expect(0, &["release", &id, "--wait"]);
            let run = latest(&place);
            assert_eq!(
                (&run["state"], &run["deliveries"]["done"]),
                (&"done".into(), &4.into()),
                "{name}: {run}"
            );
        } else {
            assert_eq!(counts["planned"], 0, "{name}: {run}");
            let refused = in_one_line(&place.expect(2, &["release", &id]));
            assert!(refused.contains("is not held (failed)"), "{name}: {refused}");
        }
        println!(
            "{name}: exit code 4, {state}, nothing sent{}",
            if gate { "; released: 4 of 4" } else { "" }
        );
    }
}
