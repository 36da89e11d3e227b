//! What broken files say: each problem once, at its place, with what to do, and never a secret.

use super::{SMALL, catalogue, check_places, definitions_of, load_text, problems_of, told};
use parte::definition::{Severity, Way, load};
use std::path::{Path, PathBuf};

#[test]
fn each_broken_file_says_what_is_wrong_and_what_to_do() {
    let mut files: Vec<PathBuf> = std::fs::read_dir("tests/definitions")
        .expect("the folder of broken files")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .filter(|path| !path.ends_with("catalogue.toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 60, "only {} broken files", files.len());
    let catalogue = catalogue();
    insta::with_settings!({ snapshot_path => "../../definitions", prepend_module_to_snapshot => false, omit_expression => true }, {
        for path in files {
            // Some files are taken, with warnings.
            let problems = load(&path, &catalogue).map_or_else(|problems| problems, |taken| taken.warnings);
            check_places(&problems);
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            insta::assert_snapshot!(name, problems.render(false, 100));
        }
    });
}

#[test]
fn six_mistakes_are_six_problems() {
    let problems =
        load(Path::new("tests/definitions/six-mistakes.toml"), &catalogue()).expect_err("six mistakes");
    let codes: Vec<&str> = problems.problems.iter().map(|problem| problem.code).collect();
    let expected =
        ["unknown-timezone", "bad-schedule", "unknown-key", "unknown-metric", "bad-sql", "unknown-channel"];
    assert_eq!(codes, expected);
    assert!(problems.render(false, 100).ends_with("6 problems in tests/definitions/six-mistakes.toml\n"));
}

#[test]
fn programs_get_lines_and_columns() {
    let problems = problems_of(&SMALL.replace("Ventas", "Ñandú\", tittle = \"x"));
    assert_eq!(told(&problems).len(), 1, "{}", problems.render(false, 100));
    let problems = problems_of(&SMALL.replace("[\"tasks_planned\"]", "[\"ñ\", \"tasks_planed\"]"));
    let json = problems.to_json();
    let second = &json["problems"][1];
    assert_eq!(second["code"], "unknown-metric");
    assert_eq!(second["hint"], "did you mean `tasks_planned`?");
    let place = ["line", "column", "end_line", "end_column"].map(|key| second[key].as_u64());
    assert_eq!(place, [Some(13), Some(16), Some(13), Some(30)]);
    assert!(second["file"].as_str().is_some_and(|file| file.ends_with("reports.toml")));
}

#[test]
fn a_file_that_cannot_be_read_is_one_clear_problem() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("latin1.toml"), b"version = 1\n# se\xf1al\n").expect("written");
    std::fs::write(at("empty.toml"), "").expect("written");
    for (path, words) in [
        (at("none.toml"), "there is no such file"),
        (folder.path().to_owned(), "this is a folder, not a file"),
        (at("latin1.toml"), "not UTF-8 text: a byte in line 2"),
        (at("empty.toml"), "the file defines nothing"),
    ] {
        let problems = load(&path, &[]).expect_err("not a definition");
        let [problem] = problems.problems.as_slice() else { panic!("{}", problems.render(false, 100)) };
        assert!(problem.what.contains(words), "{problem:?}");
        assert!(problem.span.is_none() && problem.hint.is_some(), "{problem:?}");
        check_places(&problems);
    }
}

#[test]
fn a_fault_elsewhere_brings_no_noise() {
    for (from, to, expected) in [
        // A broken thing that others refer to is known, and told once.
        ("url = \"sqlite:demo.db\"", "url = 5", ("wrong-type", "5")),
        ("[sources.demo]", "[source.demo]", ("unknown-key", "source")),
        ("[defaults]", "[default]", ("unknown-key", "default")),
        ("timezone =", "timezon =", ("unknown-key", "timezon")),
        ("timezone = \"America/Bogota\"", "timezone = America", ("syntax", "America")),
        ("title =", "titel =", ("unknown-key", "titel")),
        ("[[report.section]]", "[[report.sections]]", ("unknown-key", "sections")),
        ("[[report.section]]", "[[report.section]", ("syntax", "")),
        ("kpis =", "kpi =", ("unknown-key", "kpi")),
        ("formats = [\"pdf\"]", "formats = [\"pdf\"", ("syntax", "\"")),
        ("formats = [\"pdf\"]", "formats = [\"docx\"]\ncompare = []", ("unknown-value", "\"docx\"")),
        ("version = 1", "version = uno", ("syntax", "uno")),
        ("[[report]]", "[report]", ("wrong-type", "[report]")),
    ] {
        let problems = problems_of(&SMALL.replacen(from, to, 1));
        let told = told(&problems);
        let told: Vec<(&str, &str)> = told.iter().map(|(code, under)| (*code, under.as_str())).collect();
        let found = told.len() == 1 && told[0].0 == expected.0 && told[0].1.starts_with(expected.1);
        assert!(found, "{to}: {told:?}\n{}", problems.render(false, 100));
    }
}

