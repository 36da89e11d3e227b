//! Sources that are files: their `url`, the keys beside it, and which of the files are a frame's.

use super::address::Vault;
use super::channel::{STORE_KEYS, ca, store};
use super::civil::one_word;
use super::csv::{DECIMALS, separates};
use super::duration;
use super::problems::Read;
use super::table::{Spot, Table};
use crate::definition::{
    CsvReading, DateOrder, FileEncoding, FilesFormat, FilesPlace, FilesSource, FrameName, StoredFiles, Take,
};
use std::time::Duration;

/// How urls of files begin: in a folder of this machine, and in a store.
const FORMATS: [(&str, &str, FilesFormat); 3] = [
    (
        "csv:",
        "csv+s3://",
        FilesFormat::Csv(CsvReading {
            separator: None,
            quote: b'"',
            decimal: '.',
            encoding: FileEncoding::Utf8,
            dates: DateOrder::Iso,
        }),
    ),
    ("ndjson:", "ndjson+s3://", FilesFormat::NdJson),
    ("parquet:", "parquet+s3://", FilesFormat::Parquet),
];

/// How bytes of CSV files become letters.
pub(super) const ENCODINGS: [(&str, FileEncoding); 3] = [
    ("utf-8", FileEncoding::Utf8),
    ("utf-16", FileEncoding::Utf16),
    ("windows-1252", FileEncoding::Windows1252),
];

/// How people write days in CSV files.
pub(super) const DATES: [(&str, DateOrder); 3] =
    [("iso", DateOrder::Iso), ("dmy", DateOrder::DayFirst), ("mdy", DateOrder::MonthFirst)];

/// Which of several files are read.
pub(super) const TAKES: [(&str, Take); 3] =
    [("newest", Take::Newest), ("all", Take::All), ("merge", Take::Merge)];

/// Keys of CSV files alone.
const OF_CSV: [&str; 5] = ["separator", "quote", "decimal", "encoding", "dates"];

/// A store answers soon, whatever it then takes to send what was asked for.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Does the url of a source lead to files?
pub(super) fn are_meant(url: &str) -> bool {
    FORMATS.iter().any(|(here, there, _)| url.starts_with(here) || url.starts_with(there))
}

/// Refuses what belongs to files, in a source that is something else.
pub(super) fn refuse_keys(table: &Table<'_>) {
    refuse_keys_but_private(table);
    table.refuse(
        "private",
        "`private` belongs to files in an S3-compatible store",
        "delete the line, or check the url of the source",
    );
}

/// The same, but for what an API has too.
pub(super) fn refuse_keys_but_private(table: &Table<'_>) {
    for key in OF_CSV {
        let what = format!("`{key}` belongs to CSV files");
        table.refuse(key, &what, "delete the line, or check the url of the source");
    }
    for key in STORE_KEYS {
        let what = format!("`{key}` belongs to files in an S3-compatible store");
        table.refuse(key, &what, "delete the line, or check the url of the source");
    }
}

fn refuse_store(table: &Table<'_>) {
    for key in STORE_KEYS.into_iter().chain(["private"]) {
        let what = format!("`{key}` belongs to files in an S3-compatible store");
        table.refuse(key, &what, "delete the line, or check the url of the source");
    }
}

/// Says nothing of these keys, where it is not known what the source is.
pub(super) fn leave_unjudged(table: &Table<'_>) {
    table.leave_unjudged(&OF_CSV);
    table.leave_unjudged(&STORE_KEYS);
    table.leave_unjudged(&["private"]);
}

/// Reads a source of which the url says that it is files.
pub(super) fn read(table: &Table<'_>, url: &Spot<String>, vault: Vault<'_>) -> Read<FilesSource> {
    let beginning =
        FORMATS.iter().find(|(here, there, _)| url.value.starts_with(here) || url.value.starts_with(there));
    let Some((here, there, format)) = beginning else {
        return Err(table.problems().add(
            "bad-url",
            &url.place,
            "no kind of file",
            "not known",
            "write csv:FOLDER",
        ));
    };
    let is_stored = url.value.starts_with(there);
    let format = if let FilesFormat::Csv(_) = format {
        csv(table).map(FilesFormat::Csv)
    } else {
        for key in OF_CSV {
            let what = format!("`{key}` belongs to CSV files");
            table.refuse(key, &what, "delete the line: these files say it themselves");
        }
        Ok(format.clone())
    };
    table.refuse("connections", "`connections` belongs to a database on a server", "delete the line");
    let place = if is_stored {
        let (ca, timeout) = (ca(table, vault.root), timeout(table));
        let store = store(table, url, there, vault);
        Ok(FilesPlace::Store(Box::new(StoredFiles { store: store?, ca: ca?, timeout: timeout? })))
    } else {
        for key in ["ca", "timeout"] {
            let what = format!("`{key}` belongs to a source that is reached over the network");
            table.refuse(key, &what, "delete the line, or check the url of the source");
        }
        refuse_store(table);
        folder(table, url, here, vault)
    };
    Ok(FilesSource { format: format?, place: place? })
}

