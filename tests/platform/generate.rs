//! Generated data: so many users, days, tasks and so on of a seed. The same customers are `user_id` in the first generation
//! and `externalId` of a commerce in the current one; integration's tasks are the activities of type TASK, under the same ids.

use super::data::Data;
use super::dice::Dice;
use super::listing::{CHANNELS, Listing, STATES};
use super::people;
use super::rows::Row;
use chrono::{NaiveDate, SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Which field holds the id of the first generation's tasks: two pages of its documentation disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskKey {
    Id,
    TaskId,
    /// Now one, now the other.
    Mixed,
}

/// How much there is, and how it is spelled where the documentation leaves it open.
#[derive(Debug, Clone)]
pub(crate) struct Sizes {
    pub(crate) seed: u64,
    /// Users with a state a day.
    pub(crate) users: usize,
    pub(crate) days: usize,
    pub(crate) tasks: usize,
    pub(crate) activities: usize,
    pub(crate) operators: usize,
    pub(crate) commerces: usize,
    pub(crate) draft_tasks: usize,
    pub(crate) first_day: NaiveDate,
    /// Of a hundred days of a user, so many have no state.
    pub(crate) gaps: usize,
    /// Every tenth user has a second row a day, of a segment.
    pub(crate) segments: bool,
    pub(crate) task_id: TaskKey,
    /// CANCELED, with one L, in integration's tasks too, now and then.
    pub(crate) mixes_canceled: bool,
    /// Instants with an offset instead of `Z`, now and then.
    pub(crate) offsets: bool,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            seed: 1,
            users: 60,
            days: 14,
            tasks: 250,
            activities: 260,
            operators: 8,
            commerces: 60,
            draft_tasks: 55,
            first_day: NaiveDate::from_ymd_opt(2026, 3, 2).expect("a day"),
            gaps: 0,
            segments: false,
            task_id: TaskKey::Id,
            mixes_canceled: false,
            offsets: false,
        }
    }
}

impl Data {
    /// Data of a seed.
    pub(crate) fn generated(sizes: &Sizes) -> Self {
        let commerces = people::commerces(sizes);
        let (activities, integration) = super::activities::generated(sizes, &commerces);
        Self::empty()
            .with_rows(Listing::States, states(sizes))
            .with(Listing::Tasks, tasks(sizes))
            .with(Listing::Activities, activities)
            .with(Listing::IntegrationTasks, integration)
            .with(Listing::Commerces, commerces)
            .with(Listing::Operators, people::operators(sizes))
            .with(Listing::RetentionStatuses, people::retention_statuses())
            .with(Listing::ResultTypes, super::activities::result_types())
            .with(Listing::DraftTasks, draft_tasks(sizes))
    }
}

/// What a customer is called in both generations.
pub(crate) fn user_id(number: usize) -> String {
    format!("U-{:06}", number + 1)
}

/// What a worker is called.
pub(crate) fn operator_id(number: usize) -> String {
    format!("W-{:03}", number + 1)
}

/// An instant so many minutes after the first day began, as the list spells it.
pub(crate) fn stamp(sizes: &Sizes, listing: Listing, minutes: i64, dice: &mut Dice) -> String {
    let at = sizes.first_day.and_hms_opt(0, 0, 0).expect("midnight").and_utc() + TimeDelta::minutes(minutes);
    let digits = if listing.has_milliseconds() { SecondsFormat::Millis } else { SecondsFormat::Secs };
    let at = if listing.has_milliseconds() {
        at + TimeDelta::milliseconds(dice.below(60_000) as i64)
    } else {
        at + TimeDelta::seconds(dice.below(60) as i64)
    };
    if sizes.offsets && dice.chance(30) {
        let bogota = chrono::FixedOffset::west_opt(5 * 3600).expect("an offset");
        return at.with_timezone(&bogota).to_rfc3339_opts(digits, false);
    }
    at.to_rfc3339_opts(digits, true)
}

/// Minutes of a planned day within the data, in working hours.
pub(crate) fn planned(sizes: &Sizes, dice: &mut Dice) -> i64 {
    let day = dice.below(sizes.days.max(1)) as i64;
    day * 1440 + 12 * 60 + dice.below(20) as i64 * 30
}

