//! `[sources.NAME]` of the platform's API: `url = "reten+https://..."` and the keys beside it.

use super::address::Vault;
use super::channel::{auth, ca, is_this_machine};
use super::civil::{Civil, one_word, part_of, timezone};
use super::duration;
use super::problems::{Read, Reported};
use super::table::{Spot, Table};
use crate::calendar::{Schedule, Workdays};
use crate::definition::{
    ApiGeneration, ApiLogin, ApiSource, FrameName, HttpEndpoint, RateLimit, SourceId, UploadAuth,
};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::time::Duration;
use toml::de::DeValue;

/// What the address of an API begins with, before that of HTTP.
pub(super) const SCHEME: &str = "reten+";

/// Keys that only such a source has.
pub(super) const KEYS: [&str; 16] = [
    "auth",
    "tenant",
    "api",
    "read",
    "paths",
    "fields",
    "page_size",
    "limit",
    "parallel",
    "timeout",
    "ca",
    "private",
    "copy",
    "since",
    "window",
    "ahead",
];

/// Of those, what says when.
pub(super) const WHEN: [&str; 2] = ["sync", "timezone"];

pub(in crate::definition) const GENERATIONS: [(&str, ApiGeneration); 3] = [
    ("v1", ApiGeneration::V1),
    ("activities", ApiGeneration::Activities),
    ("integration", ApiGeneration::Integration),
];

/// What the API has.
pub(in crate::definition) const FRAMES: [(&str, FrameName); 5] = [
    ("tasks", FrameName::Tasks),
    ("user_states", FrameName::UserStates),
    ("sellers", FrameName::Sellers),
    ("users", FrameName::Users),
    ("assignments", FrameName::Assignments),
];

/// What is copied when nothing is said: what has a documented address.
const USUAL: [FrameName; 4] = [FrameName::Tasks, FrameName::UserStates, FrameName::Sellers, FrameName::Users];

/// Units of a limit.
const UNITS: [(&str, u64); 3] = [("second", 1), ("minute", 60), ("hour", 3600)];

/// Reads a source whose url begins with [`SCHEME`].
pub(super) fn read(
    id: &SourceId,
    table: &Table<'_>,
    url: &Spot<String>,
    vault: Vault<'_>,
    civil: &Civil,
) -> Read<ApiSource> {
    let address = address(table, url);
    let who = who(table, vault);
    let tenant = plain(table, "tenant", "write the tenant's UUID");
    let generation = one_word(table, "api", "generation of the API", &GENERATIONS);
    let frames = frames(table);
    let paths = paths(table);
    let fields = fields(table);
    let page_size = number(table, "page_size", 1..=1000, "it is how many rows a page is asked for", 100);
    let limit = limit(table);
    let parallel = number(table, "parallel", 1..=16, "it is how many requests are under way at once", 4);
    let hint = "write a number and seconds or minutes: \"30 seconds\"";
    let timeout = duration::read(table, "timeout", 1..=3600, "a second and an hour", hint);
    let ca = ca(table, vault.root);
    let private = table.boolean("private");
    let copy = plain(table, "copy", "write copy = \"FILE.db\", with the path from the folder of this file");
    let since = since(table);
    let window = days(table, "window", 1..=366, 7);
    let ahead = days(table, "ahead", 0..=366, 31);
    let sync = sync(table);
    let zone = timezone(table);
    let url = address?;
    let (auth, login) = who?;
    let read = frames?;
    let paths = paths?;
    if let Some(assignments) = read.iter().find(|spot| spot.value == FrameName::Assignments)
        && !paths.contains_key(&FrameName::Assignments)
    {
        let what = "no generation documents an address of assignments";
        let hint = "write paths = { assignments = \"/...\" }, or leave them out";
        return Err(table.problems().add("missing-key", &assignments.place, what, "read from where?", hint));
    }
    let default_zone = civil.zone.as_ref().ok().copied().flatten();
    let workdays = civil.workdays.as_ref().ok().cloned().flatten();
    Ok(ApiSource {
        endpoint: HttpEndpoint { auth, private: private?.unwrap_or_default(), ..HttpEndpoint::new(url) },
        login,
        tenant: tenant?,
        generation: generation?.map_or(ApiGeneration::V1, |spot| spot.value),
        read: read.into_iter().map(|spot| spot.value).collect(),
        paths,
        fields: fields?,
        page_size: page_size?,
        limit: limit?,
        parallel: parallel? as usize,
        timeout: timeout?.map_or(Duration::from_secs(30), |most| Duration::from_secs(most.value.into())),
        ca: ca?,
        copy: vault.root.join(copy?.unwrap_or_else(|| ApiSource::usual_copy(id))),
        since: since?,
        window: window?,
        ahead: ahead?,
        sync: sync?,
        zone: zone?.or(default_zone).unwrap_or(chrono_tz::Tz::UTC),
        workdays: workdays.unwrap_or_else(Workdays::monday_to_friday),
    })
}

