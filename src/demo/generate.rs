//! Generates the demo database: one day after the other, into a new file that takes the old one's place when it is complete.

use super::contacts::{Planner, Task};
use super::dice::{Dice, Stream};
use super::outcomes::{Followed, Life};
use super::plan::{Counts, DAYS, DAYS_AHEAD, Made, Plan};
use super::rhythm::Rhythm;
use super::sellers::people;
use super::shops::{Shop, shops};
use super::states::{CONTACT_DAYS, State, first_state, step};
use super::targets::{Sold, targets};
use super::write::Writer;
use chrono::{DateTime, Datelike as _, TimeDelta, Utc, Weekday};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Writes the demo database; an existing file is replaced as a whole once the new one is complete.
///
/// The same plan gives the same rows on every machine. `progress` is told rows written and (about) how many there will be.
///
/// # Errors
/// The file cannot be written; the earlier one, if any, is then as it was.
pub fn generate(plan: &Plan, path: &Path, progress: &dyn Fn(u64, u64)) -> Result<Made, io::Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Made by name, not through the temporary file's own constructor: the database is for everyone whom the folder is for.
    let file = tempfile::Builder::new()
        .prefix(".demo-")
        .suffix(".part")
        .make_in(folder, |path| std::fs::File::create_new(path))?;
    let made = fill(plan, file.path(), progress)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(made)
}

/// Fills a new database.
fn fill(plan: &Plan, path: &Path, progress: &dyn Fn(u64, u64)) -> io::Result<Made> {
    let rhythm = Rhythm::new(plan).map_err(io::Error::other)?;
    let counts = Counts::of(plan.tasks);
    let (sellers, supervisors) = people(plan, counts.sellers);
    let shops = shops(plan, counts.shops, &sellers, rhythm.first_day);
    let expected = (plan.tasks + shops.len() * DAYS) as u64;
    let mut writer = Writer::create(path).map_err(io::Error::other)?;
    let mut planner = Planner::new(plan, &rhythm, &sellers, &shops);
    let mut life = Life::new(plan, &rhythm, &sellers, &shops);
    let mut walk = Walk::new(plan, &shops);
    let mut again: BTreeMap<usize, Vec<Task>> = BTreeMap::new();
    let mut sold = Sold::default();
    for day in 0..DAYS + DAYS_AHEAD {
        if day < DAYS {
            walk.advance(day, &shops);
        }
        let states = walk.on(day.min(DAYS - 1));
        let mut tasks = planner.day(day, &states);
        tasks.extend(again.remove(&day).unwrap_or_default());
        if day < DAYS {
            for task in &mut tasks {
                match life.happen(task, day, states[task.shop]) {
                    Followed::Nothing => {}
                    Followed::Contact(on) => walk.contact(task.shop, on),
                    Followed::Again(to, task) => again.entry(to).or_default().push(*task),
                }
            }
            soil(&mut tasks, is_soiled(&rhythm, day), &mut walk.dice);
            sold.add(&tasks, &sellers);
        }
        writer.write_tasks(&tasks, &sellers).map_err(io::Error::other)?;
        progress(writer.tasks() as u64, expected);
    }
    // What was moved beyond the days planned ahead is planned all the same.
    for tasks in again.into_values() {
        writer.write_tasks(&tasks, &sellers).map_err(io::Error::other)?;
    }
    let mut user_states = 0;
    let days: Vec<String> = (0..DAYS).map(|day| rhythm.date(day).to_string()).collect();
    for (index, states) in walk.states.chunks(DAYS).enumerate() {
        user_states += writer.write_states(index, &days, states).map_err(io::Error::other)?;
        if index.is_multiple_of(256) {
            progress((writer.tasks() + user_states) as u64, expected);
        }
    }
    writer.write_people(&sellers, &supervisors, rhythm.first_day).map_err(io::Error::other)?;
    let setup_at: Vec<Option<DateTime<Utc>>> = shops
        .iter()
        .zip(walk.states.chunks(DAYS))
        .map(|(shop, states)| setup_at(shop, states, &rhythm))
        .collect();
    writer.write_shops(&shops, &setup_at, &sellers).map_err(io::Error::other)?;
    writer.write_targets(&targets(plan, &rhythm, &sold)).map_err(io::Error::other)?;
    let made = Made { tasks: writer.tasks(), user_states, sellers: sellers.len(), users: shops.len() };
    writer.finish().map_err(io::Error::other)?;
    progress(expected, expected);
    Ok(made)
}

