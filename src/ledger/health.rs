//! How the record itself is: whole, writable, how large, and what waits in it. Never: what that means for anybody.

use super::error::Fault;
use super::row::{count, instant, instant_if_any};
use super::sql::{Db, query};
use super::{Ledger, LedgerError};
use chrono::{DateTime, Utc};

/// Facts about the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// `SQLite 3.51.3`, `PostgreSQL 15.7`.
    pub database: String,
    /// What is damaged, in the database's words; mostly nothing.
    pub damage: Vec<String>,
    /// Its clock.
    pub now: DateTime<Utc>,
    /// Bytes that it takes.
    pub size: u64,
    /// Bytes of them that hold nothing and are used again.
    pub free: u64,
    /// May this user change it, as far as the database says?
    pub may_write: bool,
    /// When the latest run was recorded.
    pub newest: Option<DateTime<Utc>>,
}

/// What waits in the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Runs that wait to be begun.
    pub runs: u32,
    /// Deliveries that wait for a try.
    pub deliveries: u32,
    /// Since when the first of what is due has been due; `None` when nothing is.
    pub due_since: Option<DateTime<Utc>>,
    /// Runs and deliveries whose worker has been silent for longer than its lease.
    pub overrun: u32,
    /// Deliveries in doubt.
    pub in_doubt: u32,
    /// Deliveries that were tried as often as they may be.
    pub dead: u32,
    /// Deliveries that a peer refused.
    pub refused: u32,
    /// Runs that are held until somebody decides.
    pub held: u32,
}

impl Ledger {
    /// Looks whether the database is whole: a large one takes a while.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn health(&self) -> Result<Health, LedgerError> {
        let mut db = self.reader().await?;
        let facts = if db.is_sqlite() { of_sqlite(&mut db).await } else { of_postgres(&mut db).await };
        facts.map_err(|fault| self.fault(fault))
    }

    /// What waits.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn queue(&self) -> Result<Queue, LedgerError> {
        let mut db = self.reader().await?;
        queue(&mut db).await.map_err(|fault| self.fault(fault))
    }
}

async fn of_sqlite(db: &mut Db) -> Result<Health, Fault> {
    let version: String = query("select sqlite_version()").fetch_value(db).await?;
    let damage: Vec<String> = query("pragma integrity_check(10)").fetch_values(db).await?;
    let page: i64 = query("pragma page_size").fetch_value(db).await?;
    let pages: i64 = query("pragma page_count").fetch_value(db).await?;
    let free: i64 = query("pragma freelist_count").fetch_value(db).await?;
    Ok(Health {
        database: format!("SQLite {version}"),
        damage: damage.into_iter().filter(|line| line != "ok").collect(),
        size: bytes(page * pages),
        free: bytes(page * free),
        // the file's own permissions are looked at where files are
        may_write: true,
        ..common(db).await?
    })
}

async fn of_postgres(db: &mut Db) -> Result<Health, Fault> {
    let version: String = query("select current_setting('server_version')").fetch_value(db).await?;
    let size: i64 = query(
        "select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'parte' and c.relkind = 'r'",
    )
    .fetch_value(db)
    .await?;
    let may_write: bool = query(
        "select bool_and(has_table_privilege(t, 'select') and has_table_privilege(t, 'insert')
                         and has_table_privilege(t, 'update') and has_table_privilege(t, 'delete'))
         from unnest(array['run', 'artifact', 'delivery', 'attempt', 'firing_mark']) t",
    )
    .fetch_value(db)
    .await?;
    let version = version.split(' ').next().unwrap_or_default();
    Ok(Health {
        database: format!("PostgreSQL {version}"),
        size: bytes(size),
        may_write,
        ..common(db).await?
    })
}

/// What both databases are asked alike.
async fn common(db: &mut Db) -> Result<Health, Fault> {
    let row = query("select (select now from clock) as now, (select max(created_at) from run) as newest")
        .fetch_one(db)
        .await?;
    Ok(Health {
        database: String::new(),
        damage: Vec::new(),
        now: instant(&row, "now")?,
        size: 0,
        free: 0,
        may_write: true,
        newest: instant_if_any(&row, "newest")?,
    })
}

async fn queue(db: &mut Db) -> Result<Queue, Fault> {
    let row = query(
        "select (select count(*) from run where state = 'queued') as runs,
                (select count(*) from delivery where state in ('pending', 'retry')) as deliveries,
                (select min(at) from (
                    select min(next_attempt_at) as at from run where state = 'queued'
                    union all
                    select min(next_attempt_at) from delivery where state in ('pending', 'retry')) t
                 where at <= (select now from clock)) as due_since,
                (select count(*) from run where state = 'running' and lease_until < (select now from clock))
                + (select count(*) from delivery where state = 'sending' and lease_until < (select now from clock))
                    as overrun,
                (select count(*) from run where state = 'held' and superseded_by is null) as held,
                coalesce(sum(case when d.state = 'in_doubt' then 1 else 0 end), 0) as in_doubt,
                coalesce(sum(case when d.state = 'dead' then 1 else 0 end), 0) as dead,
                coalesce(sum(case when d.state = 'refused' then 1 else 0 end), 0) as refused
         from delivery d join run r on r.id = d.run_id
         where d.state in ('in_doubt', 'dead', 'refused') and r.superseded_by is null",
    )
    .fetch_one(db)
    .await?;
    Ok(Queue {
        runs: count(&row, "runs")?,
        deliveries: count(&row, "deliveries")?,
        due_since: instant_if_any(&row, "due_since")?,
        overrun: count(&row, "overrun")?,
        in_doubt: count(&row, "in_doubt")?,
        dead: count(&row, "dead")?,
        refused: count(&row, "refused")?,
        held: count(&row, "held")?,
    })
}

fn bytes(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
