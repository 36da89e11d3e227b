//! Owners are told once, whatever happens meanwhile. The judge is the mailbox of a real mail server.

use super::base::{Base, both, execute};
use super::fixtures::{LEASE, child, childs_folder, definitions, fixed, open, query, report, run};
use super::mails::email;
use super::working::{hands, over};
use crate::support::{HttpApi, MailServer, count, read_json};
use parte::definition::{
    AlertOn, Alerts, Channel, ChannelId, Definitions, HttpEndpoint, Secret, UploadAuth, Way, WebhookChannel,
};
use parte::deliver::Outcome;
use parte::ledger::{AlertKind, DecidedFirings, Finish, Firing, Ledger, NewRun, RunState};
use parte::pipeline::PipelineError;
use parte::worker::{Hands, Options, Worker};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;

both! {
    a_failure_is_told_once_after_its_last_try_and_so_is_the_recovery,
    a_broken_template_of_mails_does_not_keep_its_own_failure_from_the_owners,
    what_was_missed_is_told_once_in_the_language_of_the_report,
    what_is_held_in_doubt_or_refused_is_told_with_the_words_of_the_peer,
    four_workers_that_look_at_once_tell_once,
    who_is_killed_between_the_end_of_a_run_and_its_notice_leaves_it_to_the_next,
    nobody_is_told_about_a_notice_that_fails,
    the_record_in_numbers_is_what_an_independent_reader_counts,
    a_program_is_told_once_by_signed_events,
}

/// Reports `daily`, `semanal` (Spanish) and those that are named, whose owner is told by mail on this port.
pub(super) fn told_by_mail(root: &Path, port: u16, more: &[String]) -> Definitions {
    let mut reports = vec![report("daily", "every day at 07:00"), report("semanal", "every day at 07:00")];
    reports[0].locale = "en-US".to_owned();
    reports[0].owner = vec!["Owner <owner@example.com>".to_owned()];
    reports.extend(more.iter().map(|id| report(id, "every day at 07:00")));
    let mut definitions = definitions(root, reports);
    let id = ChannelId::parse("mail").unwrap();
    let channel = Channel {
        id: id.clone(),
        way: Way::Email(email(port)),
        outbox: None,
        ca: None,
        connections: None,
        timeout: Duration::from_secs(30),
    };
    definitions.channels.insert(id.clone(), channel);
    definitions.alerts = Some(Alerts {
        mail: Some((id, vec!["Admin <admin@example.com>".to_owned()])),
        hook: None,
        on: vec![AlertOn::Failure, AlertOn::Recovery, AlertOn::Missed, AlertOn::InDoubt, AlertOn::Held],
        hook_on: vec![AlertOn::Failure, AlertOn::Recovery, AlertOn::Missed, AlertOn::InDoubt, AlertOn::Held],
    });
    definitions
}

pub(super) fn worker(ledger: &Ledger, definitions: Definitions, hands: Hands) -> Worker {
    Worker::with_hands(ledger.clone(), fixed(definitions), Options::named("w"), hands)
}

/// A pipeline that fails while this is true, in a way that may pass.
fn failing(fails: &Arc<AtomicBool>, tries: &Arc<AtomicUsize>) -> Hands {
    let (fails, tries) = (Arc::clone(fails), Arc::clone(tries));
    let good = hands(1);
    Hands {
        produce: Arc::new(move |order| {
            tries.fetch_add(1, Ordering::SeqCst);
            if fails.load(Ordering::SeqCst) {
                return Err(PipelineError::Source(parte::source::SourceError {
                    source_id: "crm".to_owned(),
                    what: "the file crm.db is locked".to_owned(),
                    hint: "close the program that keeps it".to_owned(),
                }));
            }
            (good.produce)(order)
        }),
        ..good
    }
}

