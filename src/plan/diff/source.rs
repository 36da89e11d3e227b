//! What would change about sources.

use super::{Subject, api, named, users};
use crate::definition::{
    DatabaseProtection, Definitions, FilesFormat, FilesPlace, FilesSource, FrameName, Source, SourceKind,
    SourceServer, Take,
};
use crate::plan::compare::{Facts, squeezed};
use crate::plan::words;
use std::path::Path;

pub(super) fn sources(before: &Definitions, after: &Definitions) -> Vec<Subject> {
    let all = |definitions: &Definitions| -> Vec<(String, Facts)> {
        let facts = |source: &Source| facts(source, &definitions.root);
        definitions.sources.iter().map(|(id, source)| (id.to_string(), facts(source))).collect()
    };
    named("source", &all(before), &all(after), |id| users(before, after, |it| it.source.as_str() == id))
}

fn of_server(kind: &str, server: &SourceServer, root: &Path) -> Facts {
    let at = &server.at;
    let protection = match at.protection {
        DatabaseProtection::Off => "disable",
        DatabaseProtection::Encrypted => "require",
        DatabaseProtection::Verified => "verify-full",
    };
    let mut facts = vec![
        ("url".to_owned(), format!("{kind}://{}", at.place())),
        ("sslmode".to_owned(), protection.to_owned()),
        ("timeout".to_owned(), format!("{} s", server.timeout.as_secs())),
        ("connections".to_owned(), server.connections.to_string()),
    ];
    facts.extend(at.server.login.iter().map(|(user, _)| ("user".to_owned(), user.clone())));
    facts.extend(at.ca.iter().map(|ca| ("ca".to_owned(), words::path(ca, root))));
    facts
}

fn of_files(files: &FilesSource, root: &Path) -> Facts {
    let kind = files.format.as_str();
    let mut facts = Vec::new();
    let mut say = |key: &str, value: String| facts.push((key.to_owned(), value));
    match &files.place {
        FilesPlace::Local(path) => say("url", format!("{kind}:{}", words::path(path, root))),
        FilesPlace::Store(stored) => {
            let store = &stored.store;
            say("url", format!("{kind}+s3://{}/{}", store.bucket, store.prefix));
            say("endpoint", store.endpoint.to_string());
            say("region", store.region.clone());
            say("path_style", store.path_style.to_string());
            say("private", store.private.to_string());
            say("timeout", format!("{} s", stored.timeout.as_secs()));
            if let Some(ca) = &stored.ca {
                say("ca", words::path(ca, root));
            }
        }
    }
    if let FilesFormat::Csv(csv) = &files.format {
        if let Some(separator) = csv.separator {
            say("separator", char::from(separator).escape_default().to_string());
        }
        say("quote", char::from(csv.quote).to_string());
        say("decimal", csv.decimal.to_string());
        say("encoding", csv.encoding.as_str().to_owned());
    }
    facts
}

fn of_kind(kind: &SourceKind, root: &Path) -> Facts {
    match kind {
        SourceKind::Sqlite(path) => vec![("url".to_owned(), format!("sqlite:{}", words::path(path, root)))],
        SourceKind::Postgres(server) => of_server("postgres", server, root),
        SourceKind::MySql(server) => of_server("mysql", server, root),
        SourceKind::Files(files) => of_files(files, root),
        SourceKind::Api(api) => api::facts(api, root),
        SourceKind::Several(several) => {
            let own = several.own.iter().flat_map(|kind| of_kind(kind, root));
            own.chain(several.names.iter().map(|(frame, id)| (frame.as_str().to_owned(), id.to_string())))
                .collect()
        }
    }
}

fn facts(source: &Source, root: &Path) -> Facts {
    let mut facts = of_kind(&source.kind, root);
    let is_own =
        |frame: &FrameName| !matches!(&source.kind, SourceKind::Several(it) if it.names.contains_key(frame));
    for (frame, own) in source.frames.iter().filter(|(frame, _)| is_own(frame)) {
        let mut say = |key: &str, value: Option<String>| {
            facts.extend(value.map(|value| (format!("{}.{key}", frame.as_str()), value)));
        };
        say("table", own.table.clone());
        say("query", own.query.as_deref().map(squeezed));
        say("files", own.files.clone());
        say("take", (own.take != Take::default()).then(|| own.take.as_str().to_owned()));
        say("timezone", own.zone.map(|zone| zone.name().to_owned()));
        for (name, written) in &own.columns {
            say(&format!("columns.{name}"), Some(written.clone()));
        }
        for (flaw, treatment) in own.quality.iter() {
            say(&format!("quality.{}", flaw.as_str()), Some(treatment.as_str().to_owned()));
        }
        if let Some(status) = &own.status {
            for (meaning, values) in [
                ("open", &status.open),
                ("done", &status.done),
                ("failed", &status.failed),
                ("cancelled", &status.cancelled),
                ("rescheduled", &status.rescheduled),
            ] {
                say(&format!("status.{meaning}"), (!values.is_empty()).then(|| values.join(", ")));
            }
        }
    }
    facts
}
