//! Mails through the worker: each recipient's fate, doubts, many recipients, and processes killed while they send. The judge is
//! the mail server's own store.

use super::fixtures::{child, childs_folder, definitions, fixed, open, query, report, run};
use super::working::{none_at_its_last_try, over};
use crate::support::{MailServer, Script, ScriptedSmtp, count};
use chrono::TimeZone as _;
use parte::definition::{
    Channel, ChannelId, Definitions, EmailChannel, InDoubt, MailLogin, ServerAddress, TlsMode, Way,
};
use parte::deliver::{Mail, compose};
use parte::ledger::{DeliveryState, Ledger, NewRun, RunDetail, RunFilter, RunState, Trigger};
use parte::pipeline::{Order, Planned};
use parte::render::{Artifact, MailBody};
use parte::worker::{Hands, Options, Products, Worker};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// A server on this port of this machine.
pub(super) fn email(port: u16) -> EmailChannel {
    EmailChannel {
        server: ServerAddress { host: "127.0.0.1".to_owned(), port, login: None },
        tls: TlsMode::Off,
        from: "Informes <informes@nandu.example>".to_owned(),
        reply_to: None,
        login: MailLogin::default(),
        in_doubt: InDoubt::default(),
        max_size: None,
        archive: None,
        allow: Vec::new(),
    }
}

fn defined(root: &Path, port: u16) -> Definitions {
    let mut definitions = definitions(root, vec![report("daily", "every day at 07:00")]);
    let id = ChannelId::parse("mail").unwrap();
    let channel = Channel {
        id: id.clone(),
        way: Way::Email(email(port)),
        outbox: None,
        ca: None,
        connections: None,
        timeout: Duration::from_secs(20),
    };
    definitions.channels.insert(id, channel);
    definitions
}

/// One message that names nobody, for all these recipients; in doubt they are held, or it is sent once more.
fn products(order: &Order<'_>, recipients: &[String], hold: bool) -> Products {
    let body = MailBody { html: "<p>Parte</p>".to_owned(), text: "Parte\n".to_owned(), inline: Vec::new() };
    let mail = Mail {
        message_id: &format!("{}.1@nandu.example", order.run_key),
        date: chrono::Utc.with_ymd_and_hms(2026, 3, 10, 12, 0, 0).unwrap(),
        to: &[],
        cc: &[],
        subject: "Parte diario",
        body: &body,
        attachments: &[],
    };
    let artifact = Artifact {
        name: "parte_mail.eml".to_owned(),
        format: "eml".to_owned(),
        section: None,
        media_type: "message/rfc822".to_owned(),
        bytes: compose(&email(25), &mail).unwrap(),
    };
    let planned = |recipient: &String| Planned {
        channel: ChannelId::parse("mail").unwrap(),
        recipient: recipient.clone(),
        artifact: 0,
        hold,
    };
    Products {
        artifacts: vec![artifact],
        deliveries: recipients.iter().map(planned).collect(),
        ..Products::default()
    }
}

fn worker(
    ledger: &Ledger,
    root: &Path,
    port: u16,
    options: Options,
    recipients: impl Fn(&Order<'_>) -> Vec<String> + Send + Sync + 'static,
    hold: bool,
) -> Worker {
    let produce = move |order: &Order<'_>| Ok(products(order, &recipients(order), hold));
    let hands = Hands { produce: Arc::new(produce), ..Hands::default() };
    Worker::with_hands(ledger.clone(), fixed(defined(root, port)), options, hands)
}

fn by_hand() -> NewRun {
    NewRun { trigger: Trigger::Manual, ..run("daily", 0) }
}

fn state_of<'a>(detail: &'a RunDetail, local: &str) -> (DeliveryState, &'a str) {
    let found = detail.deliveries.iter().find(|it| it.recipient.split('@').next() == Some(local));
    let delivery = found.unwrap_or_else(|| panic!("{local} is not there"));
    (delivery.state, delivery.last_error.as_deref().unwrap_or_default())
}

