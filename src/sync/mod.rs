//! Copies of the platform's API: its rows are read in windows of days and written into a SQLite file, which reports read.
//! Never: metrics, the text of definitions, formatting, and "now" (it is given a clock).
//!
//! | file | lives there |
//! |---|---|
//! | `run` | a sync from its beginning to its end |
//! | `plan` | which windows are to be read |
//! | `window` | one window: its pages, held against each other and against what the API says there is |
//! | `probe` | what the API answers now, without reading it: a page of each listing |
//! | `client`, `session`, `answer` | a request until it is answered: login, tries, what a refusal means |
//! | `declared` | the limit that a server says it has |
//! | `budget` | no more requests than the limit, also after a restart |
//! | `page`, `json`, `listing`, `mapping` | what answers look like, and the rows in them |
//! | `copy` | the file: its tables, what was read when, one sync at a time |
//! | `in_order` | work at the same time, answered in order |

mod answer;
mod budget;
mod client;
mod copy;
mod declared;
mod error;
mod in_order;
mod json;
mod listing;
mod mapping;
mod page;
mod plan;
mod probe;
mod run;
mod session;
mod window;

pub use copy::{LastSync, last_sync};
pub use declared::Declared;
pub use error::SyncError;
pub use probe::{Probe, Probed, Sample, Sampled, probe};
pub use run::{Clock, ListingSummary, Options, Progress, Summary, sync};
