//! An address that its server calls gone (410) is not asked again until somebody decides so. The judge is nginx's access log.

use super::base::{Base, both};
use super::fixtures::{definitions, fixed, open, query, report, run};
use super::working::{hands, over};
use crate::support::{HttpApi, WebServer};
use parte::definition::{
    AlertOn, Alerts, Channel, ChannelId, Definitions, FilePattern, HttpEndpoint, UploadChannel, UploadMethod,
    Way, WebhookChannel,
};
use parte::ledger::{DeliveryState, Ledger, RunId, RunState, Target};
use parte::worker::{Options, Worker};
use std::path::Path;
use tokio::sync::watch;

both! {
    a_gone_address_is_asked_once_and_its_owner_told_once,
}

const FILES: usize = 20;

/// The channel `drop` puts files to this url, over so many connections.
fn uploading(root: &Path, url: &str, connections: Option<usize>) -> Definitions {
    let mut definitions = definitions(root, vec![report("daily", "every day at 07:00")]);
    for channel in definitions.channels.values_mut() {
        channel.connections = connections;
        channel.way = Way::Upload(UploadChannel {
            endpoint: HttpEndpoint::new(url.parse().unwrap()),
            method: UploadMethod::Put,
            presign: None,
            file: FilePattern::default(),
        });
    }
    definitions
}

async fn work(ledger: &Ledger, definitions: Definitions) {
    let worker = Worker::with_hands(ledger.clone(), fixed(definitions), Options::named("w"), hands(FILES));
    // what is told of the first time is delivered the second time
    for _ in 0..2 {
        let (stop, stopped) = watch::channel(false);
        let working = tokio::spawn({
            let worker = worker.clone();
            async move { worker.run_until(stopped).await }
        });
        over(ledger).await;
        worker.tell_owners().await.unwrap();
        over(ledger).await;
        stop.send_replace(true);
        working.await.unwrap();
    }
}

async fn enqueue(ledger: &Ledger, minutes: i64) -> RunId {
    ledger.enqueue_run(run("daily", minutes)).await.unwrap().id()
}

async fn a_gone_address_is_asked_once_and_its_owner_told_once(base: Base) {
    let (server, api) = (WebServer::start(), HttpApi::start());
    let ledger = open(base.path()).await;
    let url = |path: &str| format!("http://127.0.0.1:{}{path}", server.http);
    let asked = || server.requests().len();
    let to = |path: &str, connections| {
        let mut definitions = uploading(base.path(), &url(path), connections);
        let id = ChannelId::parse("ops").unwrap();
        let endpoint = HttpEndpoint::new(api.url("/status/202").parse().unwrap());
        let drop = definitions.channels.values().next().unwrap().clone();
        let way = Way::Webhook(WebhookChannel { endpoint });
        definitions.channels.insert(id.clone(), Channel { id: id.clone(), way, ..drop });
        let hook_on = vec![AlertOn::Failure];
        definitions.alerts = Some(Alerts { mail: None, hook: Some(id), on: Vec::new(), hook_on });
        definitions
    };

    let first = enqueue(&ledger, 0).await;
    work(&ledger, to("/gone/", Some(1))).await;
    assert_eq!(asked(), 1, "{FILES} files by one connection");
    let detail = ledger.run(first).await.unwrap().unwrap();
    assert_eq!(detail.run.state, RunState::Failed);
    let said: Vec<&str> = detail.deliveries.iter().map(|it| it.last_error.as_deref().unwrap()).collect();
    assert_eq!(said.iter().filter(|it| it.contains("answered 410 Gone")).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|it| it.contains("is gone since 20")).count(), FILES - 1, "{said:?}");
    assert!(detail.deliveries.iter().all(|it| it.state == DeliveryState::Refused && it.attempts.len() == 1));

    // A later run does not ask either, and its owner was told.
    enqueue(&ledger, 1).await;
    work(&ledger, to("/gone/", Some(1))).await;
    assert_eq!(asked(), 1);
    let told = api.requests("/status").len();
    assert_eq!(told, 1, "two runs failed of one cause");

    // Another address of the channel is another matter; the old one stays gone.
    let third = enqueue(&ledger, 2).await;
    work(&ledger, to("/open/", None)).await;
    assert_eq!(ledger.run(third).await.unwrap().unwrap().run.state, RunState::Done);
    assert_eq!(asked(), 1 + FILES);
    enqueue(&ledger, 3).await;
    work(&ledger, to("/gone/", None)).await;
    assert_eq!(asked(), 1 + FILES);

    // Somebody says so: it is asked again, by no more than there are connections.
    ledger.retry(Target::Run(first)).await.unwrap();
    assert_eq!(query(base.path(), "select count(*) from firing_mark where schedule like 'gone %'"), ["0"]);
    work(&ledger, to("/gone/", None)).await;
    let again = asked() - 1 - FILES;
    assert!((1..=4).contains(&again), "{again} requests over four connections");
    println!(
        "{} deliveries to a gone address in 4 rounds: {} requests, owner told {told} time",
        4 * FILES,
        1 + again
    );
    // There again, it gets everything.
    let detail = ledger.run(first).await.unwrap().unwrap();
    ledger.send_again(detail.deliveries[0].id).await.unwrap();
    ledger.retry(Target::Run(first)).await.unwrap();
    work(&ledger, to("/open/", None)).await;
    assert_eq!(ledger.run(first).await.unwrap().unwrap().run.state, RunState::Done);
}
