//! A program that asks for it is told of each run that reached everybody. The judge is what its server was sent.

use super::base::{Base, both};
use super::fixtures::{
    Child, child, childs_folder, claimed, definitions, fixed, open, query, report, run, take,
};
use super::working::{hands, over_within};
use crate::support::{HttpApi, count};
use chrono::TimeDelta;
use parte::definition::{
    AlertOn, Alerts, Channel, ChannelId, Definitions, HttpEndpoint, Secret, UploadAuth, Way, WebhookChannel,
};
use parte::ledger::{Finish, Ledger, NewRun, RunId, Target};
use parte::worker::{Options, Worker};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;
use tokio::sync::watch;

both! {
    each_run_that_reached_everybody_is_told_once_to_who_asks,
    workers_killed_at_any_instant_leave_no_success_untold,
    what_was_told_is_known_as_long_as_its_run,
}

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Where a child finds the program that is told.
const URL: &str = "events-url";

fn receiver(folder: &Path) -> HttpApi {
    let api = HttpApi::start();
    api.say("signing_key", KEY);
    std::fs::write(folder.join(URL), api.url("/events")).unwrap();
    api
}

fn told(folder: &Path, hook_on: &[AlertOn]) -> Definitions {
    let mut definitions = definitions(folder, vec![report("daily", "every day at 07:00")]);
    let url = std::fs::read_to_string(folder.join(URL)).unwrap().parse().unwrap();
    let auth = UploadAuth::Hmac(Some(Secret::new(KEY.to_owned())));
    let way = Way::Webhook(WebhookChannel { endpoint: HttpEndpoint { auth, ..HttpEndpoint::new(url) } });
    let id = ChannelId::parse("ops").unwrap();
    let drop = definitions.channels.values().next().unwrap().clone();
    definitions.channels.insert(id.clone(), Channel { id: id.clone(), way, ..drop });
    let hook_on = hook_on.to_vec();
    definitions.alerts = Some(Alerts { mail: None, hook: Some(id), on: Vec::new(), hook_on });
    definitions
}

fn worker(ledger: &Ledger, folder: &Path, name: &str, hook_on: &[AlertOn]) -> Worker {
    worker_with(ledger, folder, Options::named(name), hook_on)
}

/// One whose work is soon taken over by others when it is killed.
fn short_lived(ledger: &Ledger, folder: &Path, name: &str) -> Worker {
    let options = Options { lease: Duration::from_millis(500), ..Options::named(name) };
    worker_with(ledger, folder, options, &[AlertOn::Done])
}

fn worker_with(ledger: &Ledger, folder: &Path, options: Options, hook_on: &[AlertOn]) -> Worker {
    Worker::with_hands(ledger.clone(), fixed(told(folder, hook_on)), options, hands(2))
}

/// Works until all is told and everything in the record has ended.
async fn settle(worker: &Worker, ledger: &Ledger) {
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn({
        let worker = worker.clone();
        async move { worker.run_until(stopped).await }
    });
    // what is told is a run itself, of which nothing is told
    for _ in 0..2 {
        over_within(ledger, Duration::from_secs(120)).await;
        while !ledger.successes().await.unwrap().is_empty() {
            worker.tell_owners().await.unwrap();
        }
    }
    over_within(ledger, Duration::from_secs(120)).await;
    stop.send_replace(true);
    working.await.unwrap();
}

/// The numbers of the runs that were told of, by the id of the event; what came twice was the same.
fn heard(api: &HttpApi) -> BTreeMap<String, String> {
    let mut heard: BTreeMap<String, (Value, String)> = BTreeMap::new();
    for request in api.requests("/events") {
        let event: Value = serde_json::from_str(request["text"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&event["type"], &event["data"]["state"]),
            (&"run.done".into(), &"done".into()),
            "{event}"
        );
        let id = request["headers"]["webhook-id"].as_str().unwrap().to_owned();
        let run = event["data"]["run"].to_string();
        let first = heard.entry(id).or_insert_with(|| (request["sha256"].clone(), run));
        assert_eq!(first.0, request["sha256"], "the same id for something else");
    }
    heard.into_iter().map(|(id, (_, run))| (id, run)).collect()
}

/// The runs that reached everybody, as the record has them.
fn promised(folder: &Path) -> BTreeSet<String> {
    let done = "select id from run where state = 'done' and cause <> 'notice'";
    query(folder, done).into_iter().collect()
}

