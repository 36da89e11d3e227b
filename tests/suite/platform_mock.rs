//! The mock of the platform's API keeps what it says: who is tested against it is judged by it.

mod access;
mod asking;
mod bodies;
mod changes;
mod connections;
mod given;
mod limit;
mod lists;
mod pages;
mod parameters;
mod spellings;
mod stand_alone;
mod tokens;
