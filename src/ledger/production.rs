//! What a run produced, written in one step: artifacts, deliveries, and the run's own state.

use super::error::Fault;
use super::held::Held;
use super::past::{Had, insert_had};
use super::runs::one;
use super::sql::{Db, query};
use super::{Fence, Ledger, LedgerError, RunId, RunState};
use sha2::{Digest as _, Sha256};

/// A file or message that a run made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArtifact {
    /// Whose rows it holds; empty when it is for all recipients of the run.
    pub recipient_key: String,
    /// File name, unique in the run for its recipient key.
    pub name: String,
    /// Name of its format.
    pub format: String,
    /// The section it holds, when it holds one only.
    pub section: Option<String>,
    /// Its media type.
    pub media_type: String,
    /// Its bytes; every try of its deliveries sends exactly these.
    pub content: Vec<u8>,
}

/// Something to be brought to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// Name of the channel.
    pub channel: String,
    /// Mail address, or file name at the peer.
    pub recipient: String,
    /// Index into the artifacts given with it.
    pub artifact: usize,
    /// In doubt it is held until somebody decides, not sent once more.
    pub hold: bool,
}

/// What a run produced.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Production {
    /// Files and messages.
    pub artifacts: Vec<NewArtifact>,
    /// Who gets what.
    pub deliveries: Vec<NewDelivery>,
    /// What it had of its period.
    pub had: Had,
    /// What was expected of its data and is not so, though it was made.
    pub unmet: Option<String>,
    /// Why it is held back until somebody decides; it goes out without.
    pub held: Option<Held>,
}

impl Ledger {
    /// The same as [`Ledger::record_production`], of a run about whose data nothing is kept.
    ///
    /// # Errors
    /// As there.
    pub async fn record_products(
        &self,
        run: RunId,
        fence: Fence,
        artifacts: Vec<NewArtifact>,
        deliveries: Vec<NewDelivery>,
    ) -> Result<(), LedgerError> {
        let production = Production { artifacts, deliveries, ..Production::default() };
        self.record_production(run, fence, production).await
    }

