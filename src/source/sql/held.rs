//! A connection to a server while it is of use, and how it is left.

use super::fault::Failed;
use super::waiting::{Seat, Waiting};
use sqlx::Connection;
use std::cell::RefCell;
use std::time::Duration;

/// A connection, and what it takes to wait for it.
pub(in crate::source) struct Held<C: Connection> {
    pub(in crate::source) waiting: Waiting,
    connection: RefCell<Option<C>>,
    _seat: Seat,
}

impl<C: Connection> Held<C> {
    pub(in crate::source) fn new(waiting: Waiting, connection: C, seat: Seat) -> Self {
        Self { waiting, connection: RefCell::new(Some(connection)), _seat: seat }
    }

    /// Runs what it is given on the connection. One that was lost is not used again, nor one that `mend` cannot make fit for use after
    /// another error.
    pub(in crate::source) fn with<T>(
        &self,
        work: impl FnOnce(&mut C) -> Result<T, Failed>,
        mend: impl FnOnce(&mut C) -> bool,
    ) -> Result<T, Failed> {
        let mut held = self.connection.borrow_mut();
        let Some(connection) = held.as_mut() else {
            let gone =
                std::io::Error::new(std::io::ErrorKind::NotConnected, "the connection was lost before");
            return Err(Failed::Lost(gone.into()));
        };
        let done = work(connection);
        let keeps = match &done {
            Ok(_) => true,
            Err(Failed::Lost(_)) => false,
            Err(Failed::TooLong | Failed::Refused(_)) => mend(connection),
        };
        if !keeps {
            *held = None;
        }
        done
    }
}

impl<C: Connection> Drop for Held<C> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // A goodbye, so that the server does not log a client that was lost; nothing hangs on it.
            let closing = async { tokio::time::timeout(Duration::from_secs(1), connection.close()).await };
            let _ = self.waiting.wait(closing);
        }
    }
}
