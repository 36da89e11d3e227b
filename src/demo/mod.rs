//! The demo: believable data, generated and deterministic, in a SQLite file, and the folder it lies in.
//!
//! | file | what lives there |
//! |---|---|
//! | `plan` | what is generated: seed, day, size, and the counts that follow |
//! | `dice` | the random choices, the same on every machine |
//! | `names`, `places` | the words: people, shops, cities, regions, teams |
//! | `sellers`, `shops` | who contacts, who is contacted |
//! | `rhythm` | how a year, a week and a day of work go |
//! | `contacts` | what is planned for a day; `outcomes`: what becomes of it |
//! | `states` | the daily walk of a shop through its states |
//! | `targets` | what each team is to reach |
//! | `write` | the tables and their rows |
//! | `generate` | one day after the other, into a new file |
//! | `folder` | the shipped files around the database |

mod contacts;
mod dice;
mod folder;
mod generate;
mod names;
mod outcomes;
mod places;
mod plan;
mod rhythm;
mod sellers;
mod shops;
mod states;
mod targets;
mod write;

pub use folder::{FolderError, prepare};
pub use generate::generate;
pub use plan::{Made, Plan};
