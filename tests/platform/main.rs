//! The mock of the platform's API as a server of its own: one line of JSON on stdout says where it listens.

#[path = "mod.rs"]
#[expect(dead_code, unused_imports, reason = "tests use parts that the server does not")]
mod platform;

use chrono::{NaiveDate, TimeDelta};
use clap::Parser;
use platform::{
    Access, ApiKey, Change, Client, Data, Edit, Limit, Listing, Options, Paging, Platform, RetryAfter, Rule,
    Sizes, TaskKey, Total,
};
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

/// Plays the platform's REST API on 127.0.0.1 until it is interrupted.
#[derive(Debug, Parser)]
#[command(name = "platform")]
struct Arguments {
    /// Port of the API; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port of GET /_log, GET /_counts, POST /_faults, POST /_edit.
    #[arg(long, default_value_t = 0)]
    admin_port: u16,
    /// Of the data, of faults by chance, of the secret that signs tokens.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Users with a state a day.
    #[arg(long, default_value_t = 60)]
    users: usize,
    /// Days of data.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u16).range(0..=36_500))]
    days: u16,
    /// Tasks of the first generation.
    #[arg(long, default_value_t = 250)]
    tasks: usize,
    /// Activities, of which three quarters are integration's tasks too.
    #[arg(long, default_value_t = 260)]
    activities: usize,
    #[arg(long, default_value_t = 8)]
    operators: usize,
    #[arg(long, default_value_t = 60)]
    commerces: usize,
    /// Tasks of the draft with OAuth.
    #[arg(long, default_value_t = 55)]
    draft_tasks: usize,
    #[arg(long, default_value = "2026-03-02")]
    first_day: NaiveDate,
    /// Of a hundred days of a user, so many have no state.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    gaps: u8,
    /// The field with the id of the first generation's tasks: id, task_id, mixed.
    #[arg(long, default_value = "id", value_parser = task_id)]
    task_id: TaskKey,
    /// A SQLite file with the documented tables, whose rows are served in the place of generated ones.
    #[arg(long)]
    database: Option<PathBuf>,
    /// LIST=FILE: rows of a file (a JSON array, or an object a line) in the place of generated ones.
    #[arg(long, value_parser = rows_file)]
    rows: Vec<(Listing, PathBuf)>,
    /// LIST=FIELD,FIELD: fields that the list does not show.
    #[arg(long, value_parser = hidden)]
    hide: Vec<(Listing, Vec<String>)>,
    /// The API key; rtn_sk_prueba without a word.
    #[arg(long)]
    key: Option<String>,
    /// ID:SECRET of a client of OAuth 2.0.
    #[arg(long)]
    client: Option<String>,
    #[arg(long, default_value = "/oauth/token")]
    token_path: String,
    /// In seconds.
    #[arg(long, default_value_t = 900)]
    token_lifetime: u64,
    /// Tokens are revoked after so many requests.
    #[arg(long)]
    requests_a_token: Option<u64>,
    /// Requests that are let in a window, for each key.
    #[arg(long)]
    limit: Option<usize>,
    /// The window, in seconds.
    #[arg(long, default_value_t = 60.0)]
    window: f64,
    /// What a refusal says: none, seconds, date.
    #[arg(long, default_value = "seconds", value_parser = retry_after)]
    retry_after: RetryAfter,
    /// A fault; may be given several times.
    #[arg(long, long_help = Rule::WORDS)]
    fault: Vec<Rule>,
    /// LIST@PAGE=N: N rows come before all others after this page was sent.
    #[arg(long, value_parser = insert)]
    insert: Vec<Change>,
    /// LIST@PAGE=N: the first N rows go after this page was sent.
    #[arg(long, value_parser = delete)]
    delete: Vec<Change>,
    /// Rows a page at most.
    #[arg(long)]
    most: Option<u64>,
    /// What pages say of the number of rows: true, null, absent, or a number that is added: -3.
    #[arg(long, default_value = "true", value_parser = total, allow_hyphen_values = true)]
    total: Total,
    /// The last full page says that there is one more.
    #[arg(long)]
    ends_empty: bool,
    /// next_page is always null.
    #[arg(long)]
    next_page_null: bool,
    /// From this page on, the same page comes for ever.
    #[arg(long)]
    repeats_from: Option<u64>,
    /// Catalogues have an ETag.
    #[arg(long)]
    etags: bool,
    /// Seconds by which the platform's clock is ahead.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true, value_parser = clap::value_parser!(i32))]
    clock_ahead: i32,
}

fn listing(name: &str) -> Result<Listing, String> {
    let names = || Listing::ALL.map(Listing::name).join(", ");
    Listing::named(name).ok_or_else(|| format!("{name:?} is none of {}", names()))
}

fn task_id(text: &str) -> Result<TaskKey, String> {
    match text {
        "id" => Ok(TaskKey::Id),
        "task_id" => Ok(TaskKey::TaskId),
        "mixed" => Ok(TaskKey::Mixed),
        _ => Err("none of id, task_id, mixed".to_owned()),
    }
}

fn rows_file(text: &str) -> Result<(Listing, PathBuf), String> {
    let (name, path) = text.split_once('=').ok_or("not LIST=FILE")?;
    Ok((listing(name)?, PathBuf::from(path)))
}