#[test]
fn no_secret_is_ever_shown() {
    const SECRET: &str = "abretesesamo";
    for name in ["secrets-written-out.toml", "secrets-misplaced.toml"] {
        let text = std::fs::read_to_string(Path::new("tests/definitions").join(name)).expect("the file");
        // Also where the syntax is broken in the same line, the line before, or anywhere.
        for broken in [
            text.clone(),
            text.replace(":587\"", ":587"),
            text.replace("[channels", "[[channels"),
            text.replace("url ", "url url "),
            format!("= = =\n{text}\n\"\"\""),
            text.replace("from = \"informes@nandu.example\"", ""),
        ] {
            let problems = problems_of(&broken);
            check_places(&problems);
            let all = format!(
                "{}{}{problems:?}{problems}{}",
                problems.render(true, 100),
                problems.render_ascii(false, 100),
                problems.to_json()
            );
            let url_secrets = all.matches(SECRET).count();
            assert_eq!(url_secrets, 0, "{name}: {}", problems.render(false, 100));
        }
    }
}

#[test]
fn a_secret_that_is_not_set_matters_only_when_something_is_sent() {
    let channel =
        "\n[channels.mail]\nurl = \"smtp://u:${PARTE_TEST_NOT_SET}@localhost\"\nfrom = \"a@b.example\"\n";
    let problems = problems_of(&format!("{SMALL}{channel}"));
    assert_eq!(told(&problems), [("missing-secret", "${PARTE_TEST_NOT_SET}".to_owned())]);
    let with_outbox = format!("{SMALL}{channel}").replace("[defaults]", "[defaults]\noutbox = \"outbox\"");
    let definitions = definitions_of(&with_outbox);
    let channel = definitions.channels.values().next().expect("a channel");
    assert_eq!(channel.outbox, Some(definitions.root.join("outbox")));
    let Way::Email(mail) = &channel.way else { panic!("mail") };
    assert!(matches!(&mail.server.login, Some((user, None)) if user == "u"));
}

#[test]
fn a_report_that_may_be_held_warns_until_somebody_is_told_so() {
    const HELD: &str = r#"schedule = "every monday at 07:00"
expect = { rows = { min = 1 }, otherwise = "hold" }
[[report.deliver]]
channel = "disk"
"#;
    const CHANNELS: &str = r#"
[channels.disk]
url = "folder:out"
[channels.mail]
url = "smtps://informes@smtp.example.com"
from = "a@b.example"
[channels.hook]
url = "webhook+https://example.com/hook"
"#;
    let (mail, hook) =
        ("[alerts]\nchannel = \"mail\"\nto = [\"a@b.example\"]\n", "[alerts]\nhook = \"hook\"\n");
    let on = |alerts: &str, words: &str| format!("{alerts}{words}\n");
    for (alerts, told_by) in [
        (String::new(), Some("add [alerts] with `channel` and `to`")),
        (on(mail, "on = [\"failure\", \"missed\"]"), Some("add \"held\" to `on`")),
        (on(hook, "hook_on = [\"failure\", \"done\"]"), Some("add \"held\" to `hook_on`")),
        (on(hook, ""), None),
        (on(mail, ""), None),
        (on(mail, "on = [\"held\"]"), None),
    ] {
        for owner in ["", "owner = [\"ana@example.com\"]\n"] {
            let report = SMALL.replace("formats =", &format!("{owner}formats ="));
            let (head, section) = report.split_once("  [[report.section]]").expect("a section");
            let text = format!("{head}{HELD}  [[report.section]]{section}{CHANNELS}{alerts}");
            let problems = load_text(&text).map_or_else(|problems| problems, |taken| taken.warnings);
            let found: Vec<_> = problems.problems.iter().filter(|it| it.code == "nobody-told").collect();
            // Without [alerts] it is the owner that is refused.
            let expected = told_by.filter(|_| !alerts.is_empty() || owner.is_empty());
            assert_eq!(
                found.len(),
                usize::from(expected.is_some()),
                "{text}\n{}",
                problems.render(false, 100)
            );
            if let (Some(expected), [problem]) = (expected, found.as_slice()) {
                assert_eq!(problem.severity, Severity::Warning);
                assert!(problem.hint.as_ref().is_some_and(|hint| hint.starts_with(expected)), "{problem:?}");
                let under = problem.span.clone().map(|span| &problems.files[problem.file].1[span]);
                assert_eq!(under, Some("\"hold\""));
            }
        }
    }
}

