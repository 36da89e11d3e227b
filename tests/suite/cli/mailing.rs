//! Mails of one run: who is named in them, what becomes of files that are too much for one, and of doubts.

use super::{Workplace, parte};
use crate::support::{MailServer, Script, ScriptedSmtp, read_json};
use serde_json::Value;
use std::path::PathBuf;

/// The run's messages in the outbox, by name, as Python reads them.
fn messages(channel: &str, deliver: &str) -> Vec<(String, Value)> {
    let place = Workplace::new();
    let channel = format!(
        "[channels.mail]\nurl = \"smtps://localhost\"\nfrom = \"Informes <informes@example.com>\"\n{channel}\n"
    );
    place.define("[channels.disk]\nurl = \"folder:out\"\n", &channel);
    place.define(
        "  [[report.deliver]]\n  channel = \"disk\"\n",
        &format!("  [[report.deliver]]\n  channel = \"mail\"\n{deliver}\n"),
    );
    let outbox = place.path().join("outbox");
    let text = std::fs::read_to_string(place.path().join("reports.toml")).unwrap();
    if !text.contains("outbox") {
        place.define("[defaults]\n", "[defaults]\noutbox = \"outbox\"\n");
    }
    let output = parte(place.path())
        .args(["run", "semana", "--period", "2026-03-02..2026-03-09", "--json"])
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(outbox.join("mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let read = read_json("delivery_mail.py", &path);
            assert_eq!(read["defects"].as_array().map(Vec::len), Some(0), "{read}");
            (path.file_name().unwrap().to_string_lossy().into_owned(), read)
        })
        .collect()
}

/// The size of a message with one file in this format and two thousand bytes more, as `max_size` says it.
fn room_for(format: &str) -> String {
    let deliver = format!("  to = [\"ana@example.com\"]\n  formats = [\"{format}\"]");
    let bytes = messages("", &deliver)[0].1["bytes"].as_u64().unwrap();
    format!("max_size = \"{} KB\"", bytes.div_ceil(1000) + 2)
}

fn header(message: &Value, name: &str) -> String {
    message["headers"][name].as_str().unwrap_or_default().to_owned()
}