/// Where the API is. Keys go there: without TLS only to an address that is written out, or this machine.
fn address(table: &Table<'_>, url: &Spot<String>) -> Read<url::Url> {
    let wrong = |what: String, label: &str| {
        let hint = "write url = \"reten+https://api.example.com\", and who we are there into `auth`";
        table.problems().add("bad-url", &url.place, what, label, hint)
    };
    let inner = url.value.strip_prefix(SCHEME).unwrap_or_default();
    if !inner.starts_with("http://") && !inner.starts_with("https://") {
        return Err(wrong("an API is spoken to by `reten+https://`".to_owned(), "cannot be read"));
    }
    let found = url::Url::parse(inner)
        .map_err(|error| wrong(format!("this is not a url: {error}"), "cannot be read"))?;
    if !found.username().is_empty() || found.password().is_some() {
        table.problems().hide(&url.place);
        return Err(wrong("the address of an API has no login in it".to_owned(), "a user in it"));
    }
    if found.query().is_some() || found.fragment().is_some() {
        return Err(wrong("the address of an API ends before `?` and `#`".to_owned(), "too much"));
    }
    if found.scheme() == "http" {
        let host = found.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let written = host.parse::<std::net::IpAddr>().is_ok();
        if !written && !is_this_machine(host) {
            let what = format!("what logs in would travel to `{host}` unencrypted");
            return Err(wrong(what, "everybody on the way could read it"));
        }
        if !is_this_machine(host) {
            let what = format!("what logs in travels to `{host}` unencrypted");
            let hint = "write reten+https://, if the server offers it";
            table.problems().warn("unencrypted", &url.place, what, "everybody on the way can read it", hint);
        }
    }
    Ok(found)
}

/// Reads `auth`: as for uploads, and `{ login = { user = "...", password = "${...}" } }`.
fn who(table: &Table<'_>, vault: Vault<'_>) -> Read<(UploadAuth, Option<ApiLogin>)> {
    const HINT: &str = "write auth = { api_key = \"X-API-Key: ${RETEN_KEY}\" }";
    let logs_in = match table.value("auth").map(|spot| spot.value) {
        Some(DeValue::Table(entries)) => entries.contains_key("login"),
        Some(_) => false,
        None => return table.need("auth", Ok(None), HINT),
    };
    if !logs_in {
        let place = table.value("auth").map(|spot| spot.place).unwrap_or_default();
        return match table.need("auth", auth::read_beside(table, vault, &["login"]), HINT)? {
            UploadAuth::Hmac(_) => {
                let what = "an API that is read takes no signatures";
                Err(table.problems().add("bad-auth", &place, what, "does not log in", HINT))
            }
            auth => Ok((auth, None)),
        };
    }
    const LOGIN: &str =
        "write auth = { login = { user = \"informes@example.com\", password = \"${RETEN_PASSWORD}\" } }";
    let Some(outer) = table.table("auth", "auth", HINT, &[])? else {
        return table.need("auth", Ok(None), HINT);
    };
    let login = outer.table("login", "login", LOGIN, &[]);
    let login = login.map(|login| {
        login.map(|login| {
            let user = login.need("user", plain(&login, "user", "write who logs in"), "write user = \"...\"");
            const PASSWORD: &str = "write password = \"${RETEN_PASSWORD}\"";
            let password = login
                .need("password", login.string_with_secret("password"), PASSWORD)
                .and_then(|spot| vault.only_secret(login.page(), &spot, 0..spot.value.len(), "a password"));
            (user, password)
        })
    });
    for key in ["bearer", "basic", "api_key", "hmac", "oauth2"] {
        if outer.has(key) {
            let what = "`auth` says more than one way to log in";
            return Err(outer.problems().add(
                "conflicting-keys",
                &outer.place(),
                what,
                "exactly one goes here",
                LOGIN,
            ));
        }
    }
    let Some((user, password)) = login? else {
        return table.need("auth", Ok(None), HINT);
    };
    Ok((UploadAuth::None, Some(ApiLogin { user: user?, password: password? })))
}

