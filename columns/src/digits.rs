//! The digits of a number as a text has them: the shortest that read back as the same one, never an exponent, never `-0`.

use std::io::Write as _;

/// Powers of ten by which a number with so many decimals is whole.
const POWERS: [f64; 7] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
/// Below this each decimal of so many digits belongs to a number of its own.
const EXACT: f64 = 1e15;

/// Most numbers of a report have few decimals: of these the digits are those of a whole number. Where the quotient of two whole numbers is
/// the number itself, these digits read back as it; and the fewest decimals that do are the shortest.
pub(crate) fn digits(out: &mut Vec<u8>, number: f64, mark: u8) {
    let size = number.abs();
    for (decimals, power) in POWERS.iter().enumerate() {
        let whole = (size * power).round_ties_even();
        if whole >= EXACT {
            break;
        }
        if whole / power == size {
            if number < 0.0 {
                out.push(b'-');
            }
            return fixed(out, whole as u64, decimals, mark);
        }
    }
    let from = out.len();
    // Writing to memory does not fail.
    let _ = write!(out, "{number}");
    if let Some(point) = out[from..].iter().position(|byte| *byte == b'.') {
        out[from + point] = mark;
    }
}

/// The digits of a whole number, the last ones behind the mark.
fn fixed(out: &mut Vec<u8>, whole: u64, decimals: usize, mark: u8) {
    let mut buffer = [b'0'; 24];
    let (mut left, mut rest, mut written) = (buffer.len(), whole, 0);
    loop {
        if decimals > 0 && written == decimals {
            left -= 1;
            buffer[left] = mark;
        }
        left -= 1;
        buffer[left] = b'0' + (rest % 10) as u8;
        rest /= 10;
        written += 1;
        if rest == 0 && written > decimals {
            break;
        }
    }
    out.extend_from_slice(&buffer[left..]);
}

#[cfg(test)]
mod tests {
    use super::{POWERS, digits};

    #[test]
    fn numbers_have_the_digits_that_the_standard_library_shows() {
        let mut numbers = vec![
            0.0,
            -0.0,
            1.0,
            0.1,
            0.3,
            0.853,
            -1234.5,
            1e15,
            1e15 - 0.5,
            999_999_999_999_999.9,
            9_007_199_254_740_993.0,
            1e21,
            1e-7,
            0.1 + 0.2,
            f64::MAX,
            f64::MIN_POSITIVE,
            123_456_789.123_456,
            0.000_001,
            0.999_999_5,
            5e-324,
            2.5,
            0.05,
        ];
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 11
        };
        for _ in 0..200_000 {
            let whole = next();
            numbers.push((whole % 100_000_000) as f64 / POWERS[(whole % 7) as usize]);
            numbers.push(f64::from_bits(next() << 11 | next() & 0x7ff));
        }
        let mut out = Vec::new();
        for number in numbers.into_iter().filter(|number| number.is_finite()) {
            out.clear();
            digits(&mut out, number, b'.');
            assert_eq!(String::from_utf8_lossy(&out), (number + 0.0).to_string());
        }
    }
}
