//! Copies of APIs brought up to date: when somebody asks, and by themselves while the program serves.

use super::{Exit, Failure, suggestion};
use crate::clock;
use crate::definition::{ApiSource, Definitions, Source, SourceId, SourceKind};
use crate::scheduler::syncs;
use crate::sync::{self, Options, Progress, Summary, SyncError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often it is looked whether a sync is due.
const LOOK: Duration = Duration::from_secs(5);
/// How long one waits that could not even be begun.
const PAUSE: Duration = Duration::from_secs(300);

/// The sources that are APIs: those of these names, or all.
///
/// # Errors
/// A name that no source has, or one whose source has no copy.
pub fn apis<'d>(
    definitions: &'d Definitions,
    names: &[String],
    place: &Path,
) -> Result<Vec<(&'d SourceId, &'d ApiSource)>, Failure> {
    let all: Vec<(&SourceId, &ApiSource)> = definitions.sources.values().filter_map(api).collect();
    if names.is_empty() {
        return Ok(all);
    }
    let known: Vec<&str> = all.iter().map(|(id, _)| id.as_str()).collect();
    names
        .iter()
        .map(|name| {
            all.iter().find(|(id, _)| id.as_str() == name).copied().ok_or_else(|| {
                let there = definitions.sources.keys().any(|id| id.as_str() == name);
                if there {
                    Failure::Argument {
                        what: format!("source `{name}` has no copy to bring up to date: it is read as it is"),
                        hint: suggestion("", &known),
                    }
                } else {
                    Failure::Unknown {
                        kind: "source",
                        name: name.clone(),
                        place: place.display().to_string(),
                        hint: suggestion(name, &known),
                    }
                }
            })
        })
        .collect()
}

/// What a source is where it is an API.
pub(super) fn api(source: &Source) -> Option<(&SourceId, &ApiSource)> {
    let kind = match &source.kind {
        // One that takes some frames from others may have a url all the same.
        SourceKind::Several(several) => several.own.as_deref()?,
        kind => kind,
    };
    match kind {
        SourceKind::Api(api) => Some((&source.id, &**api)),
        _ => None,
    }
}

/// Brings one copy up to date.
///
/// # Errors
/// Nothing could be begun; listings that did not come to their end are in the summary.
pub async fn sync_now(
    id: &SourceId,
    api: &ApiSource,
    full: bool,
    progress: &(dyn Fn(&Progress) + Send + Sync),
) -> Result<Summary, Failure> {
    let options = Options { now: clock::now, full, backoff: Options::BACKOFF, progress };
    sync::sync(id.as_str(), api, &options).await.map_err(|error| failed(&error))
}

fn failed(error: &SyncError) -> Failure {
    Failure::Run { what: error.to_string(), hint: error.hint.clone(), exit: Exit::Data }
}

/// Brings copies up to date when their schedules say so, until told to stop. It runs beside the reports and never holds one up; one
/// that is stopped in its middle goes on from there the next time.
pub(super) async fn keep_up(
    mut definitions: watch::Receiver<Arc<Definitions>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut under_way: JoinSet<(SourceId, bool)> = JoinSet::new();
    let mut busy: BTreeSet<SourceId> = BTreeSet::new();
    // those that could not even be begun: their copy knows nothing of it
    let mut not_before: BTreeMap<SourceId, Instant> = BTreeMap::new();
    loop {
        let now = Arc::clone(&definitions.borrow_and_update());
        let mut looks = false;
        for (id, api) in now.sources.values().filter_map(api) {
            let Some(schedule) = &api.sync else { continue };
            looks = true;
            if busy.contains(id) || not_before.get(id).is_some_and(|until| Instant::now() < *until) {
                continue;
            }
            let last = last(api).await;
            if syncs::is_due(schedule, api.zone, &api.workdays, last.as_ref(), clock::now()) {
                busy.insert(id.clone());
                under_way.spawn(one(id.clone(), api.clone()));
            }
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            changed = definitions.changed() => {
                not_before.clear();
                if changed.is_err() {
                    return;
                }
            }
            Some(ended) = under_way.join_next() => match ended {
                Ok((id, began)) => {
                    busy.remove(&id);
                    if !began {
                        not_before.insert(id, Instant::now() + PAUSE);
                    }
                }
                // whichever it was: it is looked at again
                Err(_) => busy.clear(),
            },
            () = tokio::time::sleep(LOOK), if looks => {}
        }
    }
}

/// Copies whose sync is due, once each: for a scheduler of somebody else's.
pub(super) async fn due_now(definitions: &Definitions) {
    for (id, api) in definitions.sources.values().filter_map(api) {
        let Some(schedule) = &api.sync else { continue };
        let last = last(api).await;
        if syncs::is_due(schedule, api.zone, &api.workdays, last.as_ref(), clock::now()) {
            one(id.clone(), api.clone()).await;
        }
    }
}

async fn last(api: &ApiSource) -> Option<syncs::Last> {
    let copy = api.copy.clone();
    let known = tokio::task::spawn_blocking(move || sync::last_sync(&copy)).await.ok().flatten()?;
    Some(syncs::Last {
        started: known.started?,
        ended: known.ended,
        came_to_its_end: known.ended.is_some() && known.fault.is_none(),
    })
}

/// One sync, told in the log; whether it could be begun.
async fn one(id: SourceId, api: ApiSource) -> (SourceId, bool) {
    tracing::info!(source = %id, "sync begun");
    let done = sync_now(&id, &api, false, &|_| {}).await;
    let began = done.is_ok();
    match done {
        Ok(summary) if summary.complete => tracing::info!(
            source = %id,
            rows = summary.listings.iter().map(|listing| listing.rows).sum::<u64>(),
            changed = summary.listings.iter().map(|listing| listing.changed).sum::<u64>(),
            requests = summary.requests,
            duration_ms = summary.duration_ms,
            "sync done"
        ),
        Ok(summary) => {
            let error =
                summary.listings.iter().find_map(|listing| listing.error.as_deref()).unwrap_or_default();
            tracing::error!(source = %id, error, requests = summary.requests, "sync failed; what was read is kept");
        }
        Err(error) => tracing::error!(source = %id, error = %error, "sync failed"),
    }
    (id, began)
}
