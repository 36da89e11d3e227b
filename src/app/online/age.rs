//! How long ago something was, in words.

use chrono::TimeDelta;

/// `3 hours ago`, `in 2 days`, in the unit that a person would use.
#[must_use]
pub fn distance(past: TimeDelta) -> String {
    let seconds = past.num_seconds().unsigned_abs();
    let (count, unit) = match seconds {
        0..60 => return "just now".to_owned(),
        60..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        172_800..63_072_000 => (seconds / 86_400, "day"),
        _ => (seconds / 31_557_600, "year"),
    };
    let length = format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    if past < TimeDelta::zero() { format!("in {length}") } else { format!("{length} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_ago_is_said_in_the_unit_a_person_would_use() {
        let said = |seconds| distance(TimeDelta::seconds(seconds));
        assert_eq!(said(5), "just now");
        assert_eq!(said(60), "1 minute ago");
        assert_eq!(said(-7_200), "in 2 hours");
        assert_eq!(said(3 * 86_400), "3 days ago");
        assert_eq!(said(4 * 31_557_600), "4 years ago");
    }
}
