//! The random choices: whole numbers only, so that they are the same on every machine and with every compiler.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use std::ops::RangeInclusive;

/// What a stream of choices is for: each has its own numbers, so that a change in one leaves the others as they are.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stream {
    Sellers = 1,
    Shops,
    Plans,
    Outcomes,
    States,
    Targets,
}

/// A stream of choices.
pub(super) struct Dice(ChaCha8Rng);

/// Chances are given in ten thousandths.
pub(super) const ALWAYS: u32 = 10_000;

impl Dice {
    pub(super) fn new(seed: u64, stream: Stream) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream as u64);
        Self(generator)
    }

    /// A whole number from 0, less than `bound` (0 for a bound of 0).
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        // The top of a product spreads evenly, to within one in four thousand million.
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// A whole number of the range.
    pub(super) fn between(&mut self, range: RangeInclusive<i64>) -> i64 {
        let span = u32::try_from(range.end() - range.start() + 1).unwrap_or(u32::MAX);
        range.start() + i64::from(self.below(span))
    }

    /// True in so many of ten thousand cases.
    pub(super) fn chance(&mut self, of_ten_thousand: u32) -> bool {
        self.below(ALWAYS) < of_ten_thousand
    }

    /// One of them.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }

    /// The position of a weight, as often as its weight says.
    pub(super) fn weighted(&mut self, weights: impl IntoIterator<Item = u32> + Clone) -> usize {
        let mut left = self.below(weights.clone().into_iter().sum());
        for (position, weight) in weights.into_iter().enumerate() {
            if left < weight {
                return position;
            }
            left -= weight;
        }
        0
    }

    /// One of them, as often as its weight says.
    pub(super) fn choose<T: Copy>(&mut self, from: &[(u32, T)]) -> T {
        from[self.weighted(from.iter().map(|(weight, _)| *weight))].1
    }
}