async fn each_run_that_reached_everybody_is_told_once_to_who_asks(base: Base) {
    let (folder, runs) = (base.path(), count(8, 300));
    let (api, ledger) = (receiver(folder), open(folder).await);
    for minutes in 0..runs {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
    }
    ledger.enqueue_run(NewRun { deliver: false, ..run("daily", runs) }).await.unwrap();
    let deaf = worker(&ledger, folder, "deaf", &[AlertOn::Failure, AlertOn::Recovery]);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn({
        let deaf = deaf.clone();
        async move { deaf.run_until(stopped).await }
    });
    over_within(&ledger, Duration::from_secs(120)).await;
    deaf.tell_owners().await.unwrap();
    stop.send_replace(true);
    working.await.unwrap();
    assert_eq!(query(folder, "select count(*) from run where cause = 'notice'"), ["0"], "nobody asked");

    let asked = [AlertOn::Done];
    let mut looking = Vec::new();
    for number in 0..4 {
        let worker = worker(&open(folder).await, folder, &format!("w{number}"), &asked);
        looking.push(tokio::spawn(async move { worker.tell_owners().await.unwrap() }));
    }
    for looked in looking {
        looked.await.unwrap();
    }
    let worker = worker(&ledger, folder, "w", &asked);
    settle(&worker, &ledger).await;
    // sent again, it is done again, and not told again
    let first = RunId::from_number(1);
    ledger.resend(Target::Run(first), Vec::new()).await.unwrap();
    settle(&worker, &ledger).await;

    let (heard, posts) = (heard(&api), api.requests("/events").len());
    println!("{runs} runs done, 4 workers: {} told, {posts} requests", heard.len());
    assert_eq!((heard.len(), posts), (usize::try_from(runs).unwrap(), usize::try_from(runs).unwrap()));
    let asked_for = "select id from run where state = 'done' and deliver = true and cause <> 'notice'";
    assert_eq!(heard.into_values().collect::<BTreeSet<_>>(), query(folder, asked_for).into_iter().collect());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `workers_killed_at_any_instant_leave_no_success_untold`"]
async fn works_and_tells_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    let worker = short_lived(&ledger, &folder, &format!("child:{}", std::process::id()));
    let (_stop, stopped) = watch::channel(false);
    let working = tokio::spawn({
        let worker = worker.clone();
        async move { worker.run_until(stopped).await }
    });
    // looked for all the time, so that a kill meets every step of it
    while !working.is_finished() {
        let _ = worker.tell_owners().await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn workers_killed_at_any_instant_leave_no_success_untold(base: Base) {
    let (folder, kills) = (base.path(), count(12, 500));
    let (api, ledger) = (receiver(folder), open(folder).await);
    let start = || child("successes::works_and_tells_until_killed", folder);
    let mut workers: Vec<Child> = (0..4).map(|_| start()).collect();
    let mut state = 0x9e37_79b9_u32;
    for kill in 0..kills {
        ledger.enqueue_run(run("daily", kill)).await.unwrap();
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        // an instant, not a wait for something
        tokio::time::sleep(Duration::from_millis(u64::from(state % 300))).await;
        let at = state as usize / 300 % workers.len();
        workers[at].kill();
        workers[at] = start();
    }
    drop(workers);
    settle(&short_lived(&ledger, folder, "last"), &ledger).await;

    let (heard, promised) = (heard(&api), promised(folder));
    let posts = api.requests("/events").len();
    println!(
        "{kills} kills of 4 workers: {} runs done, {} told, {} requests sent again under the same id",
        promised.len(),
        heard.len(),
        posts - heard.len()
    );
    assert!(!promised.is_empty());
    assert_eq!(heard.len(), promised.len(), "one id for each");
    assert_eq!(heard.into_values().collect::<BTreeSet<_>>(), promised);
}

async fn what_was_told_is_known_as_long_as_its_run(base: Base) {
    let folder = base.path();
    let (api, ledger) = (receiver(folder), open(folder).await);
    // The next run begins where this one ended: it is kept.
    ledger.enqueue_run(NewRun { continues: true, ..run("daily", 0) }).await.unwrap();
    ledger.enqueue_run(run("daily", 1)).await.unwrap();
    let worker = worker(&ledger, folder, "w", &[AlertOn::Done]);
    settle(&worker, &ledger).await;
    assert_eq!(query(folder, "select cause from run order by id").len(), 4);
    assert_eq!(ledger.prune(parte::clock::now() + TimeDelta::hours(1)).await.unwrap(), 2);
    assert_eq!(query(folder, "select cause from run order by id"), ["schedule", "notice"]);
    assert!(ledger.successes().await.unwrap().is_empty());
    assert_eq!(heard(&api).len(), 2);
    // A run that is still under way is no success.
    let run = claimed(&ledger, 2).await;
    ledger
        .record_products(
            run.id,
            run.fence,
            vec![super::fixtures::artifact("a.csv", b"1\n")],
            vec![super::fixtures::delivery("drop", "a.csv", 0)],
        )
        .await
        .unwrap();
    assert!(ledger.successes().await.unwrap().is_empty());
    let taken = take(&ledger, Duration::from_secs(60)).await.unwrap();
    ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt: "ok".to_owned() }).await.unwrap();
    assert_eq!(ledger.successes().await.unwrap().len(), 1);
}
