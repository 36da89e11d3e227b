//! `parte check --online` and `parte doctor` ask the API itself too: little, under its limit, and in the words of a sync.

use super::program::{define, first_day, platform, program};
use super::{count, day_20};
use crate::cli::Workplace;
use crate::platform::{Access, ApiKey, Data, Fault, Limit, Listing, Options, Platform, Rule, Sizes};
use serde_json::{Value, json};

/// What `check --online --json` says; it never shows the key.
#[track_caller]
fn asked(place: &Workplace, platform: &Platform, exit: i32) -> Value {
    let output = program(place, platform).args(["check", "--online", "--json"]).output().unwrap();
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(exit), "{text}");
    assert!(!text.contains(platform.key()) && !text.contains("panicked"), "{text}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{text}"))
}

/// The answers of the API's listings, by their frames.
fn listing<'a>(value: &'a Value, frame: &str) -> Option<&'a Value> {
    let all = value["online"].as_array().unwrap();
    all.iter().find(|answer| answer["listing"]["name"] == frame).map(|answer| &answer["listing"])
}

fn whole(value: &Value) -> &Value {
    value["online"].as_array().unwrap().iter().find(|answer| answer["name"] == "reten").unwrap()
}

/// Problems, a line each: code, severity, the line of the definition, what and what to do.
fn problems(place: &Workplace, value: &Value) -> Vec<String> {
    let text = std::fs::read_to_string(place.file("reports.toml")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let shown = |problem: &Value| {
        let line =
            problem["line"].as_u64().and_then(|line| lines.get(line as usize - 1)).unwrap_or(&"nowhere");
        let word = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        format!("{} {} at {line}\n  {}\n  -> {}", word("severity"), word("code"), word("what"), word("hint"))
    };
    value["problems"].as_array().unwrap().iter().map(shown).collect()
}

#[track_caller]
fn synced(place: &Workplace, platform: &Platform) {
    let output = program(place, platform).args(["sync", "--quiet"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn each_thing_that_is_read_is_asked_for_once_and_what_the_reports_need_is_held_against_it() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "page_size = 50");
    synced(&place, &platform);
    let before = super::everything(&place.file("reten.db"));
    let (sent, counted) = (platform.log().len(), "select count(*) from parte_sync_requests");
    let there = count(&place.file("reten.db"), counted);
    let value = asked(&place, &platform, 0);
    let log = &platform.log()[sent..];
    let sizes: Vec<bool> =
        log.iter().map(|it| it.query.contains("page=1&") && it.query.ends_with("=20")).collect();
    assert_eq!(sizes, [true; 4], "one small request each: {log:#?}");
    // the limit holds for them too
    assert_eq!(count(&place.file("reten.db"), counted), there + 4);
    assert_eq!(super::everything(&place.file("reten.db")), before);
    let tasks = listing(&value, "tasks").unwrap();
    let day = tasks["day"].as_str().unwrap();
    let rows = platform.rows(Listing::IntegrationTasks);
    let of_day = rows.iter().filter(|row| row["scheduledAt"].as_str().unwrap().starts_with(day)).count();
    assert!(of_day > 0 && tasks["entries"] == of_day, "{tasks} of {of_day}");
    assert_eq!(tasks["looked_at"], of_day.min(20), "{tasks}");
    let named = |list: &str, name: &str| tasks[list].as_array().unwrap().contains(&json!(name));
    assert!(named("filled", "seller_id") && named("filled", "status"), "{tasks}");
    assert!(named("other_fields", "activityOrigin") && !named("other_fields", "status"), "{tasks}");
    assert_eq!(listing(&value, "users").unwrap()["entries"], 60);
    let facts = whole(&value)["facts"].to_string();
    assert!(facts.contains("copied just now") && facts.contains("the API answered 4 requests"), "{facts}");
    let people = program(&place, &platform).args(["check", "--online"]).output().unwrap();
    let people = String::from_utf8(people.stdout).unwrap();
    assert!(people.contains("API, tasks") && people.contains("/api/operators: 8 entries"), "{people}");
}

#[test]
fn an_api_that_was_never_synced_is_asked_all_the_same_and_nothing_is_written() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "");
    let before = place.files(".");
    let value = asked(&place, &platform, 4);
    let [never] = &problems(&place, &value)[..] else { panic!("{value}") };
    assert!(
        never.starts_with("error source-unreachable at url = ") && never.contains("never synced"),
        "{never}"
    );
    assert_eq!(listing(&value, "sellers").unwrap()["entries"], 8);
    // the data end yesterday: the day that is asked for first has rows
    assert!(platform.log().len() <= 6, "{:#?}", platform.log());
    assert_eq!(place.files("."), before);
}

