//! Faults of connections, byte by byte, by a reader of sockets; and that a usual client sees each of them as an error.

use super::asking::{get, try_get};
use crate::platform::{Fault, Options, Platform, Rule, When};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// How an answer ended.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Closed,
    Reset,
    /// Nothing more came for two seconds.
    Open,
}

struct Raw {
    head: String,
    body: Vec<u8>,
    ended: Ended,
    took: Duration,
}

impl Raw {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn length(&self) -> Option<usize> {
        self.header("content-length").map(|length| length.parse().unwrap())
    }
}

const PATH: &str = "/api/activities?per_page=100";

/// All that comes on a connection for one request.
fn raw(platform: &Platform) -> Raw {
    let mut stream = TcpStream::connect(platform.url().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let start = Instant::now();
    let key = platform.key();
    // without "connection: close": whoever closes here is the fault
    write!(stream, "GET {PATH} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let ended = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break Ended::Closed,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break Ended::Reset,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                break Ended::Open;
            }
            Err(error) => panic!("{error}"),
        }
    };
    let took = start.elapsed();
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let body = bytes.split_off(head);
    Raw { head: String::from_utf8(bytes).unwrap(), body, ended, took }
}

fn faulty(fault: Fault) -> Platform {
    Platform::start(Options { faults: vec![Rule::nth(1, fault)], ..Options::default() })
}

/// The right body of the request.
async fn right(platform: &Platform) -> Vec<u8> {
    get(platform, PATH).await.body
}

#[tokio::test]
async fn without_a_fault_the_connection_stays_open_after_a_whole_answer() {
    let platform = Platform::start(Options::default());
    let answer = raw(&platform);
    assert_eq!(answer.ended, Ended::Open);
    assert_eq!(answer.length(), Some(answer.body.len()));
    assert_eq!(answer.body, right(&platform).await);
}

#[tokio::test]
async fn half_a_body_with_its_length_ends_by_closing() {
    let platform = faulty(Fault::HalfWithLength);
    let half = raw(&platform);
    let whole = right(&platform).await;
    assert_eq!((half.length(), &half.ended), (Some(whole.len()), &Ended::Closed));
    assert_eq!(half.body, whole[..whole.len() / 2]);
}

#[tokio::test]
async fn half_a_body_in_chunks_ends_without_the_last_chunk() {
    let platform = faulty(Fault::HalfChunked);
    let half = raw(&platform);
    let whole = right(&platform).await;
    assert_eq!((half.header("transfer-encoding"), half.length()), (Some("chunked"), None));
    assert_eq!(half.ended, Ended::Closed);
    assert_eq!(half.body.len(), whole.len() / 2);
    let text = half.body.splitn(2, |byte| *byte == b'\n').nth(1).unwrap();
    assert!(whole.starts_with(text), "what came is the beginning of the right body");
}

#[tokio::test]
async fn a_connection_is_reset_before_an_answer_or_in_the_middle_of_it() {
    let platform = faulty(Fault::Reset);
    let none = raw(&platform);
    assert_eq!((none.ended, none.head.as_str()), (Ended::Reset, ""));
    platform.set_faults(vec![Rule::nth(1, Fault::ResetInBody)]);
    let half = raw(&platform);
    let whole = right(&platform).await;
    assert_eq!((half.length(), &half.ended), (Some(whole.len()), &Ended::Reset));
    assert_eq!(half.body, whole[..whole.len() / 2]);
}

#[tokio::test]
async fn silence_keeps_the_connection_open_before_an_answer_or_in_the_middle_of_it() {
    let platform = faulty(Fault::Silence);
    let none = raw(&platform);
    assert_eq!((none.ended, none.head.as_str()), (Ended::Open, ""));
    let log = platform.log();
    assert_eq!((log[0].status, log[0].fault.as_deref()), (None, Some("Silence")));
    platform.set_faults(vec![Rule::nth(1, Fault::SilenceInBody)]);
    let half = raw(&platform);
    let whole = right(&platform).await;
    assert_eq!((half.length(), &half.ended), (Some(whole.len()), &Ended::Open));
    assert_eq!(half.body, whole[..whole.len() / 2]);
}