fn plain(table: &Table<'_>, key: &'static str, hint: &str) -> Read<Option<String>> {
    match table.string(key)? {
        Some(spot) if spot.value.trim().is_empty() || spot.value.contains(['\0', '\n', '\r']) => {
            let what = format!("`{key}` is empty");
            Err(table.problems().add("empty-text", &spot.place, what, "nothing here", hint))
        }
        other => Ok(other.map(|spot| spot.value)),
    }
}

/// Reads `read = ["tasks", "user_states"]`.
fn frames(table: &Table<'_>) -> Read<Vec<Spot<FrameName>>> {
    let Some(list) = table.strings("read")? else {
        return Ok(USUAL.into_iter().map(|frame| Spot::new(frame, table.place())).collect());
    };
    const HINT: &str = "write what is copied: read = [\"tasks\", \"user_states\"]";
    if list.value.is_empty() {
        let what = "`read` names nothing that is copied";
        return Err(table.problems().add("missing-key", &list.place, what, "nothing here", HINT));
    }
    let mut frames: Vec<Spot<FrameName>> = Vec::new();
    let mut fault: Option<Reported> = None;
    for spot in &list.value {
        match super::civil::word(table.page(), spot, "table of the API", &FRAMES) {
            Ok(frame) if frames.iter().any(|other| other.value == frame) => {
                let what = format!("`{}` stands in this list twice", spot.value);
                let hint = "delete one of the two";
                fault = Some(table.problems().add("duplicate", &spot.place, what, "a second time", hint));
            }
            Ok(frame) => frames.push(Spot::new(frame, spot.place.clone())),
            Err(reported) => fault = Some(reported),
        }
    }
    frames.sort_by_key(|spot| spot.value);
    fault.map_or(Ok(frames), Err)
}

