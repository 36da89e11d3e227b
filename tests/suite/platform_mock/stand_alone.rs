//! The mock as a server of its own: what it says when it listens, its arguments, and what may be asked on its second port.

use super::asking::{Answered, client, read};
use crate::platform::{Options, Platform};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Where cargo puts it, beside this test's own binary.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let program = own.ancestors().nth(2).unwrap().join("examples/platform");
    assert!(program.exists(), "{}: cargo build --example platform makes it", program.display());
    program
}

struct Server {
    child: Child,
    says: Value,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(program()).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, says: serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")) }
    }

    async fn get(&self, path: &str) -> Answered {
        let url = format!("{}{path}", self.says["address"].as_str().unwrap());
        read(client().get(url).header("x-api-key", self.says["key"].as_str().unwrap())).await.unwrap()
    }

    async fn admin(&self, path: &str, sent: Option<&str>) -> Answered {
        let url = format!("{}{path}", self.says["admin"].as_str().unwrap());
        let request = match sent {
            Some(sent) => client().post(url).body(sent.to_owned()),
            None => client().get(url),
        };
        read(request).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn one_line_says_where_it_listens_and_arguments_say_how_it_behaves() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.ndjson");
    std::fs::write(&rows, "{\"id\":\"a\",\"status\":\"pending\"}\n").unwrap();
    let rows = format!("draft-tasks={}", rows.display());
    let server = Server::start(&[
        "--users=12",
        "--days=10",
        "--key=rtn_sk_propia",
        "--limit=4",
        "--retry-after=none",
        "--most=50",
        "--fault=status=503@2:/api/v1/",
        "--insert=activities@1=3",
        "--etags",
        "--total=-5",
        "--client=yo:mi-secreto",
        "--token-path=/t",
        "--rows",
        &rows,
    ]);
    assert_eq!(server.says["key"], "rtn_sk_propia");
    let states = server.get("/api/v1/kpis/users-states").await.json();
    assert_eq!((&states["total"], states["data"].as_array().unwrap().len()), (&json!(115), 50));
    assert_eq!(server.get("/api/v1/kpis/users-states").await.status, 503);
    assert_eq!(server.get("/api/activities").await.json()["meta"]["total"], 255);
    assert_eq!(server.get("/api/activities").await.json()["meta"]["total"], 258);
    let refused = server.get("/api/activities").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, None));
    let url = format!("{}/t", server.says["address"].as_str().unwrap());
    let form = "grant_type=client_credentials&client_id=yo&client_secret=mi-secreto";
    let token = read(client().post(url).body(form)).await.unwrap().json();
    let url = format!("{}/tasks", server.says["address"].as_str().unwrap());
    let drafts = read(client().get(url).bearer_auth(token["access_token"].as_str().unwrap())).await.unwrap();
    assert_eq!(drafts.json()["data"], json!([{ "id": "a", "status": "pending" }]));
    assert_eq!(drafts.json()["pagination"], json!({ "page": 1, "limit": 20, "total": 0, "pages": 0 }));
}

#[tokio::test]
async fn a_platform_without_anything_has_empty_lists() {
    let nothing = ["users", "days", "tasks", "activities", "operators", "commerces", "draft-tasks"];
    let arguments = nothing.map(|size| format!("--{size}=0"));
    let server = Server::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(server.get("/api/v1/tasks/").await.json(), json!([]));
    let states =
        json!({ "page": 1, "limit": 100, "total": 0, "next_page": null, "previous_page": null, "data": [] });
    assert_eq!(server.get("/api/v1/kpis/users-states").await.json(), states);
    assert_eq!(server.get("/api/activities").await.json()["data"], json!([]));
    let few = Server::start(&["--users=0", "--days=0", "--commerces=0", "--operators=0"]);
    assert_eq!(few.get("/api/v1/tasks/").await.json().as_array().unwrap().len(), 250);
    assert_eq!(few.get("/api/activities").await.json()["meta"]["total"], 260);
}

