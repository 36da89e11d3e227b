//! The value axis: round ticks (1, 2, 2.5 or 5 times a power of ten) and where a value stands between them.

/// Round ticks and the range that they span.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    /// Distance of two ticks.
    pub(super) step: f64,
    /// Number of the first tick, counted in steps from zero.
    first: i64,
    /// Number of the last.
    last: i64,
}

/// Values beyond this are drawn at it: sums and distances stay finite.
pub(super) const LIMIT: f64 = 1e15;

impl Ticks {
    /// About `count` ticks that span `low` to `high`; with `whole`, steps are whole numbers.
    pub(super) fn over(low: f64, high: f64, count: usize, whole: bool) -> Self {
        let (low, high) = (low.clamp(-LIMIT, LIMIT), high.clamp(-LIMIT, LIMIT));
        let span = if high > low { high - low } else { high.abs().max(1.0) };
        let rough = span / count.max(2) as f64;
        let power = 10_f64.powf(rough.log10().floor());
        let mut step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .iter()
            .map(|m| m * power)
            .find(|step| *step >= rough * (1.0 - 1e-9))
            .unwrap_or(10.0 * power);
        if whole && step < 10.0 {
            step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|s| *s >= step).unwrap_or(10.0);
        }
        // A value a hair beyond a tick, from binary fractions, does not ask for another tick.
        let first = (low / step + 1e-9).floor() as i64;
        let last = ((high / step - 1e-9).ceil() as i64).max(first + 1);
        Self { step, first, last }
    }

    /// The ticks, lowest first.
    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = f64> + '_ {
        (self.first..=self.last).map(|n| n as f64 * self.step)
    }

    /// The lowest tick.
    pub(super) fn low(&self) -> f64 {
        self.first as f64 * self.step
    }

    /// The highest tick.
    pub(super) fn high(&self) -> f64 {
        self.last as f64 * self.step
    }

    /// Where a value stands: 0 at the lowest tick, 1 at the highest.
    pub(super) fn share(&self, value: f64) -> f32 {
        ((value.clamp(self.low(), self.high()) - self.low()) / (self.high() - self.low())) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_span_the_values() {
        let cases = [
            (0.0, 312.4),
            (150.0, 351.0),
            (-3.0, 12.0),
            (0.0, 0.853),
            (0.0, 1.0),
            (5.0, 5.0),
            (0.0, 0.0),
            (-7.0, -7.0),
            (1e-9, 2e-9),
            (0.0, 1e300),
        ];
        for (low, high) in cases {
            for count in [3, 5, 7] {
                let ticks = Ticks::over(low, high, count, false);
                assert!(
                    ticks.low() <= low.clamp(-LIMIT, LIMIT) + 1e-12
                        && ticks.high() >= high.clamp(-LIMIT, LIMIT) * (1.0 - 1e-9)
                );
                let all: Vec<f64> = ticks.values().collect();
                assert!((2..=count + 3).contains(&all.len()), "{low}..{high}: {all:?}");
                let mantissa = ticks.step / 10_f64.powf((ticks.step.log10() + 1e-9).floor());
                assert!([1.0, 2.0, 2.5, 5.0].iter().any(|m| (m - mantissa).abs() < 1e-6), "{}", ticks.step);
            }
        }
    }

    #[test]
    fn counts_have_whole_ticks() {
        for high in [1.0, 2.0, 3.0, 7.0, 11.0, 24.0] {
            assert_eq!(Ticks::over(0.0, high, 6, true).step.fract(), 0.0);
        }
    }
}