/// When a shop finished its set-up: ten days after its sign-up, or on the day on which its walk tells so.
fn setup_at(shop: &Shop, states: &[Option<State>], rhythm: &Rhythm) -> Option<DateTime<Utc>> {
    let is_set_up = |state: &Option<State>| {
        state.is_some_and(|state| !matches!(state, State::SignUp | State::Dormant | State::Churned))
    };
    match states.first() {
        Some(Some(state)) if *state != State::SignUp => Some(shop.signed_up + TimeDelta::days(10)),
        _ => {
            let day = states.iter().position(is_set_up)?;
            Some(rhythm.date(day).and_time(shop.signed_up.time()).and_utc())
        }
    }
}

/// The walk of every shop through its states.
struct Walk {
    /// Day after day, shop after shop; nothing before a shop is a customer.
    states: Vec<Option<State>>,
    /// A bit for each day on which a shop was contacted.
    contacts: Vec<u128>,
    dice: Dice,
}

const _: () = assert!(DAYS <= 128, "a bit for each day");

impl Walk {
    fn new(plan: &Plan, shops: &[Shop]) -> Self {
        let dice = Dice::new(plan.seed, Stream::States);
        Self { states: vec![None; shops.len() * DAYS], contacts: vec![0; shops.len()], dice }
    }

    fn advance(&mut self, day: usize, shops: &[Shop]) {
        for (index, shop) in shops.iter().enumerate() {
            let place = index * DAYS + day;
            let before = if day == 0 { None } else { self.states[place - 1] };
            self.states[place] = match before {
                Some(state) => {
                    let recent = self.contacts[index] << (127 - (day - 1)) >> (128 - CONTACT_DAYS);
                    Some(step(state, recent != 0, &mut self.dice))
                }
                None if shop.since == day && day > 0 => Some(State::SignUp),
                None if shop.since == 0 && day == 0 => Some(first_state(&mut self.dice)),
                None => None,
            };
        }
    }

    fn contact(&mut self, shop: usize, day: usize) {
        self.contacts[shop] |= 1 << day.min(127);
    }

    fn on(&self, day: usize) -> Vec<Option<State>> {
        self.states.iter().skip(day).step_by(DAYS).copied().collect()
    }
}

/// What is wrong with a row.
#[derive(Clone, Copy)]
enum Dirt {
    NoSeller,
    UnknownStatus,
    CompletedBeforeScheduled,
}

/// Each kind of dirt is certain on the latest business day and on Wednesdays, so that every shipped report has some to tell of.
fn is_soiled(rhythm: &Rhythm, day: usize) -> bool {
    day == rhythm.workday_before(DAYS)
        || (rhythm.date(day).weekday() == Weekday::Wed && rhythm.is_workday(day))
}

/// Real data is never clean: one row in some hundreds lacks its seller, has a status of its own, or a completion before its time.
fn soil(tasks: &mut [Task], certain: bool, dice: &mut Dice) {
    const KINDS: [Dirt; 3] = [Dirt::NoSeller, Dirt::UnknownStatus, Dirt::CompletedBeforeScheduled];
    let mut clean: Vec<usize> = (0..tasks.len()).collect();
    let mut make = |dirt: Dirt, tasks: &mut [Task], dice: &mut Dice| {
        // A cancelled task is in no report's plan, a moved one is told at its new date: their dirt would not be seen.
        let fits = |task: &Task| match dirt {
            Dirt::CompletedBeforeScheduled => task.status == "completed",
            _ => !matches!(task.status, "cancelled" | "rescheduled"),
        };
        let candidates: Vec<usize> = clean.iter().copied().filter(|index| fits(&tasks[*index])).collect();
        if candidates.is_empty() {
            return;
        }
        let chosen = dice.pick(&candidates);
        clean.retain(|index| *index != chosen);
        let task = &mut tasks[chosen];
        match dirt {
            Dirt::NoSeller => task.seller = None,
            Dirt::UnknownStatus => {
                (task.status, task.completed_at, task.outcome, task.sales_amount) =
                    ("en_revision", None, None, None);
            }
            Dirt::CompletedBeforeScheduled => {
                let early = TimeDelta::minutes(dice.between(30..=180));
                task.started_at = task.started_at.map(|_| task.scheduled_at - early - TimeDelta::minutes(10));
                task.completed_at = Some(task.scheduled_at - early);
            }
        }
    };
    for dirt in KINDS {
        let more = (0..tasks.len()).filter(|_| dice.chance(4)).count();
        for _ in 0..more + usize::from(certain) {
            make(dirt, tasks, dice);
        }
    }
}
