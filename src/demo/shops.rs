//! Shops: what they are called, where they are, since when, and who looks after them.

use super::dice::{Dice, Stream};
use super::names::{KINDS, shop};
use super::places::REGIONS;
use super::plan::{DAYS, Plan};
use super::sellers::Seller;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Someone who is contacted.
#[derive(Debug, Clone)]
pub(super) struct Shop {
    pub(super) name: String,
    pub(super) channel: &'static str,
    pub(super) subchannel: &'static str,
    pub(super) tier: Tier,
    pub(super) city: &'static str,
    pub(super) region: &'static str,
    pub(super) signed_up: DateTime<Utc>,
    /// First day with data on which it is a customer; 0 for those from before.
    pub(super) since: usize,
    /// Position of its seller.
    pub(super) seller: usize,
    /// Position of the agent who calls it.
    pub(super) agent: usize,
}

/// How much a shop buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    Gold,
    Silver,
    Bronze,
}

impl Tier {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gold => "gold",
            Self::Silver => "silver",
            Self::Bronze => "bronze",
        }
    }
}

pub(super) fn id(index: usize) -> String {
    format!("USR_{:05}", index + 1)
}

/// The shops of a plan.
pub(super) fn shops(plan: &Plan, count: usize, sellers: &[Seller], first_day: NaiveDate) -> Vec<Shop> {
    let mut dice = Dice::new(plan.seed, Stream::Shops);
    let positions = |wanted: &dyn Fn(&Seller) -> bool| -> Vec<usize> {
        (0..sellers.len()).filter(|position| wanted(&sellers[*position])).collect()
    };
    let agents = positions(&Seller::is_agent);
    let of_region = REGIONS.map(|region| positions(&|seller| seller.team == region.team));
    let kinds = KINDS.map(|(weight, channel, subchannel, kind)| (weight, (channel, subchannel, kind)));
    (0..count)
        .map(|_| {
            let place = dice.weighted(REGIONS.iter().map(|region| region.weight));
            let (channel, subchannel, kind) = dice.choose(&kinds);
            let is_new = dice.chance(1_700);
            let since = if is_new { dice.between(1..=(DAYS as i64 - 1)) as usize } else { 0 };
            let signed_up_on = match since {
                0 => first_day - TimeDelta::days(dice.between(20..=1_400)),
                day => first_day + TimeDelta::days(day as i64),
            };
            // Office hours: from 13:00 to 22:00 UTC it is the same civil day from Bogota to Buenos Aires.
            let minute = TimeDelta::minutes(dice.between(780..=1_320));
            Shop {
                name: shop(kind, &mut dice),
                channel,
                subchannel,
                tier: dice.choose(&[(15, Tier::Gold), (35, Tier::Silver), (50, Tier::Bronze)]),
                city: dice.choose(REGIONS[place].cities),
                region: REGIONS[place].name,
                signed_up: signed_up_on.and_time(NaiveTime::MIN).and_utc() + minute,
                since,
                seller: dice.pick(&of_region[place]),
                agent: dice.pick(&agents),
            }
        })
        .collect()
}