/// Makes what is to be tried again due at once.
fn hurry(folder: &Path) {
    let db = rusqlite::Connection::open(folder.join("ledger.db")).unwrap();
    db.busy_timeout(Duration::from_secs(30)).unwrap();
    db.execute("update delivery set next_attempt_at = 0 where state = 'retry'", []).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_recipient_of_one_message_has_a_fate_of_its_own() {
    let server = MailServer::start();
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path()).await;
    let people =
        ["ana", "busy", "nouser", "full", "grey", "no address at all", "eva"].map(|local| match local {
            "no address at all" => local.to_owned(),
            local => format!("{local}@nandu.example"),
        });
    let worker = worker(
        &ledger,
        folder.path(),
        server.smtp.number(),
        Options::named("w"),
        move |_| people.to_vec(),
        false,
    );
    let detail = worker.run_now(by_hand()).await.unwrap();
    use DeliveryState::{Done, Refused, Retry};
    for (local, state, words) in [
        ("ana", Done, ""),
        ("eva", Done, ""),
        ("busy", Retry, "451 4.3.2 try again later"),
        ("grey", Retry, "451 4.7.1 greylisted"),
        ("nouser", Refused, "550 5.1.1 no such mailbox"),
        ("full", Refused, "552 5.2.2 mailbox full"),
        ("no address at all", Refused, "is not a mail address"),
    ] {
        let (is, said) = state_of(&detail, local);
        assert!(is == state && said.contains(words), "{local} is {is}: {said}");
    }
    let grey = detail.deliveries.iter().find(|it| it.recipient.starts_with("grey")).unwrap();
    let wait = grey.next_attempt_at.unwrap() - grey.attempts[0].finished_at;
    assert!(wait.num_seconds() >= 5, "not before the retry interval: {wait}");

    // When its time has come, the one who was put off gets it; nobody gets it twice.
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    let id = detail.run.id;
    tokio::time::timeout(Duration::from_secs(60), async {
        while state_of(&ledger.run(id).await.unwrap().unwrap(), "grey").0 != Done {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await
    .expect("the greylisted one is let in");
    stop.send_replace(true);
    working.await.unwrap();
    server.messages(3);
    let delivered = server.delivered();
    let mut got: Vec<&str> = delivered.iter().map(|(to, _)| to.as_str()).collect();
    got.sort_unstable();
    assert_eq!(got, ["ana@nandu.example", "eva@nandu.example", "grey@nandu.example"]);
    let ids: std::collections::BTreeSet<_> = delivered.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), 3, "each copy has a Message-ID of its own: {delivered:?}");
    let text = std::fs::read_to_string(&server.messages(3)[0]).unwrap();
    let people =
        ["ana", "eva", "grey", "busy"].iter().filter(|name| text.contains(&format!("{name}@"))).count();
    assert_eq!(people, 1, "a copy names nobody else:\n{text}");
    println!(
        "7 recipients: 250 delivered 2, 451 tried again 2 (the greylisted one delivered after {wait}), 550, 552 and no address \
         refused 3; {} messages arrived, nobody twice",
        got.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_dropped_after_the_final_dot_leaves_doubts_that_are_held_and_never_sent_again() {
    let number = count(20_u32, 200) as usize;
    let server = ScriptedSmtp::start(Script::DropAfterDot);
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path()).await;
    let people = move |_: &Order<'_>| (0..number).map(|n| format!("r{n}@nandu.example")).collect();
    let worker = worker(&ledger, folder.path(), server.port, Options::named("w"), people, true);
    let detail = worker.run_now(by_hand()).await.unwrap();
    assert!(detail.deliveries.iter().all(|it| it.state == DeliveryState::InDoubt), "{detail:?}");
    assert_eq!((detail.run.state, detail.run.deliveries.in_doubt as usize), (RunState::Partial, number));
    hurry(folder.path());
    let again = worker.drain_run(detail.run.id).await.unwrap();
    assert_eq!(again.run.deliveries.in_doubt as usize, number);
    assert_eq!(server.messages().len(), number, "each left once");
    println!("{number} connections dropped after the final dot: {number} in doubt, 0 sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_report_reaches_very_many_recipients_each_once_and_by_name() {
    let number = count(150_u32, 10_000) as usize;
    let server = MailServer::start_queueing();
    let folder = tempfile::tempdir().unwrap();
    let ledger = open(folder.path()).await;
    let people = move |_: &Order<'_>| (0..number).map(|n| format!("r{n}@nandu.example")).collect();
    let worker = worker(&ledger, folder.path(), server.smtp.number(), Options::named("w"), people, false);
    let began = std::time::Instant::now();
    let detail = worker.run_now(by_hand()).await.unwrap();
    let took = began.elapsed();
    assert_eq!((detail.run.state, detail.run.deliveries.done as usize), (RunState::Done, number));
    assert_eq!(query(folder.path(), "select count(*) from artifact"), ["1"], "the message is kept once");
    let mut queued = server.queued();
    assert_eq!(queued.len(), number);
    queued.sort();
    queued.dedup_by(|one, other| one.0 == other.0);
    assert_eq!(queued.len(), number, "nobody twice");
    queued.sort_by(|one, other| one.1.cmp(&other.1));
    queued.dedup_by(|one, other| one.1 == other.1);
    assert_eq!(queued.len(), number, "a Message-ID for each");
    println!("{number} recipients in {took:.1?}: {:.0} a second", number as f64 / took.as_secs_f64());
}

/// What a killed process was sending: a message to each of these at once, or after the server has let it wait for 3 s, in which no
/// message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    AtOnce,
    Waiting,
}

impl Sending {
    fn each(self) -> usize {
        if self == Self::AtOnce { 12 } else { 4 }
    }

    fn people(self, order: &Order<'_>) -> Vec<String> {
        let run = order.scheduled_for.format("%d%H%M").to_string();
        let person = |n| match self {
            Self::AtOnce => format!("r{run}-{n}@nandu.example"),
            Self::Waiting => format!("slow@r{run}-{n}.nandu.example"),
        };
        (0..self.each()).map(person).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the tests that kill it"]
async fn sends_until_killed() {
    let Some(folder) = childs_folder() else { return };
    let ledger = open(&folder).await;
    let options = Options {
        lease: Duration::from_millis(300),
        ..Options::named(format!("child:{}", std::process::id()))
    };
    let (_stop, stopped) = watch::channel(false);
    let port = std::fs::read_to_string(folder.join("port")).unwrap().parse().unwrap();
    let sending = if folder.join("waiting").exists() { Sending::Waiting } else { Sending::AtOnce };
    let people = move |order: &Order<'_>| sending.people(order);
    worker(&ledger, &folder, port, options, people, false).run_until(stopped).await;
}

/// Kills a process that sends, again and again, lets another one finish its work, and holds the server's queue against the
/// ledger: how many were promised, lost, in doubt, repeated.
async fn killed(sending: Sending, kills: u32) -> [usize; 4] {
    let server = MailServer::start_queueing();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("port"), server.smtp.number().to_string()).unwrap();
    if sending == Sending::Waiting {
        std::fs::write(folder.path().join("waiting"), "").unwrap();
    }
    let ledger = open(folder.path()).await;
    for kill in 0..kills {
        ledger.enqueue_run(run("daily", kill.into())).await.unwrap();
        let mut child = child("mails::sends_until_killed", folder.path());
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        // what an earlier one was sending stays so until its lease ends
        let begun = format!(
            "select count(*) from delivery where state = 'sending' and worker = 'child:{}'",
            child.id()
        );
        while query(folder.path(), &begun) == ["0"] && std::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // from the moment at which something is sent, after another time each time
        tokio::time::sleep(Duration::from_micros(u64::from(kill) * 7_919 % 60_000)).await;
        none_at_its_last_try(&ledger).await;
        child.kill();
        hurry(folder.path());
    }
    let people = move |order: &Order<'_>| sending.people(order);
    // so many at once that a server that lets each wait comes to an end
    let options = Options { deliveries: 32, ..Options::named("last") };
    let worker = worker(&ledger, folder.path(), server.smtp.number(), options, people, false);
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run_until(stopped).await });
    let hurrying = {
        let folder = folder.path().to_owned();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(200)).await;
                hurry(&folder);
            }
        })
    };
    over(&ledger).await;
    hurrying.abort();
    stop.send_replace(true);
    working.await.unwrap();

    let mut there: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (recipient, id) in server.queued() {
        there.entry(recipient).or_default().push(id);
    }
    let [mut promised, mut lost, mut doubts, mut repeated] = [0; 4];
    for run in ledger.runs(&RunFilter::default()).await.unwrap() {
        for delivery in ledger.run(run.id).await.unwrap().unwrap().deliveries {
            let doubted = delivery.attempts.iter().filter(|it| it.outcome.as_str() == "in_doubt").count();
            let copies = there.get(&delivery.recipient).map_or(&[][..], Vec::as_slice);
            assert!(copies.len() <= 1 + doubted, "{}: {copies:?}, {doubted} doubts", delivery.recipient);
            assert!(copies.iter().all(|id| *id == copies[0]), "one Message-ID: {copies:?}");
            // one that is held after a second doubt may be there or not: somebody is told, and decides
            let over = matches!(delivery.state, DeliveryState::Done | DeliveryState::InDoubt);
            assert!(over, "{delivery:?}");
            promised += 1;
            lost += usize::from(copies.is_empty() && delivery.state == DeliveryState::Done);
            doubts += doubted;
            repeated += copies.len().saturating_sub(1);
        }
    }
    println!("{kills} kills, {promised} mails, {lost} lost, {doubts} tries in doubt, {repeated} repeated");
    [promised, lost, doubts, repeated]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_while_it_sends_mail_loses_none_and_repeats_only_what_was_in_doubt() {
    let kills = count(10, 1_000);
    let [promised, lost, doubts, repeated] = killed(Sending::AtOnce, kills).await;
    assert_eq!((promised, lost), (Sending::AtOnce.each() * kills as usize, 0));
    assert!(repeated <= doubts);
    assert!(kills < 100 || doubts > 0, "the window was never met");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_before_a_message_leaves_loses_none_and_repeats_none() {
    let kills = count(3, 500);
    let [promised, lost, doubts, repeated] = killed(Sending::Waiting, kills).await;
    assert_eq!((promised, lost, doubts, repeated), (Sending::Waiting.each() * kills as usize, 0, 0, 0));
}
