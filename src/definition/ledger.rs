//! `[ledger]`: where the record stands and how long it is kept.

use super::DatabaseServer;
use std::path::PathBuf;
use std::time::Duration;

/// What `[ledger]` says.
#[derive(Debug, Clone)]
pub struct LedgerDefinition {
    /// Where it stands.
    pub place: LedgerPlace,
    /// How long what has ended is kept; `None`: for ever.
    pub keep: Option<Duration>,
    /// How long what runs were made from is kept; zero: not at all.
    pub keep_frames: Duration,
}

/// Where the record stands.
#[derive(Debug, Clone)]
pub enum LedgerPlace {
    /// In a SQLite file (resolved against the folder of the definition).
    File(PathBuf),
    /// In a PostgreSQL database, which several machines can share.
    Server(DatabaseServer),
}
