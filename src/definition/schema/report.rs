//! `[[report]]` and `[[report.deliver]]`, as written.
#![expect(dead_code, reason = "no value is ever made: the schema is derived from the types")]

use super::csv::Csv;
use super::expect::Expect;
use super::file::Workdays;
use super::params::Params;
use super::section::Section;
use super::values::{
    CatchUp, Comparisons, Cron, Currency, Dates, Day, Formats, FreeDay, Jitter, Locale, Name, Overlap,
    Period, Recipients, ScheduleWords, Text, Timeout, Timezone, Weekday,
};
use schemars::JsonSchema;
use serde_json::json;

/// One report: what it says, when it is due, in which formats and to whom.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("not" = json!({ "required": ["schedule", "cron"] })))]
pub(super) struct Report {
    /// Its name: commands and files use it. Unique.
    id: Name,
    /// Its title for people.
    title: Text,
    /// A sentence under the title.
    subtitle: Option<Text>,
    /// When it is due, in words. Without it (and without `cron`) only by hand.
    schedule: Option<ScheduleWords>,
    /// When it is due, as cron text: minute, hour, day of the month, month, day of the week. Instead of `schedule`.
    cron: Option<Cron>,
    /// The first day on which it may be due.
    starts: Option<Day>,
    /// The last day on which it may be due.
    ends: Option<Day>,
    /// Days on which it is not due.
    except: Option<Dates>,
    /// What happens when its day is no workday.
    #[schemars(extend("default" = "fire"))]
    on_free_day: Option<FreeDay>,
    /// At most so much later it begins, always the same for one report: spreads reports that are due at once.
    jitter: Option<Jitter>,
    /// What it covers. It follows from the time the run was due, not from the clock.
    period: Period,
    /// What its numbers are compared with, the main one first: the equal period before, the same period a year before,
    /// each metric's target.
    compare: Option<Comparisons>,
    /// Whether it begins with a summary in words, where there is something to say. Without it as [defaults] say.
    summary: Option<bool>,
    /// How its CSV files are written. Without it as [defaults] say.
    csv: Option<Csv>,
    /// The name of one of [sources.*]. Without it the only one there is.
    source: Option<Name>,
    /// A SQL condition on its rows.
    #[schemars(rename = "where", example = &"channel in ('salesman', 'callcenter')", regex(pattern = "\\S"))]
    filter: Option<String>,
    /// Values that a run may give, used as :name in SQL and as {{ params.name }} in texts.
    #[schemars(example = json!({ "team": "norte", "min_amount": 100_000 }))]
    params: Option<Params>,
    /// In which formats it is made.
    formats: Formats,
    /// Firings missed while nobody was running: none, the latest, or all are made up for.
    #[schemars(extend("default" = "latest"))]
    catch_up: Option<CatchUp>,
    /// A firing that comes before the run of an earlier one is made: its run waits, or it is recorded as missed.
    #[schemars(extend("default" = "queue"))]
    overlap: Option<Overlap>,
    /// Not scheduled while true.
    #[schemars(extend("default" = false))]
    paused: Option<bool>,
    /// How long one run may be in the making, at most a day.
    #[schemars(extend("default" = "1h"))]
    time_limit: Option<Timeout>,
    /// What must be true of its data before it is sent.
    expect: Option<Expect>,
    /// Civil days and schedules are of this zone. Without it that of [defaults].
    timezone: Option<Timezone>,
    /// Words, numbers and dates. Without it those of [defaults].
    locale: Option<Locale>,
    /// Three letters of ISO 4217. Without it that of [defaults].
    currency: Option<Currency>,
    /// The first day of a week. Without it that of [defaults].
    week_start: Option<Weekday>,
    /// Business days. Without it those of [defaults].
    workdays: Option<Workdays>,
    /// What it says, in order: a [[report.section]] each.
    #[schemars(length(min = 1))]
    section: Vec<Section>,
    /// Whom it goes to: a [[report.deliver]] each. Without any, nobody.
    deliver: Option<Vec<Deliver>>,
    /// Addresses, each once: told when something goes wrong, instead of those whom [alerts] name.
    owner: Option<Recipients>,
}

/// Whom a report goes to.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Deliver {
    /// The name of one of [channels.*].
    channel: Name,
    /// Addresses, each once. Must be there for mail, and stands nowhere else.
    to: Option<Recipients>,
    /// Addresses named as getting a copy; with together = true.
    cc: Option<Recipients>,
    /// Addresses that get a copy without being named; with together = true.
    bcc: Option<Recipients>,
    /// One message that names all, instead of one for each. Mail only.
    #[schemars(extend("default" = false))]
    together: Option<bool>,
    /// Those of the report's formats that go this way. Without it all of them.
    formats: Option<Formats>,
    /// How the CSV files are written that go this way. Without it as the report says.
    csv: Option<Csv>,
    /// The subject of a mail, with {{ title }}, {{ period }}, {{ brand }}, {{ report }}. Without it title and period.
    subject: Option<Text>,
}