#[test]
fn carets_stand_inside_of_strings() {
    for (written, code, under) in [
        ("schedule = \"every mondya at 07:00\"", "bad-schedule", "mondya"),
        ("schedule = 'every \u{f1} at 07:00'", "bad-schedule", "\u{f1}"),
        ("schedule = \"\\u0065very mondya at 07:00\"", "bad-schedule", "mondya"),
        ("where = \"\"\"\nis_done and\n  city == = 'x'\"\"\"", "bad-sql", "="),
        ("where = \"city = \\\"ñ\\\" an is_done\"", "bad-sql", "an"),
    ] {
        let problems = problems_of(&SMALL.replace("formats =", &format!("{written}\nformats =")));
        assert_eq!(told(&problems), [(code, under.to_owned())], "{written}");
    }
}

#[test]
fn the_same_mistake_everywhere_is_shown_twenty_times_and_counted() {
    let keys: String = (0..2_500).map(|n| format!("clave{n} = 1\n")).collect();
    let problems = problems_of(&SMALL.replace("formats =", &format!("{keys}formats =")));
    assert_eq!(problems.problems.len(), 2_500);
    let shown = problems.render(false, 100);
    assert_eq!(shown.matches("has no key `clave").count(), 20);
    assert!(shown.contains("has no key `clave19`") && !shown.contains("has no key `clave20`"));
    assert!(shown.contains("\n2480 more of unknown-key: parte check --json lists them all\n"), "{shown}");
    assert!(shown.contains("2500 problems in "), "{shown}");
}

#[test]
fn deep_and_long_texts_are_refused_without_falling_over() {
    let deep = format!("where = \"{}1{}\"\nformats =", "(".repeat(9_000), ")".repeat(9_000));
    let wide = format!("where = \"1{} = 1\"\nformats =", " + 1".repeat(4_900));
    let long = format!("where = \"'{}' = 'x'\"\nformats =", "x".repeat(30_000));
    let nested = format!("title = {}1{}\nformats =", "[".repeat(5_000), "]".repeat(5_000));
    for text in [deep, long, nested] {
        check_places(&problems_of(&SMALL.replace("formats =", &text)));
    }
    definitions_of(&SMALL.replace("formats =", &wide));
}

#[test]
fn terminals_without_colour_or_unicode_get_neither() {
    let problems = problems_of(&SMALL.replace("formats =", "formatos ="));
    assert!(problems.render(true, 100).contains("\u{1b}["));
    assert!(!problems.render(false, 100).contains("\u{1b}["));
    let ascii = problems.render_ascii(false, 100);
    assert!(ascii.is_ascii(), "{ascii}");
    assert!(ascii.contains("help: did you mean `formats`?"), "{ascii}");
}

#[test]
fn no_line_of_a_problem_is_wider_than_the_terminal() {
    let problems = load(Path::new("tests/definitions/long-line.toml"), &catalogue()).expect_err("broken");
    for width in [60, 80, 100, 140] {
        let shown = problems.render(false, width);
        let widest = shown.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(width), "{width}:\n{shown}");
        assert!(shown.contains("{{ tasks_complted }}"), "{shown}");
    }
}

#[test]
fn nothing_that_a_file_spells_moves_the_cursor_or_turns_text_around() {
    for written in [
        "id = \"\\u001b[31mrojo\"",
        "id = \"\\u202Esatnev\"",
        "id = \"\u{202e}satnev\"",
        "id = \"a\\r\\nb\"",
        "id = \"\u{1b}[2Jx\"",
        "id = \"x\u{7}\" \u{9b}31m",
    ] {
        let problems = problems_of(&SMALL.replace("id = \"ventas\"", written));
        for shown in [problems.render(false, 100), problems.render_ascii(false, 100)] {
            let moves = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!shown.contains(moves), "{written:?}: {shown:?}");
        }
        assert!(problems.problems.iter().all(|problem| !problem.what.contains(char::is_control)));
    }
}
