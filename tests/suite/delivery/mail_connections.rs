//! Connections to mail servers: how many there are, when they are given up, how fast they are.

use super::email::{mail_channel, message, plain};
use super::{address, done, refused, retry};
use crate::support::{MailServer, Script, ScriptedSmtp, count};
use parte::definition::{Channel, TlsMode, Way};
use parte::deliver::{Connections, Outcome, Shipment, deliver_asking};
use std::time::{Duration, Instant};

async fn send(connections: &Connections, channel: &Channel, shipment: &Shipment) -> Outcome {
    deliver_asking(connections, channel, shipment, &|| Box::pin(async { true })).await
}

#[tokio::test]
async fn messages_go_over_one_connection_until_it_has_had_a_hundred() {
    let server = ScriptedSmtp::start(Script::AnswerDotAfter(Duration::ZERO));
    let channel = plain(server.port);
    let connections = Connections::default();
    for _ in 0..150 {
        done(send(&connections, &channel, &message(&channel, "a@nandu.example")).await);
    }
    assert_eq!((server.messages().len(), server.connections()), (150, 2));
    connections.close().await;
    done(send(&connections, &channel, &message(&channel, "a@nandu.example")).await);
    assert_eq!(server.connections(), 3, "closed is closed");
}

#[tokio::test]
async fn a_connection_is_given_up_after_a_refusal_and_when_the_server_has_closed_it() {
    for start in [ScriptedSmtp::start, ScriptedSmtp::start_pipelining] {
        let server = start(Script::RefuseNobody);
        let channel = plain(server.port);
        let connections = Connections::default();
        for (recipient, connected) in [("a", 1), ("b", 1), ("nobody", 1), ("c", 2), ("d", 2)] {
            let outcome =
                send(&connections, &channel, &message(&channel, &format!("{recipient}@nandu.example"))).await;
            match recipient {
                "nobody" => _ = refused(outcome, &["550", "no such mailbox"]),
                _ => _ = done(outcome),
            }
            assert_eq!(server.connections(), connected, "{recipient}");
        }
        assert_eq!(server.messages().len(), 4, "nothing for whom it has refused, even when it asks");

        let server = start(Script::CloseAfterAnswer);
        let channel = plain(server.port);
        for sent in 1..=3 {
            done(send(&connections, &channel, &message(&channel, "a@nandu.example")).await);
            assert_eq!((server.messages().len(), server.connections()), (sent, sent));
        }
    }
}

#[tokio::test]
async fn a_message_is_held_back_where_that_it_leaves_cannot_be_recorded() {
    for start in [ScriptedSmtp::start, ScriptedSmtp::start_pipelining] {
        let server = start(Script::AnswerDotAfter(Duration::ZERO));
        let channel = plain(server.port);
        let shipment = message(&channel, "a@nandu.example");
        let connections = Connections::default();
        let never = deliver_asking(&connections, &channel, &shipment, &|| Box::pin(async { false })).await;
        retry(never, &["held back"]);
        done(send(&connections, &channel, &shipment).await);
        assert_eq!((server.messages().len(), server.connections()), (1, 2));
    }
}

#[tokio::test]
async fn messages_go_over_one_connection_that_is_tls_from_the_first_byte() {
    let number = count(20, 1_000) as usize;
    let server = MailServer::start_queueing();
    let login = address(server.smtps.number(), "reporter", "s3cret");
    let channel = mail_channel(login, TlsMode::Implicit, Some(&server.authority()));
    let connections = Connections::default();
    let began = Instant::now();
    for _ in 0..number {
        done(send(&connections, &channel, &message(&channel, "a@nandu.example")).await);
    }
    let took = began.elapsed();
    connections.close().await;
    assert_eq!(server.queued().len(), number);
    println!("{number} mails over TLS in {took:.1?}: {:.0} a second", number as f64 / took.as_secs_f64());
}

#[tokio::test]
async fn another_login_or_channel_never_gets_a_connection_of_others() {
    let server = ScriptedSmtp::start(Script::AnswerDotAfter(Duration::ZERO));
    let connections = Connections::default();
    let one = plain(server.port);
    let mut other = plain(server.port);
    other.id = parte::definition::ChannelId::parse("other").unwrap();
    for (channel, connected) in [(&one, 1), (&other, 2), (&one, 2), (&other, 2)] {
        done(send(&connections, channel, &message(channel, "a@nandu.example")).await);
        assert_eq!(server.connections(), connected);
    }
}

#[tokio::test]
async fn a_recipient_outside_the_allowed_domains_is_refused_before_anybody_is_asked() {
    let server = ScriptedSmtp::start(Script::AnswerDotAfter(Duration::ZERO));
    let mut channel = plain(server.port);
    let Way::Email(email) = &mut channel.way else { panic!("not a mail channel") };
    email.allow = vec!["nandu.example".to_owned(), "*.nandu.org".to_owned()];
    let connections = Connections::default();
    for domain in ["other.example", "nandu.org", "xnandu.org", "nandu.example.org", "sub.nandu.example"] {
        let outcome = send(&connections, &channel, &message(&channel, &format!("a@{domain}"))).await;
        refused(outcome, &["channel partner sends no mail to", domain, "`allow`"]);
    }
    assert_eq!(server.connections(), 0);
    for domain in ["nandu.example", "NANDU.example", "sur.nandu.org", "a.b.nandu.org"] {
        done(send(&connections, &channel, &message(&channel, &format!("a@{domain}"))).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_mails_go_to_exim_over_few_connections() {
    let number = count(200, 5_000) as usize;
    let server = MailServer::start_queueing();
    let channel = plain(server.smtp.number());
    let connections = Connections::default();
    let began = Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..4 {
        let (connections, channel) = (connections.clone(), channel.clone());
        senders.spawn(async move {
            for mail in (sender..number).step_by(4) {
                let shipment = message(&channel, &format!("r{mail}@nandu.example"));
                done(send(&connections, &channel, &shipment).await);
            }
        });
    }
    while let Some(ended) = senders.join_next().await {
        ended.unwrap();
    }
    let took = began.elapsed();
    connections.close().await;
    let mut there: Vec<String> = server.queued().into_iter().map(|(recipient, _)| recipient).collect();
    there.sort();
    there.dedup();
    assert_eq!(there.len(), number, "each message is in the server's queue");
    println!("{number} mails in {took:.1?}: {:.0} a second", number as f64 / took.as_secs_f64());
}
