//! The promises that numbers keep, whatever the data: balances of a period, groups against their total, days against their period, one
//! order of the rows against another.

use super::setting::*;
use parte::definition::{MetricDefinition, Rows};
use polars::prelude::{DataFrame, DataType};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Metrics whose values of single days sum to that of the period: each row belongs to one day. Counts of what is open or of who is in a state
/// at an edge belong to an instant (today's backlog is yesterday's too), distinct ones may be there on several days, and ratios,
/// means and quantiles have another denominator each day: none of these sums.
pub(super) const OVER_TIME: [&str; 16] = [
    "tasks_planned",
    "tasks_completed",
    "tasks_pending",
    "tasks_failed",
    "tasks_scheduled",
    "tasks_cancelled",
    "unassigned_tasks",
    "tasks_finished",
    "tasks_created",
    "handling_time_total",
    "visits_completed",
    "calls_completed",
    "messages_delivered",
    "sales",
    "sales_amount",
    "states_of_days",
];

/// Shares and means over rows: their denominator sums over groups, so that the total is the mean of the groups by that weight. Not so for
/// ratios of distinct ones, for `quick_ratio`, whose numerator may have rows where its denominator has none, and for sales by
/// visit or call, which are absent where no amount is known though there are visits.
pub(super) const WEIGHTED: [&str; 15] = [
    "completion_rate",
    "on_time_rate",
    "failed_rate",
    "cancelled_rate",
    "reschedule_rate",
    "strike_rate",
    "contact_rate",
    "conversion_rate",
    "average_sale",
    "attempts_per_call",
    "engaged_share",
    "activation_rate",
    "retention_rate",
    "churn_rate",
    "reactivation_rate",
];

/// The catalogue; planned tasks whose status no list names, told by the status itself; and the rows of `states_by_day` together.
pub(super) static METRICS: LazyLock<Vec<MetricDefinition>> = LazyLock::new(|| {
    let own = [
        metric("of_unknown_status", Rows::Planned, "count(*) filter (where status = 'nobody knows')"),
        metric("states_of_days", Rows::Days, "count(*)"),
    ];
    with_own(&own.map(|metric| MetricDefinition { additive: true, ..metric }))
});

pub(super) type Values = BTreeMap<String, BTreeMap<String, Option<f64>>>;

/// Values by metric and group, the group's key joined by `|`.
pub(super) fn by_metric(table: &DataFrame, width: usize) -> Result<Values, String> {
    let mut values = Values::new();
    let keys: Vec<String> = rows_of(table).into_iter().map(|row| row[..width].join("|")).collect();
    for column in &table.columns()[width..] {
        let numbers = column.cast(&DataType::Float64).expect("numbers");
        let of_metric = values.entry(column.name().to_string()).or_default();
        for (key, value) in keys.iter().zip(numbers.f64().expect("numbers").iter()) {
            if value.is_some_and(|v| !v.is_finite() || (v == 0.0 && v.is_sign_negative())) {
                return Err(format!("{} of [{key}] is {value:?}", column.name()));
            }
            if of_metric.insert(key.clone(), value).is_some() {
                return Err(format!("{}: the group [{key}] is there twice", column.name()));
            }
        }
    }
    Ok(values)
}

/// What one period says of one case.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) totals: BTreeMap<String, Option<f64>>,
    /// By the dimension of the batch.
    pub(super) groups: Values,
    /// Metrics with dimensions of their own, by these.
    pub(super) own: Values,
}

impl Seen {
    pub(super) fn total(&self, metric: &str) -> f64 {
        self.totals.get(metric).copied().flatten().unwrap_or(0.0)
    }
}

/// By the name of the case.
pub(super) type All = BTreeMap<String, Seen>;

pub(super) fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * left.abs().max(right.abs()).max(1.0)
}

pub(super) fn hold(what: &str, left: f64, right: f64) -> Result<(), String> {
    if near(left, right) { Ok(()) } else { Err(format!("{what}: {left} and {right}")) }
}

