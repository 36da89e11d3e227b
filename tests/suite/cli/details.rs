//! Rows of a frame as they are: the same in every format, in an order that the data alone decides.

use super::{Workplace, parte};

const DETAILS: &str = r#"
  [[report.section]]
  title = "Tareas"
  detail = { columns = ["user_id", "status", "sales_amount", "type"], where = "channel = 'salesman' -- only theirs", sort = "-sales_amount", limit = 4 }
  [[report.section]]
  title = "Gente"
  detail = { of = "sellers", columns = ["team", "full_name"] }
  [[report.deliver]]"#;

#[test]
fn details_show_rows_of_a_frame_in_every_format() {
    let place = Workplace::new();
    place.define("\n  [[report.deliver]]", DETAILS);
    let week = ["run", "semana", "--period", "2026-03-02..2026-03-09"];
    let ran = parte(place.path()).args(week).output().expect("the program");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let csv = |section: &str| {
        let name = format!("out/semana_20260302_{section}.csv");
        let text =
            std::fs::read_to_string(place.file(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let lines = text.trim_start_matches('\u{feff}').lines().skip(1);
        lines.map(|line| line.replace(';', ",")).collect::<Vec<_>>()
    };
    // The largest first, empty amounts last, equal ones by the other columns; cut after four.
    let amounts: Vec<String> =
        csv("tareas").iter().map(|line| line.split(',').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(amounts.len(), 4, "{amounts:?}");
    let users: Vec<&str> = amounts.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(users, ["u1", "u2", "u1", "u2"], "{amounts:?}");
    let people = csv("gente");
    assert_eq!(people.len(), 3);
    assert!(people[0].starts_with("Norte,Ana Peña"), "{people:?}");
    for name in ["out/semana_20260302.pdf", "out/semana_20260302.xlsx"] {
        assert!(place.file(name).is_file(), "{name}");
    }
}

#[test]
fn a_detail_says_what_is_wrong_with_it() {
    for (detail, piece) in [
        ("{ of = \"task\", columns = [\"status\"] }", "did you mean `tasks`?"),
        ("{ of = \"tasks\" }", "detail has no `columns`"),
        ("{ columns = [] }", "`columns` is empty"),
        ("{ columns = [\"status\", \"status\"] }", "stands in this list twice"),
        ("{ columns = [\"Status\"] }", "is not a column name"),
        ("{ columns = [\"status\"], sort = \"-statu\" }", "did you mean `status`?"),
        ("{ columns = [\"status\"], where = \"status = = 'x'\" }", "the SQL cannot be read"),
        (
            "{ columns = [\"status\"], where = \"true) union select (1\" }",
            "the expression should end before `)`",
        ),
        ("{ columns = [\"status\"], limit = 0 }", "cut after 0 rows"),
        ("{ columns = [\"status\"], by = [\"team\"] }", "detail has no key `by`"),
    ] {
        let place = Workplace::new();
        place.define(
            "\n  [[report.deliver]]",
            &format!("\n  [[report.section]]\n  detail = {detail}\n  [[report.deliver]]"),
        );
        let said = place.expect(3, &["check"]);
        assert!(said.contains(piece) && said.contains("1 problem in"), "{detail}: {said}");
    }
}
