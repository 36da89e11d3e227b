//! The tables of the demo database and their rows. Chooses nothing.

use super::contacts::Task;
use super::places::Team;
use super::sellers::{Seller, Supervisor};
use super::shops::{self, Shop};
use super::states::State;
use super::targets::Target;
use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use rusqlite::{CachedStatement, Connection, params};
use std::path::Path;

/// Nothing of this has to survive a crash: the file is thrown away then.
const PRAGMAS: &str = "pragma journal_mode = off; pragma synchronous = off; pragma locking_mode = exclusive; \
                       pragma cache_size = -65536;";

const TABLES: &str = r#"
create table tasks (
    task_id text primary key, type text not null, channel text not null, channel_secondary text, objective text, status text,
    seller_id text, user_id text not null, score real, priority integer, reason text, label text, template_id text,
    scheduled_at text not null, suggested_at text, due_at text, started_at text, completed_at text, duration_min real,
    outcome text, attempts integer, sales_amount real, created_at text not null, updated_at text
);
create table user_states (
    user_id text not null, date text not null, state text not null, primary key (user_id, date)
) without rowid;
create table sellers (
    seller_id text primary key, full_name text not null, team text not null, route_id text, channel text not null,
    status text not null, email text, supervisor_id text, location text, hire_date text
) without rowid;
create table users (
    user_id text primary key, name text not null, channel text, subchannel text, category text, city text, region text,
    country text, signup_at text not null, setup_at text
) without rowid;
create table assignments (
    seller_id text not null, user_id text not null, type text not null, status text not null, "from" text not null, "to" text
);
create table targets (
    metric text not null, team text not null, period text, "from" text not null, "to" text, value real not null
);
"#;

/// The states' index holds whole rows (the key is in it): a day or a period is read without a look-up for each shop.
const INDEXES: &str = "
create index tasks_scheduled_at on tasks (scheduled_at);
create index tasks_completed_at on tasks (completed_at);
create index user_states_date on user_states (date, state);
create index assignments_user_id on assignments (user_id);
";

/// A database that is being filled.
pub(super) struct Writer {
    connection: Connection,
    tasks: usize,
}

impl Writer {
    pub(super) fn create(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(PRAGMAS)?;
        connection.execute_batch("begin")?;
        connection.execute_batch(TABLES)?;
        Ok(Self { connection, tasks: 0 })
    }

    /// Rows of tasks so far.
    pub(super) fn tasks(&self) -> usize {
        self.tasks
    }

    /// Writes tasks; they are numbered in the order in which they come.
    pub(super) fn write_tasks(&mut self, tasks: &[Task], sellers: &[Seller]) -> rusqlite::Result<()> {
        let mut insert = self.insert("tasks", 24)?;
        let mut number = self.tasks;
        for task in tasks {
            number += 1;
            insert.execute(params![
                format!("T{number:07}"),
                task.kind.name(),
                task.channel,
                task.channel_secondary,
                task.objective,
                task.status,
                task.seller.map(|seller| sellers[seller].id.as_str()),
                shops::id(task.shop),
                task.score,
                task.priority,
                task.reason,
                task.label,
                task.template,
                instant(task.scheduled_at),
                task.suggested_at.map(instant),
                task.due_at.map(instant),
                task.started_at.map(instant),
                task.completed_at.map(instant),
                task.duration_min,
                task.outcome,
                task.attempts,
                task.sales_amount,
                instant(task.created_at),
                task.updated_at.map(instant),
            ])?;
        }
        drop(insert);
        self.tasks = number;
        Ok(())
    }

