//! What an admin does: looks at a run, sends it again, tries again, calls off, asks the doctor.

use super::{Workplace, parte};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;

fn json(place: &Workplace, arguments: &[&str]) -> Value {
    let output = place.parte(arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// A run whose folder could not be written: its four deliveries wait for another try.
fn stuck() -> Workplace {
    let place = Workplace::new();
    place.write("out", "a file where a folder should be");
    let ran = place.run_json(&[]);
    assert_eq!(ran["run"], 1, "{ran}");
    // as if the disk had been full: what is refused for good would not be tried again
    place.sql(
        "parte.db",
        "update delivery set state = 'retry', done_at = null, next_attempt_at = 4000000000000000;
         update run set state = 'delivering', finished_at = null, error = null;",
    );
    place
}

#[test]
fn a_run_is_told_from_its_firing_to_its_last_word() {
    let place = Workplace::new();
    place.run_json(&[]);
    let said = place.expect(0, &["show", "1"]);
    for piece in [
        "run 1 · semana · 2026-03-02 to 2026-03-08 · done",
        "somebody asked for it",
        "made 4 files, ",
        "try 1: done",
        "ended: done",
        "semana_20260302.pdf",
        "d4",
    ] {
        assert!(said.contains(piece), "{piece}: {said}");
    }
    assert!(said.lines().all(|line| line.chars().count() <= 110), "{said}");
    assert_eq!(place.expect(0, &["show", "d2"]).matches("try 1").count(), 1, "one delivery's story");
    let detail = json(&place, &["show", "1", "--json"]);
    assert_eq!(detail["deliveries"].as_array().map(Vec::len), Some(4), "{detail}");
    for (wrong, piece) in
        [("9", "there is no run 9"), ("d9", "there is no delivery d9"), ("x", "names neither a run")]
    {
        assert!(place.expect(2, &["show", wrong]).contains(piece), "{wrong}");
    }
}

#[test]
fn what_waits_is_tried_now_and_what_is_done_is_sent_again_on_demand() {
    let place = stuck();
    assert!(place.expect(0, &["runs", "--state", "delivering"]).contains("semana"));
    assert!(place.expect(0, &["runs", "--state", "done"]).contains("there is no such run"));
    std::fs::remove_file(place.file("out")).unwrap();
    let said = place.expect(0, &["retry", "1", "--wait"]);
    assert_eq!(said.matches(" done ").count(), 4, "{said}");
    assert!(place.expect(2, &["retry", "1"]).contains("nothing of run 1 failed"), "it is done");
    assert!(place.expect(0, &["retry"]).contains("nothing failed or waits"));

    let before = place.files("out");
    std::fs::remove_dir_all(place.file("out")).unwrap();
    assert!(place.expect(0, &["resend", "d2"]).contains("due now"));
    assert!(place.expect(0, &["retry", "--wait"]).contains("nothing"), "it is due already");
    let said = place.expect(0, &["resend", "d1", "--wait"]);
    assert!(said.contains("d1"), "{said}");
    place.expect(0, &["resend", "1", "--wait"]);
    assert_eq!(place.files("out"), before);
    let detail = json(&place, &["show", "1", "--json"]);
    assert_eq!(detail["run"]["state"], "done", "{detail}");
    assert!(place.expect(2, &["resend", "1", "--to", "ana"]).contains("--to"));
    assert!(place.expect(2, &["resend", "1", "--to", "ana@example.com"]).contains("brings no message"));
}

#[test]
fn what_did_not_arrive_is_listed_with_what_to_do_until_it_is_settled() {
    let place = stuck();
    assert!(place.expect(0, &["dead"]).contains("nothing was refused"));
    assert!(place.expect(0, &["cancel", "1"]).contains("4 deliveries called off"));
    assert!(place.expect(2, &["cancel", "1"]).contains("has ended (cancelled)"));
    place.sql(
        "parte.db",
        "update delivery set state = 'dead', last_error = 'disk: ' || char(27) || '[2J gone' where id = 2",
    );
    let said = place.expect(0, &["dead"]);
    for piece in ["d2 · semana · run 1 · dead after 1 try", "by disk", "parte retry d2", "parte cancel d2"]
    {
        assert!(said.contains(piece), "{piece}: {said}");
    }
    assert!(!said.contains('\u{1b}'), "a peer's words do not move the cursor");
    assert_eq!(json(&place, &["dead", "--json"])[0]["delivery"], 2);
    place.expect(0, &["cancel", "d2"]);
    assert!(place.expect(0, &["dead"]).contains("nothing was refused"));
}

#[test]
fn runs_are_found_by_what_an_admin_knows() {
    let place = Workplace::new();
    place.run_json(&[]);
    place.run_json(&["--no-deliver"]);
    let count = |arguments: &[&str]| {
        json(&place, &[&["runs", "--json"], arguments].concat()).as_array().map(Vec::len).unwrap()
    };
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["--recipient", "SEMANA_2026"]), 1);
    assert_eq!(count(&["--recipient", "semana%"]), 0, "a text and no pattern");
    assert_eq!((count(&["--channel", "disk"]), count(&["--channel", "mail"])), (1, 0));
    assert_eq!((count(&["--since", "2026-03-09"]), count(&["--until", "2026-03-09"])), (2, 0));
    assert!(place.expect(2, &["runs", "--since", "monday"]).contains("neither a date nor an instant"));
    place.expect(2, &["runs", "--state", "lost"]);
}