fn files(message: &Value) -> Vec<String> {
    let parts = message["parts"].as_array().unwrap();
    parts
        .iter()
        .filter(|it| it["disposition"] == "attachment")
        .filter_map(|it| it["name"].as_str())
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_gets_a_message_of_their_own_that_names_nobody_else() {
    let all = messages(
        "",
        "  to = [\"Ana <ana@example.com>\", \"José <jose@example.com>\"]\n  formats = [\"pdf\"]",
    );
    let to: Vec<String> = all.iter().map(|(_, message)| header(message, "To")).collect();
    assert_eq!(to, ["ana@example.com", "jose@example.com"]);
    assert_ne!(header(&all[0].1, "Message-ID"), header(&all[1].1, "Message-ID"));
    assert!(
        all.iter()
            .all(|(_, message)| !message.to_string().contains("jose@")
                || header(message, "To").contains("jose"))
    );

    let alone = messages("", "  to = [\"Ana <ana@example.com>\"]\n  formats = [\"pdf\"]");
    assert_eq!(header(&alone[0].1, "To"), "Ana <ana@example.com>");
}

#[test]
fn together_all_are_named_but_those_who_get_a_blind_copy() {
    let all = messages(
        "",
        "  to = [\"Ana <ana@example.com>\", \"jose@example.com\"]\n  cc = [\"Eva <eva@example.com>\"]\n  \
         bcc = [\"oculta@example.com\"]\n  together = true\n  formats = [\"pdf\"]",
    );
    assert_eq!(all.len(), 4, "one envelope for each");
    for (_, message) in &all {
        assert_eq!(header(message, "To"), "Ana <ana@example.com>, jose@example.com");
        assert_eq!(header(message, "Cc"), "Eva <eva@example.com>");
        assert_eq!(header(message, "Message-ID"), header(&all[0].1, "Message-ID"));
        assert!(!message.to_string().contains("oculta"), "{message}");
    }
}

#[test]
fn files_without_room_are_linked_to_where_there_is_an_archive() {
    let all = messages(
        &format!("{}\narchive = \"https://archivos.example.com/{{report}}/{{file}}\"", room_for("xlsx")),
        "  to = [\"ana@example.com\"]",
    );
    assert_eq!(all.len(), 1);
    let (_, message) = &all[0];
    let text = message["text"].as_str().unwrap();
    let left_out: Vec<&str> = text.lines().filter(|line| line.contains("no cabe en el correo")).collect();
    assert!(!left_out.is_empty(), "{text}");
    assert!(text.contains("https://archivos.example.com/semana/semana_20260302"), "{text}");
    let html = message["html"].as_str().unwrap().replace("&#x2f;", "/");
    assert!(html.contains("https://archivos.example.com/semana/semana_20260302"), "{html}");
}

#[test]
fn files_without_room_come_in_further_messages_where_there_is_none() {
    let whole = messages("", "  to = [\"ana@example.com\"]");
    let all = messages(&room_for("pdf"), "  to = [\"ana@example.com\", \"eva@example.com\"]");
    assert!(all.len() == 4, "{:?}", all.iter().map(|(name, _)| name).collect::<Vec<_>>());
    let count = all.len() / 2;
    let mut carried: Vec<String> = Vec::new();
    for (name, message) in all.iter().filter(|(_, message)| header(message, "To") == "ana@example.com") {
        let subject = header(message, "Subject");
        assert!(subject.ends_with(&format!("/{count})")), "{subject}");
        assert!(message["text"].as_str().unwrap().contains(&format!("de {count}")), "{message}");
        assert!(name.contains(&format!("-of-{count}")), "{name}");
        carried.extend(files(message));
    }
    let told: Vec<&str> = all
        .iter()
        .flat_map(|(_, message)| message["text"].as_str().unwrap().lines())
        .filter(|line| line.contains("no cabe en el correo"))
        .collect();
    for file in files(&whole[0].1) {
        let times = carried.iter().filter(|name| **name == file).count();
        assert!(
            times == 1 || times == 0 && told.iter().any(|line| line.contains(&file)),
            "{file}: {carried:?} {told:?}"
        );
    }
    let ids: std::collections::BTreeSet<String> =
        all.iter().map(|(_, message)| header(message, "Message-ID")).collect();
    assert_eq!(ids.len(), all.len());
}

#[test]
fn a_channel_says_what_becomes_of_a_mail_in_doubt() {
    for (written, state) in
        [("", "retry"), ("in_doubt = \"resend\"", "retry"), ("in_doubt = \"hold\"", "in_doubt")]
    {
        let server = ScriptedSmtp::start(Script::DropAfterDot);
        let place = Workplace::new();
        let channel = format!(
            "[channels.mail]\nurl = \"smtp://localhost:{}\"\nfrom = \"informes@example.com\"\n{written}\n",
            server.port
        );
        place.define("[channels.disk]\nurl = \"folder:out\"\n", &channel);
        place.define("  channel = \"disk\"\n", "  channel = \"mail\"\n  to = [\"ana@example.com\"]\n");
        let output = parte(place.path())
            .args(["run", "semana", "--period", "2026-03-02..2026-03-09", "--json"])
            .output()
            .expect("the program starts");
        let made: Value = serde_json::from_slice(&output.stdout).expect("a run");
        assert_eq!(made["deliveries"][0]["state"], state, "{written}: {made}");
    }
}

/// A message without what the mail server writes above it.
fn own_bytes(path: &PathBuf) -> String {
    let text = String::from_utf8(std::fs::read(path).unwrap()).expect("UTF-8");
    let (head, body) = text.split_once("\n\n").expect("a header and a body");
    let mut fields: Vec<String> = Vec::new();
    for line in head.lines() {
        match fields.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some(field) => field.push_str(&format!("\n{line}")),
            None => fields.push(line.to_owned()),
        }
    }
    let trace = ["Return-path:", "Envelope-to:", "Delivery-date:", "Received:"];
    fields.retain(|field| !trace.iter().any(|name| field.starts_with(name)));
    format!("{}\n\n{body}", fields.join("\n"))
}

#[test]
fn a_mail_that_is_sent_again_is_the_same_to_the_last_byte() {
    let server = MailServer::start();
    let place = Workplace::new();
    let port = server.smtp.number();
    let channel = format!(
        "[channels.mail]\nurl = \"smtp://127.0.0.1:{port}\"\nfrom = \"Informes <informes@example.com>\"\n"
    );
    place.define("[channels.disk]\nurl = \"folder:out\"\n", &channel);
    let to = "  channel = \"mail\"\n  to = [\"Ana <ana@example.com>\", \"eva@example.com\"]\n  formats = [\"pdf\"]\n";
    place.define("  channel = \"disk\"\n", to);
    let ran = place.run_json(&[]);
    assert_eq!(ran["state"], "done", "{ran}");
    assert_eq!(server.messages(2).len(), 2);
    place.expect(0, &["resend", "1", "--wait"]);
    place.expect(0, &["resend", "d1", "--wait"]);
    let mut copies: std::collections::BTreeMap<String, Vec<(PathBuf, Value)>> = Default::default();
    for path in server.messages(5) {
        let read = read_json("delivery_mail.py", &path);
        copies.entry(header(&read, "Envelope-to")).or_default().push((path, read));
    }
    let counted: Vec<(&str, usize)> = copies.iter().map(|(to, all)| (to.as_str(), all.len())).collect();
    assert_eq!(counted, [("ana@example.com", 3), ("eva@example.com", 2)]);
    for (to, all) in &copies {
        let first = &all[0];
        for copy in all {
            for name in ["Message-ID", "Date", "Subject", "From", "To"] {
                assert!(!header(&copy.1, name).is_empty(), "{name} to {to}");
                assert_eq!(header(&copy.1, name), header(&first.1, name), "{name} to {to}");
            }
            assert_eq!(copy.1["parts"], first.1["parts"], "{to}");
            assert_eq!(own_bytes(&copy.0), own_bytes(&first.0), "{to}");
        }
    }
    println!("2 mails, 3 sent again: {counted:?} copies, each with its first one's bytes and Message-ID");
}
