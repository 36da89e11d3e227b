//! A metric says the same, whichever others are asked for beside it.

use super::setting::*;
use chrono_tz::Tz;
use parte::metrics::catalogue;

/// Metrics that are nothing but counts which other ones of the same question count too.
const FAMILIES: [&[&str]; 6] = [
    &["tasks_planned", "tasks_completed", "completion_rate"],
    &["tasks_scheduled", "tasks_cancelled", "cancelled_rate"],
    &["tasks_completed", "sales", "conversion_rate"],
    &["users_total", "engaged_users", "engaged_share"],
    &["visits_completed", "strike_rate"],
    &["completion_rate", "tasks_planned", "users_total", "engaged_users", "engaged_share", "tasks_completed"],
];

/// Polars computes what occurs twice once for all, as a column of one row, and then took the rows apart by the pieces that a join had
/// left them in, that column too: in a debug build a panic, in a release build whatever came of it.
#[test]
fn a_share_beside_both_its_counts_is_the_same_as_alone_after_rows_were_joined() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("joined.db");
    let db = rusqlite::Connection::open(&path).expect("a database");
    db.execute_batch(
        "create table tasks (task_id, type, status, seller_id, user_id, outcome, scheduled_at);
         create table sellers (seller_id, full_name, team);
         create table user_states (user_id, date, state);
         create table users (user_id, region);
         insert into sellers values ('S0', 'Ana', 'Norte'), ('S1', 'José', 'Norte'), ('S2', 'Luz', 'Sur');
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 50)
         insert into tasks select 'T' || i, 'visit', iif(i % 3 = 0, 'pending', iif(i % 7 = 0, 'cancelled', 'completed')), iif(i % 4 = 0, null, 'S' || (i % 4)), 'U' || (i % 9),
           iif(i % 5 = 0, 'sale', 'no_sale'), '2026-03-0' || (1 + i % 7) || 'T15:00:00Z' from n;
         insert into users select distinct user_id, iif(user_id > 'U4', 'Sur', 'Norte') from tasks;
         insert into user_states select user_id, date, iif(user_id > 'U6', 'dormant', 'habit') from users,
           (select '2026-02-28' as date union select '2026-03-07')",
    )
    .expect("rows");
    let all: Vec<&str> = FAMILIES.concat();
    let week = period("2026-03-01", "2026-03-08", Tz::America__Bogota);
    let mut compared = 0;
    for (family, shown_by) in FAMILIES
        .into_iter()
        .flat_map(|f| [(f, &["seller", "region", "user_id"] as &[&str]), (f, &["seller", "user_id"])])
    {
        let report = report(Tz::America__Bogota, vec![table(shown_by, &all)]);
        let ask = |metrics: &[&str], by: &[&str]| {
            // Each time anew, so that nothing is left from an earlier question.
            let (engine, _) = engine_over(&source(&path), &report, catalogue(), &week);
            let values = if by.is_empty() { engine.totals(metrics) } else { engine.values(metrics, by) };
            rows_of(&values.expect("values"))
        };
        for by in [&[] as &[&str], &["user_id"]] {
            let together = ask(family, by);
            for (place, metric) in family.iter().enumerate() {
                let alone = ask(&[metric], by);
                assert_eq!(alone.len(), together.len(), "{metric} by {by:?}");
                for (row, of_all) in alone.iter().zip(&together) {
                    assert_eq!(row[by.len()], of_all[by.len() + place], "{metric} by {by:?}");
                    compared += 1;
                }
            }
        }
        // The rest of a table, which is a join again.
        let (engine, _) = engine_over(&source(&path), &report, catalogue(), &week);
        let dimensions = ["user_id".to_owned()];
        let groups = engine.values(family, &["user_id"]).expect("groups");
        let rest = engine.together(family, &dimensions, &groups, &[]).expect("the groups together");
        assert_eq!(rows_of(&rest), ask(family, &[]), "all groups together are the total");
    }
    assert!(compared >= 300, "{compared} values compared");
}
