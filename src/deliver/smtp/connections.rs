//! Open sessions, kept a while for the next message by the same channel. Never: what is sent over them.

use super::session::{Peer, Session};
use crate::definition::{Channel, EmailChannel};
use crate::deliver::Outcome;
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Messages over one connection, at most: servers count them too.
const MOST_MESSAGES: u32 = 100;
/// How long a connection waits for the next message: shorter than servers wait for a word.
const LONGEST_IDLE: Duration = Duration::from_secs(60);

/// Connections to mail servers that wait for the next message. Clones share them; whoever sends many messages keeps one.
#[derive(Clone, Default)]
pub struct Connections {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    sessions: Vec<Kept>,
    /// Is somebody there to close those that wait too long?
    is_swept: bool,
}

struct Kept {
    used: Used,
    since: Instant,
}

/// A session in use, and how long it may be used.
pub(super) struct Used {
    pub(super) session: Session,
    door: [u8; 32],
    messages: u32,
}

impl Used {
    /// Has a message gone over it?
    pub(super) fn is_kept(&self) -> bool {
        self.messages > 0
    }
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").field("waiting", &self.waiting().sessions.len()).finish()
    }
}

impl Connections {
    /// A session that waits (and may be gone by now), or a new one.
    pub(super) async fn session(
        &self,
        peer: &Peer<'_>,
        channel: &Channel,
        email: &EmailChannel,
    ) -> Result<Used, Outcome> {
        let door = door(channel, email);
        if let Some(used) = self.take(door) {
            return Ok(used);
        }
        Ok(Used { session: peer.open(channel, email).await?, door, messages: 0 })
    }

    /// Keeps a session over which a message was taken.
    pub(super) async fn keep(&self, mut used: Used) {
        used.messages += 1;
        if used.messages >= MOST_MESSAGES {
            return used.session.close().await;
        }
        let mut waiting = self.waiting();
        waiting.sessions.push(Kept { used, since: Instant::now() });
        if !std::mem::replace(&mut waiting.is_swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.waiting)));
        }
    }

    /// Closes those that wait, with a farewell.
    pub async fn close(&self) {
        let sessions = std::mem::take(&mut self.waiting().sessions);
        for kept in sessions {
            kept.used.session.close().await;
        }
    }

    fn take(&self, door: [u8; 32]) -> Option<Used> {
        let sessions = &mut self.waiting().sessions;
        let at = sessions
            .iter()
            .rposition(|kept| kept.used.door == door && kept.since.elapsed() < LONGEST_IDLE)?;
        Some(sessions.swap_remove(at).used)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        lock(&self.waiting)
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Closes what waits too long, until nothing waits or nobody may take it any more.
async fn sweep(waiting: Weak<Mutex<Waiting>>) {
    loop {
        tokio::time::sleep(LONGEST_IDLE / 4).await;
        let Some(waiting) = waiting.upgrade() else { return };
        let (stale, goes_on) = {
            let mut waiting = lock(&waiting);
            let stale: Vec<Kept> =
                waiting.sessions.extract_if(.., |kept| kept.since.elapsed() >= LONGEST_IDLE).collect();
            waiting.is_swept = !waiting.sessions.is_empty();
            (stale, waiting.is_swept)
        };
        drop(waiting);
        for kept in stale {
            kept.used.session.close().await;
        }
        if !goes_on {
            return;
        }
    }
}

impl Drop for Waiting {
    /// Servers note who leaves without a word; where a runtime is left, it says it.
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        for kept in std::mem::take(&mut self.sessions) {
            runtime.spawn(kept.used.session.close());
        }
    }
}

/// What must be the same for a connection to serve another message. The secret counts, and is not kept.
fn door(channel: &Channel, email: &EmailChannel) -> [u8; 32] {
    let server = &email.server;
    let (user, secret) = match &server.login {
        Some((user, secret)) => (user.as_str(), secret.as_ref().map_or("", |secret| secret.expose())),
        None => ("", ""),
    };
    let ca = channel.ca.as_ref().map_or_else(String::new, |ca| ca.display().to_string());
    let how = format!("{}:{} {:?} {:?} {ca}", server.host, server.port, email.tls, email.login);
    let mut digest = Sha256::new();
    for part in [channel.id.as_str(), &how, user, secret] {
        // the length before the text: `a` + `bc` is not `ab` + `c`
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}
