//! Servers on the web that the definition names: whom connections trust, which addresses a name may lead to, what is in a store.
//! Never: what is sent or read.

pub(crate) mod address;
pub(crate) mod answer;
mod listing;
pub(crate) mod store;
pub(crate) mod trust;
