//! Several workers that look for causes at once, and workers that are killed: each cause is told once.

use super::{header, mails, many_failed, settle, told_by_mail, work, worker};
use crate::ledger::base::{Base, both};
use crate::ledger::fixtures::{child, childs_folder, open, query, run};
use crate::ledger::working::hands;
use crate::support::{MailServer, count};
use parte::ledger::NewRun;
use parte::pipeline::PipelineError;
use parte::worker::Hands;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

both! {
    four_workers_that_look_at_once_tell_once,
    who_is_killed_between_the_end_of_a_run_and_its_notice_leaves_it_to_the_next,
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
        let mut child = child("notices::at_once::fails_and_tells_until_killed", folder.path());
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
