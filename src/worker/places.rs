//! The limits of a worker: how many runs are in the making, how many deliveries under way by each kind of channel and to each
//! host, and how many bytes they hold. Never: what is done in a place.

use super::options::Options;
use crate::definition::{Channel, ChannelId, Definitions, Way};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places of a kind of channel, as a multiple of those to one host: a slow host does not hold up the others.
const HOSTS: usize = 4;

/// Kinds of channels: each has places of its own, so that a slow peer of one kind does not hold up the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Email,
    Ftp,
    Upload,
    Folder,
    /// The channel is not defined (any more).
    Unknown,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Email, Self::Ftp, Self::Upload, Self::Folder, Self::Unknown];

    fn of(channel: Option<&Channel>) -> Self {
        match channel.map(|channel| &channel.way) {
            Some(Way::Email(_)) => Self::Email,
            Some(Way::Ftp(_) | Way::Sftp(_)) => Self::Ftp,
            Some(Way::Upload(_) | Way::S3(_) | Way::Webhook(_)) => Self::Upload,
            Some(Way::Folder(_)) => Self::Folder,
            None => Self::Unknown,
        }
    }
}

/// The host that a channel connects to; `None` when it stays on this machine.
fn host(channel: &Channel) -> Option<&str> {
    match &channel.way {
        _ if channel.outbox.is_some() => None,
        Way::Email(email) => Some(&email.server.host),
        Way::Ftp(ftp) => Some(&ftp.server.host),
        Way::Sftp(sftp) => Some(&sftp.server.host),
        Way::Upload(upload) => upload.endpoint.url.host_str(),
        Way::S3(s3) => s3.store.endpoint.host_str(),
        Way::Webhook(webhook) => webhook.endpoint.url.host_str(),
        Way::Folder(_) => None,
    }
}

pub(super) fn find<'a>(definitions: &'a Definitions, channel: &str) -> Option<&'a Channel> {
    definitions.channels.get(&ChannelId::parse(channel)?)
}

/// How much of each thing is in use.
#[derive(Default)]
struct Used {
    hosts: BTreeMap<String, usize>,
    bytes: u64,
}

/// The places of one worker.
pub(super) struct Places {
    runs: Arc<Semaphore>,
    /// Of the places of runs, those that giants may have.
    giants: Arc<Semaphore>,
    kinds: [Arc<Semaphore>; Kind::ALL.len()],
    to_one_host: usize,
    most_bytes: u64,
    used: Arc<Mutex<Used>>,
}

/// A place for a run; it is free again when this is dropped.
pub(super) struct RunPlace {
    _any: OwnedSemaphorePermit,
    giant: Option<OwnedSemaphorePermit>,
}

impl RunPlace {
    /// May a giant have it?
    pub(super) fn takes_giants(&self) -> bool {
        self.giant.is_some()
    }

    /// Says what it was taken for: a report that is quickly produced leaves the giants theirs.
    pub(super) fn taken(mut self, by_giant: bool) -> Self {
        if !by_giant {
            self.giant = None;
        }
        self
    }
}

/// A place for a delivery, and room for what it holds; free again when this is dropped.
pub(super) struct DeliveryPlace {
    _kind: OwnedSemaphorePermit,
    host: Option<String>,
    bytes: u64,
    most_bytes: u64,
    used: Arc<Mutex<Used>>,
}

impl DeliveryPlace {
    /// Holds so many bytes in place of those before, if there is room for them. What is larger than all the room goes alone.
    pub(super) fn takes(&mut self, bytes: u64) -> bool {
        let mut used = lock(&self.used);
        let others = used.bytes.saturating_sub(self.bytes);
        if others > 0 && others + bytes > self.most_bytes {
            return false;
        }
        used.bytes = others + bytes;
        self.bytes = bytes;
        true
    }

    /// Says how much it holds in the end: another worker may have taken what the room was meant for.
    pub(super) fn holds(&mut self, bytes: u64) {
        let mut used = lock(&self.used);
        used.bytes = used.bytes.saturating_sub(self.bytes) + bytes;
        self.bytes = bytes;
    }
}

