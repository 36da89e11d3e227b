//! Runs that are made and held back: nothing of them goes out until somebody decides, and what is released goes out once.

use super::base::{Base, both, integrity};
use super::fixtures::{
    LEASE, artifact, at, child, childs_folder, claimed, definitions, delivery, fixed, open, query, report,
    run, take,
};
use super::killed::files;
use super::notices::{header, html, mails, settle, told_by_mail, worker};
use super::working::{hands, over, products};
use crate::support::{HttpApi, MailServer, count};
use parte::definition::{
    AlertOn, Alerts, Channel, ChannelId, HttpEndpoint, Secret, UploadAuth, Way, WebhookChannel,
};
use parte::ledger::{
    Backfill, BackfillStart, DeliveryState, Finish, Held, Ledger, LedgerError, NewRun, Pick, Production,
    Reprocess, RunDetail, RunFilter, RunId, RunState, Target, Trigger,
};
use parte::worker::{Hands, Options, Products, Worker};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

both! {
    a_held_run_stands_still_and_nothing_waits_for_it,
    of_many_who_release_it_at_once_one_has_and_each_delivery_goes_once,
    a_process_that_dies_while_it_releases_has_released_all_or_nothing,
    given_up_it_is_not_sent_and_ends_as_a_whole_or_piece_by_piece,
    done_again_it_is_given_up_and_cannot_be_released_any_more,
    a_run_that_goes_on_begins_where_a_held_one_ends,
    of_a_run_without_deliveries_nothing_is_held,
    its_owners_are_told_once_why_and_how_it_is_released_in_their_language,
    a_program_is_told_of_each_held_run_once,
}

const WHY: &str = "the data are not as the report expects: 6 rows";

fn why() -> Held {
    Held { why: WHY.to_owned(), said: "Filas de tareas: 6.".to_owned() }
}

/// Records that a claimed run is made and held, with so many deliveries of one file.
async fn hold(ledger: &Ledger, claimed: parte::ledger::ClaimedRun, deliveries: usize) -> RunId {
    let name = |n| format!("{}-{n}.csv", claimed.id);
    let production = Production {
        artifacts: vec![artifact("a.csv", b"1,2\n")],
        deliveries: (0..deliveries).map(|n| delivery("drop", &name(n), 0)).collect(),
        unmet: Some("6 rows".to_owned()),
        held: Some(why()),
        ..Production::default()
    };
    ledger.record_production(claimed.id, claimed.fence, production).await.unwrap();
    claimed.id
}

async fn held(ledger: &Ledger, minutes: i64, deliveries: usize) -> RunId {
    let claimed = claimed(ledger, minutes).await;
    hold(ledger, claimed, deliveries).await
}

async fn detail(ledger: &Ledger, run: RunId) -> RunDetail {
    ledger.run(run).await.unwrap().unwrap()
}

/// Where a run and its deliveries stand.
async fn stands(ledger: &Ledger, run: RunId) -> (RunState, BTreeSet<&'static str>) {
    let detail = detail(ledger, run).await;
    (detail.run.state, detail.deliveries.iter().map(|it| it.state.as_str()).collect())
}

fn impossible<T: std::fmt::Debug>(answer: Result<T, LedgerError>, words: &str) {
    match answer {
        Err(error @ LedgerError::Impossible { .. }) => assert!(error.to_string().contains(words), "{error}"),
        other => panic!("{other:?}"),
    }
}

