//! What would change about a source that is an API. Never shows a secret, nor that one is another.

use super::channel::{auth, shown};
use crate::definition::ApiSource;
use crate::plan::compare::Facts;
use crate::plan::words;
use std::path::Path;

pub(super) fn facts(api: &ApiSource, root: &Path) -> Facts {
    let mut facts = Facts::new();
    let mut say = |key: &str, value: String| facts.push((key.to_owned(), value));
    say("url", format!("reten+{}", shown(&api.endpoint.url)));
    say(
        "auth",
        match &api.login {
            Some(login) => format!("login as {}", login.user),
            None => auth(&api.endpoint.auth),
        },
    );
    if let Some(tenant) = &api.tenant {
        say("tenant", tenant.clone());
    }
    say("api", api.generation.as_str().to_owned());
    let frames: Vec<&str> = api.read.iter().map(|frame| frame.as_str()).collect();
    say("read", frames.join(", "));
    for (frame, path) in &api.paths {
        say(&format!("paths.{}", frame.as_str()), path.clone());
    }
    for (frame, columns) in &api.fields {
        for (column, path) in columns {
            say(&format!("fields.{}.{column}", frame.as_str()), path.clone());
        }
    }
    say("page_size", api.page_size.to_string());
    say("limit", format!("{} in {} s", api.limit.requests, api.limit.per.as_secs()));
    say("parallel", api.parallel.to_string());
    say("timeout", format!("{} s", api.timeout.as_secs()));
    say("copy", words::path(&api.copy, root));
    let usual = || format!("{} days before", ApiSource::USUAL_DAYS);
    say("since", api.since.map_or_else(usual, |day| day.to_string()));
    say("window", format!("{} days", api.window));
    say("ahead", format!("{} days", api.ahead));
    say("sync", api.sync.as_ref().map_or_else(|| "by hand".to_owned(), |schedule| schedule.in_full()));
    say("timezone", api.zone.name().to_owned());
    if let Some(ca) = &api.ca {
        say("ca", words::path(ca, root));
    }
    if api.endpoint.private {
        say("private", "true".to_owned());
    }
    facts
}