    /// Records what a run produced, all or nothing. The run waits for its deliveries then, is done when there is nothing to
    /// deliver, or stands as held with all of them where somebody is to decide. A run in the place of one that failed in part does not deliver again what recipients have.
    ///
    /// # Errors
    /// [`LedgerError::Stale`] when somebody else has the run; [`LedgerError::Impossible`] when two artifacts have
    /// the same name, two deliveries the same channel and recipient, or a delivery has no artifact.
    pub async fn record_production(
        &self,
        run: RunId,
        fence: Fence,
        production: Production,
    ) -> Result<(), LedgerError> {
        let Production { artifacts, deliveries, had: of_its_period, unmet, held } = production;
        check(run, &artifacts, &deliveries)?;
        // Hashing megabytes is no work for the transaction.
        let digests: Vec<String> = artifacts.iter().map(|artifact| sha256(&artifact.content)).collect();
        self.write(move |db| {
            Box::pin(async move {
                let had = super::backfills::had_before(db, run).await?;
                let deliveries: Vec<&NewDelivery> = deliveries
                    .iter()
                    .filter(|it| !had.contains(&(it.channel.clone(), it.recipient.clone())))
                    .collect();
                let sound = unmet.is_none();
                // Where nothing would go out, nothing is held back.
                let held = held.filter(|_| !deliveries.is_empty());
                let state = match (&held, deliveries.is_empty()) {
                    (Some(_), _) => RunState::Held,
                    (None, true) => RunState::Done,
                    (None, false) => RunState::Delivering,
                };
                let key = finish_production(db, run, fence, state, unmet, held.as_ref()).await?;
                insert_had(db, run, &of_its_period, sound).await?;
                let mut ids = Vec::with_capacity(artifacts.len());
                for (artifact, digest) in artifacts.iter().zip(&digests) {
                    ids.push(insert_artifact(db, run, artifact, digest).await?);
                }
                let held = held.as_ref().map(|held| held.why.as_str());
                for delivery in deliveries {
                    insert_delivery(db, run, &key, delivery, ids[delivery.artifact], held).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

fn check(run: RunId, artifacts: &[NewArtifact], deliveries: &[NewDelivery]) -> Result<(), LedgerError> {
    let impossible = |what, hint| Err(LedgerError::Impossible { what, hint });
    let mut names = std::collections::BTreeSet::new();
    for artifact in artifacts {
        if !names.insert((&artifact.recipient_key, &artifact.name)) {
            return impossible(
                format!("run {run} made two files named `{}`", artifact.name),
                "give the sections different titles",
            );
        }
    }
    let mut recipients = std::collections::BTreeSet::new();
    for delivery in deliveries {
        if !recipients.insert((&delivery.channel, &delivery.recipient)) {
            return impossible(
                format!(
                    "run {run} has two deliveries to `{}` by channel `{}`",
                    delivery.recipient, delivery.channel
                ),
                "name a recipient once for each channel, and let file names differ (`{section}`, `{ext}`)",
            );
        }
        if delivery.artifact >= artifacts.len() {
            return impossible(
                format!("run {run} has a delivery by channel `{}` of nothing", delivery.channel),
                "this is a fault in Parte: please report it",
            );
        }
    }
    Ok(())
}

/// Moves the run on and returns its key.
async fn finish_production(
    db: &mut Db,
    run: RunId,
    fence: Fence,
    state: RunState,
    unmet: Option<String>,
    held: Option<&Held>,
) -> Result<String, Fault> {
    query(
        "update run set state = $3, lease_until = null, unmet = $5, error = $6, held_why = $7,
                        finished_at = case when $4 then (select now from clock) end,
                        held_at = case when $3 = 'held' then (select now from clock) end
         where id = $1 and fence = $2 and state = 'running'
         returning key",
    )
    .bind(run.0)
    .bind(fence.0)
    .bind(state.as_str())
    .bind(state.is_final())
    .bind(unmet)
    .bind(held.map(|held| held.why.as_str()))
    .bind(held.map(|held| held.said.as_str()))
    .fetch_value_if_any(db)
    .await?
    .ok_or_else(|| Fault::Ledger(LedgerError::stale_run(run)))
}

pub(super) async fn insert_artifact(
    db: &mut Db,
    run: RunId,
    artifact: &NewArtifact,
    digest: &str,
) -> Result<i64, Fault> {
    let id = query(
        "insert into artifact (run_id, recipient_key, name, format, section, media_type, sha256, size, content)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id",
    )
    .bind(run.0)
    .bind(&artifact.recipient_key)
    .bind(&artifact.name)
    .bind(&artifact.format)
    .bind(artifact.section.as_deref())
    .bind(&artifact.media_type)
    .bind(digest)
    .bind(i64::try_from(artifact.content.len()).unwrap_or(i64::MAX))
    .bind(artifact.content.as_slice())
    .fetch_value(db)
    .await?;
    Ok(id)
}

/// Writes a delivery that waits for its first try; with a reason it is held.
pub(super) async fn insert_delivery(
    db: &mut Db,
    run: RunId,
    run_key: &str,
    delivery: &NewDelivery,
    artifact: i64,
    held: Option<&str>,
) -> Result<(), Fault> {
    let inserted = query(
        "insert into delivery (key, run_id, channel, recipient, artifact_id, hold, next_attempt_at, created_at,
                               state, done_at, last_error)
         select $1, $2, $3, $4, $5, $6, now, now,
                case when $7 is null then 'pending' else 'held' end, case when $7 is not null then now end, $7 from clock",
    )
    .bind(delivery_key(run_key, &delivery.channel, &delivery.recipient))
    .bind(run.0)
    .bind(&delivery.channel)
    .bind(&delivery.recipient)
    .bind(artifact)
    .bind(delivery.hold)
    .bind(held)
    .execute(db)
    .await?;
    one(inserted, || LedgerError::stale_run(run))
}

/// The same for the same delivery of the same run, different for any other: 32 hexadecimal digits.
pub(super) fn delivery_key(run_key: &str, channel: &str, recipient: &str) -> String {
    let mut digest = Sha256::new();
    for part in [run_key, channel, recipient] {
        // The length before the text: `a` + `bc` is not `ab` + `c`.
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    hex(&digest.finalize()[..16])
}

/// SHA-256, hexadecimal.
pub(super) fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
