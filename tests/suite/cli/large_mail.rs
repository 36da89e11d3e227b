//! Reports that are too large for a mail as they are: a real server takes what is sent, Python opens it.

use super::{Workplace, parte};
use crate::support::{MailServer, read_json, sha256};
use serde_json::Value;
use std::collections::BTreeMap;

/// A week of thousands of sellers, whose names hardly compress, by mail and into the folder `out`. The server takes 300 KB (`message_size_limit`).
fn place(server: &MailServer, channel: &str) -> Workplace {
    let place = Workplace::new();
    place.sql(
        "data.db",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3900)
         insert into sellers select 'x' || i, 'Vendedora ' || hex(randomblob(8)), 'Equipo ' || (i % 7) from n;
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 3900)
         insert into tasks select 'x' || i, 'visit', 'salesman', 'completed', 'x' || i, 'u1', '2026-03-03T14:00:00Z', null,
             '2026-03-03T14:30:00Z', 'sale', i, '2026-03-01T00:00:00Z', 25, 1 from n;",
    );
    let url = format!("smtp://127.0.0.1:{}", server.smtp.number());
    place.define(
        "[channels.disk]\n",
        &format!("[channels.mail]\nurl = \"{url}\"\nfrom = \"Informes <informes@example.com>\"\n{channel}\n[channels.disk]\n"),
    );
    place.define(
        "  [[report.deliver]]\n  channel = \"disk\"\n",
        "  [[report.deliver]]\n  channel = \"mail\"\n  to = [\"ana@example.com\"]\n  formats = [\"csv\", \"xlsx\"]\n  \
         [[report.deliver]]\n  channel = \"disk\"\n",
    );
    place
}

/// Runs the report: states of its deliveries by mail, and what is said about them.
fn run(place: &Workplace) -> Vec<(String, String)> {
    let output = parte(place.path())
        .args(["run", "semana", "--period", "2026-03-02..2026-03-09", "--json"])
        .output()
        .expect("the program starts");
    let made: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let mails = made["deliveries"].as_array().unwrap().iter().filter(|it| it["channel"] == "mail");
    mails.map(|it| (it["state"].as_str().unwrap().to_owned(), it.to_string())).collect()
}

fn arrived(server: &MailServer, count: usize) -> Vec<Value> {
    server.messages(count).iter().map(|path| read_json("delivery_mail.py", path)).collect()
}

