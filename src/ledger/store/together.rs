//! Small writes to a file that wait for its one writer at the same time: they go to the disk together, by one commit. Each is all or
//! nothing by itself, and nobody is told before the commit. Never: what is written.

use super::{Work, sqlite};
use crate::ledger::LedgerError;
use crate::ledger::error::Fault;
use crate::ledger::sql::{Db, query};
use sqlx::SqlitePool;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Writes in one commit, at most: the others wait for it.
const MOST: usize = 64;

/// Those that wait, in the order in which they came.
#[derive(Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<VecDeque<Box<dyn Write>>>>);

impl Waiting {
    fn queue(&self) -> MutexGuard<'_, VecDeque<Box<dyn Write>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write, whatever it results in.
trait Write: Send {
    /// Does it; `false` when its trace is to be removed.
    fn done<'c>(&'c mut self, db: &'c mut Db) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>>;

    /// Why it could not be done.
    fn failure(&self) -> Option<LedgerError>;

    /// Says what became of it, or why the commit did not succeed.
    fn tell(self: Box<Self>, lost: Option<LedgerError>);
}

struct Asked<T, F> {
    work: Option<F>,
    result: Option<Result<T, LedgerError>>,
    answer: oneshot::Sender<Result<T, LedgerError>>,
    name: Arc<str>,
}

impl<T, F> Write for Asked<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Db) -> Work<'c, T> + Send + 'static,
{
    fn done<'c>(&'c mut self, db: &'c mut Db) -> Pin<Box<dyn Future<Output = bool> + Send + 'c>> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return false };
            let result = work(db).await.map_err(|fault| fault.at(&self.name));
            self.result.insert(result).is_ok()
        })
    }

    fn failure(&self) -> Option<LedgerError> {
        self.result.as_ref()?.as_ref().err().map(LedgerError::told_again)
    }

    fn tell(self: Box<Self>, lost: Option<LedgerError>) {
        let result = match (lost, self.result) {
            (Some(lost), _) => Err(lost),
            (None, Some(result)) => result,
            (None, None) => Err(LedgerError::Closed { path: self.name.to_string() }),
        };
        // whoever asked may have stopped waiting
        let _ = self.answer.send(result);
    }
}

/// Does `work` by itself or with others that wait, and returns when it is on the disk. An error leaves no trace.
pub(super) async fn write<T, F>(file: &sqlite::File, name: &Arc<str>, work: F) -> Result<T, LedgerError>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Db) -> Work<'c, T> + Send + 'static,
{
    let (answer, answered) = oneshot::channel();
    let asked = Asked { work: Some(work), result: None, answer, name: Arc::clone(name) };
    file.waiting.queue().push_back(Box::new(asked));
    // A task of its own: a caller that stops waiting cannot leave a transaction half begun. The first to get the connection takes along
    // all that wait by then, the others find nothing left to do.
    tokio::spawn(take_turn(file.writer.clone(), file.waiting.clone(), Arc::clone(name)));
    answered.await.unwrap_or_else(|_| Err(LedgerError::Closed { path: name.to_string() }))
}

async fn take_turn(writer: SqlitePool, waiting: Waiting, name: Arc<str>) {
    let mut db = match writer.acquire().await {
        Ok(connection) => Db::from(connection),
        Err(error) => {
            // each turn that is not had is one write's
            let first = waiting.queue().pop_front();
            if let Some(first) = first {
                first.tell(Some(Fault::Sql(error).at(&name)));
            }
            return;
        }
    };
    let mut writes: Vec<Box<dyn Write>> = {
        let mut queue = waiting.queue();
        let count = queue.len().min(MOST);
        queue.drain(..count).collect()
    };
    if writes.is_empty() {
        return;
    }
    let lost = commit(&mut db, &mut writes, &name).await.err();
    if lost.is_some() {
        // a failing rollback means that the database has done it already
        let _ = db.rollback().await;
    }
    drop(db);
    for write in writes {
        write.tell(lost.as_ref().map(LedgerError::told_again));
    }
}

async fn commit(db: &mut Db, writes: &mut [Box<dyn Write>], name: &str) -> Result<(), LedgerError> {
    let lost = |error| Fault::Sql(error).at(name);
    db.begin().await.map_err(lost)?;
    if let [alone] = writes {
        if alone.done(db).await {
            return db.commit().await.map_err(lost);
        }
        let undone = db.rollback().await;
        return undone.map_err(|error| alone.failure().unwrap_or_else(|| lost(error)));
    }
    for write in writes {
        query("savepoint one").execute(db).await.map_err(lost)?;
        if !write.done(db).await
            && let Err(error) = query("rollback to one").execute(db).await
        {
            // The database has rolled back everything (a full disk): nobody's write has happened, for this one's reason.
            return Err(write.failure().unwrap_or_else(|| lost(error)));
        }
        query("release one").execute(db).await.map_err(lost)?;
    }
    db.commit().await.map_err(lost)
}
