//! What each run had of its period, by which later runs of its report are judged: rows of frames, and metrics as a whole. It outlives the
//! run. Never: what is usual, or a record.

use super::error::Fault;
use super::row::{day, micros};
use super::sql::{Db, Row, query};
use super::{Ledger, LedgerError, RunId};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// So many are looked at, the latest first; of one period only the last.
const LATEST: i64 = 200;

/// How many rows of a frame a run had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowCount {
    /// First day of its period.
    pub period_from: NaiveDate,
    /// The day after its last.
    pub period_to: NaiveDate,
    /// Name of the frame.
    pub frame: String,
    /// So many.
    pub rows: u64,
}

/// A metric as a whole, in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTotal {
    /// Its name.
    pub metric: String,
    /// By what it was computed: totals of the same metric are comparable where this is the same.
    pub basis: String,
    /// How it is shown.
    pub unit: String,
    /// Rounded as it is shown; finite.
    pub value: f64,
    /// As computed; finite.
    pub raw: f64,
}

/// What a run had of its period.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Had {
    /// Rows by the name of their frame.
    pub rows: BTreeMap<String, u64>,
    /// What the period is among those that it may be held against over years; `None`: nothing, and totals are not kept.
    pub kind: Option<String>,
    /// Metrics as a whole, each once.
    pub totals: Vec<NewTotal>,
}

/// A metric as a whole, in an earlier run.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierTotal {
    /// First day of the run's period.
    pub period_from: NaiveDate,
    /// The total.
    pub total: NewTotal,
}

impl Ledger {
    /// How many rows the runs before this one had: of the same report with the same choice of parameters, produced and sent, over other
    /// periods; the latest first, and each period once.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn earlier_rows(&self, run: RunId) -> Result<Vec<RowCount>, LedgerError> {
        let rows = query(
            "select p.period_from, p.period_to, f.name, f.value
             from run r
             join past_run p on p.report = r.report and p.params_key = r.params_key and p.scheduled_for <= r.scheduled_for
             join figure f on f.run_id = p.run_id and f.what = 'rows'
             left join run e on e.id = p.run_id
             where r.id = $1 and p.run_id <> r.id and p.period_from <> r.period_from and p.sent = true
               and (e.id is null or e.state in ('delivering', 'done', 'partial'))
             order by p.scheduled_for desc, p.run_id desc limit $2",
        )
        .bind(run.0)
        .bind(LATEST)
        .fetch_all(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        let counts: Result<Vec<RowCount>, Fault> = rows.iter().map(row_count).collect();
        let mut counts = counts.map_err(|fault| self.fault(fault))?;
        let mut seen = BTreeSet::new();
        counts.retain(|it| seen.insert((it.period_from, it.period_to, it.frame.clone())));
        Ok(counts)
    }

    /// The metrics of the periods of this kind that end before this run's begins: of the same report with the same choice of parameters,
    /// in the same zone. Of each period those of the run that was made last, among those that came to an end and whose data were as
    /// expected; sent or not. The latest period first.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn earlier_totals(&self, run: RunId, kind: &str) -> Result<Vec<EarlierTotal>, LedgerError> {
        let rows = query(
            "select p.run_id, p.period_from, f.name, f.basis, f.unit, f.value, f.raw
             from run r
             join past_run p on p.report = r.report and p.params_key = r.params_key and p.kind = $2
               and p.period_to <= r.period_from and p.zone = r.zone
             join figure f on f.run_id = p.run_id and f.what = 'metric'
             left join run e on e.id = p.run_id
             where r.id = $1 and p.sound = true
               and (e.id is null or e.state in ('delivering', 'done', 'partial'))
             order by p.period_from desc, p.run_id desc, f.name",
        )
        .bind(run.0)
        .bind(kind)
        .fetch_all(&mut self.reader().await?)
        .await
        .map_err(|e| self.fault(e))?;
        let totals: Result<Vec<(i64, EarlierTotal)>, Fault> = rows.iter().map(earlier_total).collect();
        let totals = totals.map_err(|fault| self.fault(fault))?;
        let mut latest: BTreeMap<NaiveDate, i64> = BTreeMap::new();
        let is_of_the_latest =
            |(id, total): &(i64, EarlierTotal)| *latest.entry(total.period_from).or_insert(*id) == *id;
        Ok(totals.into_iter().filter(is_of_the_latest).map(|(_, total)| total).collect())
    }

    /// Deletes what runs had that were made before an instant; of months and what is longer, before another one.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn forget_figures(
        &self,
        before: DateTime<Utc>,
        long_before: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                Ok(query(
                    "delete from past_run
                     where made_at < case when kind in ('month', 'quarter', 'year') then $2 else $1 end",
                )
                .bind(micros(before))
                .bind(micros(long_before))
                .execute(db)
                .await?)
            })
        })
        .await
    }
}

/// Writes what a run had.
pub(super) async fn insert_had(db: &mut Db, run: RunId, had: &Had, sound: bool) -> Result<(), Fault> {
    if had.rows.is_empty() && had.totals.is_empty() {
        return Ok(());
    }
    query(
        "insert into past_run (run_id, report, params_key, scheduled_for, period_from, period_to, zone, kind, sent, sound, made_at)
         select id, report, params_key, scheduled_for, period_from, period_to, zone, $2, deliver, $3, (select now from clock)
         from run where id = $1",
    )
    .bind(run.0)
    .bind(had.kind.as_deref())
    .bind(sound)
    .execute(db)
    .await?;
    for (frame, total) in &had.rows {
        #[expect(clippy::cast_precision_loss, reason = "counts of rows")]
        let total = *total as f64;
        insert(db, run, "rows", frame, ("", ""), (total, total)).await?;
    }
    if had.kind.is_some() {
        for NewTotal { metric, basis, unit, value, raw } in &had.totals {
            insert(db, run, "metric", metric, (basis, unit), (*value, *raw)).await?;
        }
    }
    Ok(())
}

async fn insert(
    db: &mut Db,
    run: RunId,
    what: &str,
    name: &str,
    (basis, unit): (&str, &str),
    (value, raw): (f64, f64),
) -> Result<(), Fault> {
    query(
        "insert into figure (run_id, what, name, basis, unit, value, raw) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(run.0)
    .bind(what)
    .bind(name)
    .bind(basis)
    .bind(unit)
    .bind(value)
    .bind(raw)
    .execute(db)
    .await?;
    Ok(())
}

fn row_count(row: &Row) -> Result<RowCount, Fault> {
    let total: f64 = row.try_get("value")?;
    if !(0.0..=9e15).contains(&total) || total.fract() != 0.0 {
        return Err(Fault::Unreadable(format!("`value` holds {total}, which is no count")));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in range")]
    let rows = total as u64;
    Ok(RowCount {
        period_from: day(row, "period_from")?,
        period_to: day(row, "period_to")?,
        frame: row.try_get("name")?,
        rows,
    })
}

fn earlier_total(row: &Row) -> Result<(i64, EarlierTotal), Fault> {
    let total = NewTotal {
        metric: row.try_get("name")?,
        basis: row.try_get("basis")?,
        unit: row.try_get("unit")?,
        value: row.try_get("value")?,
        raw: row.try_get("raw")?,
    };
    Ok((row.try_get("run_id")?, EarlierTotal { period_from: day(row, "period_from")?, total }))
}