/// Reads `paths = { tasks = "/api/v1/tasks/" }`.
fn paths(table: &Table<'_>) -> Read<BTreeMap<FrameName, String>> {
    const HINT: &str = "write paths = { tasks = \"/api/v1/tasks/\" }";
    let Some(inner) = table.table("paths", "paths", HINT, &[])? else { return Ok(BTreeMap::new()) };
    let mut paths = BTreeMap::new();
    let mut fault = None;
    for (key, frame) in FRAMES {
        match inner.string(key) {
            Ok(None) => {}
            Ok(Some(spot)) if spot.value.starts_with('/') && !spot.value.contains(['?', '#', ' ', '\\']) => {
                paths.insert(frame, spot.value);
            }
            Ok(Some(spot)) => {
                let what = format!("`{}` is no path on the server", spot.value);
                let hint = "a path begins with a slash and has no question mark: \"/api/v1/tasks/\"";
                fault = Some(inner.problems().add("bad-url", &spot.place, what, "not a path", hint));
            }
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(paths), Err)
}

/// Reads `fields = { tasks = { seller_id = "operator.externalId" } }`.
fn fields(table: &Table<'_>) -> Read<BTreeMap<FrameName, BTreeMap<String, String>>> {
    const HINT: &str = "write fields = { tasks = { seller_id = \"operator.externalId\" } }";
    let Some(inner) = table.table("fields", "fields", HINT, &[])? else { return Ok(BTreeMap::new()) };
    let mut all = BTreeMap::new();
    let mut fault = None;
    for (key, frame) in FRAMES {
        let columns = match inner.table(key, key, HINT, &[]) {
            Ok(None) => continue,
            Ok(Some(columns)) => columns,
            Err(reported) => {
                fault = Some(reported);
                continue;
            }
        };
        let mut own = BTreeMap::new();
        for (column, path) in columns.named_strings() {
            let path = match path {
                Ok(path) => path,
                Err(reported) => {
                    fault = Some(reported);
                    continue;
                }
            };
            let names = |path: &str| {
                path.split('.').all(|name| !name.is_empty() && !name.contains(char::is_whitespace))
            };
            if !super::source::is_identifier(&column.value) {
                let what = format!("`{}` cannot be the name of a column in SQL", column.value);
                let hint = "the column stands left, the field of the answer right";
                fault =
                    Some(inner.problems().add("bad-name", &column.place, what, "not a column name", hint));
            } else if !names(&path.value) {
                let what = format!("`{}` does not name a field of an answer", path.value);
                fault = Some(inner.problems().add("bad-name", &path.place, what, "not a field", HINT));
            } else {
                own.insert(column.value, path.value);
            }
        }
        all.insert(frame, own);
    }
    fault.map_or(Ok(all), Err)
}

fn number(
    table: &Table<'_>,
    key: &'static str,
    within: std::ops::RangeInclusive<i64>,
    what_for: &str,
    usual: u32,
) -> Read<u32> {
    let Some(spot) = table.integer(key)? else { return Ok(usual) };
    match u32::try_from(spot.value) {
        Ok(number) if within.contains(&spot.value) => Ok(number),
        _ => {
            let what = format!("`{key}` cannot be {}: {what_for}", spot.value);
            let hint =
                format!("write {} to {}, or delete the line to mean {usual}", within.start(), within.end());
            Err(table.problems().add("out-of-range", &spot.place, what, "out of range", hint))
        }
    }
}

/// Reads `limit = "1000 per minute"`.
fn limit(table: &Table<'_>) -> Read<RateLimit> {
    const USUAL: RateLimit = RateLimit { requests: 1000, per: Duration::from_secs(60) };
    let Some(spot) = table.string("limit")? else { return Ok(USUAL) };
    let words: Vec<&str> = spot.value.split_whitespace().collect();
    let read = match words.as_slice() {
        [count, "per", unit] => count.parse::<u32>().ok().zip(UNITS.iter().find(|(name, _)| name == unit)),
        _ => None,
    };
    match read {
        Some((requests @ 1..=100_000, (_, seconds))) => {
            Ok(RateLimit { requests, per: Duration::from_secs(*seconds) })
        }
        _ => {
            let what = format!("`{}` is no number of requests in a stretch of time", spot.value);
            let hint =
                "write a number from 1 to 100000 and per second, per minute or per hour: \"1000 per minute\"";
            Err(table.problems().add("bad-limit", &spot.place, what, "not a limit", hint))
        }
    }
}

fn since(table: &Table<'_>) -> Read<Option<NaiveDate>> {
    let Some(spot) = table.value("since") else { return Ok(None) };
    super::schedule::one_day(table, "since", "a day", &spot).map(Some)
}

/// Reads `window = "7 days"`.
fn days(
    table: &Table<'_>,
    key: &'static str,
    within: std::ops::RangeInclusive<u64>,
    usual: u32,
) -> Read<u32> {
    let Some(spot) = table.string(key)? else { return Ok(usual) };
    let days = duration::days(&spot.value);
    let fits = days.filter(|days| within.contains(days)).and_then(|days| u32::try_from(days).ok());
    fits.ok_or_else(|| {
        let what = match days {
            Some(_) => {
                format!("`{}` is not between {} and {} days", spot.value, within.start(), within.end())
            }
            None => format!("`{}` is not a number of days", spot.value),
        };
        let hint = format!("write a number and days: {key} = \"{usual} days\"");
        table.problems().add("bad-duration", &spot.place, what, "not a number of days", hint)
    })
}

/// Reads `sync = "every hour"`.
fn sync(table: &Table<'_>) -> Read<Option<Schedule>> {
    let Some(spot) = table.string("sync")? else { return Ok(None) };
    Schedule::parse(&spot.value).map(Some).map_err(|error| {
        let place = part_of(table.page(), &spot, error.span);
        let label = if error.understood { "never comes" } else { "not understood" };
        table.problems().add("bad-schedule", &place, error.what, label, error.hint)
    })
}
