//! Rounding as people expect it: half away from zero, on the decimal digits of a number. The only place that rounds.

use crate::definition::ValueFormat;
use fixed_decimal::{Decimal, SignedRoundingMode, UnsignedRoundingMode};

/// Half away from zero: 0.5 becomes 1, -0.5 becomes -1.
const HALF_AWAY: SignedRoundingMode = SignedRoundingMode::Unsigned(UnsignedRoundingMode::HalfExpand);

/// The digits of a number, rounded half away from zero to this many decimals and padded to them; `None` for NaN and
/// infinities. The shortest decimal text that stands for the number is rounded, not its binary value: 1.005 to two
/// decimals is 1.01. A result of zero has no sign.
pub(super) fn decimal(value: f64, decimals: u8) -> Option<Decimal> {
    scaled(value, 0, decimals)
}

/// The digits of a number times ten to the power of `shift`, rounded and padded as [`decimal`] does.
pub(super) fn scaled(value: f64, shift: i16, decimals: u8) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    let mut digits = Decimal::try_from_str(&value.to_string()).ok()?;
    digits.multiply_pow10(shift);
    let position = -i16::from(decimals);
    digits.round_with_mode(position, HALF_AWAY);
    digits.absolute.pad_end(position);
    digits.absolute.trim_start();
    if digits.absolute.is_zero() {
        digits.sign = fixed_decimal::Sign::None;
    }
    Some(digits)
}

/// A number rounded half away from zero to this many decimals; `None` for NaN and infinities, never -0.
pub(super) fn round(value: f64, decimals: u8) -> Option<f64> {
    decimal(value, decimals)?.to_string().parse().ok()
}

/// A metric's value as it is shown: a share with one decimal of percent keeps three decimals.
pub(super) fn rounded(value: f64, format: ValueFormat) -> Option<f64> {
    round(value, decimals_kept(format))
}

/// How many decimals of the stored value a format shows.
pub(super) fn decimals_kept(format: ValueFormat) -> u8 {
    match format {
        ValueFormat::Percent(n) => n.saturating_add(2),
        _ => decimals_shown(format),
    }
}

/// How many decimals a format shows.
pub(super) fn decimals_shown(format: ValueFormat) -> u8 {
    match format {
        ValueFormat::Integer => 0,
        ValueFormat::Decimal(n)
        | ValueFormat::Percent(n)
        | ValueFormat::Currency(n)
        | ValueFormat::Hours(n)
        | ValueFormat::Minutes(n)
        | ValueFormat::Days(n) => n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_on_the_digits_people_see() {
        for (value, decimals, expected) in [
            (0.5, 0, 1.0),
            (1.5, 0, 2.0),
            (2.5, 0, 3.0),
            (-0.5, 0, -1.0),
            (-2.5, 0, -3.0),
            (1.005, 2, 1.01),
            (2.675, 2, 2.68),
            (0.285, 2, 0.29),
            (1_284_930.45, 1, 1_284_930.5),
            (1e21, 2, 1e21),
            (0.1 + 0.2, 2, 0.3),
        ] {
            assert_eq!(round(value, decimals), Some(expected), "{value} to {decimals}");
        }
    }

    #[test]
    fn a_share_keeps_two_decimals_more_than_its_percent_shows() {
        assert_eq!(rounded(0.8525, ValueFormat::Percent(1)), Some(0.853));
        assert_eq!(rounded(0.85, ValueFormat::Percent(0)), Some(0.85));
        assert_eq!(rounded(0.855, ValueFormat::Percent(0)), Some(0.86));
        assert_eq!(rounded(12.345, ValueFormat::Currency(2)), Some(12.35));
    }

    #[test]
    fn zero_has_no_sign_and_what_is_no_number_is_absent() {
        let zero = round(-0.001, 2).expect("finite");
        assert!(zero == 0.0 && zero.is_sign_positive());
        assert_eq!(round(f64::NAN, 2), None);
        assert_eq!(round(f64::INFINITY, 0), None);
        assert_eq!(round(f64::NEG_INFINITY, 0), None);
    }
}
