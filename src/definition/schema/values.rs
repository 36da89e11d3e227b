//! What a single value of the file may be: names, texts, closed sets, languages inside strings. Words of closed sets are
//! those of the readers, so that neither can know one that the other does not.

use crate::definition::read::vocabulary;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Names of reports, sources and channels.
pub(super) const NAME: &str = "^[a-z][a-z0-9_-]{0,63}$";
/// Names of metrics, columns and parameters: they stand in SQL.
pub(super) const COLUMN: &str = "^[a-z][a-z0-9_]{0,63}$";
/// Schedules offered for completion; many others can be written.
pub(super) const SCHEDULES: [&str; 10] = [
    "every day at 07:00",
    "every weekday at 07:00",
    "every workday at 07:00",
    "every monday at 07:00",
    "every monday and thursday at 18:30",
    "on day 1 of the month at 06:00",
    "on the last day of the month at 20:00",
    "on the first workday of the month at 08:00",
    "on the second tuesday of the month at 07:00",
    "every quarter on day 2 at 07:00",
];
/// Every period but those with numbers in them.
pub(super) const PERIODS: [&str; 12] = [
    "previous day",
    "previous week",
    "previous month",
    "previous quarter",
    "previous year",
    "previous workday",
    "previous 7 days",
    "week to date",
    "month to date",
    "quarter to date",
    "year to date",
    "since last run",
];
/// Locales offered for completion; every es-*, en-* and pt-* is one.
pub(super) const LOCALES: [&str; 14] = [
    "es-CO", "es-MX", "es-AR", "es-CL", "es-PE", "es-EC", "es-UY", "es-CR", "es-ES", "es", "en-US", "en-GB",
    "pt-BR", "pt-PT",
];

/// Types without values: each is the schema of one kind of value. `shared` ones stand once, under `$defs`.
macro_rules! value {
    ($(#[doc = $doc:literal] $place:ident $name:ident = $schema:expr;)+) => {$(
        #[doc = $doc]
        pub(super) struct $name;
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                stringify!($place) == "inline"
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )+};
}
pub(super) use value;

/// One word of a closed set.
pub(super) fn one_of(words: Vec<&'static str>) -> Schema {
    json_schema!({ "type": "string", "enum": words })
}

/// Words to choose from, or another text of this pattern.
fn suggested(words: &[&str], pattern: &str) -> Schema {
    json_schema!({ "anyOf": [{ "enum": words }, { "type": "string", "pattern": pattern }] })
}

fn pattern(pattern: &str, example: &str) -> Schema {
    json_schema!({ "type": "string", "pattern": pattern, "examples": [example] })
}

/// Several of a kind, at least one, none twice.
pub(super) fn some(items: impl Into<Value>) -> Schema {
    json_schema!({ "type": "array", "items": items.into(), "minItems": 1, "uniqueItems": true })
}

fn several(items: impl Into<Value>) -> Schema {
    json_schema!({ "type": "array", "items": items.into(), "uniqueItems": true })
}

fn text() -> Schema {
    let version = |language: &&str| ((*language).to_owned(), json!({ "type": "string", "pattern": "\\S" }));
    let versions: serde_json::Map<String, Value> = vocabulary::languages().iter().map(version).collect();
    json_schema!({
        "description": "One text for all languages, or one for each: { es = \"...\", en = \"...\", pt = \"...\" }.",
        "anyOf": [
            { "type": "string", "pattern": "\\S" },
            { "type": "object", "properties": versions, "additionalProperties": false, "minProperties": 1 },
        ]
    })
}

fn codes() -> Schema {
    let (least, most) = vocabulary::done_on();
    several(json!({ "type": "integer", "minimum": least, "maximum": most }))
}

fn channel_url() -> Schema {
    let schemes: Vec<String> = vocabulary::schemes()
        .into_iter()
        .map(|scheme| match scheme {
            "folder" => "folder:".to_owned(),
            scheme => format!("{}://", scheme.replace('+', "\\+")),
        })
        .collect();
    json_schema!({
        "type": "string",
        "pattern": format!("^({})", schemes.join("|")),
        "examples": [
            "smtp+starttls://informes:${SMTP_PASSWORD}@smtp.example.com:587",
            "ftps://user:${FTP_PASSWORD}@ftp.example.com/entrada",
            "https://portal.example.com/api/informes/",
            "folder:salida",
        ]
    })
}

