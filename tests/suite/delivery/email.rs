//! Mail, against Exim and against servers that misbehave.

use super::{address, channel, done, hostile_bytes, in_doubt, refused, retry};
use crate::support::{MailServer, Script, ScriptedSmtp, WebServer, count, read_json, sha256};
use chrono::TimeZone as _;
use parte::definition::{Channel, EmailChannel, InDoubt, MailLogin, ServerAddress, TlsMode, Way};
use parte::deliver::{Mail, Shipment, compose, deliver};
use parte::render::{Artifact, Inline, MailBody};
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

pub(super) fn mail_channel(server: ServerAddress, tls: TlsMode, authority: Option<&Path>) -> Channel {
    let email = EmailChannel {
        server,
        tls,
        from: "Informes Ñandú <informes@nandu.example>".to_owned(),
        reply_to: Some("Pérez, Ana <ana@nandu.example>".to_owned()),
        login: MailLogin::default(),
        in_doubt: InDoubt::default(),
        max_size: None,
        archive: None,
        allow: Vec::new(),
    };
    Channel { ca: authority.map(Path::to_owned), ..channel(Way::Email(email)) }
}

pub(super) fn plain(port: u16) -> Channel {
    mail_channel(ServerAddress { host: "127.0.0.1".to_owned(), port, login: None }, TlsMode::Off, None)
}

pub(super) fn message_of(
    channel: &Channel,
    recipient: &str,
    subject: &str,
    attachments: &[Artifact],
) -> Shipment {
    let Way::Email(email) = &channel.way else { panic!("not a mail channel") };
    let body = MailBody {
        html: "<p>El año pasado: <img src=\"cid:chart-1\"></p>\n.\n".to_owned(),
        text: "El año pasado.\n.\n..\nFin\n".to_owned(),
        inline: vec![Inline {
            cid: "chart-1".to_owned(),
            media_type: "image/png",
            bytes: hostile_bytes(2000),
        }],
    };
    let mail = Mail {
        message_id: "equipo-diario-20260313-1@parte.nandu.example",
        date: chrono::Utc.with_ymd_and_hms(2026, 3, 14, 12, 0, 0).unwrap(),
        to: &["Dirección Ñandú <direccion@nandu.example>".to_owned(), "b@nandu.example".to_owned()],
        cc: &[],
        subject,
        body: &body,
        attachments: &attachments.iter().collect::<Vec<_>>(),
    };
    Shipment {
        key: "equipo-diario/2026-03-13/mail".to_owned(),
        name: "equipo-diario_20260313_mail.eml".to_owned(),
        recipient: recipient.to_owned(),
        media_type: "message/rfc822".to_owned(),
        bytes: compose(email, &mail).expect("a message").into(),
        attempt: 1,
    }
}

pub(super) fn message(channel: &Channel, recipient: &str) -> Shipment {
    message_of(channel, recipient, "Parte diario", &[])
}

pub(super) fn artifact(name: &str, media_type: &str, bytes: &[u8]) -> Artifact {
    Artifact {
        name: name.to_owned(),
        format: "csv".to_owned(),
        section: None,
        media_type: media_type.to_owned(),
        bytes: bytes.to_vec(),
    }
}

