//! The mock of the platform's API keeps what its documentation says: who is tested against it is judged by it.

mod asking;
mod lists;