/// Works until everything in the record has ended, without the waits between two tries.
async fn work(worker: &Worker, ledger: &Ledger, root: &Path) {
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn({
        let worker = worker.clone();
        async move { worker.run_until(stopped).await }
    });
    let root = root.to_owned();
    let hurrying = tokio::spawn(async move {
        loop {
            let waiting = "where state = 'queued' and next_attempt_at > 0";
            execute(&root, &format!("update run set next_attempt_at = 0 {waiting}"));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    over(ledger).await;
    // What ended last is told before the worker rests; it is delivered by the next one.
    stop.send_replace(true);
    working.await.unwrap();
    hurrying.abort();
}

/// Tells, delivers, and looks again: what was told once is not told again.
pub(super) async fn settle(worker: &Worker, ledger: &Ledger, root: &Path) {
    for _ in 0..3 {
        worker.tell_owners().await.unwrap();
        work(worker, ledger, root).await;
    }
}

/// The mails that arrived, as an independent reader sees them.
pub(super) fn mails(server: &MailServer, at_least: usize) -> Vec<Value> {
    let mails = server.messages(at_least);
    mails.iter().map(|path| read_json("delivery_mail.py", path)).collect()
}

pub(super) fn header(mail: &Value, name: &str) -> String {
    mail["headers"][name].as_str().unwrap_or_default().to_owned()
}

/// The body that people see; kept where it can be looked at.
pub(super) fn html(mail: &Value) -> String {
    let html = mail["html"].as_str().unwrap_or_default().to_owned();
    let (kind, _) =
        mail["headers"]["Subject"].as_str().unwrap_or_default().split_once(':').unwrap_or_default();
    let name = format!("notice-{}.html", kind.to_lowercase().replace(' ', "-"));
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name), &html).unwrap();
    html
}

async fn a_failure_is_told_once_after_its_last_try_and_so_is_the_recovery(folder: Base) {
    let server = MailServer::start();
    let ledger = open(folder.path()).await;
    let (fails, tries) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
    let definitions = told_by_mail(folder.path(), server.smtp.number(), &[]);
    let worker = worker(&ledger, definitions, failing(&fails, &tries));
    ledger.enqueue_run(run("daily", 0)).await.unwrap();
    work(&worker, &ledger, folder.path()).await;
    settle(&worker, &ledger, folder.path()).await;
    let tried = tries.load(Ordering::SeqCst);
    assert!(tried >= 3, "{tried} tries");
    // A second run fails while the first one is told about: nothing more is told.
    ledger.enqueue_run(run("daily", 1)).await.unwrap();
    work(&worker, &ledger, folder.path()).await;
    settle(&worker, &ledger, folder.path()).await;
    let told = mails(&server, 1);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(header(&told[0], "To"), "Owner <owner@example.com>", "the report's own");
    let subject = header(&told[0], "Subject");
    assert!(subject.starts_with("Not sent: Parte · "), "{subject}");
    let text = html(&told[0]);
    for words in ["the file crm.db is locked", "parte show 1", "--reprocess failed"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // It is well again, and told once, though further runs are done.
    fails.store(false, Ordering::SeqCst);
    for minutes in 2..4 {
        ledger.enqueue_run(run("daily", minutes)).await.unwrap();
        work(&worker, &ledger, folder.path()).await;
        settle(&worker, &ledger, folder.path()).await;
    }
    let told = mails(&server, 2);
    let subjects: BTreeSet<String> = told.iter().map(|mail| header(mail, "Subject")).collect();
    assert_eq!((told.len(), subjects.len()), (2, 2), "{subjects:?}");
    assert!(subjects.iter().any(|subject| subject.starts_with("Well again: Parte · ")), "{subjects:?}");
    assert_eq!(query(folder.path(), "select count(*) from alert where closed_at is null"), ["0"]);
    assert_eq!(
        query(folder.path(), "select count(*), min(state), max(state) from run where cause = 'notice'"),
        ["2 done done"]
    );
    println!("one failure of {tried} tries and a second run: 1 notice; two good runs: 1 notice");
}

async fn a_broken_template_of_mails_does_not_keep_its_own_failure_from_the_owners(folder: Base) {
    let server = MailServer::start();
    std::fs::create_dir(folder.path().join("templates")).unwrap();
    std::fs::write(folder.path().join("templates/mail.html"), "{% if %}").unwrap();
    let ledger = open(folder.path()).await;
    let fails = Arc::new(AtomicBool::new(true));
    let definitions = told_by_mail(folder.path(), server.smtp.number(), &[]);
    let worker = worker(&ledger, definitions, failing(&fails, &Arc::default()));
    ledger.enqueue_run(run("daily", 0)).await.unwrap();
    work(&worker, &ledger, folder.path()).await;
    settle(&worker, &ledger, folder.path()).await;
    let told = mails(&server, 1);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(header(&told[0], "Subject").starts_with("Not sent: Parte · "), "{told:#?}");
}

async fn what_was_missed_is_told_once_in_the_language_of_the_report(folder: Base) {
    let server = MailServer::start();
    let ledger = open(folder.path()).await;
    let worker = worker(&ledger, told_by_mail(folder.path(), server.smtp.number(), &[]), hands(1));
    let firing = |n: i64| Firing { run: run("semanal", n * 24 * 60), missed: true };
    let through = run("semanal", 3 * 24 * 60).scheduled_for;
    ledger.record_firings("semanal", "s", through, (0..3).map(firing).collect()).await.unwrap();
    settle(&worker, &ledger, folder.path()).await;
    let told = mails(&server, 1);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(header(&told[0], "To"), "Admin <admin@example.com>");
    assert!(header(&told[0], "Subject").starts_with("Sin hacer: Parte · "), "{told:#?}");
    let text = html(&told[0]);
    assert!(text.contains("3 veces") && text.contains("parte backfill semanal --from 2026-03-09"), "{text}");
    // Those of another report came while its run was still to be made.
    let first = ledger.enqueue_run(run("daily", 0)).await.unwrap().id();
    let late: Vec<Firing> = (1..3).map(|n| Firing { run: run("daily", n), missed: false }).collect();
    let late = DecidedFirings {
        report: "daily".to_owned(),
        schedule: "s".to_owned(),
        through,
        skip_overlapping: true,
        firings: late,
    };
    ledger.record_decided(vec![late]).await.unwrap();
    assert!(ledger.cancel_run(first).await.is_ok());
    settle(&worker, &ledger, folder.path()).await;
    let told = mails(&server, 2);
    let told = told.iter().find(|mail| header(mail, "Subject").starts_with("Missed: Parte · ")).unwrap();
    let text = html(told);
    assert!(text.contains("2 times while the run before was still to be made"), "{text}");
    println!("3 firings missed, 2 of another report: 2 notices");
}

async fn what_is_held_in_doubt_or_refused_is_told_with_the_words_of_the_peer(folder: Base) {
    let server = MailServer::start();
    let ledger = open(folder.path()).await;
    let real = Hands::default().deliver;
    let made = hands(2).produce;
    let hands = Hands {
        produce: Arc::new(move |order| {
            let mut products = made(order)?;
            products.deliveries.iter_mut().for_each(|planned| planned.hold = true);
            Ok(products)
        }),
        deliver: Arc::new(move |channel, shipment, may_leave| {
            if matches!(channel.way, Way::Email(_)) {
                return real(channel, shipment, may_leave);
            }
            Box::pin(async move {
                if shipment.recipient.contains("-0.csv") {
                    Outcome::InDoubt { error: "the line went dead after the last byte".to_owned() }
                } else {
                    Outcome::Refused { error: "553 no such folder".to_owned() }
                }
            })
        }),
    };
    let worker = worker(&ledger, told_by_mail(folder.path(), server.smtp.number(), &[]), hands);
    ledger.enqueue_run(run("semanal", 0)).await.unwrap();
    work(&worker, &ledger, folder.path()).await;
    settle(&worker, &ledger, folder.path()).await;
    let told = mails(&server, 2);
    assert_eq!(told.len(), 2, "{told:#?}");
    let about =
        |subject: &str| html(told.iter().find(|mail| header(mail, "Subject").starts_with(subject)).unwrap());
    let doubt = about("Entrega en duda: Parte · ");
    assert!(
        doubt.contains("the line went dead after the last byte") && doubt.contains("parte retry 1"),
        "{doubt}"
    );
    let refused = about("No llegó a todos: Parte · ");
    assert!(refused.contains("553 no such folder") && !refused.contains("went dead"), "{refused}");
    assert!(refused.contains("parte retry 1"), "`resend` would bring it to those who have it too: {refused}");
    println!("1 in doubt and 1 refused: 2 notices");
}

/// Many reports, each with a run that failed.
async fn many_failed(ledger: &Ledger, ids: &[String]) {
    for id in ids {
        let run = ledger.enqueue_run(NewRun { report: id.clone(), ..run("daily", 0) }).await.unwrap().id();
        let claimed = ledger.claim_run_by_id(run, "w", LEASE).await.unwrap().unwrap();
        ledger.fail_run(run, claimed.fence, "no data", None).await.unwrap();
    }
}

async fn four_workers_that_look_at_once_tell_once(folder: Base) {
    let reports: Vec<String> = (0..count(10, 200)).map(|n| format!("r{n}")).collect();
    let server = MailServer::start();
    let ledger = open(folder.path()).await;
    many_failed(&ledger, &reports).await;
    let mut looking = Vec::new();
    for _ in 0..4 {
        let definitions = told_by_mail(folder.path(), server.smtp.number(), &reports);
        let worker = worker(&open(folder.path()).await, definitions, hands(1));
        looking.push(tokio::spawn(async move { worker.tell_owners().await.unwrap() }));
    }
    for looked in looking {
        looked.await.unwrap();
    }
    let worker = worker(&ledger, told_by_mail(folder.path(), server.smtp.number(), &reports), hands(1));
    work(&worker, &ledger, folder.path()).await;
    settle(&worker, &ledger, folder.path()).await;
    let told = server.messages(reports.len());
    println!("{} causes, four workers: {} notices, {} promised", reports.len(), told.len(), reports.len());
    assert_eq!(told.len(), reports.len());
}

/// Where a child finds the mail server.
const PORT: &str = "port";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of `who_is_killed_between_the_end_of_a_run_and_its_notice_leaves_it_to_the_next`"]
async fn fails_and_tells_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    let port = std::fs::read_to_string(folder.join(PORT)).unwrap().parse().unwrap();
    let fails = Hands {
        produce: Arc::new(|_| {
            Err(PipelineError::Compose { what: "nothing".to_owned(), hint: "mend it".to_owned() })
        }),
        ..Hands::default()
    };
    let worker = worker(&ledger, told_by_mail(&folder, port, &reports_of_child()), fails);
    let (_stop, stopped) = watch::channel(false);
    let working = tokio::spawn({
        let worker = worker.clone();
        async move { worker.run_until(stopped).await }
    });
    // Looked for all the time, so that a kill meets every step of it.
    while !working.is_finished() {
        let _ = worker.tell_owners().await;
    }
}

fn reports_of_child() -> Vec<String> {
    (0..count(12, 120)).map(|n| format!("r{n}")).collect()
}

async fn who_is_killed_between_the_end_of_a_run_and_its_notice_leaves_it_to_the_next(folder: Base) {
    let reports = reports_of_child();
    let server = MailServer::start();
    let ledger = open(folder.path()).await;
    std::fs::write(folder.path().join(PORT), server.smtp.number().to_string()).unwrap();
    let mut kills = 0;
    for (n, id) in reports.iter().enumerate() {
        ledger.enqueue_run(NewRun { report: id.clone(), ..run("daily", 0) }).await.unwrap();
        if n % 3 != 2 {
            continue;
        }
        let mut child = child("notices::fails_and_tells_until_killed", folder.path());
        let failed = format!("select count(*) from run where state = 'failed' having count(*) >= {}", n / 2);
        tokio::time::timeout(Duration::from_secs(120), async {
            while query(folder.path(), &failed).is_empty() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await
        .unwrap();
        child.kill();
        kills += 1;
    }
    // What the killed ones held is taken back.
    folder.execute("update run set lease_until = 0 where state = 'running'");
    folder.execute("update delivery set lease_until = 0 where state = 'sending'");
    let fails = Hands {
        produce: Arc::new(|_| {
            Err(PipelineError::Compose { what: "nothing".to_owned(), hint: "mend it".to_owned() })
        }),
        ..Hands::default()
    };
    let worker = worker(&ledger, told_by_mail(folder.path(), server.smtp.number(), &reports), fails);
    work(&worker, &ledger, folder.path()).await;
    settle(&worker, &ledger, folder.path()).await;
    let notices =
        query(folder.path(), "select count(*), count(distinct report) from run where cause = 'notice'");
    assert_eq!(notices, [format!("{} {}", reports.len(), reports.len())]);
    let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
    for mail in mails(&server, reports.len()) {
        *by_id.entry(header(&mail, "Message-ID")).or_default() += 1;
    }
    let twice = by_id.values().filter(|times| **times > 1).count();
    println!(
        "{} causes, {kills} kills: {} told, {} promised; {twice} sent again under the same Message-ID",
        reports.len(),
        by_id.len(),
        reports.len()
    );
    assert_eq!(by_id.len(), reports.len());
    // Four deliveries of mail are under way at once at most.
    assert!(twice <= 4 * kills, "only what a kill left in doubt is sent again");
}

async fn nobody_is_told_about_a_notice_that_fails(folder: Base) {
    let ledger = open(folder.path()).await;
    let refusing = Hands {
        deliver: Arc::new(|_, _, _| {
            Box::pin(async { Outcome::Refused { error: "550 no such mailbox".to_owned() } })
        }),
        ..hands(1)
    };
    many_failed(&ledger, &["daily".to_owned()]).await;
    let worker = worker(&ledger, told_by_mail(folder.path(), 1, &[]), refusing);
    settle(&worker, &ledger, folder.path()).await;
    let runs = query(folder.path(), "select cause, state from run order by id");
    assert_eq!(runs, ["schedule failed", "notice failed"]);
    assert!(ledger.causes().await.unwrap().is_empty());
    // An alert that is open says so until a run is done.
    assert_eq!(query(folder.path(), "select kind from alert"), [AlertKind::Failure.as_str()]);
}

async fn the_record_in_numbers_is_what_an_independent_reader_counts(folder: Base) {
    let ledger = open(folder.path()).await;
    many_failed(&ledger, &["daily".to_owned()]).await;
    let id = super::fixtures::delivering(&ledger, 1, 2).await;
    let taken = super::fixtures::take(&ledger, LEASE).await.unwrap();
    ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt: "ok".to_owned() }).await.unwrap();
    let figures = ledger.figures().await.unwrap();
    assert_eq!(
        figures.runs,
        [("daily".to_owned(), RunState::Delivering, 1), ("daily".to_owned(), RunState::Failed, 1)]
    );
    assert_eq!((figures.durations[0].count, figures.durations[0].at_most[8]), (1, 1));
    let counted = query(folder.path(), "select state, count(*) from delivery group by state order by state");
    let said: Vec<String> = figures.deliveries.iter().map(|(_, state, n)| format!("{state} {n}")).collect();
    assert_eq!(said, counted, "run {id}");
    assert_eq!(figures.attempts.len(), 1);
    assert!(figures.oldest_run == Duration::ZERO);
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