fn attached(message: &Value) -> Vec<&Value> {
    message["parts"].as_array().unwrap().iter().filter(|it| it["disposition"] == "attachment").collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Files of the folder `out` with these endings, by name, with their digest.
fn on_disk(place: &Workplace, endings: &[&str]) -> BTreeMap<String, String> {
    let names = place.files("out").into_iter().filter(|name| endings.iter().any(|end| name.ends_with(end)));
    names.map(|name| (name.clone(), sha256(&std::fs::read(place.file("out").join(&name)).unwrap()))).collect()
}

#[test]
fn what_fits_compressed_goes_as_a_zip_and_the_mail_says_so() {
    let server = MailServer::start();
    let place = place(&server, "");
    let refused = run(&place);
    assert!(
        refused[0].0 == "refused" && refused[0].1.contains("larger than the 307200 bytes"),
        "{refused:?}"
    );

    // twice, for the same bytes
    place.define("from =", "max_size = \"250 KB\"\nfrom =");
    for _ in 0..2 {
        let states = run(&place);
        assert!(states.len() == 1 && states[0].0 == "done", "{states:?}");
    }
    let messages = arrived(&server, 2);
    for message in &messages {
        assert_eq!(message["defects"].as_array().map(Vec::len), Some(0), "{message}");
        assert!(message["bytes"].as_u64().unwrap() < 251_000, "with what the server adds");
        let said = "semana_20260302.zip: comprimido para que quepa en el correo; contiene semana_20260302";
        assert!(text(message, "text").replace('\n', " ").contains(said), "{}", text(message, "text"));
        assert!(text(message, "html").contains("semana_20260302.zip"));
        let files = attached(message);
        assert_eq!(files.len(), 1, "{files:?}");
        assert_eq!(text(files[0], "name"), "semana_20260302.zip");
        assert!(text(files[0], "type").starts_with("application/zip"), "{files:?}");
        let entries = files[0]["entries"].as_array().unwrap();
        let names: Vec<&str> = entries.iter().map(|it| text(it, "name")).collect();
        assert_eq!(names.iter().filter(|name| name.ends_with(".csv")).count(), 2, "{names:?}");
        assert!(entries.iter().all(|it| it["year"] == 1980), "{entries:?}");
    }
    let csv = |message: &Value| -> BTreeMap<String, String> {
        let entries = attached(message)[0]["entries"].as_array().unwrap();
        let csv = entries.iter().filter(|it| text(it, "name").ends_with(".csv"));
        csv.map(|it| (text(it, "name").to_owned(), text(it, "sha256").to_owned())).collect()
    };
    for message in &messages {
        assert_eq!(csv(message), on_disk(&place, &[".csv"]));
    }
}

#[test]
fn what_does_not_fit_compressed_either_comes_in_several_mails_each_file_whole() {
    let server = MailServer::start();
    let place = place(&server, "max_size = \"165 KB\"");
    let states = run(&place);
    let count = states.len();
    assert!(count > 1 && states.iter().all(|(state, _)| state == "done"), "{states:?}");
    let messages = arrived(&server, count);
    let mut carried: BTreeMap<String, String> = BTreeMap::new();
    let mut numbers = Vec::new();
    for message in &messages {
        assert!(message["bytes"].as_u64().unwrap() < 170_000);
        let subject = text(&message["headers"], "Subject");
        let number = subject.rsplit_once(" (").and_then(|(_, part)| part.strip_suffix(&format!("/{count})")));
        let number = number.unwrap_or_else(|| panic!("{subject}")).to_owned();
        assert!(text(message, "text").contains(&format!("Mensaje {number} de {count}")), "{message}");
        for file in attached(message) {
            let (name, digest) = (text(file, "name").to_owned(), text(file, "sha256").to_owned());
            match file["entries"].as_array() {
                None => assert_eq!(carried.insert(name, digest), None, "once"),
                Some(entries) => {
                    assert_eq!(name, format!("semana_20260302_{number}-of-{count}.zip"));
                    for entry in entries {
                        let (name, digest) = (text(entry, "name"), text(entry, "sha256"));
                        assert_eq!(carried.insert(name.to_owned(), digest.to_owned()), None, "once");
                    }
                }
            }
        }
        numbers.push(number);
    }
    numbers.sort();
    assert_eq!(numbers, (1..=count).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(carried, on_disk(&place, &[".csv", ".xlsx"]));
    println!("{} files in {count} mails of at most 165 KB", carried.len());
}

#[test]
fn what_does_not_fit_compressed_either_is_linked_to_where_there_is_an_archive() {
    let server = MailServer::start();
    let channel = "max_size = \"165 KB\"\narchive = \"https://archivos.example.com/{report}/{file}\"";
    let place = place(&server, channel);
    let states = run(&place);
    assert!(states.len() == 1 && states[0].0 == "done", "{states:?}");
    let message = &arrived(&server, 1)[0];
    let said = text(message, "text").replace('\n', " ");
    let mut names = Vec::new();
    for file in attached(message) {
        match file["entries"].as_array() {
            None => names.push(text(file, "name").to_owned()),
            Some(entries) => names.extend(entries.iter().map(|it| text(it, "name").to_owned())),
        }
    }
    let linked = on_disk(&place, &[".csv", ".xlsx"]).into_keys().filter(|name| !names.contains(name));
    let linked: Vec<String> = linked.collect();
    assert!(!names.is_empty() && !linked.is_empty(), "what fits is there: {names:?} {linked:?}");
    for name in linked {
        assert!(
            said.contains(&format!("está en https://archivos.example.com/semana/{name}")),
            "{name}: {said}"
        );
    }
}
