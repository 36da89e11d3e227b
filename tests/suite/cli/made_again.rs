//! A run made again from what was kept of it, and its numbers explained: whatever became of source and definition since.

use super::Workplace;
use crate::support::read_json;
use serde_json::{Value, json};

const WEEK: [&str; 4] = ["run", "semana", "--period", "2026-03-02..2026-03-09"];

fn view(place: &Workplace, arguments: &[&str]) -> Value {
    let output = place.parte(arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn same(view: &Value) -> Vec<bool> {
    let files = view["files"].as_array().expect("files");
    files.iter().map(|file| file["same"].as_bool().expect("a word")).collect()
}

#[test]
fn a_run_is_made_again_byte_for_byte_when_source_and_definition_are_gone() {
    let place = Workplace::new();
    place.define(
        "period = \"previous week\"",
        "period = \"previous week\"\ncompare = [\"previous\", \"target\"]",
    );
    place.expect(0, &WEEK);
    let went_out: Vec<Vec<u8>> =
        place.files("out").iter().map(|name| std::fs::read(place.file("out").join(name)).unwrap()).collect();
    std::fs::remove_file(place.file("data.db")).unwrap();
    place.define("title = \"Semana\"", "title = \"Otra\"");
    place.define(
        "\"tasks_planned\", \"tasks_completed\", \"completion_rate\", \"sales_amount\"",
        "\"tasks_planned\"",
    );
    assert_eq!(same(&view(&place, &["rerender", "1", "--json"])), [true; 4]);
    let said = place.expect(0, &["rerender", "1", "--out", "again"]);
    assert_eq!(said.matches("the same").count(), 4, "{said}");
    let again: Vec<Vec<u8>> = place
        .files("again")
        .iter()
        .map(|name| std::fs::read(place.file("again").join(name)).unwrap())
        .collect();
    assert_eq!(again, went_out);
    assert_eq!(same(&view(&place, &["rerender", "1", "--format", "pdf", "--json"])), [true]);
    // By the definition of today the same rows give other files, and that is no fault.
    let now = view(&place, &["rerender", "1", "--as-defined-now", "--json"]);
    assert!(same(&now).contains(&false), "{now}");
    place.define("id = \"semana\"", "id = \"otra\"");
    assert!(place.expect(2, &["rerender", "1", "--as-defined-now"]).contains("no longer defined"));
    assert_eq!(
        same(&view(&place, &["rerender", "1", "--json"])),
        [true; 4],
        "the definition of then is kept"
    );
}

#[test]
fn what_is_kept_no_longer_or_damaged_is_said_with_what_can_be_done() {
    let place = Workplace::new();
    place.expect(0, &WEEK);
    place.sql("parte.db", "update kept_part set content = x'00' where sha256 in (select sha256 from kept where name = 'tasks.parquet')");
    let said = place.expect(4, &["rerender", "1"]);
    assert!(said.contains("`tasks.parquet` is not whole") && said.contains("parte run semana"), "{said}");
    place.sql("parte.db", "delete from kept");
    let said = place.expect(2, &["explain", "1", "completion_rate"]);
    assert!(said.contains("nothing is kept") && said.contains("keep_frames"), "{said}");
    assert!(place.expect(2, &["rerender", "7"]).contains("there is no run 7"));

    place.define("url = \"sqlite:parte.db\"", "url = \"sqlite:parte.db\"\nkeep_frames = \"0 days\"");
    place.expect(0, &WEEK);
    assert!(place.expect(2, &["rerender", "2"]).contains("nothing is kept"));
}

#[test]
fn a_number_is_explained_by_its_parts_its_rows_and_what_moved_it() {
    let place = Workplace::new();
    place.define("period = \"previous week\"", "period = \"previous week\"\ncompare = [\"previous\"]");
    // The week before: José did one of one, Ana none of one.
    place.sql(
        "data.db",
        "insert into tasks (task_id, type, channel, status, seller_id, user_id, scheduled_at, completed_at, created_at) values
           ('b1', 'visit', 'salesman', 'completed', 's1', 'u1', '2026-02-24T14:00:00Z', '2026-02-24T15:00:00Z', '2026-02-20T00:00:00Z'),
           ('b2', 'call', 'callcenter', 'pending', 's2', 'u2', '2026-02-25T14:00:00Z', null, '2026-02-20T00:00:00Z')",
    );
    place.expect(0, &WEEK);
    std::fs::remove_file(place.file("data.db")).unwrap();
    let told = view(&place, &["explain", "1", "completion_rate", "--by", "seller", "--json"]);
    // Planned are t1, t2, t3, t5 and t6; t2 is pending.
    assert_eq!((told["rows"].as_u64(), told["value"].as_f64()), (Some(5), Some(0.8)), "{told}");
    assert_eq!(told["shown"], "80,0\u{a0}%");
    let parts: Vec<f64> =
        told["parts"].as_array().unwrap().iter().map(|part| part["value"].as_f64().unwrap()).collect();
    assert_eq!(parts, [4.0, 5.0], "{told}");
    let change = &told["changes"][0];
    assert_eq!((change["before"].as_f64(), change["by"][0]["adds_up"].as_bool()), (Some(0.5), Some(true)));
    let groups = change["by"][0]["groups"].as_array().unwrap();
    let effect = |seller: Option<&str>| {
        groups.iter().find(|group| group["group"].as_str() == seller).expect("the seller")["effect"]
            .as_f64()
            .unwrap()
    };
    // (n1 - R0 d1) / D1 - (n0 - R0 d0) / D0 with R0 = 0.5, D1 = 5, D0 = 2.
    let expected = [
        (Some("José Muñoz"), (1.0 - 0.5 * 2.0) / 5.0 - (1.0 - 0.5) / 2.0),
        (Some("Ana Peña"), (1.0 - 0.5) / 5.0 - (0.0 - 0.5) / 2.0),
        (Some("=HYPERLINK(\"http://x\")"), (1.0 - 0.5) / 5.0),
        (None, (1.0 - 0.5) / 5.0),
    ];
    for (seller, expected) in expected {
        assert!((effect(seller) - expected).abs() < 1e-12, "{seller:?}: {told}");
    }
    let sum: f64 = groups.iter().map(|group| group["effect"].as_f64().unwrap()).sum();
    assert!((sum - 0.3).abs() < 1e-12, "{told}");

    let of_jose = view(&place, &["explain", "1", "completion_rate", "--where", "seller=s1", "--json"]);
    assert_eq!((of_jose["rows"].as_u64(), of_jose["value"].as_f64()), (Some(2), Some(0.5)), "{of_jose}");
    let nobody = view(&place, &["explain", "1", "tasks_planned", "--where", "seller=", "--json"]);
    assert_eq!(nobody["value"].as_f64(), Some(1.0), "{nobody}");

    place.expect(0, &["explain", "1", "completion_rate", "--rows", "rows.csv"]);
    let read = read_json("explained_rows.py", &place.file("rows.csv"));
    let formula = "'=HYPERLINK(\"http://x\")";
    let expected = json!({
        "t1": [true, "José Muñoz"], "t2": [false, "José Muñoz"], "t3": [true, "Ana Peña"], "t5": [true, ""],
        "t6": [true, formula],
    });
    assert_eq!(read, expected, "no spreadsheet takes a name for a formula");

    let said = place.expect(0, &["explain", "1", "completion_rate"]).replace('\u{a0}', " ");
    for piece in [
        "80,0 % (0.8)",
        "MADE OF",
        "AGAINST THE PERIOD BEFORE (2026-02-23 to 2026-03-01): 50,0 %",
        "+30,0 p. p.",
        "ROWS (5 of 5)",
    ] {
        assert!(said.contains(piece), "{piece}: {said}");
    }
    for (arguments, piece) in [
        (&["explain", "1", "complet_rate"][..], "completion_rate"),
        (&["explain", "1", "completion_rate", "--where", "seller=s9"], "none of its rows has seller = `s9`"),
        (&["explain", "1", "completion_rate", "--where", "seler=s1"], "no dimension `seler`"),
        (&["explain", "1", "completion_rate", "--by", "seler"], "no dimension `seler`"),
        (&["explain", "1", "churn_rate"], "did not read"),
        (&["explain", "1", "completion_rate", "--where", "seller"], "has no ="),
        (&["explain", "1"], "name its metric"),
    ] {
        let output = place.parte(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(piece), "{arguments:?}: {said}");
    }
}
