//! The platform's REST API as a source: where it is, what is copied from it, how fast and when.

use super::{FrameName, HttpEndpoint, Secret, SourceId};
use crate::calendar::{Schedule, Workdays};
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// `reten+https://`, `reten+http://`: an API whose rows are copied into a SQLite file, which reports read.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiSource {
    /// The server, and who we are there but for a login.
    pub endpoint: HttpEndpoint,
    /// Who logs in for a token, where no other key is given.
    pub login: Option<ApiLogin>,
    /// The tenant that a token is used for (`x-tenant-id`).
    pub tenant: Option<String>,
    /// Which generation of the API tasks come from.
    pub generation: ApiGeneration,
    /// What is copied, in the order of the frames.
    pub read: Vec<FrameName>,
    /// Paths that differ from the documented ones.
    pub paths: BTreeMap<FrameName, String>,
    /// Fields of answers that columns are filled from, where they differ: frame, column, path with dots.
    pub fields: BTreeMap<FrameName, BTreeMap<String, String>>,
    /// Rows that a page is asked for.
    pub page_size: u32,
    /// No more requests than these.
    pub limit: RateLimit,
    /// Requests under way at once.
    pub parallel: usize,
    /// How long one answer may take.
    pub timeout: Duration,
    /// A PEM file with certificates to trust beside the system's.
    pub ca: Option<PathBuf>,
    /// The copy.
    pub copy: PathBuf,
    /// The first day that is copied; `None`: [`Self::USUAL_DAYS`] before the day of the sync.
    pub since: Option<NaiveDate>,
    /// Days that are read again for what changes late.
    pub window: u32,
    /// Days to come whose tasks are copied.
    pub ahead: u32,
    /// When the copy is brought up to date by itself.
    pub sync: Option<Schedule>,
    /// The zone of days and of that schedule.
    pub zone: Tz,
    /// The workdays of that schedule.
    pub workdays: Workdays,
}

impl ApiSource {
    /// How far back a copy reaches of which no first day is said.
    pub const USUAL_DAYS: u32 = 90;

    /// The copy where nothing is said, beside the definition file.
    #[must_use]
    pub fn usual_copy(id: &SourceId) -> String {
        format!("{id}.db")
    }
}

/// The generations of the API, which differ in paths, names and what they know of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiGeneration {
    /// Planned tasks without a status, in one array.
    V1,
    /// Activities with a status, in pages.
    Activities,
    /// Tasks for integrations, with a status and when they were handled, in pages.
    Integration,
}

impl ApiGeneration {
    /// Its word in definitions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::Activities => "activities",
            Self::Integration => "integration",
        }
    }
}

/// A person's login, answered with a token.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiLogin {
    /// Who.
    pub user: String,
    /// What proves it; `None` when the secret is not set and need not be.
    pub password: Option<Secret>,
}

/// A number of requests in any stretch of time of this length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// At most so many.
    pub requests: u32,
    /// In any stretch of this length.
    pub per: Duration,
}