#[tokio::test]
async fn who_hangs_up_on_silence_is_not_counted_as_being_answered_any_more() {
    let platform = faulty(Fault::Silence);
    raw(&platform);
    let deadline = Instant::now() + Duration::from_secs(20);
    while platform.counts().at_once > 0 {
        assert!(Instant::now() < deadline, "it is noticed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    right(&platform).await;
    assert_eq!(platform.counts().most_at_once, 1);
    // two at once are two
    platform.set_faults(vec![Rule::always(Fault::Slow(Duration::from_secs(2)))]);
    tokio::join!(right(&platform), right(&platform));
    assert_eq!((platform.counts().most_at_once, platform.counts().at_once), (2, 0));
}

#[tokio::test]
async fn a_late_answer_is_right_and_a_dribbled_one_too() {
    let platform = faulty(Fault::Slow(Duration::from_millis(600)));
    let late = raw(&platform);
    assert!(late.took >= Duration::from_millis(600), "{:?}", late.took);
    let whole = right(&platform).await;
    assert_eq!(late.body, whole);
    let pace = whole.len() as u64;
    platform.set_faults(vec![Rule::nth(1, Fault::Dribble(pace))]);
    let slow = raw(&platform);
    assert_eq!((slow.body, &slow.ended), (whole, &Ended::Closed));
    assert!(slow.took >= Duration::from_millis(800), "a second for the whole of it, not {:?}", slow.took);
}

#[tokio::test]
async fn a_connection_hangs_up_after_a_whole_answer_that_did_not_say_so() {
    let platform = faulty(Fault::HangUp);
    let answer = raw(&platform);
    assert_eq!((answer.header("connection"), &answer.ended), (None, &Ended::Closed));
    assert_eq!(answer.length(), Some(answer.body.len()));
    assert_eq!(answer.body, right(&platform).await);
}

#[tokio::test]
async fn connections_are_counted() {
    let platform = Platform::start(Options::default());
    let client = super::asking::client();
    for _ in 0..3 {
        let request = client.get(format!("{}{PATH}", platform.url())).header("x-api-key", platform.key());
        assert_eq!(super::asking::read(request).await.unwrap().status, 200);
    }
    assert_eq!(platform.counts().connections, 1, "a client that keeps its connection");
    right(&platform).await;
    assert_eq!((platform.counts().connections, platform.counts().requests), (2, 4));
}

#[tokio::test]
async fn a_usual_client_sees_each_of_them_as_an_error_and_the_next_answer_is_right() {
    for fault in [Fault::Reset, Fault::ResetInBody, Fault::HalfWithLength, Fault::HalfChunked] {
        let platform = faulty(fault.clone());
        let error = try_get(&platform, PATH).await.expect_err("no whole answer");
        assert!(!error.is_timeout(), "{fault:?}: {error}");
        let again = get(&platform, PATH).await;
        assert_eq!(again.json()["data"].as_array().unwrap().len(), 100, "{fault:?}");
        let log = platform.log();
        assert_eq!(log[0].fault.as_deref(), Some(fault.to_string().as_str()));
        assert_eq!(log[1].fault, None);
    }
}

#[tokio::test]
async fn rules_meet_requests_by_their_number_by_steps_and_by_path() {
    let rule = |when: When| Rule { fault: Fault::Status(500), when, path: None };
    let met = async |rules: Vec<Rule>, path: &str, count: u64| {
        let platform = Platform::start(Options { faults: rules, ..Options::default() });
        let mut met = Vec::new();
        for number in 1..=count {
            if get(&platform, path).await.status == 500 {
                met.push(number);
            }
        }
        met
    };
    let path = "/api/operators?per_page=1";
    assert_eq!(met(vec![Rule::nth(7, Fault::Status(500))], path, 9).await, [7]);
    assert_eq!(met(vec![rule(When::Numbers(vec![2, 5]))], path, 6).await, [2, 5]);
    assert_eq!(met(vec![rule(When::Every(3))], path, 7).await, [3, 6]);
    assert_eq!(met(vec![rule(When::Always)], path, 2).await, [1, 2]);
    assert_eq!(met(vec![Rule::always(Fault::Status(500)).at("/api/v1/")], path, 3).await, [0_u64; 0]);
    // every rule counts every request that concerns it, also where an earlier rule had it
    let both = vec![Rule::nth(2, Fault::Status(500)), Rule::nth(3, Fault::Status(500))];
    assert_eq!(met(both, path, 4).await, [2, 3]);
}

#[tokio::test]
async fn faults_by_chance_are_about_as_many_as_said_and_the_same_for_a_seed() {
    let statuses = async |seed: u64| {
        let faults = vec![Rule::share(0.2, Fault::Status(503))];
        let platform = Platform::start(Options { faults, seed, ..Options::default() });
        let client = super::asking::client();
        let mut statuses = Vec::new();
        for _ in 0..300 {
            let url = format!("{}/api/operators?per_page=1", platform.url());
            let request = client.get(url).header("x-api-key", platform.key());
            statuses.push(super::asking::read(request).await.unwrap().status);
        }
        statuses
    };
    let (one, again, other) = (statuses(5).await, statuses(5).await, statuses(6).await);
    let met = one.iter().filter(|status| **status == 503).count();
    assert!((35..=85).contains(&met), "{met} of 300, a fifth");
    assert_eq!(one, again);
    assert_ne!(one, other);
}