#[test]
fn a_file_of_somebody_else_in_the_place_of_the_copy_is_told_as_one_and_left_as_it_is() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "");
    let other = rusqlite::Connection::open(place.file("reten.db")).unwrap();
    other.execute_batch("create table clientes (id integer); insert into clientes values (7)").unwrap();
    drop(other);
    let before = std::fs::read(place.file("reten.db")).unwrap();
    let value = asked(&place, &platform, 4);
    let [told] = &problems(&place, &value)[..] else { panic!("{value}") };
    assert!(
        told.starts_with("error source-unreachable at url = ")
            && told.contains("is no copy of an API: it has a table `clientes` of its own")
            && told.ends_with("name another file as `copy`"),
        "{told}"
    );
    assert_eq!(std::fs::read(place.file("reten.db")).unwrap(), before);
}

#[test]
fn what_lets_nobody_in_is_one_error_at_the_url_in_the_words_of_a_sync() {
    let place = Workplace::new();
    let mut all = Vec::new();
    let at = |platform: &Platform| platform.url().trim_start_matches("http://").to_owned();
    let mut look = |name: &str, platform: Platform, requests: usize| {
        define(&place, &platform, "timeout = \"2 seconds\"");
        let value = asked(&place, &platform, 4);
        let told = problems(&place, &value);
        // the first one is that it was never synced
        assert!(told[0].contains("never synced"), "{told:?}");
        assert_eq!(platform.log().len(), requests, "{name}: {:#?}", platform.log());
        all.push(
            format!("== {name}\n{}", told[1..].join("\n")).replace(&at(&platform), "api.example.com:443"),
        );
    };
    let key = |expires_at, permissions: &[&str]| {
        let permissions = permissions.iter().map(|one| (*one).to_owned()).collect();
        Access {
            keys: vec![ApiKey { key: crate::platform::USUAL_KEY.to_owned(), permissions, expires_at }],
            ..Access::default()
        }
    };
    let with = |access| Platform::start(Options { access, ..Options::default() });
    let faulty = |fault| platform(Sizes::default(), vec![Rule::always(fault)]);
    look("a wrong key", with(Access { keys: Vec::new(), ..Access::default() }), 1);
    look("a key that has expired", with(key(Some(day_20() - chrono::TimeDelta::days(9000)), &[])), 1);
    look(
        "no permission for two of them",
        {
            let data = Data::generated(&Sizes { first_day: first_day(), ..Sizes::default() });
            Platform::start(Options {
                access: key(None, &["VIEW_ACTIVITIES"]),
                data: Some(data),
                ..Options::default()
            })
        },
        4,
    );
    look(
        "another path",
        {
            let at = Rule::always(Fault::Status(404)).at("/api/operators");
            platform(Sizes::default(), vec![at])
        },
        4,
    );
    look("a page for browsers", faulty(Fault::Html(200)), 1);
    look("a redirect", faulty(Fault::Redirect("https://otra.example.com/".to_owned())), 1);
    look("too many requests", faulty(Fault::TooMany(Some(90))), 1);
    look("no answer", faulty(Fault::Reset), 2);
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_server_that_is_gone_is_one_error_after_a_sync_too() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "");
    synced(&place, &platform);
    let url = platform.url();
    drop(platform);
    let mut command = crate::cli::parte(place.path());
    let output =
        command.env("RETEN_KEY", "rtn_sk_prueba").args(["check", "--online", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [gone] = &problems(&place, &value)[..] else { panic!("{value}") };
    assert!(gone.starts_with(&format!("error source-unreachable at url = \"reten+{url}\"")), "{gone}");
    assert!(
        gone.contains("refused") && gone.contains("check the network") && !gone.contains("next sync"),
        "{gone}"
    );
    // the copy is there, and told
    assert!(whole(&value)["facts"].to_string().contains("copied just now"), "{value}");
}

#[test]
fn statuses_keys_and_fields_that_are_not_as_they_should_be_are_told_at_their_lines() {
    let rows = |status: &str, id: &str| {
        let data = Data::generated(&Sizes { first_day: first_day(), ..Sizes::default() });
        let mut rows = data.rows(Listing::IntegrationTasks);
        for (number, row) in rows.iter_mut().enumerate() {
            if number % 3 == 0 {
                row["status"] = json!(status);
            }
            let own = row["id"].take();
            row.as_object_mut().unwrap().remove("id");
            row[id] = own;
        }
        data.with(Listing::IntegrationTasks, rows)
    };
    let serving = |data| {
        let declares = vec![("ratelimit-policy", "\"all\";q=300;w=60".to_owned())];
        Platform::start(Options { data: Some(data), declares, ..Options::default() })
    };
    let place = Workplace::new();
    let platform = serving(rows("RARA", "id"));
    let fields = "limit = \"1000 per minute\"\nfields = { tasks = { due_at = \"venceEl\" } }";
    define(&place, &platform, fields);
    let told = problems(&place, &asked(&place, &platform, 4)).join("\n");
    for piece in [
        "warning source-mismatch at limit = \"1000 per minute\"\n  the API declares a limit of 300 requests a minute, and is asked up to 1000 requests a minute\n  -> write limit = \"300 per minute\"",
        "at fields = { tasks = { due_at = \"venceEl\" } }\n  none of ",
        "of tasks looked at has a value in `venceEl`, for due_at",
        "at the API, the status of ",
        "`RARA` (",
    ] {
        assert!(told.contains(piece), "{piece:?} is not in {told}");
    }
    // once the copy has them, they are told of the copy
    synced(&place, &platform);
    let told = problems(&place, &asked(&place, &platform, 0)).join("\n");
    assert_eq!(told.matches("`RARA`").count(), 1, "{told}");
    let keyless = serving(rows("COMPLETED", "identificador"));
    define(&place, &keyless, "copy = \"otra.db\"");
    let told = problems(&place, &asked(&place, &keyless, 4)).join("\n");
    assert!(
        told.contains("error source-mismatch") && told.contains("have no task_id (from `id`, `task_id`)"),
        "{told}"
    );
    assert!(told.contains("`identificador`"), "{told}");
}

#[test]
fn a_check_waits_for_no_limit_and_goes_past_none() {
    let data = Data::generated(&Sizes { first_day: first_day(), ..Sizes::default() });
    // a sync of three windows and a check within one minute
    let limit = Some(Limit::per_minute(24));
    let platform = Platform::start(Options { data: Some(data), limit, ..Options::default() });
    let place = Workplace::new();
    let yesterday = first_day() + chrono::Days::new(13);
    let more = "read = [\"user_states\", \"users\"]\nlimit = \"4 per minute\"";
    define(&place, &platform, more);
    place.define(&format!("since = {}", first_day()), &format!("since = {yesterday}"));
    place.define(
        "kpis = [\"tasks_planned\", \"tasks_completed\", \"completion_rate\"]",
        "kpis = [\"users_total\"]",
    );
    place
        .define("table = { by = [\"seller\"], metrics = [\"tasks_planned\"] }", "kpis = [\"engaged_users\"]");
    synced(&place, &platform);
    assert_eq!(platform.log().len(), 3, "yesterday, today, users");
    let value = asked(&place, &platform, 0);
    let facts = whole(&value)["facts"].to_string();
    assert_eq!(platform.log().len(), 4, "{facts}");
    assert!(facts.contains("the API was not asked: its limit of requests is used up for "), "{facts}");
    assert_eq!(platform.counts().refused, 0);
    // a sync that is under way counts by itself, and is not disturbed
    let lock = std::fs::File::open(place.file("reten.db.lock")).unwrap();
    lock.lock().unwrap();
    let facts = whole(&asked(&place, &platform, 0))["facts"].to_string();
    assert!(facts.contains("the API was not asked: a sync of ") && platform.log().len() == 4, "{facts}");
}

#[test]
fn a_sync_waits_for_a_check_and_does_not_fail_for_it() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "read = [\"sellers\"]\ntimeout = \"5 seconds\"");
    synced(&place, &platform);
    platform.set_faults(vec![Rule::nth(1, Fault::Slow(std::time::Duration::from_millis(1500)))]);
    let before = platform.log().len();
    let check = program(&place, &platform)
        .args(["check", "--online", "--json"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while platform.log().len() == before {
        assert!(std::time::Instant::now() < deadline, "the check asks");
        // Another process: its request is all that shows how far it is.
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let holder = std::fs::read_to_string(place.file("reten.db.lock")).unwrap();
    assert_eq!(holder, format!("process {}, which only asks", check.id()));
    synced(&place, &platform);
    let said: Value = serde_json::from_slice(&check.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(listing(&said, "sellers").unwrap()["entries"], 8, "{said}");
}

#[test]
fn doctor_says_how_old_the_copy_is_and_that_the_api_answers() {
    let platform = platform(Sizes::default(), Vec::new());
    let place = Workplace::new();
    define(&place, &platform, "");
    synced(&place, &platform);
    let said = |exit: i32| {
        let output = program(&place, &platform).arg("doctor").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{text}");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let well = said(0);
    assert!(well.contains("copied just now, the API answered 4 requests"), "{well}");
    platform.revoke(platform.key());
    let refused = said(4);
    assert!(
        refused.contains("answered 401 Unauthorized to /api/integration/activities/tasks: API key revoked"),
        "{refused}"
    );
}
