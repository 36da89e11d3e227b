//! The record in numbers, for machines that watch: what an independent reader of the same rows counts.

use super::base::{Base, both};
use super::fixtures::{LEASE, delivering, open, query, take};
use super::notices::many_failed;
use parte::ledger::{Finish, RunState};
use std::time::Duration;

both! {
    the_record_in_numbers_is_what_an_independent_reader_counts,
}

async fn the_record_in_numbers_is_what_an_independent_reader_counts(folder: Base) {
    let ledger = open(folder.path()).await;
    many_failed(&ledger, &["daily".to_owned()]).await;
    let id = delivering(&ledger, 1, 2).await;
    let taken = take(&ledger, LEASE).await.unwrap();
    ledger.finish_delivery(taken.id, taken.fence, Finish::Done { receipt: "ok".to_owned() }).await.unwrap();
    let figures = ledger.figures().await.unwrap();
    assert_eq!(
        figures.runs,
        [("daily".to_owned(), RunState::Delivering, 1), ("daily".to_owned(), RunState::Failed, 1)]
    );
    assert_eq!((figures.durations[0].count, figures.durations[0].at_most[8]), (1, 1));
    let counted = query(folder.path(), "select state, count(*) from delivery group by state order by state");
    let said: Vec<String> = figures.deliveries.iter().map(|(_, state, n)| format!("{state} {n}")).collect();
    assert_eq!(said, counted, "run {id}");
    assert_eq!(figures.attempts.len(), 1);
    assert!(figures.oldest_run == Duration::ZERO);
}
