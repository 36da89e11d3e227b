//! What is planned for a day: which seller contacts which shop, how, when and why. What becomes of it is in `outcomes`.

use super::dice::{Dice, Stream};
use super::plan::{DAYS, Plan};
use super::rhythm::{Rhythm, minutes_of_day};
use super::sellers::Seller;
use super::shops::Shop;
use super::states::State;
use chrono::{DateTime, Datelike as _, TimeDelta, Utc};

/// How a shop is contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Visit,
    Call,
    Message,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Call => "call",
            Self::Message => "message",
        }
    }
}

/// One planned contact, as its row says.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) kind: Kind,
    pub(super) channel: &'static str,
    pub(super) channel_secondary: Option<&'static str>,
    pub(super) objective: &'static str,
    pub(super) status: &'static str,
    /// Position of its seller.
    pub(super) seller: Option<usize>,
    /// Position of its shop.
    pub(super) shop: usize,
    pub(super) score: i64,
    pub(super) priority: i64,
    pub(super) reason: &'static str,
    pub(super) label: &'static str,
    pub(super) template: Option<&'static str>,
    pub(super) scheduled_at: DateTime<Utc>,
    pub(super) suggested_at: Option<DateTime<Utc>>,
    pub(super) due_at: Option<DateTime<Utc>>,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) completed_at: Option<DateTime<Utc>>,
    pub(super) duration_min: Option<i64>,
    pub(super) outcome: Option<&'static str>,
    pub(super) attempts: Option<i64>,
    pub(super) sales_amount: Option<i64>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) updated_at: Option<DateTime<Utc>>,
}

/// Plans the days, one after the other: each seller goes round the shops that are theirs.
pub(super) struct Planner<'a> {
    rhythm: &'a Rhythm,
    sellers: &'a [Seller],
    shops: &'a [Shop],
    /// Shops of each seller, and which one is next.
    rounds: Vec<(Vec<usize>, usize)>,
    dice: Dice,
}

impl<'a> Planner<'a> {
    pub(super) fn new(plan: &Plan, rhythm: &'a Rhythm, sellers: &'a [Seller], shops: &'a [Shop]) -> Self {
        let mut rounds = vec![(Vec::new(), 0); sellers.len()];
        for (index, shop) in shops.iter().enumerate() {
            rounds[shop.seller].0.push(index);
            rounds[shop.agent].0.push(index);
        }
        Self { rhythm, sellers, shops, rounds, dice: Dice::new(plan.seed, Stream::Plans) }
    }

    /// The tasks of a day, seller by seller, each one's in the order of the day. `states` are those of the shops on that day.
    pub(super) fn day(&mut self, day: usize, states: &[Option<State>]) -> Vec<Task> {
        let weights: Vec<u64> = self.sellers.iter().map(|seller| self.weight(seller, day)).collect();
        let total = weights.iter().sum::<u64>().max(1);
        let planned = self.rhythm.planned(day);
        let mut tasks = Vec::with_capacity(planned as usize + 64);
        for (seller, weight) in weights.into_iter().enumerate() {
            let share = planned * weight * 10_000 / total;
            let count = (share / 10_000) as usize + usize::from(self.dice.chance((share % 10_000) as u32));
            let minutes = minutes_of_day(count, self.rhythm.date(day).weekday(), &mut self.dice);
            let mut visited = Vec::with_capacity(count);
            for minute in minutes {
                if let Some(shop) = self.next_shop(seller, day, states, &visited) {
                    visited.push(shop);
                    tasks.push(self.task(day, minute, seller, shop, states[shop]));
                }
            }
        }
        tasks
    }

    /// How much of a day's work is a seller's: agents call more than others visit, and they alone work on days off.
    fn weight(&self, seller: &Seller, day: usize) -> u64 {
        let trade = match (seller.is_agent(), self.rhythm.is_workday(day)) {
            (true, _) => 150,
            (false, true) => 100,
            (false, false) => 0,
        };
        if seller.is_away(day) { 0 } else { trade * u64::from(seller.load) }
    }

    /// The next shop of the round; now and then one that is being lost instead. None when nobody is left to contact.
    fn next_shop(
        &mut self,
        seller: usize,
        day: usize,
        states: &[Option<State>],
        visited: &[usize],
    ) -> Option<usize> {
        let (round, next) = &mut self.rounds[seller];
        if round.is_empty() {
            return None;
        }
        let is_known = |shop: usize| states[shop].is_some() && (self.shops[shop].since < day || day == 0);
        if self.dice.chance(900) {
            for _ in 0..6 {
                let shop = self.dice.pick(round);
                let at_risk = states[shop].is_some_and(State::is_at_risk);
                if at_risk && is_known(shop) && !visited.contains(&shop) {
                    return Some(shop);
                }
            }
        }
        for _ in 0..round.len() {
            let shop = round[*next];
            *next = (*next + 1) % round.len();
            // Every other round passes by a shop that is lost.
            let passed_by = states[shop] == Some(State::Churned) && self.dice.chance(5_000);
            if is_known(shop) && !passed_by && !visited.contains(&shop) {
                return Some(shop);
            }
        }
        None
    }

