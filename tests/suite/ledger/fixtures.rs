//! Ledgers, definitions and runs to test with.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc, Weekday};
use parte::calendar::{PeriodRule, Schedule, Unit, Workdays};
use parte::definition::{
    Brand, CatchUp, Channel, ChannelId, CsvDialect, Definitions, Diagnostics, FilePattern, FolderChannel,
    Format, LedgerDefinition, LedgerPlace, Overlap, Placing, Report, ReportId, SourceId, Text, Way,
};
use parte::ledger::{
    ClaimedDelivery, ClaimedRun, Ledger, NewArtifact, NewDelivery, NewRun, Pick, RunId, Trigger,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

pub(super) use super::base::{open, query};

pub(super) const LEASE: Duration = Duration::from_secs(60);

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A run of `report` scheduled so many minutes after the start of 2026-03-10.
pub(crate) fn run(report: &str, minutes: i64) -> NewRun {
    NewRun {
        report: report.to_owned(),
        scheduled_for: at("2026-03-10T00:00:00Z") + TimeDelta::minutes(minutes),
        trigger: Trigger::Schedule,
        period_from: NaiveDate::from_ymd_opt(2026, 3, 9).unwrap(),
        period_to: NaiveDate::from_ymd_opt(2026, 3, 10).unwrap(),
        zone: "America/Bogota".to_owned(),
        deliver: true,
        formats: Vec::new(),
        params: BTreeMap::new(),
        chosen: BTreeMap::new(),
        continues: false,
    }
}

pub(crate) fn artifact(name: &str, content: &[u8]) -> NewArtifact {
    NewArtifact {
        recipient_key: String::new(),
        name: name.to_owned(),
        format: "csv".to_owned(),
        section: None,
        media_type: "text/csv".to_owned(),
        content: content.to_vec(),
    }
}

pub(crate) fn delivery(channel: &str, recipient: &str, artifact: usize) -> NewDelivery {
    NewDelivery { channel: channel.to_owned(), recipient: recipient.to_owned(), artifact, hold: false }
}

/// A claimed run, of which nothing is produced yet.
pub(super) async fn claimed(ledger: &Ledger, minutes: i64) -> ClaimedRun {
    let id = ledger.enqueue_run(run("daily", minutes)).await.unwrap().id();
    ledger.claim_run_by_id(id, "w", LEASE).await.unwrap().unwrap()
}

/// A run with one artifact and so many deliveries that wait.
pub(super) async fn delivering(ledger: &Ledger, minutes: i64, deliveries: usize) -> RunId {
    delivering_with(ledger, minutes, deliveries, false).await
}

/// The same; in doubt they are held, or sent once more.
pub(super) async fn delivering_with(ledger: &Ledger, minutes: i64, deliveries: usize, hold: bool) -> RunId {
    let run = claimed(ledger, minutes).await;
    let deliveries = (0..deliveries)
        .map(|n| NewDelivery { hold, ..delivery("drop", &format!("file-{n}.csv"), 0) })
        .collect();
    ledger.record_products(run.id, run.fence, vec![artifact("a.csv", b"1,2\n")], deliveries).await.unwrap();
    run.id
}

pub(super) async fn take(ledger: &Ledger, lease: Duration) -> Option<ClaimedDelivery> {
    ledger.claim_delivery("w", lease, Pick::default()).await.unwrap()
}

/// A report that fires `schedule` in Bogotá and covers the day before.
pub(super) fn report(id: &str, schedule: &str) -> Report {
    Report {
        id: ReportId::parse(id).unwrap(),
        title: Text::from("Parte"),
        subtitle: None,
        zone: chrono_tz::America::Bogota,
        locale: "es-CO".to_owned(),
        currency: None,
        week_start: Weekday::Mon,
        workdays: Workdays::monday_to_friday(),
        schedule: Some(Schedule::parse(schedule).unwrap()),
        period: PeriodRule::Previous(Unit::Day),
        csv: CsvDialect::default(),
        summary: true,
        compare: Vec::new(),
        source: SourceId::parse("demo").unwrap(),
        filter: None,
        params: parte::definition::Params::default(),
        formats: vec![Format::Csv],
        catch_up: CatchUp::Latest,
        overlap: Overlap::Queue,
        expect: None,
        paused: false,
        time_limit: Duration::from_secs(3600),
        sections: Vec::new(),
        deliver: Vec::new(),
        owner: Vec::new(),
    }
}

/// Definitions with these reports and a channel `drop` into the folder `drop`.
pub(super) fn definitions(root: &Path, reports: Vec<Report>) -> Definitions {
    let id = ChannelId::parse("drop").unwrap();
    let folder =
        FolderChannel { path: root.join("drop"), file: FilePattern::default(), placing: Placing::default() };
    let channel = Channel {
        id: id.clone(),
        way: Way::Folder(folder),
        outbox: None,
        ca: None,
        timeout: Duration::from_secs(30),
        connections: None,
    };
    Definitions {
        root: root.to_owned(),
        brand: Brand { name: "Ñandú".to_owned(), color: [11, 122, 117], footer: None, logo: None },
        ledger: LedgerDefinition {
            place: LedgerPlace::File(root.join("ledger.db")),
            keep: None,
            keep_frames: Duration::from_hours(24),
        },
        sources: BTreeMap::new(),
        channels: BTreeMap::from([(id, channel)]),
        metrics: Vec::new(),
        reports,
        alerts: None,
        warnings: Diagnostics::default(),
        files: Vec::new(),
        texts: Arc::default(),
    }
}

/// Definitions that do not change.
pub(super) fn fixed(definitions: Definitions) -> watch::Receiver<Arc<Definitions>> {
    watch::channel(Arc::new(definitions)).1
}

const CHILDS_FOLDER: &str = "PARTE_TEST_LEDGER";

/// A process that ends with the test, however the test ends: one that is stopped would stay for ever.
pub(super) struct Child(std::process::Child);

impl Child {
    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Has it ended by itself?
    pub(super) fn ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    /// Kills it and waits until it is gone.
    pub(super) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a test of this very binary as a process of its own that can be stopped and killed.
pub(super) fn child(test: &str, folder: &Path) -> Child {
    let process = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("ledger::{test}"), "--ignored", "--nocapture"])
        .env(CHILDS_FOLDER, folder)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    Child(process)
}

/// The folder a child works in; `None` when somebody runs the ignored tests by hand.
pub(super) fn childs_folder() -> Option<std::path::PathBuf> {
    std::env::var_os(CHILDS_FOLDER).map(Into::into)
}
