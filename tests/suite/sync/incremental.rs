//! What changed since the last time, and nothing else, is taken into a copy: late changes, rows that go, lists that move.

use super::{count, everything, source, sync, try_sync};
use crate::platform::{Change, Data, Edit, Listing, Options, Platform, Sizes};
use parte::definition::{ApiGeneration, ApiSource, FrameName};
use serde_json::json;

fn fresh(platform: &Platform, folder: &tempfile::TempDir, name: &str) -> ApiSource {
    source(platform, &folder.path().join(name), ApiGeneration::V1)
}

#[test]
fn days_that_can_change_no_more_are_not_asked_for_again() {
    let platform = Platform::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let source = fresh(&platform, &folder, "reten.db");
    let first = sync(&source);
    let second = sync(&source);
    let windows =
        |summary: &parte::sync::Summary| summary.listings.iter().map(|l| l.windows).collect::<Vec<_>>();
    // the 2nd to the 20th, and five days to come of tasks; then from the 13th on
    assert_eq!(windows(&first), [24, 19, 1, 1]);
    assert_eq!(windows(&second), [13, 8, 1, 1]);
    assert!(second.listings.iter().all(|listing| listing.changed + listing.removed == 0));
    let full = try_sync(&source, true).unwrap();
    assert_eq!(windows(&full), [24, 19, 1, 1]);
    assert!(full.listings.iter().all(|listing| listing.changed + listing.removed == 0), "{full:#?}");
}

