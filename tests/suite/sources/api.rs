//! The platform's API: a report of its copy is the report of a SQLite file that holds the same rows. The rows are the demo's; the mock tells
//! them in the words of each generation, and SQL picks from the demo's file what that generation tells.

use super::Demo;
use super::same::assert_same;
use crate::platform::{Data, Listing, Options, Platform};
use chrono::{DateTime, Utc};
use parte::definition::{ApiSource, SourceKind, load};
use parte::metrics::catalogue;
use rusqlite::Connection;
use std::time::Duration;

/// No generation tells whether a contact was a visit or a call: the channel is all there is, and the demo's sellers make calls too.
const KIND: &str =
    "case channel when 'salesman' then 'visit' when 'callcenter' then 'call' else 'message' end";

const REPORTS: [&str; 3] = ["equipo-diario", "compromiso-semanal", "resumen-mensual"];

/// What `GET /api/v1/tasks/` tells of a task.
const V1: &str = "create table tasks as select task_id, KIND as type, channel, channel_secondary, user_id, score, reason, label, template_id, \
                  scheduled_at, suggested_at, created_at, updated_at from d.tasks;";

/// What `GET /api/integration/activities/tasks` tells: no messages, four statuses, who did it and when.
const INTEGRATION: &str = "create table tasks as select task_id, KIND as type, channel, seller_id, user_id, scheduled_at, created_at, completed_at, \
     case when status in ('completed', 'delivered', 'failed', 'incomplete', 'no_answer', 'busy', 'wrong_number', 'expired') then 'COMPLETED' \
          when status in ('cancelled', 'rescheduled') then 'CANCELLED' \
          when status in ('in_progress', 'checked_in', 'attempting', 'sending') then 'IN_PROGRESS' \
          when status in ('pending', 'scheduled', 'draft', 'callback_scheduled') then 'PENDING' else upper(status) end as status, \
     case when status in ('completed', 'delivered') and outcome = 'sale' then 'effective' \
          when status in ('completed', 'delivered', 'failed', 'incomplete', 'no_answer', 'busy', 'wrong_number', 'expired') then 'not_effective' \
          end as outcome \
     from d.tasks where type <> 'message';";

/// What `GET /api/activities` tells, by the platform's own ids: six statuses, and neither who nor when.
const ACTIVITIES: &str = "create table tasks as select task_id, KIND as type, channel, i.platform as user_id, scheduled_at, reason, \
     case when status in ('completed', 'delivered') then 'COMPLETED' \
          when status in ('failed', 'incomplete', 'no_answer', 'busy', 'wrong_number', 'expired') then 'FAILED' \
          when status in ('cancelled', 'rescheduled') then 'CANCELED' \
          when status in ('in_progress', 'checked_in', 'attempting', 'sending') then 'DISPATCHED' \
          when status in ('pending', 'scheduled', 'draft', 'callback_scheduled') then 'READY' else upper(status) end as status \
     from d.tasks t join ids i on i.own = t.user_id;";

const STATES: &str = "create table user_states as select user_id, date, state from d.user_states;";
const STATES_BY_PLATFORM: &str = "create table user_states as select i.platform as user_id, date, state from d.user_states s join ids i on i.own = s.user_id;";
const USERS: &str =
    "create table users as select user_id, name, channel, category, city, region, signup_at from d.users;";
const USERS_BY_PLATFORM: &str = "create table users as select i.platform as user_id, name, channel, category, city, region, signup_at \
                                 from d.users join ids i on i.own = user_id;";
/// Operators are sellers, activators or agents: whoever is none of these is told as the first.
const SELLERS: &str = "create table sellers as select seller_id, full_name, team, status, email, \
     case when channel in ('callcenter', 'activator') then channel else 'salesman' end as channel from d.sellers;";

/// The day after the demo's data.
fn today() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// The demo, and a platform that has its rows.
struct Played {
    demo: Demo,
    platform: Platform,
}

impl Played {
    fn new() -> Self {
        // a tenth of the usual shops: each of their states is an answer's, and a test has no optimizer
        let demo = Demo::of("2500");
        let data = Data::of_database(&demo.home().join("demo.db")).unwrap();
        let platform = Platform::start(Options { data: Some(data), ..Options::default() });
        std::fs::write(demo.home().join("clave"), platform.key()).unwrap();
        Self { demo, platform }
    }

    /// A source that reads all of the platform's days, with more lines of its own.
    fn source(&self, copy: &str, more: &str) -> String {
        format!(
            "[sources.demo]\nurl = \"reten+{}\"\nauth = {{ api_key = \"X-API-Key: ${{file:clave}}\" }}\nsince = 2026-07-31\n\
             limit = \"100000 per minute\"\ncopy = \"{copy}\"\n\
             fields = {{ sellers = {{ team = \"metadata.team\" }}, users = {{ signup_at = \"createdAt\" }} }}\n{more}\n",
            self.platform.url()
        )
    }

