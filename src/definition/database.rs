//! A database on a server: of the record, or a source of data.

use super::ServerAddress;
use std::path::PathBuf;
use std::time::Duration;

/// `postgres://user:${PASSWORD}@host:port/database?sslmode=...`, and `mysql://` alike.
#[derive(Debug, Clone)]
pub struct DatabaseServer {
    /// Host, port and who we are there.
    pub server: ServerAddress,
    /// Name of the database.
    pub database: String,
    /// How the connection is protected.
    pub protection: DatabaseProtection,
    /// A PEM file with certificates to trust beside the system's.
    pub ca: Option<PathBuf>,
}

/// How the connection to a database is protected: `sslmode` of its url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseProtection {
    /// `disable`: not at all. What is meant on this machine itself.
    Off,
    /// `require`: encrypted; whoever answers is believed.
    Encrypted,
    /// `verify-full`: encrypted, and the server's certificate is of its name and trusted. What is meant elsewhere.
    Verified,
}

/// A database on a server that is a source of data.
#[derive(Debug, Clone)]
pub struct SourceServer {
    /// Where it stands.
    pub at: DatabaseServer,
    /// How long one query may take.
    pub timeout: Duration,
    /// Connections of this process at once, at most.
    pub connections: usize,
}

impl DatabaseServer {
    /// Host, port and database, without who we are there: `host:5432/ventas`.
    #[must_use]
    pub fn place(&self) -> String {
        let host = &self.server.host;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        format!("{host}:{}/{}", self.server.port, self.database)
    }
}
