//! Names of things in the record. Never: what they stand for.

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub struct $name(pub(super) i64);
        impl $name {
            /// The number, as shown to people.
            #[must_use]
            pub fn number(self) -> i64 {
                self.0
            }
            /// The name with this number, as people write it; whether it is in the record is another question.
            #[must_use]
            pub fn from_number(number: i64) -> Self {
                Self(number)
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(
    /// Names a run.
    RunId
);
number!(
    /// Names an artifact.
    ArtifactId
);
number!(
    /// Names a delivery.
    DeliveryId
);

number!(
    /// Names a backfill.
    BackfillId
);

/// The number of a claim: rises with every claim of the same run or delivery, so that a word from an earlier
/// claim can be told from one of the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fence(pub(super) i64);

impl std::fmt::Display for Fence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
