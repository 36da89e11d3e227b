//! A mock of the platform's REST API, as test equipment: real sockets on 127.0.0.1, answers as they are documented, and every
//! fault and surprise that a client must survive. Never in the program; tests use it as a module, others as a server:
//! `cargo run --example platform -- --help`.
//!
//! # In a test
//!
//! ```ignore
//! use crate::platform::{Data, Fault, Limit, Listing, Options, Platform, Rule, Sizes};
//!
//! let platform = Platform::start(Options {
//!     data: Some(Data::generated(&Sizes { users: 1000, days: 100, ..Sizes::default() })),
//!     limit: Some(Limit::per_minute(600)),
//!     faults: vec![Rule::nth(7, Fault::ResetInBody), Rule::share(0.05, Fault::Status(500))],
//!     ..Options::default()
//! });
//! // ... a client reads platform.url() with the key platform.key() ...
//! assert_eq!(platform.counts().refused, 0);
//! ```
//!
//! It works in tests with and without a runtime, and stops when it is dropped.
//!
//! # As a server
//!
//! `cargo run --example platform -- --limit 600 --fault status=500@5% --insert activities@2=3` writes one line of JSON and serves
//! until it is killed: `{"address":"http://127.0.0.1:PORT","admin":"http://127.0.0.1:PORT","key":"rtn_sk_prueba"}`. At `admin`,
//! without a limit: `GET /_log` (an array, a request each), `GET /_counts`, `POST /_faults` (a rule a line, in the words of `--fault`),
//! `POST /_edit` (`{"listing":"activities","insert_copies":3}`; or `insert`, `delete_first`, `delete`, `update` and `with`).
//!
//! | what | where |
//! |---|---|
//! | lists, their paths, parameters and shapes | [`Listing`] |
//! | rows: of a seed, of a test, of a file, of a database | [`Data::generated`], [`Data::with`], [`Data::with_file`], [`Data::of_database`] |
//! | fields that filters know and the list does not show | [`Data::hiding`] |
//! | pages: a wrong or absent total, null `next_page`, an empty last page, a page for ever | [`Options::page`], [`Paging`] |
//! | API keys, users, clients of OAuth 2.0, lifetimes | [`Access`]; the usual key is [`Platform::key`] |
//! | the limit: a sliding window for each key or subject | [`Limit`]; [`Platform::counts`], [`Platform::busiest`] judge |
//! | every request with its instant | [`Platform::log`] |
//! | faults | [`Fault`], [`Rule`]; a platform that runs gets others by [`Platform::set_faults`] |
//! | changes between two pages, or at any time | [`Change`] in [`Options::changes`], [`Platform::edit`] |
//! | headers that declare a limit | [`Options::declares`] |
//! | `ETag` of catalogues | [`Options::etags`] |
//! | a clock that is wrong | [`Options::clock_ahead`] |
//!
//! # What it decides where the documentation is silent
//!
//! - Order of checks: the limit (429), the fault, who asks (401), what that one may (403), parameters (400), rows.
//! - Unknown parameters, parameters given twice, words that no list has, pages below 1 are 400; see [`Reading`].
//! - `from_date` and `to_date` are held against `date`, `scheduled_from` and the like against `scheduledAt`; both ends belong to it.
//! - More than 100 a page is 400 in the current generations; of states up to 1,000 are sent and more are cut to 1,000.
//! - Errors of the first generation and of the draft are `{"error":{"code","message","status"}}`.
//! - `x-tenant-id` missing or another is 403. A key goes before a token. Requests that were refused for the limit do not count in it.
//! - Integration's items show `operatorExternalId` and `resultStatus`, whose names are not documented: hide them with [`Data::hiding`].
//! - Tokens of a client have its scopes as permissions, so that they also open the current generation's lists.
//! - Each list has its own rows: a change of an activity does not change integration's item of the same id.
//! - Requests for tokens do not count for the limit, and meet only the faults of rules with a path.

mod access;
mod activities;
mod admin;
mod answer;
mod answering;
mod changes;
mod data;
mod database;
mod dice;
mod faults;
mod generate;
mod limit;
mod listing;
mod log;
mod login;
mod paging;
mod people;
mod query;
mod rows;
mod running;
mod spoiling;
mod tokens;
mod wire;

pub(crate) use access::{ALL_PERMISSIONS, Access, Account, ApiKey, Client, USUAL_KEY, USUAL_TENANT};
pub(crate) use answer::ErrorShape;
pub(crate) use changes::{Change, Edit};
pub(crate) use data::Data;
pub(crate) use faults::{Fault, Rule, When};
pub(crate) use generate::{Sizes, TaskKey};
pub(crate) use limit::{Limit, RetryAfter};
pub(crate) use listing::{Generation, Listing};
pub(crate) use log::{Counts, Entry};
pub(crate) use paging::{Paging, Total};
pub(crate) use query::{Beyond, Reading};
pub(crate) use running::{Options, Platform};
