//! Contents of artifacts that are under way: a message for thousands is read and checked once, and shared by those who bring it.
//! Nothing is kept that nobody has in hand.

use super::production::sha256;
use super::sql::query;
use super::{Ledger, LedgerError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// By artifact. Artifacts are never changed, and their numbers are never used again.
#[derive(Clone, Default)]
pub(super) struct Contents(Arc<Mutex<HashMap<i64, Weak<[u8]>>>>);

impl Contents {
    fn find(&self, artifact: i64) -> Option<Arc<[u8]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&artifact)?.upgrade()
    }

    fn share(&self, artifact: i64, content: &Arc<[u8]>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, content| content.strong_count() > 0);
        known.insert(artifact, Arc::downgrade(content));
    }
}

impl Ledger {
    /// An artifact's bytes; `None` when they are not those that were recorded, by this SHA-256.
    pub(super) async fn content(
        &self,
        artifact: i64,
        digest: &str,
    ) -> Result<Option<Arc<[u8]>>, LedgerError> {
        if let Some(content) = self.contents.find(artifact) {
            return Ok(Some(content));
        }
        let read: Result<Vec<u8>, _> = query("select content from artifact where id = $1")
            .bind(artifact)
            .fetch_value(&mut self.reader().await?)
            .await;
        let content: Arc<[u8]> = read.map_err(|error| self.fault(error))?.into();
        if sha256(&content) != digest {
            return Ok(None);
        }
        self.contents.share(artifact, &content);
        Ok(Some(content))
    }
}