#[test]
fn the_doctor_says_what_is_well_and_what_is_wrong_and_what_to_do() {
    let place = stuck();
    let findings = |arguments: &[&str], exit: i64| {
        let value = json(&place, &[&["doctor", "--json"], arguments].concat());
        assert_eq!(value["exit"], exit, "{value}");
        value["findings"].as_array().unwrap().clone()
    };
    let of = |findings: &[Value], area: &str| -> Vec<String> {
        let mine = findings.iter().filter(|it| it["area"] == area);
        mine.map(|it| format!("{}: {}", it["verdict"].as_str().unwrap(), it["what"].as_str().unwrap()))
            .collect()
    };
    let wrong = findings(&[], 6);
    assert!(of(&wrong, "channel")[0].starts_with("wrong: disk: "), "{wrong:?}");
    assert!(of(&wrong, "ledger")[0].contains("SQLite 3."), "{wrong:?}");
    assert!(of(&wrong, "source")[0].starts_with("ok: demo: "), "{wrong:?}");
    let offline = findings(&["--offline"], 0);
    assert_eq!(of(&offline, "queue"), ["ok: 0 runs and 4 deliveries waiting"], "{offline:?}");

    place.sql("parte.db", "update delivery set state = 'refused', done_at = 1 where id = 1; update delivery set next_attempt_at = 1000000 where id = 2");
    let offline = findings(&["--offline"], 0);
    let queue = of(&offline, "queue").join("\n");
    assert!(queue.contains("the first has been due for") && queue.contains("1 refused"), "{queue}");

    place.define("folder:out", "ftp://reporter:${FTP_PASSWORD_NOT_SET}@127.0.0.1:1/");
    let secrets = findings(&[], 3);
    assert!(of(&secrets, "secrets")[0].contains("FTP_PASSWORD_NOT_SET"), "{secrets:?}");
    assert!(of(&secrets, "channel")[0].contains("were not asked"), "{secrets:?}");

    place.define("version = 1", "version = 1\nversoin = 2");
    let broken = findings(&[], 3);
    assert_eq!(broken.len(), 1, "{broken:?}");
    assert!(of(&broken, "definitions")[0].contains("2 problems in reports.toml"), "{broken:?}");
}

#[test]
fn a_damaged_ledger_is_found_before_it_is_needed() {
    let place = Workplace::new();
    place.run_json(&[]);
    place.sql("parte.db", "pragma wal_checkpoint(truncate)");
    let mut bytes = std::fs::read(place.file("parte.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0xa5);
    std::fs::write(place.file("parte.db"), bytes).unwrap();
    let output = parte(place.path()).args(["doctor", "--offline"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(7), "{said}");
    assert!(said.contains("wrong  ledger") && said.contains("restore a copy"), "{said}");
}

#[test]
fn a_run_that_was_missed_says_which_one_was_in_its_way() {
    let place = Workplace::new();
    place.run_json(&["--no-deliver"]);
    place.run_json(&["--no-deliver"]);
    place.sql(
        "parte.db",
        "update run set cause = 'schedule', state = 'missed', overlapped = 1, started_at = null where id = 2",
    );
    assert!(place.expect(0, &["runs"]).contains("missed, overlaps 1"));
    assert!(place.expect(0, &["show", "2"]).contains("run 1 of this report was still to be made"));
    assert_eq!(json(&place, &["show", "2", "--json"])["run"]["overlapped"], 1);
}

#[test]
fn the_doctor_says_who_may_read_secrets_and_finds_a_new_ledger_well_kept() {
    let place = Workplace::new();
    place.run_json(&[]);
    place.define("folder:out", "ftp://reporter:${file:pw.txt}@127.0.0.1:1/");
    let looked = |mode: u32, secret: &str| {
        place.write("pw.txt", secret);
        std::fs::set_permissions(place.file("pw.txt"), std::fs::Permissions::from_mode(mode)).unwrap();
        let value = json(&place, &["doctor", "--offline", "--json"]);
        let findings = value["findings"].as_array().unwrap().iter().filter(|it| it["verdict"] != "ok");
        let mut said: Vec<String> = findings
            .map(|it| format!("{} {}: {} -> {}", it["verdict"], it["area"], it["what"], it["to_do"]))
            .map(|text| text.replace('"', ""))
            .collect();
        said.insert(0, value["exit"].to_string());
        said.join("\n")
    };
    let readable = "look secrets: everybody on this machine may read ./pw.txt, which holds a secret -> chmod o-rw ./pw.txt";
    assert_eq!(looked(0o644, "s3cret"), format!("0\n{readable}"), "and nothing about the ledger");
    let changed = readable.replace("look", "wrong").replace("may read", "may read and change");
    assert_eq!(looked(0o666, "s3cret"), format!("3\n{changed}"));
    assert_eq!(looked(0o600, "s3cret"), "0");
    let empty = looked(0o600, "");
    assert!(
        empty.starts_with("3\nwrong secrets: the file `pw.txt` is empty -> write the secret into it"),
        "{empty}"
    );
}
