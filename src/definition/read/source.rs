//! `[sources.ID]`: where tasks and user states come from, and how its tables differ from the documented frames.

mod links;

pub(super) use links::{Links, resolve};

use super::address::{Scheme, Vault};
use super::civil::{Civil, timezone};
use super::metric::is_column_name;
use super::problems::{Read, Reported};
use super::quality::quality;
use super::sql;
use super::table::{Refused, Spot, Table};
use super::{api, database, duration, files};
use crate::definition::{
    FrameName, FrameSource, Secrets, Several, Source, SourceId, SourceKind, SourceServer, StatusMapping, Take,
};
use crate::suggest;
use std::collections::BTreeMap;
use std::time::Duration;

const LATER: &[Refused] =
    &[("time", "it is not needed: the period is asked for on the documented instants of each frame")];

/// Reads one source.
pub(super) fn read(
    id: SourceId,
    table: &Table<'_>,
    vaults: (Vault<'_>, Secrets),
    civil: &Civil,
    links: &Links,
) -> Read<Source> {
    let mut names = BTreeMap::new();
    let mut fault: Option<Reported> = None;
    for name in FrameName::ALL.into_iter().filter(|name| links.has(id.as_str(), *name)) {
        match links::link(table, id.as_str(), name, links) {
            Ok(source) => {
                names.insert(name, source);
            }
            Err(reported) => fault = Some(reported),
        }
    }
    let is_linked = !names.is_empty() || fault.is_some();
    let own = if is_linked && !table.has("url") {
        for key in OF_SERVERS {
            table.refuse(key, &format!("`{key}` belongs to a url"), "delete the line");
        }
        files::refuse_keys(table);
        refuse_api(table, &["ca", "timeout", "private"]);
        Ok(None)
    } else {
        kind(&id, table, vaults, civil).map(Some)
    };
    let asked = match &own {
        Ok(Some(kind)) => sql::Asked::of(kind).map_or(Asked::Files, Asked::Sql),
        Ok(None) | Err(_) => Asked::Unknown,
    };
    let mut frames = BTreeMap::new();
    for name in FrameName::ALL.into_iter().filter(|name| !links.has(id.as_str(), *name)) {
        let heading = format!("{}.{}]", table.name().trim_end_matches(']'), name.as_str());
        let hint = format!("write {heading} on a line of its own, then table = \"...\"");
        match table.table(name.as_str(), &heading, &hint, LATER) {
            Ok(None) => {}
            Ok(Some(inner)) => match frame(&inner, name, asked) {
                Ok(frame) => {
                    frames.insert(name, frame);
                }
                Err(reported) => fault = Some(reported),
            },
            Err(reported) => fault = Some(reported),
        }
    }
    match fault {
        Some(reported) => Err(reported),
        None => {
            let kind = match own? {
                Some(kind) if names.is_empty() => kind,
                own => {
                    let (own, of) = (own.map(Box::new), BTreeMap::new());
                    SourceKind::Several(Several { own, names, of })
                }
            };
            Ok(Source { id, kind, frames })
        }
    }
}

const URL: &str = "write url = \"sqlite:FILE\", \"csv:FOLDER\" (ndjson:, parquet:), postgres://user:${PASSWORD}@host/database, mysql://... or reten+https://HOST";

/// How the frames of a source are asked for.
#[derive(Debug, Clone, Copy)]
enum Asked {
    /// By a query in a dialect.
    Sql(sql::Asked),
    /// By the names of files.
    Files,
    /// Nobody can tell: the url is at fault.
    Unknown,
}

/// A report's rows are read in minutes, or something is wrong.
const TIMEOUT: Duration = Duration::from_mins(10);
/// Reports that are made at the same time should not take a server away from others.
const CONNECTIONS: usize = 4;

/// Keys that belong to servers.
const OF_SERVERS: [&str; 3] = ["ca", "timeout", "connections"];

fn kind(
    id: &SourceId,
    table: &Table<'_>,
    (of_api, secrets): (Vault<'_>, Secrets),
    civil: &Civil,
) -> Read<SourceKind> {
    let root = of_api.root;
    let url = match table.need("url", table.string_with_secret("url"), URL) {
        Ok(url) => url,
        Err(reported) => {
            leave_unjudged(table);
            return Err(reported);
        }
    };
    if url.value.starts_with(api::SCHEME) {
        files::refuse_keys_but_private(table);
        let what = "`connections` belongs to a database on a server";
        table.refuse(
            "connections",
            what,
            "delete the line: `parallel` says how many requests are under way at once",
        );
        table.no_secret("url", &url)?;
        return api::read(id, table, &url, of_api, civil).map(|api| SourceKind::Api(Box::new(api)));
    }
    let vault = Vault { root, optional: secrets == Secrets::Optional, sends: false };
    if files::are_meant(&url.value) {
        refuse_api(table, &["ca", "timeout", "private"]);
        return files::read(table, &url, vault).map(SourceKind::Files);
    }
    let Some(scheme) = database::scheme_of(&url.value) else {
        if !url.value.starts_with("sqlite:") {
            leave_unjudged(table);
            let what = "a source is a SQLite file, CSV, NDJSON or Parquet files, a database on a PostgreSQL or MySQL server, or the \
                 platform's API";
            return Err(table.problems().add("bad-url", &url.place, what, "none of them", URL));
        }
        files::refuse_keys(table);
        refuse_api(table, &["ca", "timeout", "private"]);
        for key in OF_SERVERS {
            let what = format!("`{key}` belongs to a database on a server");
            table.refuse(key, &what, "delete the line, or check the url of the source");
        }
        table.no_secret("url", &url)?;
        return sqlite_file(table, &url, "a source").map(|file| SourceKind::Sqlite(root.join(file)));
    };
    files::refuse_keys(table);
    refuse_api(table, &["ca", "timeout", "private"]);
    let ca = super::channel::ca(table, root);
    let timeout = timeout(table);
    let connections = super::channel::connections(table);
    let words = match scheme {
        Scheme::MySql => ("a source", "mysql://user:${PASSWORD}@host/database"),
        _ => ("a source", "postgres://user:${PASSWORD}@host/database"),
    };
    let at = database::server(table, &url, scheme, vault, ca, words)?;
    let server = SourceServer { at, timeout: timeout?, connections: connections?.unwrap_or(CONNECTIONS) };
    Ok(if scheme == Scheme::MySql { SourceKind::MySql(server) } else { SourceKind::Postgres(server) })
}

/// Reads `timeout = "10 minutes"`: how long one query may take.
fn timeout(table: &Table<'_>) -> Read<Duration> {
    let hint = "write a number and seconds, minutes or hours: \"10 minutes\"";
    let most = duration::read(table, "timeout", 1..=86_400, "a second and a day", hint)?;
    Ok(most.map_or(TIMEOUT, |most| Duration::from_secs(most.value.into())))
}

/// Refuses what belongs to an API; `others` belong to other kinds too.
fn refuse_api(table: &Table<'_>, others: &[&str]) {
    for key in api::KEYS.into_iter().chain(api::WHEN).filter(|key| !others.contains(key)) {
        let what = format!("`{key}` belongs to a source that is an API (reten+https)");
        table.refuse(key, &what, "delete the line, or check the source's url");
    }
}

/// Says nothing of keys that belong to some kind, where it is not known what the source is.
fn leave_unjudged(table: &Table<'_>) {
    table.leave_unjudged(&OF_SERVERS);
    files::leave_unjudged(table);
    table.leave_unjudged(&api::KEYS);
    table.leave_unjudged(&api::WHEN);
}

/// The file of `sqlite:FILE`.
pub(super) fn sqlite_file<'s>(table: &Table<'_>, url: &'s Spot<String>, who: &str) -> Read<&'s str> {
    const HINT: &str = "write url = \"sqlite:FILE\", with the path from the folder of this file";
    let file = url.value.strip_prefix("sqlite:");
    match file.map(|file| file.strip_prefix("//").unwrap_or(file)) {
        Some(file) if !file.trim().is_empty() && !file.contains(['\0', '?']) => Ok(file),
        Some(_) => Err(table.problems().add("bad-url", &url.place, "no file is named", "which file?", HINT)),
        None => {
            let what = format!("{who} must be a SQLite file");
            Err(table.problems().add("bad-url", &url.place, what, "does not begin with `sqlite:`", HINT))
        }
    }
}

fn frame(table: &Table<'_>, name: FrameName, asked: Asked) -> Read<FrameSource> {
    let named_table = non_empty(table, "table", "write the table's name in the source");
    if matches!(asked, Asked::Files) {
        let what = "files have no SQL of their own";
        table.refuse("query", what, "name the files with `table` or `files`, and the columns with `columns`");
    }
    let query = match table.string("query") {
        Ok(Some(spot)) => match asked {
            Asked::Sql(asked) => sql::select_of_source(table.page(), &spot, asked).map(|()| Some(spot)),
            // What the url does not tell, nobody can judge; what files are asked has been told.
            Asked::Files | Asked::Unknown => Ok(None),
        },
        other => other,
    };
    let (files, take) = match asked {
        Asked::Files => (files::pattern(table, name), files::take(table)),
        Asked::Sql(_) => {
            for key in ["files", "take"] {
                let what = format!("`{key}` belongs to sources that are files");
                table.refuse(key, &what, "delete the line, or check the url of the source");
            }
            (Ok(None), Ok(Take::default()))
        }
        Asked::Unknown => {
            table.leave_unjudged(&["files", "take"]);
            (Ok(None), Ok(Take::default()))
        }
    };
    let both = match (&named_table, &query) {
        (Ok(Some(_)), Ok(Some(query))) => {
            let what = format!("{} has both `table` and `query`", table.name());
            let hint = "keep one of them: a query names its tables itself";
            Err(table.problems().add("conflicting-keys", &query.place, what, "one too many", hint))
        }
        _ => Ok(()),
    };
    let columns = columns(table);
    let zone = timezone(table);
    let status = status(table, name);
    let quality = quality(table, name);
    both?;
    Ok(FrameSource {
        table: named_table?.map(|spot| spot.value),
        query: query?.map(|spot| spot.value),
        files: files?,
        take: take?,
        columns: columns?,
        zone: zone?,
        status: status?,
        quality: quality?,
    })
}

fn non_empty(table: &Table<'_>, key: &'static str, hint: &str) -> Read<Option<Spot<String>>> {
    match table.string(key)? {
        Some(spot) if spot.value.trim().is_empty() => {
            let what = format!("`{key}` is empty");
            Err(table.problems().add("empty-text", &spot.place, what, "nothing here", hint))
        }
        other => Ok(other),
    }
}

fn columns(table: &Table<'_>) -> Read<BTreeMap<String, String>> {
    const HINT: &str = "write columns = { seller_id = \"its name in the source\" }";
    let Some(inner) = table.table("columns", "columns", HINT, &[])? else { return Ok(BTreeMap::new()) };
    let mut columns = BTreeMap::new();
    let mut fault = None;
    for (column, theirs) in inner.named_strings() {
        let theirs = match theirs {
            Ok(theirs) => theirs,
            Err(reported) => {
                fault = Some(reported);
                continue;
            }
        };
        if !is_identifier(&column.value) {
            let what = format!("`{}` cannot be the name of a column in SQL", column.value);
            let hint =
                "the documented name stands left, the source's right: seller_id = \"Vendedor (código)\"";
            fault = Some(table.problems().add("bad-name", &column.place, what, "not a column name", hint));
        } else if theirs.value.trim().is_empty() {
            let what = format!("the column for `{}` has no name", column.value);
            fault = Some(table.problems().add("empty-text", &theirs.place, what, "nothing here", HINT));
        } else {
            columns.insert(column.value, theirs.value);
        }
    }
    fault.map_or(Ok(columns), Err)
}

pub(super) fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn status(table: &Table<'_>, name: FrameName) -> Read<Option<StatusMapping>> {
    const HINT: &str =
        "write status = { open = [\"...\"], done = [\"...\"], failed = [\"...\"], cancelled = [\"...\"] }";
    if name != FrameName::Tasks {
        let what = format!("only tasks have a status to map, {} have none", name.as_str());
        table.refuse("status", &what, "write it under [sources.NAME.tasks], or delete it");
        return Ok(None);
    }
    let Some(inner) = table.table("status", "status", HINT, &[])? else { return Ok(None) };
    let mut seen: BTreeMap<String, &'static str> = BTreeMap::new();
    let mut values = |meaning: &'static str| -> Read<Vec<String>> {
        let mut kept = Vec::new();
        let mut fault = None;
        for value in inner.strings(meaning)?.map(|list| list.value).unwrap_or_default() {
            if let Some(before) = seen.insert(value.value.clone(), meaning) {
                let what = format!("the status `{}` stands in `{before}` already", value.value);
                let hint = "a value has one meaning: delete one of the two";
                fault = Some(inner.problems().add("duplicate", &value.place, what, "a second time", hint));
            }
            kept.push(value.value);
        }
        fault.map_or(Ok(kept), Err)
    };
    let (open, done, failed) = (values("open"), values("done"), values("failed"));
    let (cancelled, rescheduled) = (values("cancelled"), values("rescheduled"));
    Ok(Some(StatusMapping {
        open: open?,
        done: done?,
        failed: failed?,
        cancelled: cancelled?,
        rescheduled: rescheduled?,
    }))
}

/// A name as identifiers of sources, channels and reports are written.
pub(super) fn identifier<T>(
    table: &Table<'_>,
    spot: &Spot<String>,
    what_for: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Read<T> {
    parse(&spot.value).ok_or_else(|| {
        let what = match spot.value.as_str() {
            "" => format!("an empty text cannot name a {what_for}"),
            name => format!("`{name}` cannot name a {what_for}"),
        };
        const RULE: &str = "names consist of lower-case letters, digits, - and _, and begin with a letter";
        let hint = match super::slug::slug(&spot.value).filter(|slug| parse(slug).is_some()) {
            Some(slug) => format!("write {slug}: {RULE}"),
            None => RULE.to_owned(),
        };
        table.problems().add("bad-name", &spot.place, what, "not a name", hint)
    })
}

/// What was defined by name; `Err` where the whole of it is at fault, so that nothing can be held against it.
pub(super) type Named<T> = Read<BTreeMap<String, Read<T>>>;

/// The known one of this name, or a problem that says which there are.
pub(super) fn known<'k, T>(
    table: &Table<'_>,
    spot: &Spot<String>,
    kind: &'static str,
    code: &'static str,
    all: &'k Named<T>,
) -> Read<&'k T> {
    let all = all.as_ref().map_err(|reported| *reported)?;
    match all.get(&spot.value) {
        Some(Ok(value)) => Ok(value),
        // It is there, and its own faults were told.
        Some(Err(reported)) => Err(*reported),
        None if table.page().may_be_defined(&spot.value) => Err(table.problems().told_by_syntax()),
        None => {
            let names = all.keys().map(String::as_str);
            let what = format!("there is no {kind} `{}`", spot.value);
            let mut hint = suggest::hint(&spot.value, names);
            let name = plain_name(kind, &spot.value);
            if hint.is_empty() {
                hint = format!("define it: [{kind}s.{name}]");
            }
            if kind == "metric" && suggest::closest(&spot.value, all.keys().map(String::as_str)).is_none() {
                hint =
                    format!("`parte metrics` lists them all; one of your own begins with [metrics.{name}]");
            }
            Err(table.problems().add(code, &spot.place, what, format!("no such {kind}"), hint))
        }
    }
}

/// A name that the thing may have: as it was written, where it may be called so.
fn plain_name(kind: &str, written: &str) -> String {
    let slug = match super::slug::slug(written) {
        Some(slug) if kind == "metric" => slug.replace('-', "_"),
        slug => slug.unwrap_or_default(),
    };
    let fine = if kind == "metric" { is_column_name(written) } else { SourceId::parse(written).is_some() };
    match fine {
        true => written.to_owned(),
        false if is_column_name(&slug.replace('-', "_")) => slug,
        false => "NAME".to_owned(),
    }
}
