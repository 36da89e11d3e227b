//! `[ledger]`: where the record stands and how long it is kept.

use super::ServerAddress;
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
    Server(LedgerServer),
}

/// `postgres://user:${PASSWORD}@host:port/database?sslmode=...`
#[derive(Debug, Clone)]
pub struct LedgerServer {
    /// Host, port and who we are there.
    pub server: ServerAddress,
    /// Name of the database.
    pub database: String,
    /// How the connection is protected.
    pub protection: LedgerProtection,
    /// A PEM file with certificates to trust beside the system's.
    pub ca: Option<PathBuf>,
}

/// How the connection to a database is protected: `sslmode` of its url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerProtection {
    /// `disable`: not at all. What is meant on this machine itself.
    Off,
    /// `require`: encrypted; whoever answers is believed.
    Encrypted,
    /// `verify-full`: encrypted, and the server's certificate is of its name and trusted. What is meant elsewhere.
    Verified,
}
