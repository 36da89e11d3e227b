//! Frames that a source takes from another one: who has them at the end of all names, and what they bring along.

use super::Named;
use crate::definition::read::problems::Read;
use crate::definition::read::table::Table;
use crate::definition::{FrameName, Source, SourceId, SourceKind};
use crate::suggest;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which sources have frames of others: `tasks = "crm"` instead of a table.
#[derive(Debug, Default)]
pub(in crate::definition::read) struct Links {
    of: BTreeMap<(String, FrameName), String>,
    sources: BTreeSet<String>,
}

impl Links {
    /// Of all files.
    pub(in crate::definition::read) fn of(tables: &[&Table<'_>]) -> Self {
        let mut links = Self::default();
        let texts =
            tables.iter().filter_map(|table| table.value("sources")).filter_map(|spot| spot.value.as_table());
        for (id, source) in texts.flatten() {
            let id = id.get_ref().to_string();
            for frame in FrameName::ALL {
                let value = source.get_ref().as_table().and_then(|source| source.get(frame.as_str()));
                if let Some(name) = value.and_then(|value| value.get_ref().as_str()) {
                    links.of.insert((id.clone(), frame), name.to_owned());
                }
            }
            links.sources.insert(id);
        }
        links
    }

    pub(super) fn has(&self, source: &str, frame: FrameName) -> bool {
        self.of.contains_key(&(source.to_owned(), frame))
    }

    fn next(&self, source: &str, frame: FrameName) -> Option<&str> {
        self.of.get(&(source.to_owned(), frame)).map(String::as_str)
    }
}

/// Reads `tasks = "crm"`: the source that has the frame itself, at the end of all links.
pub(super) fn link(table: &Table<'_>, id: &str, frame: FrameName, links: &Links) -> Read<SourceId> {
    let hint = "name a source that has the frame: tasks = \"crm\"";
    let spot = table.need(frame.as_str(), table.string(frame.as_str()), hint)?;
    let mut passed = BTreeSet::from([id]);
    let mut at = spot.value.as_str();
    loop {
        if !links.sources.contains(at) {
            let what = format!("there is no source `{at}`");
            let names = links.sources.iter().map(String::as_str).filter(|name| *name != id);
            let hint = suggest::hint(at, names);
            let hint = if hint.is_empty() { format!("define it: [sources.{at}]") } else { hint };
            return Err(table.problems().add("unknown-source", &spot.place, what, "no such source", hint));
        }
        if !passed.insert(at) {
            let what = format!("the {} of source `{id}` are those of itself", frame.as_str());
            let hint =
                "follow the names: one of these sources has to have a url, or another one has to be named";
            return Err(table.problems().add("unknown-source", &spot.place, what, "leads back here", hint));
        }
        match links.next(at, frame) {
            Some(next) => at = next,
            None => break,
        }
    }
    SourceId::parse(at).ok_or_else(|| table.problems().told_by_syntax())
}

/// Gives sources the frames of others, once all are read.
pub(in crate::definition::read) fn resolve(sources: &mut Named<Source>) {
    let Ok(all) = sources else { return };
    let before = all.clone();
    for read in all.values_mut() {
        let Ok(source) = read else { continue };
        let SourceKind::Several(several) = &mut source.kind else { continue };
        let mut fault = None;
        for (frame, id) in &several.names {
            match before.get(id.as_str()) {
                Some(Ok(other)) => {
                    if let Some(own) = other.frames.get(frame) {
                        source.frames.insert(*frame, own.clone());
                    }
                    several.of.insert(*frame, Arc::new(other.clone()));
                }
                // Told where it stands.
                Some(Err(reported)) => fault = Some(*reported),
                None => {}
            }
        }
        if let Some(reported) = fault {
            *read = Err(reported);
        }
    }
}
