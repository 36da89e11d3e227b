//! The order in which people expect the values of a dimension: states by engagement, numbers by size, names as a
//! dictionary of the language has them, absent ones last.

use super::build::Key;
use crate::source::STATES;
use chrono::Datelike as _;
use std::cmp::Ordering;

/// The place of a value among those of its dimension.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    absent: bool,
    state: usize,
    number: f64,
    name: String,
}

impl Place {
    /// Of a value of a dimension.
    pub(super) fn of(dimension: &str, key: &Key) -> Self {
        match key {
            Key::Absent => Self { absent: true, state: 0, number: 0.0, name: String::new() },
            Key::Date(day) => Self {
                absent: false,
                state: 0,
                number: f64::from(day.num_days_from_ce()),
                name: String::new(),
            },
            Key::Text(text) if matches!(dimension, "state" | "state_start" | "state_end") => {
                // Unknown states stand behind the known ones, "absent" behind all.
                let last = STATES.len() + usize::from(text == "absent");
                let state = STATES.iter().position(|s| s == text).unwrap_or(last);
                Self { absent: false, state, number: f64::INFINITY, name: folded(text) }
            }
            Key::Text(text) => {
                Self { absent: false, state: 0, number: leading_number(text), name: folded(text) }
            }
        }
    }

    /// Absent ones last, whatever the direction of the others.
    pub(super) fn compare(&self, other: &Self, descending: bool) -> Ordering {
        self.absent.cmp(&other.absent).then_with(|| {
            let ascending = self
                .state
                .cmp(&other.state)
                .then_with(|| self.number.total_cmp(&other.number))
                .then_with(|| self.name.cmp(&other.name));
            if descending { ascending.reverse() } else { ascending }
        })
    }
}

/// The number that a text begins with (`8-15`, `>60`, `07`); names stand behind all numbers.
fn leading_number(text: &str) -> f64 {
    let digits = text.trim_start_matches(['>', '≥', '+', ' ']);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end).and_then(|d| d.parse().ok()).unwrap_or(f64::INFINITY)
}

/// A name as a dictionary compares it: no case, no accents, `ñ` after `n`.
fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'á' | 'à' | 'â' | 'ã' | 'ä' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' => out.push('o'),
            'ú' | 'ù' | 'û' | 'ü' => out.push('u'),
            'ç' => out.push('c'),
            'ñ' => out.push_str("n\u{7f}"),
            // A letter followed by its accent as a character of its own.
            '\u{300}' | '\u{301}' | '\u{302}' | '\u{308}' => {}
            '\u{303}' if out.ends_with('n') => out.push('\u{7f}'),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(dimension: &str, texts: &[&str], descending: bool) -> Vec<String> {
        let mut all: Vec<_> = texts.iter().map(|t| (*t).to_owned()).collect();
        all.sort_by(|a, b| {
            let place = |t: &str| {
                let key = if t.is_empty() { Key::Absent } else { Key::Text(t.to_owned()) };
                Place::of(dimension, &key)
            };
            place(a).compare(&place(b), descending)
        });
        all
    }

    #[test]
    fn names_stand_as_in_a_dictionary() {
        let names = ["Zúñiga", "Ñáñez", "Ávila", "Nuñez", "Núñez Arce", "avilés", "Ordóñez", ""];
        let expected = ["Ávila", "avilés", "Nuñez", "Núñez Arce", "Ñáñez", "Ordóñez", "Zúñiga", ""];
        assert_eq!(sorted("seller", &names, false), expected);
    }

    #[test]
    fn absent_values_stay_last_when_descending() {
        assert_eq!(sorted("team", &["", "A", "B"], true), ["B", "A", ""]);
    }

    #[test]
    fn states_stand_by_engagement_and_numbers_by_size() {
        assert_eq!(
            sorted("state_end", &["absent", "power", "new_state", "sign_up", "churned"], false),
            ["sign_up", "power", "churned", "new_state", "absent"]
        );
        assert_eq!(
            sorted("age_band", &[">60", "8-15", "0-7", "31-60"], false),
            ["0-7", "8-15", "31-60", ">60"]
        );
        assert_eq!(sorted("engaged_days", &["10", "2", "0"], false), ["0", "2", "10"]);
    }
}
