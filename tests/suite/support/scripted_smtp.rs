//! An SMTP server that misbehaves on purpose, where a real one cannot be made to.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// Takes the message and the final dot, then closes without a word.
    DropAfterDot,
    /// Answers the final dot after this time.
    AnswerDotAfter(Duration),
    /// Closes after this many bytes of the message.
    DropWithinMessage(usize),
    /// Stops reading within the message.
    StallWithinMessage,
    /// Greets with 421.
    Unavailable,
    /// Accepts the connection and says nothing.
    Mute,
    /// Answers the final dot with noise.
    GarbageAfterDot,
    /// Answers the final dot, then closes without a word.
    CloseAfterAnswer,
    /// Refuses the recipient `nobody`.
    RefuseNobody,
    /// Answers the final dot with what belongs to DATA.
    LateGoAhead,
    /// Offers a login by token, and explains in a challenge why each one is refused.
    ChallengeToken,
}

/// The server; each connection follows the script.
pub(crate) struct ScriptedSmtp {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    messages: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl ScriptedSmtp {
    pub(crate) fn start(script: Script) -> Self {
        Self::start_with(script, false)
    }

    /// One that takes several commands at once, and asks for a content even where it has refused the recipient.
    pub(crate) fn start_pipelining(script: Script) -> Self {
        Self::start_with(script, true)
    }

    fn start_with(script: Script, pipelining: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let messages = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&messages);
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::Relaxed);
                let kept = Arc::clone(&kept);
                // a peer that goes away ends its session, and nothing else
                std::thread::spawn(move || _ = serve(connection, script, pipelining, &kept));
            }
        });
        Self { port, connections, messages }
    }

    /// How often somebody has connected.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// What arrived whole, without the final dot.
    pub(crate) fn messages(&self) -> Vec<Vec<u8>> {
        self.messages.lock().expect("no session has panicked").clone()
    }
}

fn serve(
    connection: TcpStream,
    script: Script,
    pipelining: bool,
    messages: &Mutex<Vec<Vec<u8>>>,
) -> std::io::Result<()> {
    let mut answers = connection.try_clone()?;
    let mut lines = BufReader::new(connection);
    match script {
        Script::Mute => {
            std::thread::sleep(Duration::from_secs(60));
            return Ok(());
        }
        Script::Unavailable => return answers.write_all(b"421 4.3.2 closing for maintenance\r\n"),
        _ => answers.write_all(b"220 scripted.test ESMTP\r\n")?,
    }
    loop {
        let mut command = String::new();
        if lines.read_line(&mut command)? == 0 {
            return Ok(());
        }
        let verb = command.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" if script == Script::ChallengeToken => {
                answers.write_all(b"250-scripted.test\r\n250 AUTH XOAUTH2\r\n")?;
            }
            "AUTH" => {
                answers.write_all(b"334 eyJzdGF0dXMiOiI0MDAifQ==\r\n")?;
                let mut empty = String::new();
                lines.read_line(&mut empty)?;
                let told: &[u8] =
                    if empty == "\r\n" { b"535 5.7.8 token expired\r\n" } else { b"500 what?\r\n" };
                answers.write_all(told)?;
            }
            "RCPT" if script == Script::RefuseNobody && command.contains("nobody") => {
                answers.write_all(b"550 5.1.1 no such mailbox\r\n")?;
            }
            "EHLO" if pipelining => {
                answers.write_all(
                    b"250-scripted.test\r\n250-SIZE 10000000\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
                )?;
            }
            "EHLO" => answers.write_all(b"250-scripted.test\r\n250-SIZE 10000000\r\n250 8BITMIME\r\n")?,
            "DATA" => {
                answers.write_all(b"354 go ahead\r\n")?;
                let mut message = Vec::new();
                loop {
                    let mut line = Vec::new();
                    if lines.read_until(b'\n', &mut line)? == 0 {
                        return Ok(());
                    }
                    if line == b".\r\n" {
                        break;
                    }
                    message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
                    match script {
                        Script::DropWithinMessage(limit) if message.len() > limit => return Ok(()),
                        Script::StallWithinMessage => std::thread::sleep(Duration::from_secs(60)),
                        _ => {}
                    }
                }
                messages.lock().expect("no session has panicked").push(message);
                match script {
                    Script::AnswerDotAfter(time) => std::thread::sleep(time),
                    Script::GarbageAfterDot => return answers.write_all(b"\x00\xff\xfe noise\r\n"),
                    Script::LateGoAhead => answers.write_all(b"354 go ahead\r\n")?,
                    Script::CloseAfterAnswer | Script::RefuseNobody => {}
                    _ => return Ok(()),
                }
                answers.write_all(b"250 2.0.0 queued as 4711\r\n")?;
                if script == Script::CloseAfterAnswer {
                    return Ok(());
                }
            }
            "QUIT" => return answers.write_all(b"221 bye\r\n"),
            _ => answers.write_all(b"250 2.1.0 fine\r\n")?,
        }
    }
}
