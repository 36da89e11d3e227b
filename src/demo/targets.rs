//! What each team is to reach: sales of each month, and which part of its plan it completes. Set near what the team does, as people do who
//! know their teams: some are reached, some are missed.

use super::contacts::Task;
use super::dice::{Dice, Stream};
use super::places::Team;
use super::plan::{DAYS, Plan};
use super::rhythm::Rhythm;
use super::sellers::Seller;
use chrono::{Datelike as _, Months, NaiveDate, TimeDelta};

/// One row.
pub(super) struct Target {
    /// A metric of the shipped definitions.
    pub(super) metric: &'static str,
    pub(super) team: Team,
    /// The kind of period that it is of; any without.
    pub(super) period: Option<&'static str>,
    pub(super) from: NaiveDate,
    /// Its last day; until further notice without.
    pub(super) to: Option<NaiveDate>,
    pub(super) value: f64,
}

/// What each team has sold on the days with data.
#[derive(Default)]
pub(super) struct Sold([i64; Team::ALL.len()]);

impl Sold {
    pub(super) fn add(&mut self, tasks: &[Task], sellers: &[Seller]) {
        for task in tasks {
            if let (Some(seller), Some(amount)) = (task.seller, task.sales_amount) {
                self.0[sellers[seller].team as usize] += amount;
            }
        }
    }
}

/// The targets of all teams, for the months that begin within the days with data.
pub(super) fn targets(plan: &Plan, rhythm: &Rhythm, sold: &Sold) -> Vec<Target> {
    let mut dice = Dice::new(plan.seed, Stream::Targets);
    let mut targets = Vec::new();
    let all = rhythm.work(rhythm.first_day, rhythm.date(DAYS)).max(1);
    let first = rhythm.first_day.with_day(1).unwrap_or(rhythm.first_day);
    let months = (0..).map_while(|month| first.checked_add_months(Months::new(month)));
    for from in months.skip_while(|from| *from < rhythm.first_day).take_while(|from| *from < plan.today) {
        let Some(next) = from.checked_add_months(Months::new(1)) else { break };
        let work = rhythm.work(from, next);
        for team in Team::ALL {
            let usual = sold.0[team as usize] * work / all;
            let value = rounded(usual * dice.between(90..=104) / 100);
            // Who has never sold anything is not told how much.
            if value > 0 {
                let to = Some(next - TimeDelta::days(1));
                let (metric, period) = ("month_sales", Some("month"));
                targets.push(Target { metric, team, period, from, to, value: value as f64 });
            }
        }
    }
    targets.extend(Team::ALL.map(|team| Target {
        metric: "completion_rate",
        team,
        period: None,
        from: first,
        to: None,
        value: team.plan_to_complete(),
    }));
    targets
}

/// Targets are round: 154,321,000 is 154,500,000.
fn rounded(amount: i64) -> i64 {
    let digits = amount.max(1).ilog10();
    let step = (10_i64.pow(digits.saturating_sub(2)) / 2).max(1);
    (amount + step / 2) / step * step
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn a_target_is_a_round_number_near_the_amount() {
        let amounts = [0, 7, 99, 1_234, 154_321_000, 154_200_000];
        assert_eq!(amounts.map(rounded), [0, 7, 99, 1_235, 154_500_000, 154_000_000]);
    }
}
