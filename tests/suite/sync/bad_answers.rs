//! What a platform may answer instead of rows: one clear error each, and nothing of it in the copy.

use super::{count, fault, source, sync, try_sync};
use crate::platform::{Access, ApiKey, Fault, Listing, Options, Platform, Rule};
use parte::definition::{ApiGeneration, ApiSource, FrameName, HttpEndpoint, Secret, UploadAuth};
use std::time::Duration;

fn states(platform: &Platform, folder: &tempfile::TempDir) -> ApiSource {
    let mut source = source(platform, &folder.path().join("reten.db"), ApiGeneration::V1);
    source.read = vec![FrameName::UserStates];
    source.since = Some("2026-03-14".parse().unwrap());
    source.page_size = 20;
    source.timeout = Duration::from_secs(10);
    source.parallel = 1;
    source
}

/// An error without the port of this run.
fn told(platform: &Platform, (error, hint): &(String, String)) -> String {
    let at = platform.url().trim_start_matches("http://").to_owned();
    format!("{error}\n  -> {hint}").replace(&at, "api.example.com:443")
}

#[test]
fn each_bad_answer_is_one_clear_error() {
    let platform = Platform::start(Options::default());
    let mut all = Vec::new();
    for bad in [
        Fault::Unauthorized,
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(400),
        Fault::Status(500),
        Fault::Html(200),
        Fault::Html(502),
        Fault::HalfWithLength,
        Fault::HalfChunked,
        Fault::Reset,
        Fault::Silence,
        Fault::Huge(65_000_000),
        Fault::Redirect("https://otra.example.com/login?sig=x".to_owned()),
        Fault::EmptyBody,
        Fault::OtherShape,
    ] {
        platform.set_faults(vec![Rule::always(bad.clone())]);
        let folder = tempfile::tempdir().unwrap();
        let mut source = states(&platform, &folder);
        if bad == Fault::Silence {
            source.timeout = Duration::from_millis(400);
        }
        all.push(format!("{bad:?}\n  {}", told(&platform, &fault(&source))));
        assert_eq!(count(&source.copy, "select count(*) from parte_sync_windows"), 0, "{bad:?}");
    }
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_platform_that_recovers_is_read_to_the_end_as_if_nothing_had_been() {
    let faults = vec![
        Rule::nth(1, Fault::HalfWithLength),
        Rule::nth(3, Fault::ResetInBody),
        Rule::nth(5, Fault::Silence),
        Rule::nth(7, Fault::Html(502)),
        Rule::nth(9, Fault::EmptyBody),
        Rule::nth(11, Fault::HalfChunked),
        Rule::nth(13, Fault::TooMany(None)),
    ];
    let platform = Platform::start(Options { faults, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = states(&platform, &folder);
    source.timeout = Duration::from_secs(1);
    let summary = sync(&source);
    assert!(summary.repeated >= 7, "{summary:#?}");
    assert_eq!(count(&source.copy, "select count(*) from user_states"), 2 * 60);
}

#[test]
fn texts_that_no_text_may_hold_are_replaced_and_told() {
    let faults = vec![Rule::nth(1, Fault::LoneSurrogate), Rule::nth(2, Fault::InvalidUtf8)];
    let platform = Platform::start(Options { faults, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(&platform, &folder.path().join("reten.db"), ApiGeneration::V1);
    source.read = vec![FrameName::Users];
    source.page_size = 30;
    source.parallel = 1;
    let summary = sync(&source);
    let [remark] = summary.listings[0].remarks.as_slice() else { panic!("{summary:#?}") };
    assert!(remark.starts_with("characters in users that no text may hold"), "{remark}");
    assert_eq!(count(&source.copy, "select count(*) from users"), 60);
}

#[test]
fn pages_that_repeat_and_pages_without_end_are_refused() {
    for first in [1, 2] {
        let options = Options::default().page(Listing::States, |paging| paging.repeats_from = Some(first));
        let platform = Platform::start(options);
        let folder = tempfile::tempdir().unwrap();
        let (error, hint) = fault(&states(&platform, &folder));
        assert!(error.contains("answers page") && error.contains("with the rows of page"), "{error}");
        assert!(hint.contains("does not take `page`"), "{hint}");
    }
    let options = Options::default()
        .page(Listing::States, |paging| paging.total = crate::platform::Total::Off(1_000_000));
    let platform = Platform::start(options);
    let folder = tempfile::tempdir().unwrap();
    let (error, _) = fault(&states(&platform, &folder));
    assert!(error.contains("says that it has 50003 pages; at most 10000 are read"), "{error}");
}

#[test]
fn a_key_without_a_permission_costs_only_what_it_may_not_read() {
    let access = Access {
        keys: vec![ApiKey {
            key: "rtn_sk_poca".to_owned(),
            permissions: vec!["VIEW_ACTIVITIES".to_owned()],
            expires_at: None,
        }],
        ..Access::default()
    };
    let platform = Platform::start(Options { access, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = source(&platform, &folder.path().join("reten.db"), ApiGeneration::Activities);
    let key = Some(Secret::new("rtn_sk_poca".to_owned()));
    source.endpoint = HttpEndpoint {
        auth: UploadAuth::ApiKey("x-api-key".to_owned(), key),
        ..HttpEndpoint::new(platform.url().parse().unwrap())
    };
    source.read = vec![FrameName::Tasks, FrameName::Sellers];
    let summary = try_sync(&source, false).unwrap();
    assert!(!summary.complete && summary.listings[0].error.is_none());
    let hint = summary.listings[1].hint.as_deref().unwrap();
    assert!(hint.contains("MANAGE_OPERATORS") && hint.ends_with("read = [\"tasks\"]"), "{hint}");
    assert_eq!(parte::sync::last_sync(&source.copy).unwrap().completed, None);
}

#[test]
fn a_day_that_was_not_asked_for_is_refused() {
    use crate::platform::{Data, Reading};
    let row = serde_json::json!({ "user_id": "U-1", "kpi_name": "user_state", "kpi_value": "core", "date": "2026-03-14" });
    let data = Data::empty().with(Listing::Commerces, vec![row]);
    let reading = Reading { refuses_unknown: false, ..Reading::default() };
    let platform = Platform::start(Options { data: Some(data), reading, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = states(&platform, &folder);
    // a path that knows no `date` answers with everything
    source.paths.insert(FrameName::UserStates, "/api/commerces".to_owned());
    source.since = Some("2026-03-15".parse().unwrap());
    let (error, hint) = fault(&source);
    assert_eq!(error, "/api/commerces was asked for 2026-03-15 and answered with a row of 2026-03-14");
    assert!(hint.contains("does not take `date`"), "{hint}");
}

#[test]
fn a_copy_is_of_one_api_and_a_file_of_somebody_else_is_not_touched() {
    let platform = Platform::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let mut source = states(&platform, &folder);
    sync(&source);
    source.generation = ApiGeneration::Integration;
    let error = try_sync(&source, false).unwrap_err();
    assert!(error.what.ends_with("was made with another `api`: v1"), "{}", error.what);
    assert!(try_sync(&source, true).unwrap().complete);
    let other = folder.path().join("crm.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("create table clientes (id)").unwrap();
    let before = std::fs::read(&other).unwrap();
    source.copy = other.clone();
    let error = try_sync(&source, false).unwrap_err();
    assert!(error.what.contains("is no copy of an API: it has a table `clientes`"), "{}", error.what);
    assert_eq!(std::fs::read(&other).unwrap(), before);
}
