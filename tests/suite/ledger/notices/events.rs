//! Other programs are told by signed events what owners are told by mail.

use super::{failing, settle, told_by_mail, work, worker};
use crate::ledger::base::{Base, both};
use crate::ledger::fixtures::{open, query, run};
use crate::support::HttpApi;
use parte::definition::{Alerts, Channel, ChannelId, HttpEndpoint, Secret, UploadAuth, Way, WebhookChannel};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

both! {
    a_program_is_told_once_by_signed_events,
}

async fn a_program_is_told_once_by_signed_events(folder: Base) {
    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let api = HttpApi::start();
    api.say("signing_key", KEY);
    let ledger = open(folder.path()).await;
    let mut definitions = told_by_mail(folder.path(), 1, &[]);
    let id = ChannelId::parse("ops").unwrap();
    let auth = UploadAuth::Hmac(Some(Secret::new(KEY.to_owned())));
    let endpoint = HttpEndpoint { auth, ..HttpEndpoint::new(api.url("/events").parse().unwrap()) };
    let mail = definitions.channels[&ChannelId::parse("mail").unwrap()].clone();
    let way = Way::Webhook(WebhookChannel { endpoint });
    definitions.channels.insert(id.clone(), Channel { id: id.clone(), way, ..mail });
    definitions.alerts = definitions.alerts.map(|alerts| Alerts { mail: None, hook: Some(id), ..alerts });
    let (fails, tries) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let worker = worker(&ledger, definitions, failing(&fails, &tries));
    for minutes in 0..3 {
        fails.store(minutes < 2, Ordering::SeqCst);
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
        work(&worker, &ledger, folder.path()).await;
        settle(&worker, &ledger, folder.path()).await;
    }
    let events: Vec<Value> = api
        .requests("/events")
        .iter()
        .map(|request| serde_json::from_str(request["text"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(events.len(), 2, "{events:#?}");
    assert_eq!(events[0]["type"], "run.failed");
    let data = &events[0]["data"];
    assert_eq!(
        (&data["report"], &data["run"], &data["state"]),
        (&"daily".into(), &1.into(), &"failed".into())
    );
    assert!(data["error"].as_str().unwrap().contains("the file crm.db is locked"), "{data}");
    assert_eq!(events[1]["type"], "report.recovered");
    assert_eq!(events[1]["data"]["recovered"], serde_json::json!(["failure"]));
    assert_eq!(query(folder.path(), "select distinct state from run where cause = 'notice'"), ["done"]);
    println!("2 failed runs and 1 that is done: 2 events");
}
