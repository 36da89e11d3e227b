//! What becomes of a planned contact: made in time, late or not at all, and what it brought.

use super::contacts::{Kind, Task, window};
use super::dice::{ALWAYS, Dice, Stream};
use super::plan::{DAYS, Plan};
use super::rhythm::Rhythm;
use super::sellers::Seller;
use super::shops::{Shop, Tier};
use super::states::State;
use chrono::{DateTime, Datelike as _, TimeDelta, Utc, Weekday};

/// Lives through the days; all its choices are of one stream.
pub(super) struct Life<'a> {
    rhythm: &'a Rhythm,
    sellers: &'a [Seller],
    shops: &'a [Shop],
    /// The first instant that has not happened yet.
    now: DateTime<Utc>,
    dice: Dice,
}

/// What else follows from a task's day.
pub(super) enum Followed {
    /// Nothing.
    Nothing,
    /// The shop was contacted on this day.
    Contact(usize),
    /// It is planned anew, for this day.
    Again(usize, Box<Task>),
}

impl<'a> Life<'a> {
    pub(super) fn new(plan: &Plan, rhythm: &'a Rhythm, sellers: &'a [Seller], shops: &'a [Shop]) -> Self {
        let dice = Dice::new(plan.seed, Stream::Outcomes);
        Self { rhythm, sellers, shops, now: rhythm.instant(DAYS, 0), dice }
    }

    /// Lives through the day of a task.
    pub(super) fn happen(&mut self, task: &mut Task, day: usize, state: Option<State>) -> Followed {
        let Some(seller) = task.seller.map(|seller| &self.sellers[seller]) else { return Followed::Nothing };
        let roll = self.dice.below(ALWAYS);
        if roll < 230 {
            self.cancel(task);
            return Followed::Nothing;
        }
        if roll < 230 + 330 {
            return self.reschedule(task, day);
        }
        // Three hundredths better over the sixteen weeks; Fridays and Saturdays are slower, and a call is often not answered.
        let weary = match self.rhythm.date(day).weekday() {
            Weekday::Fri => 120,
            Weekday::Sat => 250,
            _ => 0,
        };
        let unanswered = if task.kind == Kind::Call { 1_150 } else { 0 };
        let diligence = seller.diligence + 300 * day as i64 / DAYS as i64 - weary - unanswered;
        if self.dice.chance(u32::try_from(diligence).unwrap_or(0).min(9_750)) {
            let late = !self.dice.chance(seller.punctuality);
            return self.complete(task, day, late, state);
        }
        match self.dice.below(100) {
            0..70 => self.fail(task),
            70..90 => return self.complete_after(task, day, state),
            _ => self.leave(task, day),
        }
        Followed::Nothing
    }

    fn cancel(&mut self, task: &mut Task) {
        task.status = "cancelled";
        let before = TimeDelta::minutes(self.dice.between(20..=900));
        task.updated_at = Some((task.scheduled_at - before).max(task.created_at));
    }

    /// The row stays with its status, a new one is planned some days later.
    fn reschedule(&mut self, task: &mut Task, day: usize) -> Followed {
        let at = task.scheduled_at + TimeDelta::minutes(self.dice.between(5..=180));
        let to = self.rhythm.workday_from(day + self.dice.between(1..=5) as usize);
        let mut again = task.clone();
        task.status = "rescheduled";
        task.updated_at = Some(at);
        again.created_at = at;
        let moved = self.rhythm.instant(to, 0) - self.rhythm.instant(day, 0);
        again.scheduled_at += moved;
        again.suggested_at = again.suggested_at.map(|instant| instant + moved);
        again.due_at = window(again.kind, &mut self.dice).map(|window| again.scheduled_at + window);
        Followed::Again(to, Box::new(again))
    }

    /// On its day; when late, some hours after its window or on one of the next business days.
    fn complete(&mut self, task: &mut Task, day: usize, late: bool, state: Option<State>) -> Followed {
        let dice = &mut self.dice;
        let delay = match (late, task.due_at) {
            (true, _) if dice.chance(4_500) => {
                let next = (0..dice.between(1..=3)).fold(day, |day, _| self.rhythm.workday_from(day + 1));
                let started = self.rhythm.instant(next, dice.between(8 * 60..=17 * 60));
                return self.done(task, started, next, state);
            }
            (true, Some(due)) => due - task.scheduled_at + TimeDelta::minutes(dice.between(5..=150)),
            (true, None) => TimeDelta::minutes(dice.between(60..=240)),
            // The shorter of two throws: most begin soon after the time planned.
            (false, _) => TimeDelta::minutes(dice.between(0..=42).min(dice.between(0..=42))),
        };
        // Nobody is visited or called after half past nine in the evening.
        let evening = self.rhythm.instant(day, 21 * 60 + 30).max(task.scheduled_at);
        let started = if task.kind == Kind::Message {
            task.scheduled_at + delay
        } else {
            (task.scheduled_at + delay).min(evening)
        };
        let on = day + usize::from(started >= self.rhythm.instant(day + 1, 0));
        self.done(task, started, on, state)
    }

