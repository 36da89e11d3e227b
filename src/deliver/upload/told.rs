//! What a server was told in confidence: many repeat it in the words of their refusals, and nobody else may read it there.

use crate::definition::Secret;
use std::sync::{Mutex, PoisonError};

/// Shorter ones are no secrets, and covering them would make every sentence unreadable.
const SHORTEST: usize = 4;

/// Secrets that were sent.
#[derive(Default)]
pub(super) struct Told(Mutex<Vec<Secret>>);

impl Told {
    pub(super) fn keep(&self, secret: &str) {
        if secret.len() >= SHORTEST {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Secret::new(secret.to_owned()));
        }
    }

    /// A text with each of them covered.
    pub(super) fn covered(&self, text: &str) -> String {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose(), "***"))
    }
}