async fn a_held_run_stands_still_and_nothing_waits_for_it(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = held(&ledger, 0, 3).await;
    let before = detail(&ledger, id).await;
    assert_eq!((before.run.state, before.run.error.as_deref()), (RunState::Held, Some(WHY)));
    assert_eq!((before.run.deliveries.held, before.run.deliveries.open), (3, 0));
    assert!(before.deliveries.iter().all(|it| it.last_error.as_deref() == Some(WHY)));

    // Nobody takes it, and nothing that people ask for of the whole record touches it.
    assert_eq!(take(&ledger, LEASE).await, None);
    assert_eq!(ledger.claim_run_by_id(id, "w", LEASE).await.unwrap(), None);
    assert_eq!(ledger.next_due().await.unwrap(), None);
    assert!(ledger.waiting_channels().await.unwrap().is_empty());
    assert_eq!(ledger.rescue().await.unwrap(), Default::default());
    let all = ledger.retry_all(at("2020-01-01T00:00:00Z")).await.unwrap();
    assert_eq!(all, Default::default());
    for target in [Target::Run(id), Target::Delivery(before.deliveries[0].id)] {
        impossible(ledger.retry(target).await, "is held, and nothing of it has been sent");
        impossible(ledger.resend(target, vec![]).await, "is held, and nothing of it has been sent");
        let to = vec!["ana@example.com".to_owned()];
        impossible(ledger.resend(target, to).await, "is held, and nothing of it has been sent");
    }
    impossible(ledger.send_again(before.deliveries[0].id).await, "is done or still under way");
    // It is neither late, nor lost, nor old.
    let queue = ledger.queue().await.unwrap();
    assert_eq!((queue.held, queue.due_since, queue.deliveries, queue.in_doubt), (1, None, 0, 0));
    assert_eq!(ledger.undelivered(0).await.unwrap(), []);
    assert!(ledger.causes().await.unwrap().is_empty(), "it has not failed");
    assert_eq!(ledger.prune(at("2100-01-01T00:00:00Z")).await.unwrap(), 0);
    assert_eq!(detail(&ledger, id).await, before);
    // The next one of its report goes its way.
    let next = claimed(&ledger, 1).await;
    let file = vec![delivery("drop", "next.csv", 0)];
    ledger.record_products(next.id, next.fence, vec![artifact("a.csv", b"3\n")], file).await.unwrap();
    let taken = take(&ledger, LEASE).await.unwrap();
    ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt: "ok".to_owned() }).await.unwrap();
    assert_eq!(stands(&ledger, next.id).await.0, RunState::Done);
    assert_eq!(detail(&ledger, id).await, before);
    // Its rows are no measure for others as long as nobody has said that they are right.
    assert!(ledger.earlier_rows(next.id).await.unwrap().is_empty());
    integrity(folder.path());
}

async fn of_many_who_release_it_at_once_one_has_and_each_delivery_goes_once(folder: Base) {
    let rounds = count(5, 100);
    let mut released = 0;
    for round in 0..rounds {
        let ledger = open(folder.path()).await;
        let id = held(&ledger, round, 4).await;
        let others = [open(folder.path()).await, open(folder.path()).await];
        let mut asking = tokio::task::JoinSet::new();
        for who in 0..8_usize {
            let ledger = others[who % 2].clone();
            // Most release it, some give it up.
            asking.spawn(async move {
                match who % 4 {
                    3 => ledger.cancel_run(id).await.map(|_| "given up"),
                    _ => ledger.release_held(id).await.map(|it| if it.len() == 4 { "released" } else { "?" }),
                }
            });
        }
        let answers: Vec<_> = asking.join_all().await;
        let decided: Vec<_> = answers.iter().filter_map(|it| it.as_ref().ok().copied()).collect();
        let (state, deliveries) = stands(&ledger, id).await;
        if decided.first() == Some(&"given up") || decided == ["given up"] {
            // Who gives up what is on its way already calls it off: that is no second decision about what is held.
            assert_eq!(
                (state, deliveries),
                (RunState::Cancelled, BTreeSet::from(["cancelled"])),
                "{decided:?}"
            );
            continue;
        }
        let releases = decided.iter().filter(|it| **it == "released").count();
        assert!(releases <= 1, "{decided:?}");
        released += releases;
        while let Some(taken) = take(&ledger, LEASE).await {
            let receipt = "ok".to_owned();
            ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt }).await.unwrap();
        }
        for delivery in detail(&ledger, id).await.deliveries {
            assert!(delivery.attempts.len() <= 1, "{delivery:?}");
        }
        impossible(ledger.release_held(id).await, "is not held");
    }
    // Among equals one alone has.
    let ledger = open(folder.path()).await;
    for round in 0..rounds {
        let id = held(&ledger, 1000 + round, 4).await;
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let ledger = open(folder.path()).await;
            asking.spawn(async move { ledger.release_held(id).await });
        }
        let answers = asking.join_all().await;
        assert_eq!(answers.iter().filter(|it| it.is_ok()).count(), 1, "{answers:?}");
        let mut tries = 0;
        while let Some(taken) = take(&ledger, LEASE).await {
            tries += 1;
            let receipt = "ok".to_owned();
            ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt }).await.unwrap();
        }
        let after = detail(&ledger, id).await;
        assert_eq!((tries, after.run.state, after.run.error), (4, RunState::Done, None));
        assert!(after.run.held_at < after.run.released_at && after.run.released_at < after.run.finished_at);
        assert_eq!(
            after.run.unmet.as_deref(),
            Some("6 rows"),
            "what was not as expected stays in the record"
        );
    }
    println!(
        "{rounds} runs, 8 who decide at once each: {released} released or given up by one; {rounds} by one of 8 equals"
    );
    integrity(folder.path());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `a_process_that_dies_while_it_releases_has_released_all_or_nothing`"]