#[tokio::test]
async fn its_second_port_shows_the_log_and_takes_faults_and_changes() {
    let server = Server::start(&[]);
    server.get("/api/operators?per_page=3").await;
    let log = server.admin("/_log", None).await.json();
    assert_eq!(log.as_array().unwrap().len(), 1);
    let entry = &log[0];
    assert_eq!((&entry["path"], &entry["query"]), (&json!("/api/operators"), &json!("per_page=3")));
    assert_eq!((&entry["status"], &entry["rows"], &entry["fault"]), (&json!(200), &json!(3), &json!(null)));
    assert!(entry["at"].as_str().unwrap().ends_with('Z') && entry["after_ms"].is_number());
    let counts = server.admin("/_counts", None).await.json();
    assert_eq!(
        counts,
        json!({ "requests": 1, "refused": 0, "connections": 1, "at_once": 0, "most_at_once": 1, "tokens": 0 })
    );
    assert_eq!(server.admin("/_faults", Some("html=502@1\nslow=10@every2:/api/\n")).await.status, 200);
    assert_eq!(server.get("/api/operators").await.status, 502);
    let bad = server.admin("/_faults", Some("nonsense@1")).await;
    assert_eq!(bad.status, 400);
    assert!(bad.json()["error"].as_str().unwrap().contains("\"nonsense\" is no fault"), "{bad:?}");
    let total = async || server.get("/api/operators").await.json()["meta"]["total"].as_u64().unwrap();
    assert_eq!(total().await, 8);
    let edit = |text: &'static str| server.admin("/_edit", Some(text));
    assert_eq!(edit(r#"{"listing":"operators","insert_copies":2}"#).await.json(), json!({ "rows": 2 }));
    assert_eq!(total().await, 10);
    assert_eq!(edit(r#"{"listing":"operators","delete_first":3}"#).await.json(), json!({ "rows": 3 }));
    assert_eq!(edit(r#"{"listing":"operators","insert":[{"id":"x"}]}"#).await.json(), json!({ "rows": 1 }));
    let update = r#"{"listing":"operators","update":"x","with":{"name":"Nueva"}}"#;
    assert_eq!(edit(update).await.json(), json!({ "rows": 1 }));
    assert_eq!(server.get("/api/operators?search=nueva").await.json()["data"][0]["id"], "x");
    assert_eq!(edit(r#"{"listing":"operators","delete":["x","y"]}"#).await.json(), json!({ "rows": 1 }));
    for bad in ["", "{}", r#"{"listing":"nada","delete_first":1}"#, r#"{"listing":"operators"}"#] {
        assert_eq!(server.admin("/_edit", Some(bad)).await.status, 400, "{bad}");
    }
    assert_eq!(server.admin("/_other", None).await.status, 404);
}

#[test]
fn a_bad_argument_is_told_and_ends_the_server() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("--port={}", other.local_addr().unwrap().port());
    for (argument, word) in [
        ("--fault=reset", "does not say when"),
        ("--fault=reset@never", "is no time"),
        ("--fault=html@1", "is no fault"),
        ("--insert=activities@x=1", "is not LIST@PAGE=N"),
        ("--rows=tareas=x.json", "is none of"),
        ("--rows=tasks=/none.json", "/none.json"),
        ("--database=/none.db", "/none.db"),
        ("--fault=huge=99999999999@1", "is no fault"),
        ("--fault=redirect=con espacio@1", "is no fault"),
        ("--days=99999", "--days"),
        ("--clock-ahead=9999999999", "--clock-ahead"),
        ("--window=-1", "--window"),
        ("--client=x", "ID:SECRET"),
        (taken.as_str(), "in use"),
    ] {
        let output = Command::new(program()).arg(argument).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty(), "{argument}");
        assert!(told.contains(word), "{argument}: {told}");
    }
}

#[tokio::test]
async fn within_a_test_the_second_port_shows_the_same_counts() {
    let platform = Platform::start(Options::default());
    super::asking::get(&platform, "/api/v1/tasks/").await;
    let counts = read(client().get(format!("{}/_counts", platform.admin_url()))).await.unwrap().json();
    assert_eq!(counts["requests"], platform.counts().requests);
    assert_eq!(counts["requests"], 1);
}
