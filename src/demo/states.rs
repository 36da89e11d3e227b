//! The daily walk of a shop through its states: a Markov chain, its matrix written down here.

use super::dice::Dice;

/// The state of a shop on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    SignUp,
    Setup,
    Aha,
    Casual,
    Habit,
    Core,
    Power,
    Dormant,
    Churned,
}

use State::{Aha, Casual, Churned, Core, Dormant, Habit, Power, Setup, SignUp};

/// Chances of leaving a state on a day, in ten thousandths; what is left is the chance of staying.
///
/// | from \ to | setup | aha | casual | habit | core | power | dormant | churned |
/// |---|---|---|---|---|---|---|---|---|
/// | sign_up | 1000 | | | | | | 150 | |
/// | setup | | 900 | | | | | 150 | |
/// | aha | | | 950 | | | | 180 | |
/// | casual | | | | 150 | | | 70 | |
/// | habit | | | 150 | | 90 | | 22 | |
/// | core | | | 8 | 110 | | 70 | 8 | |
/// | power | | | | 10 | 190 | | 4 | |
/// | dormant | | | 90 | 12 | | | | 90 |
/// | churned | | | 28 | | | | | |
///
/// A shop that was contacted in the three days before climbs more easily (chances upwards times 1.5) and falls less
/// (downwards times 0.65); see [`step`]. Falling from habit or higher straight to dormant, and core or power back to casual or habit, are
/// the moves of two or more steps.
fn leaving(state: State) -> &'static [(u32, State)] {
    match state {
        SignUp => &[(1_000, Setup), (150, Dormant)],
        Setup => &[(900, Aha), (150, Dormant)],
        Aha => &[(950, Casual), (180, Dormant)],
        Casual => &[(150, Habit), (70, Dormant)],
        Habit => &[(90, Core), (150, Casual), (22, Dormant)],
        Core => &[(70, Power), (110, Habit), (8, Casual), (8, Dormant)],
        Power => &[(190, Core), (10, Habit), (4, Dormant)],
        Dormant => &[(90, Casual), (12, Habit), (90, Churned)],
        Churned => &[(28, Casual)],
    }
}

/// How many days a contact is felt.
pub(super) const CONTACT_DAYS: usize = 3;

impl State {
    /// Its name in the table.
    pub(super) fn name(self) -> &'static str {
        match self {
            SignUp => "sign_up",
            Setup => "setup",
            Aha => "aha",
            Casual => "casual",
            Habit => "habit",
            Core => "core",
            Power => "power",
            Dormant => "dormant",
            Churned => "churned",
        }
    }

    pub(super) fn is_at_risk(self) -> bool {
        matches!(self, Dormant | Churned)
    }

    /// Engagement, for telling up from down.
    fn height(self) -> u8 {
        match self {
            Churned => 0,
            Dormant => 1,
            SignUp => 2,
            Setup => 3,
            Aha => 4,
            Casual => 5,
            Habit => 6,
            Core => 7,
            Power => 8,
        }
    }
}

/// The state of a shop that was a customer before the first day, as often as the walk would have left it so.
pub(super) fn first_state(dice: &mut Dice) -> State {
    dice.choose(&[
        (10, SignUp),
        (15, Setup),
        (20, Aha),
        (330, Casual),
        (265, Habit),
        (125, Core),
        (40, Power),
        (110, Dormant),
        (85, Churned),
    ])
}

/// One day of the walk.
pub(super) fn step(state: State, contacted: bool, dice: &mut Dice) -> State {
    let mut roll = dice.below(super::dice::ALWAYS);
    for (chance, next) in leaving(state) {
        let up = next.height() > state.height();
        let chance = match (contacted, up) {
            (false, _) => *chance,
            (true, true) => chance * 150 / 100,
            (true, false) => chance * 65 / 100,
        };
        if roll < chance {
            return *next;
        }
        roll -= chance;
    }
    state
}