fn hidden(text: &str) -> Result<(Listing, Vec<String>), String> {
    let (name, fields) = text.split_once('=').ok_or("not LIST=FIELD,FIELD")?;
    Ok((listing(name)?, fields.split(',').map(str::to_owned).collect()))
}

fn retry_after(text: &str) -> Result<RetryAfter, String> {
    match text {
        "none" => Ok(RetryAfter::Absent),
        "seconds" => Ok(RetryAfter::Seconds),
        "date" => Ok(RetryAfter::Date),
        _ => Err("none of none, seconds, date".to_owned()),
    }
}

fn total(text: &str) -> Result<Total, String> {
    match text {
        "true" => Ok(Total::True),
        "null" => Ok(Total::Null),
        "absent" => Ok(Total::Absent),
        _ => text.parse().map(Total::Off).map_err(|_| "none of true, null, absent, a number".to_owned()),
    }
}

fn change(text: &str, edit: impl FnOnce(usize) -> Edit) -> Result<Change, String> {
    let shape = || format!("{text:?} is not LIST@PAGE=N");
    let (name, rest) = text.split_once('@').ok_or_else(shape)?;
    let (page, count) = rest.split_once('=').ok_or_else(shape)?;
    let after_page = page.parse().map_err(|_| shape())?;
    let count: u32 = count.parse().map_err(|_| shape())?;
    Ok(Change { listing: listing(name)?, after_page, edit: edit(count as usize) })
}

fn insert(text: &str) -> Result<Change, String> {
    change(text, Edit::InsertCopies)
}

fn delete(text: &str) -> Result<Change, String> {
    change(text, Edit::DeleteFirst)
}

fn data(arguments: &Arguments) -> Result<Data, String> {
    let sizes = Sizes {
        seed: arguments.seed,
        users: arguments.users,
        days: arguments.days.into(),
        tasks: arguments.tasks,
        activities: arguments.activities,
        operators: arguments.operators,
        commerces: arguments.commerces,
        draft_tasks: arguments.draft_tasks,
        first_day: arguments.first_day,
        gaps: arguments.gaps.into(),
        task_id: arguments.task_id,
        ..Sizes::default()
    };
    let mut data = match &arguments.database {
        Some(path) => Data::of_database(path)?,
        None => Data::generated(&sizes),
    };
    for (listing, path) in &arguments.rows {
        data = data.with_file(*listing, path)?;
    }
    for (listing, fields) in &arguments.hide {
        data = data.hiding(*listing, &fields.iter().map(String::as_str).collect::<Vec<_>>());
    }
    Ok(data)
}

fn access(arguments: &Arguments) -> Result<Access, String> {
    let mut access = Access {
        token_path: arguments.token_path.clone(),
        token_lifetime: Duration::from_secs(arguments.token_lifetime),
        requests_a_token: arguments.requests_a_token,
        ..Access::default()
    };
    if let Some(key) = &arguments.key {
        access.keys = access.keys.into_iter().map(|one| ApiKey { key: key.clone(), ..one }).collect();
    }
    if let Some(client) = &arguments.client {
        let (id, secret) = client.split_once(':').ok_or("--client is not ID:SECRET")?;
        let client = |one| Client { id: id.to_owned(), secret: secret.to_owned(), ..one };
        access.clients = access.clients.into_iter().map(client).collect();
    }
    Ok(access)
}

fn options(arguments: &Arguments) -> Result<Options, String> {
    let window =
        Duration::try_from_secs_f64(arguments.window).map_err(|error| format!("--window: {error}"))?;
    let limit = arguments.limit.map(|requests| Limit {
        window,
        retry_after: arguments.retry_after,
        ..Limit::per_minute(requests)
    });
    let paging = Listing::ALL.map(|listing| {
        let documented = Paging::documented(listing.envelope());
        let paging = Paging {
            total: arguments.total,
            most: arguments.most.unwrap_or(documented.most).max(1),
            next_page_is_null: arguments.next_page_null,
            ends_empty: arguments.ends_empty,
            repeats_from: arguments.repeats_from,
            ..documented
        };
        (listing, paging)
    });
    Ok(Options {
        data: Some(data(arguments)?),
        access: access(arguments)?,
        limit,
        paging: paging.into_iter().collect(),
        faults: arguments.fault.clone(),
        changes: arguments.insert.iter().chain(&arguments.delete).cloned().collect(),
        etags: arguments.etags,
        clock_ahead: TimeDelta::seconds(arguments.clock_ahead.into()),
        seed: arguments.seed,
        port: arguments.port,
        admin_port: arguments.admin_port,
        ..Options::default()
    })
}

fn run() -> Result<(), String> {
    let arguments = Arguments::parse();
    let platform = Platform::try_start(options(&arguments)?).map_err(|error| error.to_string())?;
    let says = json!({
        "address": platform.url(),
        "admin": platform.admin_url(),
        "key": arguments.key.as_deref().unwrap_or_else(|| platform.key()),
    });
    let mut out = std::io::stdout();
    writeln!(out, "{says}").and_then(|()| out.flush()).map_err(|error| error.to_string())?;
    loop {
        std::thread::park();
    }
}

fn main() -> std::process::ExitCode {
    match run() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(std::io::stderr(), "platform: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}