    /// Takes a section out of the shipped reports, which asks for what the API does not tell.
    fn leave_out(&self, title: &str) {
        let path = self.demo.home().join("reports.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let parts: Vec<&str> = text.split("\n  [[report.").collect();
        let kept: Vec<&str> = parts.iter().copied().filter(|part| !part.contains(title)).collect();
        assert_eq!(kept.len() + 1, parts.len());
        std::fs::write(&path, kept.join("\n  [[report.")).unwrap();
    }

    /// Brings the copy of a source up to date, by what the definition says and as of the day after the data.
    fn sync(&self, name: &str, source: &str) {
        let definitions = load(&self.demo.define(name, source), catalogue())
            .unwrap_or_else(|problems| panic!("{}", problems.render(false, 100)));
        let api: &ApiSource = match &definitions.sources.values().next().unwrap().kind {
            SourceKind::Api(api) => api,
            other => panic!("{other:?}"),
        };
        let backoff = Duration::from_millis(4);
        let options = parte::sync::Options { now: today, full: false, backoff, progress: &|_| {} };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let summary = runtime.block_on(parte::sync::sync("demo", api, &options)).unwrap();
        assert!(summary.complete, "{summary:#?}");
        let odd: Vec<&String> = summary.listings.iter().flat_map(|listing| &listing.remarks).collect();
        assert!(odd.is_empty(), "{odd:?}");
    }

    /// A SQLite file of these tables, made of the demo's rows (`d`) and of what the platform calls its customers (`ids`).
    fn file(&self, name: &str, tables: &[&str]) -> String {
        let file = format!("{name}-rows.db");
        let connection = Connection::open(self.demo.home().join(&file)).unwrap();
        let ids: Vec<(String, String)> = (self.platform.rows(Listing::Commerces).iter())
            .map(|row| ["externalId", "id"].map(|field| row[field].as_str().unwrap().to_owned()).into())
            .collect();
        connection
            .execute("attach ?1 as d", [self.demo.home().join("demo.db").to_str().unwrap()])
            .and_then(|_| connection.execute_batch("begin; create temp table ids (own, platform)"))
            .unwrap();
        for pair in &ids {
            connection.execute("insert into ids values (?1, ?2)", [&pair.0, &pair.1]).unwrap();
        }
        connection.execute_batch("create index temp.by_own on ids (own)").unwrap();
        connection.execute_batch(&tables.concat().replace("KIND", KIND)).unwrap();
        connection.execute_batch("commit").unwrap();
        file
    }

    /// The shipped reports from a source: files by name, and what was said instead of a report that cannot be made.
    fn reports(&self, name: &str, source: &str) -> Vec<(String, Vec<u8>)> {
        let file = self.demo.define(name, source);
        let mut all = Vec::new();
        for report in REPORTS {
            let output = self
                .demo
                .parte(&file)
                .args(["run", report, "--at", "2026-11-20T07:00", "--no-deliver", "--format", "json"])
                .args(["--format", "csv", "--out", name])
                .output()
                .unwrap();
            if !output.status.success() {
                let said =
                    format!("exit {:?}: {}", output.status.code(), String::from_utf8_lossy(&output.stderr));
                all.push((report.to_owned(), said.into_bytes()));
            }
        }
        assert!(all.len() < REPORTS.len(), "{}", String::from_utf8_lossy(&all[0].1));
        all.extend(self.demo.made(name));
        all
    }

    /// Holds the reports of the copy against those of the file; what could not be made.
    fn compare(&self, name: &str, copied: &str, tables: &[&str]) -> Vec<String> {
        self.sync(name, copied);
        let file = self.file(name, tables);
        let of_file = format!("[sources.demo]\nurl = \"sqlite:{file}\"\n");
        let expected = self.reports(&format!("{name}-file"), &of_file);
        let ours = self.reports(name, copied);
        assert_same(name, &expected, &ours);
        let made =
            |report: &str| ours.iter().any(|(file, _)| file.starts_with(report) && file.ends_with(".json"));
        let unmade = ours.iter().filter(|(name, _)| REPORTS.contains(&name.as_str()));
        let unmade: Vec<String> =
            unmade.map(|(name, said)| format!("{name}: {}", String::from_utf8_lossy(said))).collect();
        assert_eq!(REPORTS.iter().filter(|report| made(report)).count(), 3 - unmade.len(), "{unmade:?}");
        unmade
    }
}

#[test]
fn the_shipped_reports_of_planned_contacts_and_states_are_those_of_a_file_with_the_same_rows() {
    let played = Played::new();
    let source = played.source("copia-v1.db", "page_size = 1000");
    let unmade = played.compare("v1", &source, &[V1, STATES, USERS, SELLERS]);
    // its ten largest sales name a seller, and a planned contact of v1 has none
    let [only] = unmade.as_slice() else { panic!("{unmade:?}") };
    assert!(only.starts_with("equipo-diario: ") && only.contains("no column `seller_name`"), "{only}");
}

#[test]
fn all_shipped_reports_of_tasks_for_integrations_are_those_of_a_file_with_the_same_rows() {
    let played = Played::new();
    played.leave_out("Las diez ventas más altas");
    let source = played.source("copia-integration.db", "api = \"integration\"");
    let unmade = played.compare("integration", &source, &[INTEGRATION, STATES, USERS, SELLERS]);
    assert!(unmade.is_empty(), "{unmade:?}");
}

/// The query with which the manual joins states to activities, as it stands there.
fn of_the_manual() -> String {
    let manual =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/definitions.md")).unwrap();
    let (_, from) =
        manual.split_once("beside `activities` they are brought together by").expect("the manual's words");
    let (_, from) = from.split_once("```text\n").expect("a block");
    from.split_once("```")
        .expect("its end")
        .0
        .replace("[sources.reten.user_states]", "[sources.demo.user_states]")
}

#[test]
fn states_join_activities_by_the_query_of_the_manual_and_make_the_report_of_a_file_with_the_same_rows() {
    let played = Played::new();
    let source = played.source("copia-activities.db", &format!("api = \"activities\"\n{}", of_the_manual()));
    let unmade =
        played.compare("activities", &source, &[ACTIVITIES, STATES_BY_PLATFORM, USERS_BY_PLATFORM, SELLERS]);
    // an activity does not say who did it either
    let [only] = unmade.as_slice() else { panic!("{unmade:?}") };
    assert!(only.starts_with("equipo-diario: ") && only.contains("no column `seller_name`"), "{only}");
}