    fn task(&mut self, day: usize, minute: i64, seller: usize, shop: usize, state: Option<State>) -> Task {
        let dice = &mut self.dice;
        let is_agent = self.sellers[seller].is_agent();
        let kind = match is_agent {
            true => dice.choose(&[(62, Kind::Call), (38, Kind::Message)]),
            false => dice.choose(&[(76, Kind::Visit), (12, Kind::Call), (12, Kind::Message)]),
        };
        let (channel, label) = match (kind, is_agent) {
            (Kind::Visit, _) => ("salesman", "ruta"),
            (Kind::Call, false) => ("salesman", "seguimiento"),
            (Kind::Call, true) => ("callcenter", "televenta"),
            (Kind::Message, false) => ("whatsapp", "seguimiento"),
            (Kind::Message, true) => {
                (dice.choose(&[(60, "whatsapp"), (16, "sms"), (14, "email"), (10, "push")]), "campaña")
            }
        };
        let channel_secondary = match kind {
            Kind::Visit => dice.choose(&[(55, Some("callcenter")), (20, Some("whatsapp")), (25, None)]),
            Kind::Call => dice.choose(&[(50, Some("whatsapp")), (10, Some("sms")), (40, None)]),
            Kind::Message => dice.choose(&[(35, Some("callcenter")), (65, None)]),
        };
        let (objective, reason) = purpose(state, dice);
        let template = (kind == Kind::Message).then_some(match objective {
            "acquisition" => "TPL_BIENVENIDA",
            "reactivation" => "TPL_TE_EXTRANAMOS",
            "digitalization" => "TPL_PIDE_POR_LA_APP",
            _ => "TPL_PEDIDO_SUGERIDO",
        });
        let score = match state {
            Some(state) if state.is_at_risk() => dice.between(55..=98),
            _ => dice.between(15..=90),
        };
        let scheduled_at = self.rhythm.instant(day, minute);
        let suggested_at =
            dice.chance(7_000).then(|| scheduled_at + TimeDelta::minutes(dice.between(-6..=6) * 5));
        let due_at = window(kind, dice).map(|window| scheduled_at + window);
        Task {
            kind,
            channel,
            channel_secondary,
            objective,
            status: if kind == Kind::Visit { "scheduled" } else { "pending" },
            seller: Some(seller),
            shop,
            score,
            priority: 1 + (100 - score) / 21,
            reason,
            label,
            template,
            scheduled_at,
            suggested_at,
            due_at,
            started_at: None,
            completed_at: None,
            duration_min: None,
            outcome: None,
            attempts: None,
            sales_amount: None,
            created_at: self.created(day, minute),
            updated_at: None,
        }
    }

    /// Planned on one of the evenings before, some on the morning itself. What is planned for a day ahead is planned already.
    fn created(&mut self, day: usize, minute: i64) -> DateTime<Utc> {
        let ahead = (day + 1).saturating_sub(DAYS) as i64;
        if ahead == 0 && self.dice.chance(1_500) {
            return self.rhythm.instant(day, self.dice.between(330..=400).min(minute));
        }
        let lead = self.dice.between(ahead.max(1)..=ahead + 6);
        self.rhythm.instant(day, self.dice.between(1_020..=1_200)) - TimeDelta::days(lead)
    }
}

/// The time in which a contact is to be made; none: by the end of its day.
pub(super) fn window(kind: Kind, dice: &mut Dice) -> Option<TimeDelta> {
    let minutes = match kind {
        Kind::Visit if dice.chance(800) => return None,
        Kind::Visit => dice.between(8..=16) * 15,
        Kind::Call => dice.between(4..=12) * 15,
        Kind::Message => dice.between(8..=24) * 60,
    };
    Some(TimeDelta::minutes(minutes))
}

/// Why a shop in this state is contacted.
fn purpose(state: Option<State>, dice: &mut Dice) -> (&'static str, &'static str) {
    const ACQUISITION: [&str; 3] = ["Bienvenida", "Primer pedido", "Activación de cuenta"];
    const REACTIVATION: [&str; 3] = ["Cliente sin compras", "Recuperación", "Oferta de regreso"];
    const DIGITALIZATION: [&str; 2] = ["Pedido por la aplicación", "Catálogo digital"];
    const RETENTION: [&str; 5] = [
        "Visita de ruta",
        "Pedido sugerido",
        "Lanzamiento de producto",
        "Revisión de exhibición",
        "Cobro de cartera",
    ];
    match state {
        Some(State::SignUp | State::Setup | State::Aha) => ("acquisition", dice.pick(&ACQUISITION)),
        Some(state) if state.is_at_risk() => ("reactivation", dice.pick(&REACTIVATION)),
        _ if dice.chance(1_200) => ("digitalization", dice.pick(&DIGITALIZATION)),
        _ => ("retention", dice.pick(&RETENTION)),
    }
}
