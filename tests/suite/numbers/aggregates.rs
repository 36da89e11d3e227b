//! Every aggregate of the metric language, with filters and without, over values that are absent, equal, whole or very different in
//! size, in total and by group, against DuckDB.

use super::setting::*;
use chrono_tz::Tz;
use parte::definition::Rows;

/// As an analyst writes it, and for DuckDB where that differs.
const AGGREGATES: &[(&str, &str)] = &[
    ("count(*)", ""),
    ("count(*) filter (where type = 'visit' and is_done)", ""),
    ("count(1)", ""),
    ("count(duration_min)", ""),
    ("count(duration_min) filter (where is_done)", ""),
    ("count(distinct user_id)", ""),
    ("count(distinct seller_id) filter (where is_done)", ""),
    ("count(distinct abs(attempts))", ""),
    (
        "count(distinct user_id, day, attempts) filter (where is_done)",
        "count(distinct (user_id, day, attempts)) filter (where is_done and attempts is not null)",
    ),
    ("sum(attempts)", ""),
    ("sum(attempts) filter (where type = 'nothing')", ""),
    ("sum(sales_amount)", ""),
    ("sum(duration_min * 2) filter (where is_done)", ""),
    ("sum(case when is_done then 1 else 0 end)", ""),
    ("avg(attempts)", ""),
    ("avg(duration_min) filter (where attempts > 2)", ""),
    ("min(attempts)", ""),
    ("max(duration_min) filter (where not is_done)", ""),
    ("median(attempts)", ""),
    ("median(duration_min) filter (where is_done)", ""),
    ("quantile_cont(duration_min, 0.9)", ""),
    ("quantile_cont(duration_min, 0.25) filter (where type = 'call')", ""),
    ("quantile_disc(duration_min, 0.9) filter (where type = 'call')", ""),
    ("quantile_disc(attempts, 0.5)", ""),
    ("stddev(duration_min)", ""),
    ("variance(attempts) filter (where is_done)", ""),
    (
        "coalesce(sum(duration_min) filter (where type = 'call'), 0) / count(*) - stddev(duration_min)",
        "coalesce(sum(duration_min) filter (where type = 'call'), 0) / count(*) - stddev(duration_min)",
    ),
    ("100", ""),
];

#[test]
fn every_aggregate_gives_what_duckdb_gives_over_the_same_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    let file = path.to_string_lossy().into_owned();
    let mut words = vec![file.as_str()];
    words.extend(AGGREGATES.iter().map(|(ours, theirs)| if theirs.is_empty() { ours } else { theirs }));
    let told = python("numbers_aggregates.py", &words);

    let ids: Vec<String> = (0..AGGREGATES.len()).map(|number| format!("m{number}")).collect();
    let own: Vec<_> =
        ids.iter().zip(AGGREGATES).map(|(id, (expr, _))| metric(id, Rows::Planned, expr)).collect();
    let metrics = with_own(&own);
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let report = report(Tz::UTC, vec![table(&["seller_id"], &ids)]);
    let period = period("2026-03-02", "2026-03-09", Tz::UTC);
    let (engine, _) = engine_over(&source(&path), &report, &metrics, &period);
    // All of them together and each alone: they share what they look at.
    let together =
        (engine.totals(&ids).expect("totals"), engine.values(&ids, &["seller_id"]).expect("groups"));
    let mut compared = 0;
    for (number, id) in ids.iter().enumerate() {
        let alone =
            (engine.totals(&[id]).expect("a total"), engine.values(&[id], &["seller_id"]).expect("groups"));
        for (totals, groups) in [&together, &alone] {
            let number_of = |table: &polars::prelude::DataFrame, row: usize| -> Option<f64> {
                let column = table.column(id).expect("a column").cast(&polars::prelude::DataType::Float64);
                column.expect("numbers").f64().expect("numbers").get(row)
            };
            let sellers = groups.column("seller_id").expect("sellers").str().expect("texts").clone();
            for line in told.lines() {
                let [of, seller, value] =
                    line.split('\t').collect::<Vec<_>>().try_into().expect("three parts");
                if of != number.to_string() {
                    continue;
                }
                let got = if seller == "*" {
                    number_of(totals, 0)
                } else {
                    let row =
                        sellers.iter().position(|it| it.unwrap_or_default() == seller).expect("a group");
                    number_of(groups, row)
                };
                let expected: Option<f64> = (!value.is_empty()).then(|| value.parse().expect("a number"));
                let equal = match (got, expected) {
                    (Some(got), Some(expected)) => (got - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                    (got, expected) => got == expected,
                };
                assert!(equal, "{} of {seller}: {got:?} instead of {expected:?}", AGGREGATES[number].0);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 2 * told.lines().count(), "cells compared");
    assert_eq!(told.lines().count(), AGGREGATES.len() * 11, "ten groups and the total");
}