#[test]
fn late_changes_come_and_rows_that_go_are_taken_out_so_that_the_copy_equals_a_new_one() {
    let sizes = Sizes { days: 19, ..Sizes::default() };
    let platform = Platform::start(Options { data: Some(Data::generated(&sizes)), ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let kept = fresh(&platform, &folder, "kept.db");
    sync(&kept);
    let on = |day: &str| {
        let tasks = platform.rows(Listing::Tasks);
        let of_day: Vec<String> = tasks
            .iter()
            .filter(|task| task["date"].as_str().unwrap().starts_with(day))
            .map(|task| task["id"].as_str().unwrap().to_owned())
            .collect();
        assert!(of_day.len() > 3, "tasks on {day}");
        of_day
    };
    let (of_18, of_19) = (on("2026-03-18"), on("2026-03-19"));
    platform.edit(Listing::Tasks, Edit::Update(of_18[0].clone(), json!({ "label": "cambiada" })));
    // to a later day and to an earlier one: both windows are read again, in this order
    platform.edit(Listing::Tasks, Edit::Update(of_18[1].clone(), json!({ "date": "2026-03-20T09:00:00Z" })));
    platform.edit(Listing::Tasks, Edit::Update(of_19[0].clone(), json!({ "date": "2026-03-14T09:00:00Z" })));
    platform.edit(Listing::Tasks, Edit::Delete(vec![of_19[1].clone()]));
    platform.edit(Listing::Tasks, Edit::InsertCopies(2));
    platform.edit(Listing::Operators, Edit::DeleteFirst(1));
    let summary = sync(&kept);
    assert!(summary.listings[0].changed >= 3 && summary.listings[2].removed == 1, "{summary:#?}");
    let new = fresh(&platform, &folder, "new.db");
    sync(&new);
    let in_window = |copy: &ApiSource| {
        let mut all = everything(&copy.copy);
        // copies of tasks of settled days come with the next full reading
        all.get_mut("tasks").unwrap().retain(|line| !line.contains("scheduled_at='2026-03-0"));
        all
    };
    assert_eq!(in_window(&kept), in_window(&new));
    assert!(try_sync(&kept, true).unwrap().complete);
    assert_eq!(everything(&kept.copy), everything(&new.copy));
}

#[test]
fn a_list_that_moves_while_it_is_read_is_read_again() {
    for (edit, listing) in
        [(Edit::InsertCopies(3), Listing::Commerces), (Edit::DeleteFirst(3), Listing::Commerces)]
    {
        let change = Change { listing, after_page: 1, edit };
        let platform = Platform::start(Options { changes: vec![change], ..Options::default() });
        let folder = tempfile::tempdir().unwrap();
        let mut source = fresh(&platform, &folder, "reten.db");
        source.read = vec![FrameName::Users];
        source.page_size = 20;
        source.parallel = 1;
        let summary = sync(&source);
        // copies have ids of their own and the client's id of another
        let there: std::collections::BTreeSet<String> =
            platform.rows(listing).iter().map(|row| row["externalId"].as_str().unwrap().to_owned()).collect();
        let shared = platform.rows(listing).len() - there.len();
        let remarks = summary.listings[0].remarks.join("; ");
        assert_eq!(remarks.ends_with(&format!("stays: {shared}")), shared > 0, "{remarks}");
        assert!(!remarks.contains("come out"), "{remarks}");
        assert_eq!(count(&source.copy, "select count(*) from users"), there.len() as i64);
        assert!(summary.requests > 4, "it was read again");
    }
}

#[test]
fn a_total_that_never_comes_out_is_told_and_the_window_stays_open() {
    let options =
        Options::default().page(Listing::States, |paging| paging.total = crate::platform::Total::Off(2));
    let platform = Platform::start(options);
    let folder = tempfile::tempdir().unwrap();
    let mut source = fresh(&platform, &folder, "reten.db");
    source.read = vec![FrameName::UserStates];
    source.since = Some("2026-03-03".parse().unwrap());
    let summary = sync(&source);
    let remarks = summary.listings[0].remarks.join("\n");
    assert!(
        remarks.contains("user_states of 2026-03-03 does not come out: 60 rows of 62 came, 0 of them twice, 3 times in a row"),
        "{remarks}"
    );
    let open = count(&source.copy, "select count(*) from parte_sync_windows where not whole");
    assert_eq!(open as u64, summary.listings[0].windows);
    assert_eq!(count(&source.copy, "select count(*) from user_states where date = '2026-03-03'"), 60);
}

#[test]
fn catalogues_with_a_mark_are_not_sent_again() {
    let platform = Platform::start(Options { etags: true, ..Options::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut source = fresh(&platform, &folder, "reten.db");
    source.read = vec![FrameName::Sellers, FrameName::Users];
    source.page_size = 25;
    sync(&source);
    let before = platform.log().len();
    let again = sync(&source);
    assert!(again.listings.iter().all(|listing| listing.rows > 0 && listing.changed + listing.removed == 0));
    let statuses: Vec<Option<u16>> = platform.log()[before..].iter().map(|entry| entry.status).collect();
    assert!(!statuses.is_empty() && statuses.iter().all(|status| *status == Some(304)), "{statuses:?}");
    platform.edit(Listing::Operators, Edit::DeleteFirst(1));
    let changed = sync(&source);
    assert_eq!((changed.listings[0].removed, changed.listings[1].removed), (1, 0));
}

#[test]
fn a_list_that_is_empty_for_a_moment_takes_nothing_out_of_the_copy() {
    let platform = Platform::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let mut source = fresh(&platform, &folder, "reten.db");
    source.read = vec![FrameName::Sellers];
    sync(&source);
    let there = platform.rows(Listing::Operators);
    let gone = there.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    platform.edit(Listing::Operators, Edit::Delete(gone));
    let before = platform.log().len();
    let summary = sync(&source);
    assert_eq!(platform.log().len() - before, 2, "it was asked twice before it was believed");
    assert_eq!(summary.listings[0].removed, there.len() as u64);
}

#[test]
fn a_copy_that_begins_in_days_to_come_has_its_tables_and_no_rows() {
    let platform = Platform::start(Options::default());
    let folder = tempfile::tempdir().unwrap();
    let mut source = fresh(&platform, &folder, "reten.db");
    source.since = Some("2027-01-01".parse().unwrap());
    let summary = sync(&source);
    assert_eq!((summary.listings[0].windows, summary.listings[1].windows), (0, 0));
    assert_eq!(count(&source.copy, "select count(*) from tasks"), 0);
    assert_eq!(count(&source.copy, "select count(*) from user_states"), 0);
}