async fn releases_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    loop {
        let filter = RunFilter { state: Some(RunState::Held), ..RunFilter::default() };
        for run in ledger.runs(&filter).await.unwrap() {
            let _ = ledger.release_held(run.id).await;
        }
    }
}

async fn a_process_that_dies_while_it_releases_has_released_all_or_nothing(folder: Base) {
    let kills = count(6_u32, 100);
    let ledger = open(folder.path()).await;
    let mut runs = Vec::new();
    for minutes in 0..20 {
        runs.push(held(&ledger, minutes, 60).await);
    }
    let (mut seen, mut open_ones) = (Vec::new(), runs.clone());
    for kill in 0..kills {
        let mut child = child("held::releases_until_killed", folder.path());
        // the instant of the fault, not a wait for something: while it opens the record, and while it releases
        tokio::time::sleep(Duration::from_millis(u64::from(30 + 37 * (kill % 7)))).await;
        child.kill();
        let mut still = Vec::new();
        for id in open_ones {
            let (state, deliveries) = stands(&ledger, id).await;
            match state {
                RunState::Held => assert_eq!(deliveries, BTreeSet::from(["held"]), "run {id}"),
                RunState::Delivering => assert_eq!(deliveries, BTreeSet::from(["pending"]), "run {id}"),
                other => panic!("run {id} is {other}"),
            }
            if state == RunState::Held {
                still.push(id);
            }
        }
        seen.push(still.len());
        open_ones = still;
        if open_ones.is_empty() {
            // Further kills need further runs to meet.
            for minutes in 0..5 {
                let id = held(&ledger, 100 + i64::from(kill) * 10 + minutes, 60).await;
                runs.push(id);
                open_ones.push(id);
            }
        }
    }
    for id in &runs {
        let _ = ledger.release_held(*id).await;
    }
    let worker = super::working::worker(&ledger, folder.path(), hands(0));
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    over(&ledger).await;
    stop.send_replace(true);
    working.await.unwrap();
    let there = files(&folder.path().join("drop"));
    assert_eq!(there.len(), runs.len() * 60, "each file once");
    assert_eq!(query(folder.path(), "select count(*) from attempt"), [(runs.len() * 60).to_string()]);
    integrity(folder.path());
    println!(
        "{kills} kills while runs were released, still held after each: {seen:?}; {} files, each tried once",
        there.len()
    );
}