/// The values of a metric with dimensions of its own.
pub(super) fn own<'a>(seen: &'a Seen, metric: &str) -> &'a BTreeMap<String, Option<f64>> {
    static NONE: BTreeMap<String, Option<f64>> = BTreeMap::new();
    seen.own.get(metric).unwrap_or(&NONE)
}

/// The balances within one period; `before` is the day before it.
pub(super) fn identities(seen: &Seen, before: &Seen) -> Result<(), String> {
    let n = |metric: &str| seen.total(metric);
    let sum = |of: &BTreeMap<String, Option<f64>>| of.values().flatten().sum::<f64>();
    hold("users by state sum to the base", sum(own(seen, "state_distribution")), n("users_total"))?;
    hold("users by state and day sum to all of them", sum(own(seen, "states_by_day")), n("states_of_days"))?;
    for (edge, place, margin) in
        [("start", 0, own(before, "state_distribution")), ("end", 1, own(seen, "state_distribution"))]
    {
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for (key, count) in own(seen, "state_transitions") {
            let state = key.split('|').nth(place).unwrap_or_default();
            *sums.entry(state).or_default() += count.unwrap_or(0.0);
        }
        sums.remove("absent");
        for state in sums.keys().copied().chain(margin.keys().map(String::as_str)) {
            let of_margin = margin.get(state).copied().flatten().unwrap_or(0.0);
            let of_matrix = sums.get(state).copied().unwrap_or(0.0);
            hold(&format!("movements at the {edge} in {state}"), of_matrix, of_margin)?;
        }
    }
    hold(
        "engaged(end) = engaged(start) + new + reactivated - lost",
        n("engaged_users"),
        before.total("engaged_users") + n("newly_engaged") + n("reactivated_users") - n("lost_users"),
    )?;
    hold(
        "done + open + failed + unknown = planned",
        n("tasks_completed") + n("tasks_pending") + n("tasks_failed") + n("of_unknown_status"),
        n("tasks_planned"),
    )?;
    hold(
        "planned + cancelled + rescheduled = scheduled",
        n("tasks_planned") + n("tasks_cancelled") + n("reschedule_rate") * n("tasks_scheduled"),
        n("tasks_scheduled"),
    )
}

/// Groups against their total.
pub(super) fn groups(seen: &Seen) -> Result<(), String> {
    for (id, of) in &seen.groups {
        let metric = METRICS.iter().find(|m| m.id == *id).expect("a metric");
        let total = seen.totals.get(id).copied().flatten();
        if metric.additive {
            hold(
                &format!("{id}: sum of its groups and total"),
                of.values().flatten().sum(),
                total.unwrap_or(0.0),
            )?;
        }
        if WEIGHTED.contains(&id.as_str()) {
            let known = || of.values().flatten().copied();
            let (least, largest) =
                (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
            let within = total.is_none_or(|total| least - 1e-9 <= total && total <= largest + 1e-9);
            if !within || total.is_none() != (known().count() == 0) {
                return Err(format!(
                    "{id}: {total:?} in total, and its groups are from {least} to {largest}"
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn same(left: &Values, right: &Values) -> Result<(), String> {
    for (id, of) in left {
        let other = &right[id];
        for key in of.keys().chain(other.keys()) {
            let is_same = match (of.get(key), other.get(key)) {
                (Some(None), Some(None)) => true,
                (Some(Some(l)), Some(Some(r))) => near(*l, *r),
                _ => false,
            };
            if !is_same {
                return Err(format!(
                    "{id} of [{key}]: {:?}, and {:?} in another order of the rows",
                    of.get(key),
                    other.get(key)
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn alone(totals: &BTreeMap<String, Option<f64>>) -> Values {
    totals.iter().map(|(id, v)| (id.clone(), BTreeMap::from([(String::new(), *v)]))).collect()
}
