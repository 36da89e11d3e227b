//! Sellers and call-centre agents: who they are and how well they do, each with a skill of their own.

use super::dice::{Dice, Stream};
use super::names::{mailbox, person};
use super::places::Team;
use super::plan::{DAYS, Plan};
use chrono::{NaiveDate, TimeDelta};

/// Someone who contacts shops.
#[derive(Debug, Clone)]
pub(super) struct Seller {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) team: Team,
    pub(super) route: String,
    pub(super) email: String,
    pub(super) supervisor: String,
    pub(super) hired: NaiveDate,
    /// How many tasks against others of the trade, in hundredths.
    pub(super) load: u32,
    /// Ten thousandths of the planned contacts that are made.
    pub(super) diligence: i64,
    /// Ten thousandths of the contacts that are made in time.
    pub(super) punctuality: u32,
    /// Ten thousandths of the visits that end in a sale.
    pub(super) persuasion: u32,
    /// First day of a week off, counted from the first day with data.
    pub(super) holiday: Option<usize>,
}

impl Seller {
    pub(super) fn is_agent(&self) -> bool {
        self.team == Team::CallCenter
    }

    /// Is this day, counted from the first with data, one of the week off?
    pub(super) fn is_away(&self, day: usize) -> bool {
        self.holiday.is_some_and(|first| (first..first + 7).contains(&day))
    }
}

/// The supervisor of a team.
pub(super) struct Supervisor {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) team: Team,
    pub(super) email: String,
}

/// Everyone of a plan: the sellers, and a supervisor a team.
pub(super) fn people(plan: &Plan, count: usize) -> (Vec<Seller>, Vec<Supervisor>) {
    let mut dice = Dice::new(plan.seed, Stream::Sellers);
    let supervisors: Vec<Supervisor> = Team::ALL
        .into_iter()
        .enumerate()
        .map(|(position, team)| {
            let name = person(count + position);
            Supervisor { id: format!("SUP_{:02}", position + 1), email: address(&name), name, team }
        })
        .collect();
    let agents = (count / 5).max(1);
    let mut of_team = [0_u32; Team::ALL.len()];
    let sellers = (0..count)
        .map(|index| {
            let team = if index < count - agents {
                Team::FIELD[index % Team::FIELD.len()]
            } else {
                Team::CallCenter
            };
            let position = Team::ALL.iter().position(|known| *known == team).unwrap_or(0);
            of_team[position] += 1;
            let name = person(index);
            // A sum of two throws: most are near the middle, few are very good or very bad.
            let skill = dice.between(0..=850) + dice.between(0..=850);
            // The first seller is the one that documents and tests look for: always at work.
            let takes_week = dice.chance(4_000) && index > 0;
            let holiday = dice.between(0..=(DAYS as i64 - 8)) as usize;
            Seller {
                id: format!("SLR_{:04}", index + 1),
                email: address(&name),
                name,
                team,
                route: format!("R-{}-{:02}", team.code(), of_team[position]),
                supervisor: supervisors[position].id.clone(),
                hired: plan.today - TimeDelta::days(dice.between(150..=3_000)),
                load: dice.between(82..=118) as u32,
                diligence: 7_550 + skill + team.diligence(),
                punctuality: dice.between(7_400..=9_500) as u32,
                persuasion: dice.between(3_600..=6_400) as u32,
                holiday: takes_week.then_some(holiday),
            }
        })
        .collect();
    (sellers, supervisors)
}

fn address(name: &str) -> String {
    format!("{}@nandu.example", mailbox(name))
}