fn folder(table: &Table<'_>, url: &Spot<String>, beginning: &str, vault: Vault<'_>) -> Read<FilesPlace> {
    table.no_secret("url", url)?;
    let path = &url.value[beginning.len()..];
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.trim().is_empty() || path.contains('\0') {
        let hint = format!(
            "write {beginning}FOLDER, with the path from the folder of this file, or {beginning}. for this folder"
        );
        return Err(table.problems().add("bad-url", &url.place, "no folder is named", "which folder?", hint));
    }
    // Without the points of `csv:.`, since people read it.
    Ok(FilesPlace::Local(vault.root.join(path).components().collect()))
}

fn timeout(table: &Table<'_>) -> Read<Duration> {
    let hint = "write a number and seconds or minutes: \"30 seconds\"";
    let most = duration::read(table, "timeout", 1..=3600, "a second and an hour", hint)?;
    Ok(most.map_or(TIMEOUT, |most| Duration::from_secs(most.value.into())))
}

fn csv(table: &Table<'_>) -> Read<CsvReading> {
    let separator = sign(table, "separator", "separate values", separates);
    let quote = sign(table, "quote", "stand around values", |sign| "\"'`|~^".contains(sign));
    let decimal = one_word(table, "decimal", "decimal mark", &DECIMALS);
    let encoding = one_word(table, "encoding", "encoding", &ENCODINGS);
    let dates = one_word(table, "dates", "way to write days", &DATES);
    let usual = CsvReading::default();
    let reading = CsvReading {
        separator: separator?.map(|spot| spot.value),
        quote: quote?.map_or(usual.quote, |spot| spot.value),
        decimal: decimal?.map_or(usual.decimal, |spot| spot.value),
        encoding: encoding?.map_or(usual.encoding, |spot| spot.value),
        dates: dates?.map_or(usual.dates, |spot| spot.value),
    };
    if reading.separator == Some(reading.quote) {
        let (what, place) = ("the separator and the quote are the same", table.key_place("quote"));
        let hint = "write the sign that stands around values: quote = \"'\"";
        return Err(table.problems().add("bad-csv", &place, what, "the same as `separator`", hint));
    }
    Ok(reading)
}

/// One ASCII sign that is fit for it.
fn sign(
    table: &Table<'_>,
    key: &'static str,
    what_for: &str,
    fits: impl Fn(char) -> bool,
) -> Read<Option<Spot<u8>>> {
    let Some(spot) = table.string(key)? else { return Ok(None) };
    let mut signs = spot.value.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) if sign.is_ascii() && fits(sign) => {
            Ok(u8::try_from(sign).ok().map(|sign| Spot::new(sign, spot.place)))
        }
        _ => {
            let what = format!("`{}` cannot {what_for}", spot.value.escape_default());
            let hint = match key {
                "separator" => {
                    "write separator = \";\", \",\", \"|\" or \"\\t\", or delete the line: it is found out"
                }
                _ => "write quote = \"'\", or delete the line to mean \"",
            };
            Err(table.problems().add("bad-csv", &spot.place, what, "one sign only", hint))
        }
    }
}

/// Reads `files = "tareas_*.csv"` of a frame.
pub(super) fn pattern(table: &Table<'_>, frame: FrameName) -> Read<Option<String>> {
    let Some(spot) = table.string("files")? else { return Ok(None) };
    let hint = format!(
        "write names with * and ? for what differs, from the folder of the url: files = \"{}_*.csv\"",
        frame.as_str()
    );
    let wrong = |what: String, label: &str| {
        Err(table.problems().add("bad-files", &spot.place, what, label, hint.clone()))
    };
    if spot.value.trim().is_empty() {
        return wrong("`files` is empty".to_owned(), "nothing here");
    }
    if spot.value.starts_with('/') || spot.value.split('/').any(|part| part == "..") {
        return wrong(format!("`{}` leads out of the source's folder", spot.value), "leads elsewhere");
    }
    if let Err(error) = glob::Pattern::new(&spot.value) {
        return wrong(format!("`{}` is not a pattern: {}", spot.value, error.msg), "cannot be read");
    }
    Ok(Some(spot.value))
}

/// Reads `take` of a frame.
pub(super) fn take(table: &Table<'_>) -> Read<Take> {
    Ok(one_word(table, "take", "way to choose files", &TAKES)?.map(|spot| spot.value).unwrap_or_default())
}