fn states(sizes: &Sizes) -> Vec<Row> {
    let mut dice = Dice::new(sizes.seed, 1);
    let words = STATES.iter().map(|state| Arc::from(*state)).collect::<Vec<Arc<str>>>();
    let days = (0..sizes.days).map(|day| {
        let day = sizes.first_day + TimeDelta::days(day as i64);
        Arc::from(day.to_string())
    });
    let days = days.collect::<Vec<Arc<str>>>();
    let mut rows = Vec::with_capacity(sizes.users * sizes.days);
    for number in 0..sizes.users {
        let user: Arc<str> = user_id(number).into();
        let mut state = dice.below(words.len());
        for day in &days {
            // most days are as the day before: a walk of one step now and then
            match dice.below(20) {
                0 => state = (state + 1) % words.len(),
                1 => state = (state + words.len() - 1) % words.len(),
                _ => {}
            }
            if sizes.gaps > 0 && dice.chance(sizes.gaps) {
                continue;
            }
            rows.push(Row::state(&user, &words[state], day));
            if sizes.segments && number % 10 == 0 {
                let row = json!({
                    "user_id": &*user, "kpi_name": "user_state", "kpi_value": &*words[state], "date": &**day,
                    "segment_name": "categoria", "segment_value": (number % 3).to_string(),
                });
                rows.push(Row::new(Listing::States, row.as_object().unwrap_or(&Map::new()), &[]));
            }
        }
    }
    rows
}

fn tasks(sizes: &Sizes) -> Vec<Value> {
    let mut dice = Dice::new(sizes.seed, 2);
    let users = sizes.users.max(1);
    (0..sizes.tasks)
        .map(|number| {
            let planned = planned(sizes, &mut dice);
            let created = planned - 1440 - dice.below(3 * 1440) as i64;
            let mut at = |minutes| stamp(sizes, Listing::Tasks, minutes, &mut dice);
            let (date, suggested, made) = (at(planned), at(planned + 90), at(created));
            let updated = at(created + 300);
            let mut row = json!({
                "user_id": user_id(dice.below(users)),
                "date": date,
                "suggested_execution_time": suggested,
                "channel_priority": dice.pick(CHANNELS),
                "channel_secondary": if dice.chance(40) { json!(dice.pick(CHANNELS)) } else { Value::Null },
                "template_msg_id": if dice.chance(20) { json!(format!("tpl-{}", dice.below(9))) } else { Value::Null },
                "label": if dice.chance(70) { json!(dice.pick(people::LABELS)) } else { Value::Null },
                "reason": if dice.chance(80) { json!(dice.pick(people::REASONS).1) } else { Value::Null },
                "score": if dice.chance(90) { json!((dice.share() * 1000.0).round() / 10.0) } else { Value::Null },
                "created_at": made,
                "updated_at": if dice.chance(40) { json!(updated) } else { Value::Null },
            });
            let field = match sizes.task_id {
                TaskKey::Id => "id",
                TaskKey::TaskId => "task_id",
                TaskKey::Mixed => dice.pick(&["id", "task_id"]),
            };
            row[field] = json!(format!("T-{:06}", number + 1));
            // documented and removed on the same day: a reader must not stumble over what it does not know
            if number % 7 == 3 {
                row["attributes"] = json!([{ "key": "zona", "value": "norte", "type": "string" }]);
            }
            if number % 5 == 2 {
                row["_created_at"] = row["created_at"].clone();
                row["_updated_at"] = row["updated_at"].clone();
            }
            row
        })
        .collect()
}

fn draft_tasks(sizes: &Sizes) -> Vec<Value> {
    let mut dice = Dice::new(sizes.seed, 3);
    (0..sizes.draft_tasks)
        .map(|number| {
            let planned = planned(sizes, &mut dice);
            let mut at = |minutes| stamp(sizes, Listing::DraftTasks, minutes, &mut dice);
            let (due, made, updated) = (at(planned), at(planned - 2880), at(planned - 1440));
            json!({
                "id": format!("D-{:06}", number + 1),
                "title": dice.pick(people::LABELS),
                "description": if dice.chance(50) { json!(dice.pick(people::REASONS).1) } else { Value::Null },
                "status": dice.pick(&["pending", "in_progress", "completed", "completed", "cancelled"]),
                "priority": dice.pick(&["low", "medium", "high", "urgent"]),
                "assigned_to": operator_id(dice.below(sizes.operators.max(1))),
                "due_date": due,
                "created_at": made,
                "updated_at": updated,
            })
        })
        .collect()
}
