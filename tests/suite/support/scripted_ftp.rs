//! An FTP server in memory that has the quirk a test asks for, where a real one cannot be made to.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Result, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is odd about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FtpQuirk {
    /// Nothing.
    None,
    /// The first rename is done, but its answer never comes: the connection ends.
    RenameAnswerLost,
    /// Closes the data connection after this many bytes, keeps what came and says 426.
    CutDataAfter(usize),
    /// The same, for the first data connection alone.
    CutFirstDataAfter(usize),
    /// Keeps all but the last byte and says 226.
    LosesTheEnd,
    /// Does not know SIZE.
    NoSize,
    /// Refuses to rename onto a file.
    RenameRefusesToReplace,
    /// Answers 452 to the end of the data.
    DiskFull,
    /// Answers 552 to the end of the data.
    OverQuota,
    /// Takes two and a half seconds to say that there is nothing to remove.
    SlowToRemove,
    /// Has as many users as it takes, which it says with the code of a wrong password.
    Crowded,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    commands: Vec<String>,
    renames: usize,
    stored: usize,
}

/// The server.
pub(crate) struct ScriptedFtp {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

impl ScriptedFtp {
    pub(crate) fn start(quirk: FtpQuirk) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                // a client that goes away ends its session, and nothing else
                std::thread::spawn(move || _ = serve(connection, quirk, &shared));
            }
        });
        Self { port, state }
    }

    /// What it holds, by name.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let state = self.state.lock().expect("no session has panicked");
        state.files.iter().map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
    }

    /// How often a command came.
    pub(crate) fn commands(&self, command: &str) -> usize {
        let state = self.state.lock().expect("no session has panicked");
        state.commands.iter().filter(|line| line.starts_with(command)).count()
    }
}

fn serve(connection: TcpStream, quirk: FtpQuirk, state: &Mutex<State>) -> Result<()> {
    let mut answers = connection.try_clone()?;
    let mut lines = BufReader::new(connection);
    let mut passive: Option<TcpListener> = None;
    let mut renamed_from = String::new();
    answers.write_all(b"220 scripted\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let argument = argument.to_owned();
        let mut state_now = state.lock().expect("no session has panicked");
        state_now.commands.push(line.to_owned());
        let answer = match verb {
            "USER" => "331 password".to_owned(),
            "PASS" if quirk == FtpQuirk::Crowded => {
                "530 Sorry, the maximum number of clients (1) for this user are already connected.".to_owned()
            }
            "PASS" => "230 in".to_owned(),
            "EPSV" => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let port = listener.local_addr()?.port();
                passive = Some(listener);
                format!("229 passive (|||{port}|)")
            }
            "SIZE" if quirk == FtpQuirk::NoSize => "502 SIZE unknown".to_owned(),
            "SIZE" => match state_now.files.get(&argument) {
                Some(bytes) => format!("213 {}", bytes.len()),
                None => "550 no such file".to_owned(),
            },
            "DELE" if quirk == FtpQuirk::SlowToRemove => {
                drop(state_now);
                std::thread::sleep(Duration::from_millis(2500));
                answers.write_all(b"550 no such file\r\n")?;
                continue;
            }
            "DELE" => match state_now.files.remove(&argument) {
                Some(_) => "250 deleted".to_owned(),
                None => "550 no such file".to_owned(),
            },
            "RNFR" => {
                renamed_from = argument;
                "350 to what".to_owned()
            }
            "RNTO"
                if quirk == FtpQuirk::RenameRefusesToReplace && state_now.files.contains_key(&argument) =>
            {
                "550 file exists".to_owned()
            }
            "RNTO" => match state_now.files.remove(&renamed_from) {
                Some(bytes) => {
                    state_now.files.insert(argument, bytes);
                    state_now.renames += 1;
                    if quirk == FtpQuirk::RenameAnswerLost && state_now.renames == 1 {
                        return Ok(());
                    }
                    "250 renamed".to_owned()
                }
                None => "550 no such file".to_owned(),
            },
            "STOR" | "RETR" => {
                drop(state_now);
                let Some(listener) = passive.take() else { return answers.write_all(b"425 no port\r\n") };
                let (mut data, _) = listener.accept()?;
                answers.write_all(b"150 go\r\n")?;
                let answer = if verb == "STOR" {
                    let quirk = match (quirk, state.lock().expect("no session has panicked").stored) {
                        (FtpQuirk::CutFirstDataAfter(count), 0) => FtpQuirk::CutDataAfter(count),
                        _ => quirk,
                    };
                    let (bytes, answer) = receive(&mut data, quirk)?;
                    let mut state = state.lock().expect("no session has panicked");
                    state.stored += 1;
                    state.files.insert(argument, bytes);
                    answer
                } else {
                    let files = &state.lock().expect("no session has panicked").files;
                    data.write_all(files.get(&argument).map_or(&[][..], Vec::as_slice))?;
                    "226 sent"
                };
                drop(data);
                answers.write_all(format!("{answer}\r\n").as_bytes())?;
                continue;
            }
            "QUIT" => return answers.write_all(b"221 bye\r\n"),
            _ => "200 fine".to_owned(),
        };
        drop(state_now);
        answers.write_all(format!("{answer}\r\n").as_bytes())?;
    }
}

fn receive(data: &mut TcpStream, quirk: FtpQuirk) -> Result<(Vec<u8>, &'static str)> {
    let mut bytes = Vec::new();
    match quirk {
        FtpQuirk::CutDataAfter(count) => {
            data.take(count as u64).read_to_end(&mut bytes)?;
            return Ok((bytes, "426 connection closed; transfer aborted"));
        }
        _ => data.read_to_end(&mut bytes)?,
    };
    Ok(match quirk {
        FtpQuirk::LosesTheEnd => {
            bytes.pop();
            (bytes, "226 stored")
        }
        FtpQuirk::DiskFull => (bytes, "452 disk full"),
        FtpQuirk::OverQuota => (bytes, "552 quota exceeded"),
        _ => (bytes, "226 stored"),
    })
}