impl Drop for DeliveryPlace {
    fn drop(&mut self) {
        let mut used = lock(&self.used);
        used.bytes = used.bytes.saturating_sub(self.bytes);
        if let Some(host) = self.host.take() {
            let left = used.hosts.remove(&host).map_or(0, |count| count.saturating_sub(1));
            if left > 0 {
                used.hosts.insert(host, left);
            }
        }
    }
}

fn lock(used: &Mutex<Used>) -> MutexGuard<'_, Used> {
    used.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Places {
    pub(super) fn new(options: &Options) -> Self {
        let runs = options.runs.max(1);
        let to_one_host = options.deliveries.max(1);
        let of_kind = |kind: Kind| match kind {
            Kind::Folder | Kind::Unknown => to_one_host,
            Kind::Email | Kind::Ftp | Kind::Upload => HOSTS * to_one_host,
        };
        Self {
            runs: Arc::new(Semaphore::new(runs)),
            // One place is kept for who does not wait behind them, unless it is the only one.
            giants: Arc::new(Semaphore::new((runs - 1).max(1))),
            kinds: Kind::ALL.map(|kind| Arc::new(Semaphore::new(of_kind(kind)))),
            to_one_host,
            most_bytes: options.memory,
            used: Arc::default(),
        }
    }

    /// A place for a run, if one is free.
    pub(super) fn for_run(&self) -> Option<RunPlace> {
        let any = Arc::clone(&self.runs).try_acquire_owned().ok()?;
        Some(RunPlace { _any: any, giant: Arc::clone(&self.giants).try_acquire_owned().ok() })
    }

    /// Is there a place for a delivery by this channel, if it is not too large?
    pub(super) fn is_one_free(&self, definitions: &Definitions, channel: &str) -> bool {
        let channel = find(definitions, channel);
        let of_host = |host| lock(&self.used).hosts.get(host).copied().unwrap_or(0);
        self.kinds[Kind::of(channel) as usize].available_permits() > 0
            && channel.and_then(host).is_none_or(|host| of_host(host) < self.most_to_host(channel))
    }

    fn most_to_host(&self, channel: Option<&Channel>) -> usize {
        channel.and_then(|channel| channel.connections).unwrap_or(self.to_one_host)
    }

    /// A place for a delivery of so many bytes by this channel, if there is one. What is larger than all the room goes alone.
    pub(super) fn for_delivery(
        &self,
        definitions: &Definitions,
        channel: &str,
        bytes: u64,
    ) -> Option<DeliveryPlace> {
        let channel = find(definitions, channel);
        let kind = &self.kinds[Kind::of(channel) as usize];
        let kind = Arc::clone(kind).try_acquire_owned().ok()?;
        let host = channel.and_then(host).map(str::to_owned);
        let mut used = lock(&self.used);
        if used.bytes > 0 && used.bytes + bytes > self.most_bytes {
            return None;
        }
        if let Some(host) = &host {
            let busy = used.hosts.get(host).copied().unwrap_or(0);
            if busy >= self.most_to_host(channel) {
                return None;
            }
            used.hosts.insert(host.clone(), busy + 1);
        }
        used.bytes += bytes;
        drop(used);
        let most_bytes = self.most_bytes;
        Some(DeliveryPlace { _kind: kind, host, bytes, most_bytes, used: Arc::clone(&self.used) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(runs: usize, memory: u64) -> Places {
        Places::new(&Options { runs, memory, ..Options::named("w") })
    }

    #[test]
    fn one_place_is_kept_for_small_reports_and_none_is_idle_when_there_is_only_one() {
        let places = places(3, 0);
        let giants: Vec<RunPlace> = (0..2).filter_map(|_| places.for_run()).collect();
        assert!(giants.iter().all(RunPlace::takes_giants));
        let small = places.for_run().unwrap();
        assert!(!small.takes_giants(), "the third is for small ones");
        assert!(places.for_run().is_none());
        drop(giants);
        let quick = places.for_run().unwrap().taken(false);
        let giants =
            [places.for_run().unwrap().takes_giants(), self::places(1, 0).for_run().unwrap().takes_giants()];
        assert_eq!(giants, [true, true], "a small one takes nothing from the giants");
        drop((small, quick));
    }
}