    pub(super) fn write_people(
        &self,
        sellers: &[Seller],
        supervisors: &[Supervisor],
        first_day: NaiveDate,
    ) -> rusqlite::Result<()> {
        let mut insert = self.insert("sellers", 10)?;
        for seller in sellers {
            let channel = if seller.team == Team::CallCenter { "callcenter" } else { "salesman" };
            insert.execute(params![
                seller.id,
                seller.name,
                seller.team.name(),
                seller.route,
                channel,
                "active",
                seller.email,
                seller.supervisor,
                seller.team.seat(),
                seller.hired.to_string(),
            ])?;
        }
        for supervisor in supervisors {
            insert.execute(params![
                supervisor.id,
                supervisor.name,
                supervisor.team.name(),
                None::<&str>,
                "supervisor",
                "active",
                supervisor.email,
                None::<&str>,
                supervisor.team.seat(),
                first_day
                    .with_day(1)
                    .unwrap_or(first_day)
                    .with_year(first_day.year() - 4)
                    .map(|day| day.to_string()),
            ])?;
        }
        Ok(())
    }

    /// One shop, and who looks after it: its seller, and the agent who calls it.
    pub(super) fn write_shops(
        &self,
        shops: &[Shop],
        setup_at: &[Option<DateTime<Utc>>],
        sellers: &[Seller],
    ) -> rusqlite::Result<()> {
        let mut insert = self.insert("users", 10)?;
        let mut assign = self.insert("assignments", 6)?;
        for (index, (shop, setup_at)) in shops.iter().zip(setup_at).enumerate() {
            let id = shops::id(index);
            insert.execute(params![
                id,
                shop.name,
                shop.channel,
                shop.subchannel,
                shop.tier.name(),
                shop.city,
                shop.region,
                "CO",
                instant(shop.signed_up),
                setup_at.map(instant),
            ])?;
            let from = shop.signed_up.date_naive().to_string();
            for (seller, kind) in [(shop.seller, "primary"), (shop.agent, "secondary")] {
                assign.execute(params![sellers[seller].id, id, kind, "active", from, None::<&str>])?;
            }
        }
        Ok(())
    }

    /// The states of one shop, from its first day on.
    pub(super) fn write_states(
        &self,
        shop: usize,
        days: &[String],
        states: &[Option<State>],
    ) -> rusqlite::Result<usize> {
        let mut insert = self.insert("user_states", 3)?;
        let id = shops::id(shop);
        let mut rows = 0;
        for (day, state) in days.iter().zip(states) {
            if let Some(state) = state {
                insert.execute(params![id, day, state.name()])?;
                rows += 1;
            }
        }
        Ok(rows)
    }

    pub(super) fn write_targets(&self, targets: &[Target]) -> rusqlite::Result<()> {
        let mut insert = self.insert("targets", 6)?;
        for target in targets {
            insert.execute(params![
                target.metric,
                target.team.name(),
                target.period,
                target.from.to_string(),
                target.to.map(|day| day.to_string()),
                target.value,
            ])?;
        }
        Ok(())
    }

    /// Builds the indexes and closes the file.
    pub(super) fn finish(self) -> rusqlite::Result<()> {
        self.connection.execute_batch(INDEXES)?;
        self.connection.execute_batch("commit")?;
        self.connection.close().map_err(|(_, error)| error)
    }

    fn insert(&self, table: &str, columns: usize) -> rusqlite::Result<CachedStatement<'_>> {
        let places = vec!["?"; columns].join(", ");
        self.connection.prepare_cached(&format!("insert into {table} values ({places})"))
    }
}

/// `2026-11-19T13:05:00Z`, digit by digit: there are some seven of them in each task.
fn instant(instant: DateTime<Utc>) -> String {
    let mut text = *b"0000-00-00T00:00:00Z";
    let mut put = |at: usize, digits: usize, mut number: u32| {
        for place in text[at..at + digits].iter_mut().rev() {
            *place = b'0' + (number % 10) as u8;
            number /= 10;
        }
    };
    put(0, 4, instant.year().unsigned_abs());
    put(5, 2, instant.month());
    put(8, 2, instant.day());
    put(11, 2, instant.hour());
    put(14, 2, instant.minute());
    put(17, 2, instant.second());
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_iso_8601_in_utc() {
        for text in ["2026-11-19T13:05:09Z", "1999-12-31T23:59:59Z", "2026-01-01T00:00:00Z"] {
            assert_eq!(instant(text.parse().unwrap()), text);
        }
    }
}