fn value_format() -> Schema {
    let all = vocabulary::value_formats();
    let (whole, others) = all.split_first().unwrap_or((&"integer", &[]));
    let most = vocabulary::most_decimals();
    suggested(&all, &format!("^({whole}|({})(\\.[0-{most}])?)$", others.join("|")))
}

value! {
    /// A name.
    inline Name = pattern(NAME, "ventas-semanal");
    /// A column of a frame.
    inline ColumnName = pattern(COLUMN, "team");
    /// Columns, each once.
    inline Columns = several(json!({ "type": "string", "pattern": COLUMN }));
    /// A column to sort by.
    inline Sort = pattern("^-?[a-z][a-z0-9_]{0,63}$", "-completion_rate");
    /// A text for people.
    shared Text = text();
    /// Continent and city.
    shared Timezone = one_of(chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()).collect());
    /// A locale of reports.
    inline Locale = suggested(&LOCALES, "^(es|en|pt)(-[A-Za-z0-9]+)*$");
    /// ISO 4217.
    shared Currency = one_of(vocabulary::currencies());
    /// A day of the week.
    inline Weekday = one_of(vocabulary::weekdays());
    /// Days of the week.
    inline Weekdays = suggested(&["mon-fri", "mon-sat"], "^[A-Za-z, -]+$");
    /// A day.
    inline Day = json_schema!({ "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" });
    /// Days.
    inline Dates = json_schema!({ "type": "array", "items": Day::json_schema(&mut SchemaGenerator::default()) });
    /// A calendar file, or days.
    inline Holidays = json_schema!({ "anyOf": [
        { "type": "string", "pattern": "\\S", "examples": ["templates/holidays-co.ics"] },
        Dates::json_schema(&mut SchemaGenerator::default()),
    ] });
    /// A colour.
    inline Color = pattern("^#[0-9a-fA-F]{6}$", "#0b7a75");
    /// Where the record stands.
    inline LedgerUrl = pattern("^(sqlite:.*[^ ]|postgres(ql)?://.+/.+)", "sqlite:parte.db");
    /// How long something is kept.
    inline Days = pattern("^ *[0-9]+ +days? *$", "400 days");
    /// Where data comes from.
    inline SourceUrl = pattern(
        "^((sqlite|csv|ndjson|parquet):.*[^ ]|(csv|ndjson|parquet)\\+s3://[^ ]+|(postgres(ql)?|mysql|mariadb)://.+/.+|reten[+]https?://.+)",
        "sqlite:crm.db",
    );
    /// A path on a server.
    inline UrlPath = pattern("^/[^?# ]*$", "/api/v1/tasks/");
    /// A generation of the platform's API.
    inline ApiGeneration = one_of(vocabulary::api_generations());
    /// Tables that the platform's API has, each once.
    inline ApiFrames = some(one_of(vocabulary::api_frames()));
    /// Where a channel leads.
    inline ChannelUrl = channel_url();
    /// A short time.
    inline Timeout = pattern("^ *[0-9]+ *(s|m|h|min|seconds?|minutes?|hours?|days?) *$", "30s");
    /// How an upload is sent.
    inline Method = one_of(vocabulary::methods());
    /// What happens when another file has the name of ours.
    inline Existing = one_of(vocabulary::existing());
    /// How an address is asked for.
    inline PresignMethod = one_of(vocabulary::presign_methods());
    /// Codes of HTTP.
    inline Codes = codes();
    /// A field of an answer.
    inline FieldPath = pattern("^[^\\s.]+(\\.[^\\s.]+)*$", "data.id");
    /// An address of HTTP.
    inline HttpUrl = pattern("^https?://", "https://api.example.com/uploads");
    /// A schedule in words.
    inline ScheduleWords = suggested(
        &SCHEDULES,
        "^ *([Ee]very +(minute|hour|[0-9]+ +(minutes?|hours?))|([Ee]very|[Oo]n) .* at +[0-9]{1,2}:[0-9]{2})",
    );
    /// A schedule as cron text.
    inline Cron = pattern("^\\s*(\\S+\\s+){4}\\S+\\s*$", "0 7 * * mon-fri");
    /// What a report covers.
    inline Period = suggested(
        &PERIODS,
        "^ *([Pp]revious +[0-9]+ +days?|[0-9]{4}-[0-9]{2}-[0-9]{2} *\\.\\. *[0-9]{4}-[0-9]{2}-[0-9]{2}) *$",
    );
    /// A length of time.
    inline Jitter = pattern("^ *[0-9]+ *[a-z]+ *$", "5 minutes");
    /// What a schedule does on a free day.
    inline FreeDay = one_of(vocabulary::free_days());
    /// Formats, each once.
    inline Formats = some(one_of(vocabulary::formats()));
    /// What a report is compared with.
    inline Comparisons = several(one_of(vocabulary::comparisons()));
    /// What is made up for.
    inline CatchUp = one_of(vocabulary::catch_up());
    /// What becomes of a firing that comes too soon.
    inline Overlap = one_of(vocabulary::overlap());
    /// What becomes of rows that do not fit.
    inline Treatment = one_of(vocabulary::treatments());
    /// Rows of which no word but this can be said.
    inline Counted = json_schema!({ "const": "keep" });
    /// How a chart is drawn.
    inline ChartKind = one_of(vocabulary::charts());
    /// What a spark runs over.
    inline SparkTime = one_of(vocabulary::sparks());
    /// A number of rows.
    inline Limit = json_schema!({ "type": "integer", "minimum": 1, "maximum": vocabulary::most_rows() });
    /// A frame that metrics are computed over.
    inline MetricFrame = one_of(vocabulary::metric_frames());
    /// A frame that says what metrics are to reach.
    inline TargetFrame = one_of(vocabulary::target_frames());
    /// Rows of a frame.
    inline MetricRows = one_of(vocabulary::metric_rows());
    /// How a value is shown.
    inline ValueFormat = value_format();
    /// A direction.
    inline Better = one_of(vocabulary::better());
    /// A metric: one of the catalogue, or one of [metrics.*].
    shared MetricName = pattern(COLUMN, "tasks_completed");
    /// What becomes of what is in doubt.
    inline InDoubt = one_of(vocabulary::in_doubt());
    /// Domains of addresses.
    inline Domains = some(json!({ "type": "string", "pattern": "^([*][.])?[^@*]+$", "examples": ["example.com", "*.example.org"] }));
    /// Mail addresses.
    inline Recipients = some(json!({ "type": "string", "pattern": "@", "examples": ["Gerencia <gerencia@example.com>"] }));
    /// A list of a source's values.
    inline SourceValues = json_schema!({ "type": "array", "items": { "type": "string" } });
    /// Patterns of files.
    inline FilePatterns = some(json!({ "type": "string", "pattern": "\\S", "examples": ["reports/*.toml"] }));
    /// Frame columns and the source's.
    inline Renamed = json_schema!({
        "type": "object", "propertyNames": { "pattern": "^[a-z_][a-z0-9_]*$" }, "additionalProperties": { "type": "string" }
    });
    /// What people may be told of, each once.
    inline AlertEvents = several(one_of(vocabulary::alert_events()));
    /// What programs may be told of, each once.
    inline HookEvents = several(one_of(vocabulary::hook_events()));
    /// The version of the language.
    inline Version = json_schema!({ "const": 1 });
}

/// Metrics, each once.
pub(super) struct Metrics;

impl JsonSchema for Metrics {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Metrics".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        some(generator.subschema_for::<MetricName>())
    }
}

/// Tables by names that the analyst chose.
macro_rules! tables {
    ($(#[doc = $doc:literal] $name:ident of $table:ty, named $pattern:expr;)+) => {$(
        #[doc = $doc]
        pub(super) struct $name;
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let table = generator.subschema_for::<$table>();
                schemars::json_schema!({
                    "type": "object",
                    "propertyNames": { "pattern": $pattern },
                    "additionalProperties": table
                })
            }
        }
    )+};
}
pub(super) use tables;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::{PeriodRule, Schedule};

    #[test]
    fn what_is_offered_for_completion_can_be_read() {
        for words in SCHEDULES {
            assert!(Schedule::parse(words).is_ok(), "{words}");
        }
        for words in PERIODS {
            assert!(PeriodRule::parse(words).is_ok(), "{words}");
        }
        for tag in LOCALES {
            assert!(crate::definition::Language::of_locale(tag).is_some(), "{tag}");
        }
    }
}
