//! Owners are told once, whatever happens meanwhile. The judge is the mailbox of a real mail server.

mod at_once;
mod events;

use super::base::{Base, both, execute};
use super::fixtures::{LEASE, definitions, fixed, open, query, report, run};
use super::mails::email;
use super::working::{hands, over};
use crate::support::{MailServer, read_json};
use parte::definition::{AlertOn, Alerts, Channel, ChannelId, Definitions, Way};
use parte::deliver::Outcome;
use parte::ledger::{AlertKind, DecidedFirings, Firing, Ledger, NewRun};
use parte::pipeline::PipelineError;
use parte::worker::{Hands, Options, Worker};
use serde_json::Value;
use std::collections::BTreeSet;
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
    nobody_is_told_about_a_notice_that_fails,
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
pub(super) async fn many_failed(ledger: &Ledger, ids: &[String]) {
    for id in ids {
        let run = ledger.enqueue_run(NewRun { report: id.clone(), ..run("daily", 0) }).await.unwrap().id();
        let claimed = ledger.claim_run_by_id(run, "w", LEASE).await.unwrap().unwrap();
        ledger.fail_run(run, claimed.fence, "no data", None).await.unwrap();
    }
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