async fn given_up_it_is_not_sent_and_ends_as_a_whole_or_piece_by_piece(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = held(&ledger, 0, 2).await;
    let off = ledger.cancel_run(id).await.unwrap();
    assert_eq!((off.was, off.deliveries, off.sending), (RunState::Held, 2, 0));
    assert_eq!(stands(&ledger, id).await, (RunState::Cancelled, BTreeSet::from(["cancelled"])));
    impossible(ledger.release_held(id).await, "run 1 is not held (cancelled)");
    impossible(ledger.cancel_run(id).await, "has ended (cancelled)");
    // What was given up may be sent by who insists, as everything that was called off.
    assert_eq!(ledger.resend(Target::Run(id), vec![]).await.unwrap().len(), 2);
    ledger.cancel_run(id).await.unwrap();

    let id = held(&ledger, 1, 3).await;
    let deliveries = detail(&ledger, id).await.deliveries;
    let decided = ledger.cancel_delivery(deliveries[0].id).await.unwrap();
    assert_eq!(decided.was, Some(DeliveryState::Held));
    assert_eq!(stands(&ledger, id).await.0, RunState::Held);
    // The others go without it.
    let released = ledger.release_held(id).await.unwrap();
    assert_eq!(
        released.iter().map(|it| it.delivery).collect::<Vec<_>>(),
        [deliveries[1].id, deliveries[2].id]
    );
    let mut tries = 0;
    while let Some(taken) = take(&ledger, LEASE).await {
        tries += 1;
        ledger
            .finish_delivery(taken.id, taken.fence, Finish::Done { receipt: "ok".to_owned() })
            .await
            .unwrap();
    }
    assert_eq!((tries, stands(&ledger, id).await.0), (2, RunState::Partial));

    let id = held(&ledger, 2, 2).await;
    for delivery in detail(&ledger, id).await.deliveries {
        ledger.cancel_delivery(delivery.id).await.unwrap();
    }
    assert_eq!(stands(&ledger, id).await.0, RunState::Cancelled, "nothing of it is left to decide about");
    assert_eq!(
        ledger.prune(at("2100-01-01T00:00:00Z")).await.unwrap(),
        3,
        "nothing keeps what was decided about"
    );
}

async fn done_again_it_is_given_up_and_cannot_be_released_any_more(folder: Base) {
    let ledger = open(folder.path()).await;
    let old = held(&ledger, 0, 2).await;
    let asked = Backfill {
        report: "daily".to_owned(),
        from: at("2026-03-10T00:00:00Z"),
        to: at("2026-03-11T00:00:00Z"),
        reprocess: Reprocess::Failed,
        deliver: true,
    };
    let backfill = ledger.begin_backfill(&asked).await.unwrap();
    let again = NewRun { trigger: Trigger::Backfill, ..run("daily", 0) };
    let started = ledger.start_backfill_run(backfill, again, Some(old), "w", LEASE).await.unwrap();
    let BackfillStart::Claimed(new) = started else { panic!("{started:?}") };
    assert_eq!(stands(&ledger, old).await, (RunState::Cancelled, BTreeSet::from(["cancelled"])));
    impossible(ledger.release_held(old).await, &format!("run {old} was done again as run {}", new.id));
    let file = vec![delivery("drop", &format!("{old}-0.csv"), 0)];
    ledger.record_products(new.id, new.fence, vec![artifact("a.csv", b"3\n")], file).await.unwrap();
    let planned = detail(&ledger, new.id).await.deliveries;
    assert_eq!(planned.len(), 1, "nobody had it");
}

async fn a_run_that_goes_on_begins_where_a_held_one_ends(folder: Base) {
    let ledger = open(folder.path()).await;
    let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    let since = |minutes, from: &str, to: &str| NewRun {
        continues: true,
        period_from: day(from),
        period_to: day(to),
        ..run("daily", minutes)
    };
    let begun = async |new| {
        let id = ledger.enqueue_run(new).await.unwrap().id();
        ledger.claim_run_by_id(id, "w", LEASE).await.unwrap().unwrap()
    };
    let first = begun(since(0, "2026-03-09", "2026-03-10")).await;
    let first = hold(&ledger, first, 1).await;
    let second = begun(since(1, "2026-03-09", "2026-03-11")).await;
    assert_eq!(second.period_from, day("2026-03-10"), "each day is in one run, whatever is decided later");
    ledger.fail_run(second.id, second.fence, "no", None).await.unwrap();
    ledger.cancel_run(first).await.unwrap();
    let third = begun(since(2, "2026-03-09", "2026-03-12")).await;
    assert_eq!(third.period_from, day("2026-03-09"), "what was given up before is covered by the next");
}

async fn of_a_run_without_deliveries_nothing_is_held(folder: Base) {
    let ledger = open(folder.path()).await;
    let id = held(&ledger, 0, 0).await;
    let run = detail(&ledger, id).await.run;
    assert_eq!((run.state, run.error, run.held_at), (RunState::Done, None, None));
    assert_eq!(run.unmet.as_deref(), Some("6 rows"));
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
