//! The closed sets of the record: states, causes, outcomes, and the words they are stored as.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }
        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];
            /// The word it is stored and shown as.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
            /// Reads the word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words!(
    /// Where a run stands.
    RunState {
        /// Waits for a worker.
        Queued = "queued",
        /// A worker produces it.
        Running = "running",
        /// Produced; its deliveries are under way.
        Delivering = "delivering",
        /// Produced, and every delivery is done.
        Done = "done",
        /// Produced; some deliveries are done or in doubt, others are not.
        Partial = "partial",
        /// Not produced, or no delivery is done.
        Failed = "failed",
        /// Was due while nobody was there, or while an earlier run was still to be made, and is not made up for.
        Missed = "missed",
        /// Called off before it was produced, or before anybody had it.
        Cancelled = "cancelled",
        /// Produced, and held back until somebody decides.
        Held = "held",
    }
);

words!(
    /// Why there is a run.
    Trigger {
        /// Its schedule fired.
        Schedule = "schedule",
        /// Its schedule had fired while nobody was there.
        CatchUp = "catch_up",
        /// Somebody asked for it.
        Manual = "manual",
        /// Somebody asked for what its schedule would have fired.
        Backfill = "backfill",
        /// Its owners are told something about the report.
        Notice = "notice",
    }
);

words!(
    /// Which runs that are in the record a backfill does again.
    Reprocess {
        /// None.
        None = "none",
        /// Those that failed wholly or in part, and those that were missed.
        Failed = "failed",
        /// All that have ended.
        All = "all",
    }
);

words!(
    /// Where a delivery stands.
    DeliveryState {
        /// Waits for its first try.
        Pending = "pending",
        /// A worker is at it.
        Sending = "sending",
        /// Waits for another try.
        Retry = "retry",
        /// The peer said that it has it.
        Done = "done",
        /// The peer will not have it.
        Refused = "refused",
        /// The peer may or may not have it; held until somebody decides.
        InDoubt = "in_doubt",
        /// Tried as often as it may be.
        Dead = "dead",
        /// Called off before it was brought.
        Cancelled = "cancelled",
        /// Held back with its run until somebody decides.
        Held = "held",
    }
);

impl DeliveryState {
    /// Is nothing going to happen to it by itself any more?
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Sending | Self::Retry)
    }
}

impl RunState {
    /// Is nothing going to happen to it by itself any more?
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running | Self::Delivering)
    }
}

words!(
    /// What became of one try of a delivery.
    AttemptOutcome {
        /// The peer said that it has it.
        Done = "done",
        /// Not now.
        Retry = "retry",
        /// Never.
        Refused = "refused",
        /// The peer may or may not have it.
        InDoubt = "in_doubt",
        /// Failed, and there is no further try.
        Dead = "dead",
        /// The worker was not heard of again; the peer may or may not have it.
        Abandoned = "abandoned",
        /// The worker was told to stop and let go of it; the peer may or may not have it.
        Released = "released",
    }
);

words!(
    /// What owners are told about.
    AlertKind {
        /// A run was not produced, or a recipient did not get it.
        Failure = "failure",
        /// A firing that nobody makes up for.
        Missed = "missed",
        /// A recipient may or may not have it.
        InDoubt = "in_doubt",
    }
);
