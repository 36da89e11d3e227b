//! Who is told that a run is held: its owners by mail, another program by an event, each once.

use super::stands;
use crate::ledger::base::{Base, both};
use crate::ledger::fixtures::{LEASE, at, definitions, fixed, open, query, report, run};
use crate::ledger::notices::{header, html, mails, settle, told_by_mail, worker};
use crate::ledger::working::{hands, products};
use crate::support::{HttpApi, MailServer};
use parte::definition::{
    AlertOn, Alerts, Channel, ChannelId, HttpEndpoint, Secret, UploadAuth, Way, WebhookChannel,
};
use parte::ledger::{Ledger, NewRun, Pick, RunId, RunState, Trigger};
use parte::worker::{Hands, Options, Products, Worker};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::watch;

both! {
    its_owners_are_told_once_why_and_how_it_is_released_in_their_language,
    a_program_is_told_of_each_held_run_once,
}

/// A pipeline whose reports are made and held.
fn holding() -> Hands {
    let produce = |order: &parte::pipeline::Order<'_>| {
        Ok(Products {
            unmet: Some("6 rows of tasks".to_owned()),
            held: Some("Filas de tareas: 6; se esperaban al menos 100.\nOtra cosa.".to_owned()),
            ..products(order, 2)
        })
    };
    Hands { produce: Arc::new(produce), ..hands(2) }
}

async fn its_owners_are_told_once_why_and_how_it_is_released_in_their_language(folder: Base) {
    let server = MailServer::start();
    let ledger = open(folder.path()).await;
    let mut definitions = told_by_mail(folder.path(), server.smtp.number(), &["diario".to_owned()]);
    definitions.reports[2].locale = "pt-BR".to_owned();
    for id in ["semanal", "daily", "diario"] {
        ledger.enqueue_run(run(id, 0)).await.unwrap();
    }
    // Who asks for one by hand sees what becomes of it.
    ledger.enqueue_run(NewRun { trigger: Trigger::Manual, ..run("semanal", 1) }).await.unwrap();
    let worker = worker(&ledger, definitions, holding());
    settle(&worker, &ledger, folder.path()).await;
    let told = mails(&server, 3);
    assert_eq!(told.len(), 3, "each of the three is told once");
    for (subject, to, words) in [
        (
            "Retenido: Parte",
            "admin@example.com",
            ["está hecho, pero", "hasta que alguien decida", "Mire los archivos"],
        ),
        (
            "Held back: Parte",
            "owner@example.com",
            ["is made, but", "until somebody decides", "Look at the files"],
        ),
        (
            "Retido: Parte",
            "admin@example.com",
            ["está feito, mas", "até que alguém decida", "Veja os arquivos"],
        ),
    ] {
        let mail = told.iter().find(|mail| header(mail, "Subject").contains(subject));
        let mail = mail.unwrap_or_else(|| {
            panic!("{subject}: {:?}", told.iter().map(|it| header(it, "Subject")).collect::<Vec<_>>())
        });
        assert!(header(mail, "To").contains(to), "{subject}");
        let text = mail["text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let run = text.split("parte release ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        for words in words.into_iter().chain([
            "Filas de tareas: 6; se esperaban al menos 100.",
            "Otra cosa.",
            &format!("parte show {run} --out"),
            &format!("parte cancel {run}"),
            "--from 2026-03-09 --to 2026-03-10 --reprocess failed",
        ]) {
            assert!(text.contains(words), "{subject}: {words}: {text}");
        }
        assert!(html(mail).contains(&format!("parte release {run}")), "{subject}");
        assert_eq!(stands(&ledger, RunId::from_number(run.parse().unwrap())).await.0, RunState::Held);
    }
    // Released, it is over; nobody is told of it again, and the others are not told a second time.
    ledger.release_held(RunId::from_number(1)).await.unwrap();
    settle(&worker, &ledger, folder.path()).await;
    assert_eq!(mails(&server, 3).len(), 3);
    // Known as long as the run that it tells of.
    let notices = || query(folder.path(), "select count(*) from run where cause = 'notice'");
    ledger.prune(at("2100-01-01T00:00:00Z")).await.unwrap();
    assert_eq!(notices(), ["2"], "those of the two that are still held");
    settle(&worker, &ledger, folder.path()).await;
    assert_eq!(mails(&server, 3).len(), 3);
    println!("4 runs held, 1 of them by hand: 3 mails in 3 languages, none twice");
}

async fn a_program_is_told_of_each_held_run_once(folder: Base) {
    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let (api, ledger) = (HttpApi::start(), open(folder.path()).await);
    api.say("signing_key", KEY);
    let quiet = definitions(folder.path(), vec![report("daily", "every day at 07:00")]);
    let mut definitions = definitions(folder.path(), quiet.reports.clone());
    let url = api.url("/events").parse().unwrap();
    let auth = UploadAuth::Hmac(Some(Secret::new(KEY.to_owned())));
    let way = Way::Webhook(WebhookChannel { endpoint: HttpEndpoint { auth, ..HttpEndpoint::new(url) } });
    let id = ChannelId::parse("ops").unwrap();
    let drop = definitions.channels.values().next().unwrap().clone();
    definitions.channels.insert(id.clone(), Channel { id: id.clone(), way, ..drop });
    definitions.alerts =
        Some(Alerts { mail: None, hook: Some(id), on: Vec::new(), hook_on: vec![AlertOn::Held] });
    for minutes in 0..3 {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
    }
    let worker = |ledger: &Ledger, definitions: &watch::Receiver<_>, name: &str| {
        Worker::with_hands(ledger.clone(), definitions.clone(), Options::named(name), holding())
    };
    let (_stop, stopped) = watch::channel(false);
    worker(&ledger, &fixed(quiet), "quiet").work_off(stopped).await.unwrap();
    assert_eq!(ledger.undecided().await.unwrap().len(), 3, "nobody asked so far");
    let definitions = fixed(definitions);
    let mut looking = Vec::new();
    for number in 0..4 {
        let worker = worker(&open(folder.path()).await, &definitions, &format!("w{number}"));
        looking.push(tokio::spawn(async move { worker.tell_owners().await.unwrap() }));
    }
    for looked in looking {
        looked.await.unwrap();
    }
    let worker = worker(&ledger, &definitions, "last");
    settle(&worker, &ledger, folder.path()).await;
    let events: Vec<Value> = api
        .requests("/events")
        .iter()
        .map(|request| serde_json::from_str(request["text"].as_str().unwrap()).unwrap())
        .collect();
    let runs: BTreeSet<String> = events.iter().map(|event| event["data"]["run"].to_string()).collect();
    assert_eq!((events.len(), runs), (3, BTreeSet::from(["1", "2", "3"].map(str::to_owned))));
    for event in &events {
        let data = &event["data"];
        assert_eq!((&event["type"], &data["state"]), (&"run.held".into(), &"held".into()), "{event}");
        assert_eq!(data["error"], "the data are not as the report expects: 6 rows of tasks", "{event}");
        assert_eq!(
            (&data["deliveries"]["held"], &data["not_done"]),
            (&2.into(), &Value::Array(vec![])),
            "{event}"
        );
    }
    // Nothing of it is due for anybody.
    let nothing = ledger.claim_delivery("w", LEASE, Pick::default()).await.unwrap();
    assert_eq!(nothing, None);
}
