//! Logging in to mail servers: by password, by token, and with secrets that another program renews.

use super::email::{mail_channel, message};
use super::{address, done, refused, retry};
use crate::support::{MailServer, Script, ScriptedSmtp};
use parte::definition::{Channel, MailLogin, ServerAddress, TlsMode, Way, load};
use parte::deliver::deliver;
use parte::metrics::catalogue;

fn by_token(mut channel: Channel) -> Channel {
    let Way::Email(email) = &mut channel.way else { panic!("not a mail channel") };
    email.login = MailLogin::Token;
    channel
}

#[tokio::test]
async fn a_token_logs_in_and_a_wrong_one_is_refused_and_said() {
    let server = MailServer::start();
    let authority = server.authority();
    let channel = |token: &str| {
        let address = address(server.submission.number(), "reporter@nandu.example", token);
        by_token(mail_channel(address, TlsMode::Explicit, Some(&authority)))
    };
    let right = channel("t0ken-s3cret");
    done(deliver(&right, &message(&right, "a@nandu.example")).await);
    let wrong = channel("stale-s3cret");
    let outcome = deliver(&wrong, &message(&wrong, "a@nandu.example")).await;
    refused(outcome, &["535", "check the user and token of channel partner"]);
    assert_eq!(server.messages(1).len(), 1);

    // Some explain the refusal first and wait for an empty line.
    let scripted = ScriptedSmtp::start(Script::ChallengeToken);
    let server = ServerAddress { host: "127.0.0.1".to_owned(), ..address(scripted.port, "u", "s3cret") };
    let channel = by_token(mail_channel(server, TlsMode::Off, None));
    refused(deliver(&channel, &message(&channel, "a@nandu.example")).await, &["535", "token expired"]);
}

#[tokio::test]
async fn a_token_in_a_file_is_read_again_for_each_connection() {
    let server = MailServer::start();
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    let text = format!(
        "version = 1\n[channels.mail]\nurl = \"smtp+starttls://reporter%40nandu.example@localhost:{}\"\n\
         from = \"informes@nandu.example\"\nca = \"{}\"\nauth = {{ xoauth2 = \"${{file:token}}\" }}\n",
        server.submission.number(),
        server.authority().display()
    );
    std::fs::write(&token, "stale-s3cret\n").unwrap();
    std::fs::write(folder.path().join("reports.toml"), text).unwrap();
    let definitions = load(&folder.path().join("reports.toml"), catalogue())
        .unwrap_or_else(|problems| panic!("{}", problems.render(false, 100)));
    let channel = definitions.channels.values().next().unwrap();
    let shipment = message(channel, "a@nandu.example");
    refused(deliver(channel, &shipment).await, &["535", "token"]);
    std::fs::remove_file(&token).unwrap();
    retry(deliver(channel, &shipment).await, &["the token of channel mail cannot be had", "no such file"]);
    std::fs::write(&token, "t0ken-s3cret\n").unwrap();
    done(deliver(channel, &shipment).await);
}