#[tokio::test]
async fn a_message_with_attachments_arrives_in_the_maildir_as_python_reads_it() {
    let server = MailServer::start();
    let channel = mail_channel(
        address(server.submission.number(), "reporter", "s3cret"),
        TlsMode::Explicit,
        Some(&server.authority()),
    );
    let csv = "\u{feff}vendedor;ventas\r\nÑandú;\"1\r\n2\"\r\n";
    let attachments = [
        artifact("equipo diario (año) 2026-03-13.csv", "text/csv; charset=utf-8", csv.as_bytes()),
        artifact("equipo-diario.pdf", "application/pdf", &hostile_bytes(60_000)),
    ];
    let subject = "Parte diario de equipos · 13 de marzo de 2026: ¿cómo les fue a los vendedores de Ñandú en la región?";
    let shipment = message_of(&channel, "Dirección <direccion@nandu.example>", subject, &attachments);

    let receipt = done(deliver(&channel, &shipment).await);
    assert!(receipt.starts_with("250 ") && receipt.contains("id="), "{receipt}");

    let arrived = read_json("delivery_mail.py", &server.messages(1)[0]);
    assert_eq!(arrived["defects"], json!([]));
    assert_eq!(
        arrived["tree"],
        json!({"mixed": [
            {"alternative": ["text/plain", {"related": ["text/html", "image/png"]}]},
            "text/csv",
            "application/pdf",
        ]})
    );
    let header = |name: &str| arrived["headers"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(header("Subject"), subject);
    assert_eq!(header("From"), "Informes Ñandú <informes@nandu.example>");
    assert_eq!(header("Reply-To"), "\"Pérez, Ana\" <ana@nandu.example>");
    assert_eq!(header("To"), "Dirección Ñandú <direccion@nandu.example>, b@nandu.example");
    assert_eq!(header("Message-ID"), "<equipo-diario-20260313-1@parte.nandu.example>");
    assert_eq!(header("Date"), "Sat, 14 Mar 2026 12:00:00 +0000");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert_eq!(header("Envelope-to"), "direccion@nandu.example");
    assert_eq!(arrived["text"], "El año pasado.\n.\n..\nFin\n");
    assert!(arrived["html"].as_str().unwrap().contains("El año pasado"));

    let parts = arrived["parts"].as_array().unwrap();
    assert_eq!(parts[2]["cid"], "<chart-1>");
    assert_eq!(parts[2]["disposition"], "inline");
    assert_eq!(parts[2]["sha256"], sha256(&hostile_bytes(2000)));
    for (part, sent) in parts[3..].iter().zip(&attachments) {
        assert_eq!(part["name"], sent.name);
        assert_eq!(part["disposition"], "attachment");
        assert_eq!(part["sha256"], sha256(&sent.bytes));
    }
    assert_eq!(arrived["ascii"], true);
    assert!(arrived["longest_line"].as_u64().unwrap() <= 998);
}

#[tokio::test]
async fn the_servers_answer_about_a_recipient_decides() {
    let mut server = MailServer::start();
    let channel = plain(server.smtp.number());
    let to =
        async |local: &str| deliver(&channel, &message(&channel, &format!("{local}@nandu.example"))).await;
    let at = format!("127.0.0.1:{}", server.smtp);
    refused(to("nouser").await, &["550", "5.1.1 no such mailbox", "nouser@nandu.example", &at]);
    refused(to("full").await, &["552", "5.2.2 mailbox full"]);
    retry(to("busy").await, &["451", "4.3.2 try again later", "busy@nandu.example"]);
    refused(to("hangup").await, &["550", "5.3.0 closing"]);

    retry(to("grey").await, &["451", "4.7.1 greylisted"]);
    tokio::time::sleep(Duration::from_millis(2500)).await;
    done(to("grey").await);

    let one_second = Channel { timeout: Duration::from_secs(1), ..channel.clone() };
    let slow = message(&channel, "slow@nandu.example");
    retry(deliver(&one_second, &slow).await, &["no answer", "slow@nandu.example", "1 s"]);
    done(deliver(&channel, &slow).await);

    let mails = server.messages(2);
    assert_eq!(mails.len(), 2, "only grey and slow may have got a mail:\n{}", server.log());
    server.stop();
    retry(to("anybody").await, &["127.0.0.1", "onnection refused"]);
    server.restart();
    done(to("anybody").await);
}

#[tokio::test]
async fn the_servers_answer_about_the_content_decides() {
    let server = MailServer::start();
    let channel = plain(server.smtp.number());
    let about =
        async |subject: &str| deliver(&channel, &message_of(&channel, "a@nandu.example", subject, &[])).await;
    refused(about("REJECTDATA").await, &["550", "5.6.0 content refused"]);
    retry(about("DEFERDATA").await, &["451", "4.6.0 content deferred"]);
    done(about("Parte").await);
    assert_eq!(server.messages(1).len(), 1);
}

#[tokio::test]
async fn a_message_larger_than_the_server_takes_is_refused_before_it_is_sent() {
    let server = MailServer::start();
    let channel = plain(server.smtp.number());
    let large = artifact("large.pdf", "application/pdf", &hostile_bytes(400_000));
    let shipment = message_of(&channel, "a@nandu.example", "Parte", &[large]);
    refused(deliver(&channel, &shipment).await, &["larger than the", "another channel"]);
    assert!(!server.log().contains("a@nandu.example"), "it was offered all the same: {}", server.log());
    println!("a message larger than SIZE: refused before DATA, 0 recipients named to the server");
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_the_channel_to_mend() {
    let server = MailServer::start();
    for (tls, port) in [(TlsMode::Explicit, &server.submission), (TlsMode::Implicit, &server.smtps)] {
        let authority = server.authority();
        let channel = mail_channel(address(port.number(), "reporter", "wrong-s3cret"), tls, Some(&authority));
        let outcome = deliver(&channel, &message(&channel, "a@nandu.example")).await;
        refused(outcome, &["535", "check the user and password of channel partner"]);
        let right = mail_channel(address(port.number(), "reporter", "s3cret"), tls, Some(&authority));
        done(deliver(&right, &message(&right, "a@nandu.example")).await);
    }
    let channel = mail_channel(address(server.smtp.number(), "reporter", "s3cret"), TlsMode::Off, None);
    let outcome = deliver(&channel, &message(&channel, "a@nandu.example")).await;
    refused(outcome, &["offers no login", "smtp+starttls://"]);
}

#[tokio::test]
async fn tls_is_never_optional_and_never_with_a_stranger() {
    let server = MailServer::start();
    let authority = server.authority();
    let login = |port: u16| address(port, "reporter", "s3cret");

    let unknown = mail_channel(login(server.submission.number()), TlsMode::Explicit, None);
    refused(
        deliver(&unknown, &message(&unknown, "a@nandu.example")).await,
        &["not signed", "`ca` of the channel"],
    );
    let unknown = mail_channel(login(server.smtps.number()), TlsMode::Implicit, None);
    refused(deliver(&unknown, &message(&unknown, "a@nandu.example")).await, &["not signed"]);

    let stripped = mail_channel(login(server.smtp.number()), TlsMode::Explicit, Some(&authority));
    refused(deliver(&stripped, &message(&stripped, "a@nandu.example")).await, &["no STARTTLS"]);

    let web = WebServer::start();
    for (port, words) in [(&web.expired, "expired"), (&web.wrong_host, "another host name")] {
        let bad = mail_channel(login(port.number()), TlsMode::Implicit, Some(&web.authority()));
        refused(deliver(&bad, &message(&bad, "a@nandu.example")).await, &[words]);
    }
    let missing =
        mail_channel(login(server.smtps.number()), TlsMode::Implicit, Some(Path::new("/nowhere/ca.pem")));
    refused(
        deliver(&missing, &message(&missing, "a@nandu.example")).await,
        &["/nowhere/ca.pem", "cannot be read"],
    );
}

#[tokio::test]
async fn a_connection_lost_after_the_final_dot_leaves_the_delivery_in_doubt() {
    for script in [Script::DropAfterDot, Script::GarbageAfterDot] {
        let server = ScriptedSmtp::start(script);
        let channel = plain(server.port);
        let shipment = message(&channel, "a@nandu.example");
        in_doubt(deliver(&channel, &shipment).await, &["a@nandu.example", "may or may not"]);
        assert_eq!(server.messages(), [shipment.bytes.to_vec()], "the whole message, byte for byte");
    }
}

#[tokio::test]
async fn what_answers_another_command_is_not_taken_for_the_answer_to_the_final_dot() {
    let server = ScriptedSmtp::start(Script::LateGoAhead);
    let channel = plain(server.port);
    in_doubt(
        deliver(&channel, &message(&channel, "a@nandu.example")).await,
        &["354 go ahead", "may or may not"],
    );
}

#[tokio::test]
async fn the_answer_to_the_final_dot_may_take_longer_than_any_other() {
    for late in count(&[4][..], &[90, 300]) {
        let server = ScriptedSmtp::start(Script::AnswerDotAfter(Duration::from_secs(*late)));
        let channel = Channel { timeout: Duration::from_secs(1), ..plain(server.port) };
        let receipt = done(deliver(&channel, &message(&channel, "a@nandu.example")).await);
        assert_eq!(receipt, "250 2.0.0 queued as 4711");
        assert_eq!(server.messages().len(), 1);
        println!("an answer {late} s late, 1 message");
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_final_dot_is_no_doubt() {
    let large = artifact("large.pdf", "application/pdf", &hostile_bytes(5_000_000));
    for script in [Script::DropWithinMessage(100_000), Script::StallWithinMessage] {
        let server = ScriptedSmtp::start(script);
        let channel = Channel { timeout: Duration::from_secs(1), ..plain(server.port) };
        let shipment = message_of(&channel, "a@nandu.example", "Parte", std::slice::from_ref(&large));
        let began = Instant::now();
        retry(deliver(&channel, &shipment).await, &["the message", &server.port.to_string()]);
        assert!(began.elapsed() < Duration::from_secs(10), "{script:?} took {:?}", began.elapsed());
        assert!(server.messages().is_empty());
    }
}

#[tokio::test]
async fn a_server_that_is_closed_or_mute_is_tried_again() {
    let server = ScriptedSmtp::start(Script::Unavailable);
    let channel = plain(server.port);
    retry(
        deliver(&channel, &message(&channel, "a@nandu.example")).await,
        &["421", "closing for maintenance"],
    );

    let server = ScriptedSmtp::start(Script::Mute);
    let channel = Channel { timeout: Duration::from_millis(500), ..plain(server.port) };
    retry(deliver(&channel, &message(&channel, "a@nandu.example")).await, &["no answer", "500 ms"]);
}

#[tokio::test]
async fn an_outbox_gets_the_very_bytes_that_would_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut channel = mail_channel(
        ServerAddress {
            host: "smtp.invalid".to_owned(),
            port: 587,
            login: Some(("reporter".to_owned(), None)),
        },
        TlsMode::Explicit,
        None,
    );
    channel.outbox = Some(folder.path().join("outbox"));
    let shipment = message(&channel, "Ana <ana@nandu.example>");
    let receipt = done(deliver(&channel, &shipment).await);
    let path = folder.path().join("outbox/partner/equipo-diario_20260313_mail_Ana__ana@nandu.example_.eml");
    assert!(receipt.contains(path.to_str().unwrap()), "{receipt}");
    assert_eq!(std::fs::read(&path).unwrap(), *shipment.bytes);
    assert_eq!(read_json("delivery_mail.py", &path)["defects"], json!([]));

    channel.outbox = None;
    retry(deliver(&channel, &shipment).await, &["smtp.invalid:587"]);
}
