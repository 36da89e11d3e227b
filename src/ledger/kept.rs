//! What a run was made from, kept in parts beside the record. Never: what these files say.

use super::error::Fault;
use super::production::sha256;
use super::row::micros;
use super::sql::{Db, query};
use super::{Fence, Ledger, LedgerError, RunId};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Others may write between two parts, and a part is sent in a moment.
const PART: usize = 4 << 20;

/// A file to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKept {
    /// Its name, unique in the run.
    pub name: String,
    /// Its bytes.
    pub content: Arc<[u8]>,
}

/// A file that is kept of a run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KeptRow {
    /// Its name.
    pub name: String,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

impl Ledger {
    /// Keeps what a run was made from, in place of what an earlier try of it kept. It is called before the run's products are
    /// recorded; when it breaks off, the files are not whole, and reading them says so.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has the run; when the record cannot be written.
    pub async fn keep(&self, run: RunId, fence: Fence, files: &[NewKept]) -> Result<(), LedgerError> {
        let named: Vec<(NewKept, String)> =
            files.iter().map(|file| (file.clone(), sha256(&file.content))).collect();
        let rows = named.clone();
        // The names first: from then on the parts belong to somebody, and are not taken for left over.
        self.write(move |db| {
            Box::pin(async move {
                claimed(db, run, fence).await?;
                query("delete from kept where run_id = $1").bind(run.0).execute(db).await?;
                for (file, digest) in &rows {
                    query("insert into kept (run_id, name, sha256, size) values ($1, $2, $3, $4)")
                        .bind(run.0)
                        .bind(&file.name)
                        .bind(digest)
                        .bind(i64::try_from(file.content.len()).unwrap_or(i64::MAX))
                        .execute(db)
                        .await?;
                }
                Ok(())
            })
        })
        .await?;
        for (file, digest) in named {
            let parts = file.content.chunks(PART).count();
            if self.parts_of(&digest).await? == parts {
                continue;
            }
            for number in 0..parts {
                let (content, digest) = (Arc::clone(&file.content), digest.clone());
                self.write(move |db| {
                    Box::pin(async move {
                        let part = content.chunks(PART).nth(number).unwrap_or_default();
                        query(
                            "insert into kept_part (sha256, number, content) values ($1, $2, $3)
                             on conflict (sha256, number) do nothing",
                        )
                        .bind(&digest)
                        .bind(i64::try_from(number).unwrap_or(i64::MAX))
                        .bind(part)
                        .execute(db)
                        .await?;
                        Ok(())
                    })
                })
                .await?;
            }
        }
        Ok(())
    }

    async fn parts_of(&self, digest: &str) -> Result<usize, LedgerError> {
        let parts: Result<i64, _> = query("select count(*) from kept_part where sha256 = $1")
            .bind(digest)
            .fetch_value(&mut self.reader().await?)
            .await;
        Ok(usize::try_from(parts.map_err(|error| self.fault(error))?).unwrap_or(0))
    }

    /// Lets go of what was kept of a run that could not be kept whole.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn forget(&self, run: RunId) -> Result<(), LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                query("delete from kept where run_id = $1").bind(run.0).execute(db).await?;
                Ok(())
            })
        })
        .await
    }

    /// What is kept of a run, by name; nothing when it was never kept, or not that long.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn kept(&self, run: RunId) -> Result<Vec<KeptRow>, LedgerError> {
        let rows = query("select name, sha256, size from kept where run_id = $1 order by name")
            .bind(run.0)
            .fetch_all(&mut self.reader().await?)
            .await
            .map_err(|error| self.fault(error))?;
        let kept = rows.iter().map(|row| {
            let size: i64 = row.try_get("size")?;
            let size = u64::try_from(size)
                .map_err(|_| Fault::Unreadable(format!("`size` holds {size}, which is no size")))?;
            Ok(KeptRow { name: row.try_get("name")?, sha256: row.try_get("sha256")?, size })
        });
        kept.collect::<Result<_, Fault>>().map_err(|fault| self.fault(fault))
    }

    /// The bytes of a kept file; `None` when they are not all there, or not those that were kept.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn kept_content(&self, file: &KeptRow) -> Result<Option<Vec<u8>>, LedgerError> {
        let mut content = Vec::with_capacity(usize::try_from(file.size).unwrap_or(0));
        for number in 0.. {
            let part: Option<Vec<u8>> =
                query("select content from kept_part where sha256 = $1 and number = $2")
                    .bind(&file.sha256)
                    .bind(number)
                    .fetch_value_if_any(&mut self.reader().await?)
                    .await
                    .map_err(|error| self.fault(error))?;
            match part {
                Some(part) => content.extend_from_slice(&part),
                None => break,
            }
        }
        Ok((sha256(&content) == file.sha256).then_some(content))
    }

    /// Lets go of what runs were made from that ended before an instant, and returns how many runs these were. The runs stay.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn forget_kept(&self, before: DateTime<Utc>) -> Result<u64, LedgerError> {
        let before = micros(before);
        let runs = self
            .write(move |db| {
                Box::pin(async move {
                    // Who decides about a run that is held may want to know where its numbers come from.
                    let old = "select id from run where finished_at < $1 and state <> 'held'";
                    let runs: i64 =
                        query(format!("select count(distinct run_id) from kept where run_id in ({old})"))
                            .bind(before)
                            .fetch_value(db)
                            .await?;
                    query(format!("delete from kept where run_id in ({old})"))
                        .bind(before)
                        .execute(db)
                        .await?;
                    Ok(runs)
                })
            })
            .await?;
        self.drop_parts().await?;
        Ok(u64::try_from(runs).unwrap_or(0))
    }

    /// Deletes parts of files that no run was made from any more.
    pub(super) async fn drop_parts(&self) -> Result<(), LedgerError> {
        self.write(move |db| {
            Box::pin(async move {
                // A file is named before its parts are looked for: whoever is about to name one waits.
                db.no_other_writes("kept").await?;
                let dropped = query(
                    "delete from kept_part where not exists
                        (select 1 from kept where kept.sha256 = kept_part.sha256)",
                )
                .execute(db)
                .await?;
                if dropped > 0 && db.is_sqlite() {
                    query("pragma incremental_vacuum").fetch_all(db).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// Only who has the run keeps anything of it.
async fn claimed(db: &mut Db, run: RunId, fence: Fence) -> Result<(), Fault> {
    let locking = db.locking();
    let id: Option<i64> =
        query(format!("select id from run where id = $1 and fence = $2 and state = 'running' {locking}"))
            .bind(run.0)
            .bind(fence.0)
            .fetch_value_if_any(db)
            .await?;
    id.map(drop).ok_or_else(|| Fault::Ledger(LedgerError::stale_run(run)))
}
