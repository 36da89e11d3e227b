//! `[alerts]`, resolved: who is told about reports that fail, and of what.

use super::ChannelId;

/// Who is told, and of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alerts {
    /// The mail channel, and whom it tells about reports that have no owners of their own.
    pub mail: Option<(ChannelId, Vec<String>)>,
    /// A channel that other programs are told by, event by event.
    pub hook: Option<ChannelId>,
    /// Of what people are told.
    pub on: Vec<AlertOn>,
    /// Of what the other programs are told.
    pub hook_on: Vec<AlertOn>,
}

impl Alerts {
    /// Is anybody told of this?
    #[must_use]
    pub fn wants(&self, event: AlertOn) -> bool {
        self.mail.is_some() && self.on.contains(&event)
            || self.hook.is_some() && self.hook_on.contains(&event)
    }
}

/// What people and programs may be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlertOn {
    /// A run was not produced, or did not reach everybody.
    Failure,
    /// What they were told about is well again.
    Recovery,
    /// The schedule fired while nobody was there, and it is not made up for.
    Missed,
    /// A recipient may or may not have it.
    InDoubt,
    /// A run was made and is held back until somebody decides.
    Held,
    /// A run reached everybody: for programs alone.
    Done,
}