    /// Found again after days or weeks.
    fn complete_after(&mut self, task: &mut Task, day: usize, state: Option<State>) -> Followed {
        let on = self.rhythm.workday_from(day + self.dice.between(3..=24) as usize);
        let started = self.rhythm.instant(on, self.dice.between(8 * 60..=17 * 60));
        self.done(task, started, on, state)
    }

    /// Nobody takes care of it; most of these are cleared away after some weeks.
    fn leave(&mut self, task: &mut Task, day: usize) {
        let cleared = day + self.dice.between(18..=50) as usize;
        task.status = "pending";
        if cleared < DAYS && self.dice.chance(6_500) {
            task.status = "cancelled";
            task.updated_at = Some(self.rhythm.instant(cleared, 18 * 60));
        }
    }

    fn fail(&mut self, task: &mut Task) {
        let dice = &mut self.dice;
        let started = task.scheduled_at + TimeDelta::minutes(dice.between(0..=40));
        let (status, outcome) = match task.kind {
            Kind::Visit => dice.choose(&[(70, ("failed", Some("not_found"))), (30, ("incomplete", None))]),
            Kind::Call => dice.choose(&[
                (62, ("no_answer", Some("no_answer"))),
                (22, ("busy", Some("busy"))),
                (8, ("wrong_number", Some("wrong_number"))),
                (8, ("failed", None)),
            ]),
            Kind::Message => dice.choose(&[(60, ("expired", None)), (40, ("failed", None))]),
        };
        task.status = status;
        task.outcome = outcome;
        if task.kind != Kind::Message {
            task.started_at = Some(started);
        }
        if task.kind == Kind::Call {
            task.attempts = Some(dice.choose(&[(30, 1), (35, 2), (25, 3), (10, 4)]));
        }
        task.updated_at = Some(started + TimeDelta::minutes(dice.between(2..=20)));
    }

    /// Made, if that is in the past; else it is open still.
    fn done(&mut self, task: &mut Task, started: DateTime<Utc>, on: usize, state: Option<State>) -> Followed {
        let dice = &mut self.dice;
        let minutes = match task.kind {
            Kind::Visit => dice.between(6..=30) + dice.between(0..=20),
            Kind::Call => dice.between(2..=9) + dice.between(0..=6),
            Kind::Message => 0,
        };
        let completed = started + TimeDelta::minutes(minutes) + TimeDelta::seconds(dice.between(0..=59));
        if completed >= self.now || on >= DAYS {
            task.status = "pending";
            return Followed::Nothing;
        }
        task.status = "completed";
        task.completed_at = Some(completed);
        task.updated_at = Some(completed);
        if task.kind != Kind::Message {
            task.started_at = Some(started);
            task.duration_min = Some(minutes.max(1));
        }
        if task.kind == Kind::Call {
            task.attempts = Some(dice.choose(&[(60, 1), (25, 2), (12, 3), (3, 4)]));
        }
        // Most messages are read without an answer.
        if task.kind == Kind::Message && dice.chance(6_800) {
            task.status = "delivered";
        } else {
            self.sell(task, on, state);
        }
        Followed::Contact(on)
    }

    fn sell(&mut self, task: &mut Task, day: usize, state: Option<State>) {
        let persuasion = task.seller.map_or(0, |seller| self.sellers[seller].persuasion);
        let dice = &mut self.dice;
        let tier = self.shops[task.shop].tier;
        let of_kind = match task.kind {
            Kind::Visit => 100,
            Kind::Call => 62,
            Kind::Message => 40,
        };
        let of_state = match state {
            Some(state) if state.is_at_risk() => 55,
            Some(State::Core | State::Power) => 118,
            _ => 100,
        };
        let of_tier = if tier == Tier::Gold { 112 } else { 100 };
        // Up to a twentieth more over the sixteen weeks, in sales and in what is sold.
        let grown = 1_000 + 50 * day as u32 / DAYS as u32;
        let chance = persuasion * of_kind / 100 * of_state / 100 * of_tier / 100 * grown / 1_000;
        if !dice.chance(chance) {
            let callback = task.kind == Kind::Call && dice.chance(1_400);
            task.outcome = Some(if callback { "callback" } else { "no_sale" });
            return;
        }
        task.outcome = Some("sale");
        let (least, most) = match tier {
            Tier::Gold => (120_000, 900_000),
            Tier::Silver => (70_000, 420_000),
            Tier::Bronze => (40_000, 210_000),
        };
        // The smaller of two throws: small orders are the rule.
        let amount = dice.between(least..=most).min(dice.between(least..=most));
        let amount = amount * i64::from(60 + of_kind * 40 / 100) / 100 * i64::from(grown) / 1_000;
        task.sales_amount = Some((amount / 50 * 50).clamp(40_000, 900_000));
    }
}
