//! Parameters of a list: read strictly, so that a client's slip is an answer of 400 and not a list of everything.

use super::listing::{Filter, Listing, Test};
use super::rows::{Asked, Condition, folded, instant, midnight};
use std::collections::HashSet;

/// What becomes of a number of rows beyond the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// 400.
    Refuse,
    /// The most are sent, and the answer says so.
    Clamp,
}

/// How strictly parameters are read, where the documentation does not say.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    /// Parameters that no list of the documentation has are refused (the default), else ignored.
    pub(crate) refuses_unknown: bool,
    /// Whether the last instant of a range belongs to it (the default).
    pub(crate) to_is_inclusive: bool,
    /// Which instant of the first generation's tasks `from_date` and `to_date` are of: `date` (the default), `created_at` or
    /// `updated_at`.
    pub(crate) task_dates: &'static str,
    /// Values of `channel_priority` that the first generation takes: six, or two in another place of its documentation.
    pub(crate) task_channels: &'static [&'static str],
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            refuses_unknown: true,
            to_is_inclusive: true,
            task_dates: "date",
            task_channels: super::listing::CHANNELS,
        }
    }
}

/// A list that is asked for.
#[derive(Debug)]
pub(crate) struct Query {
    /// From 1.
    pub(crate) page: u64,
    /// Rows a page; `None` for all.
    pub(crate) size: Option<u64>,
    pub(crate) conditions: Vec<Condition>,
}

/// Reads the parameters of a list.
///
/// # Errors
/// What is wrong with the first bad one, for the answer's message.
pub(crate) fn read(
    listing: Listing,
    query: &str,
    reading: &Reading,
    most: u64,
    beyond: Beyond,
) -> Result<Query, String> {
    let sized = listing.page_size();
    let mut read = Query { page: 1, size: sized.map(|(_, size)| size.min(most)), conditions: Vec::new() };
    let mut seen = HashSet::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if !seen.insert(name.clone().into_owned()) {
            return Err(format!("{name} is given twice"));
        }
        match sized {
            Some(_) if name == "page" => read.page = number(&name, &value)?,
            Some((size, _)) if name == size => {
                let asked = number(&name, &value)?;
                if asked > most && beyond == Beyond::Refuse {
                    return Err(format!("{name} must not be greater than {most}"));
                }
                read.size = Some(asked.min(most));
            }
            _ => {
                match listing.filters().iter().position(|filter| is_meant(listing, filter, &name, reading)) {
                    Some(position) => {
                        let filter = &listing.filters()[position];
                        if let Some(asked) = asked(listing, filter, &value, reading)? {
                            read.conditions.push((position, asked));
                        }
                    }
                    None if reading.refuses_unknown => {
                        return Err(format!("property {name} should not exist"));
                    }
                    None => {}
                }
            }
        }
    }
    Ok(read)
}

fn is_meant(listing: Listing, filter: &Filter, name: &str, reading: &Reading) -> bool {
    let is_range = matches!(filter.test, Test::From | Test::To);
    filter.name == name && (listing != Listing::Tasks || !is_range || filter.fields == [reading.task_dates])
}

fn number(name: &str, value: &str) -> Result<u64, String> {
    let number = value.parse().ok().filter(|number| (1..=1_000_000_000).contains(number));
    number.ok_or_else(|| format!("{name} must be a whole number from 1 on"))
}

fn asked(listing: Listing, filter: &Filter, value: &str, reading: &Reading) -> Result<Option<Asked>, String> {
    let name = filter.name;
    let flag = || match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("{name} must be true or false")),
    };
    // plain days are documented for the states alone, but nothing says that later generations refuse them
    let at = || {
        let day = || if listing.has_milliseconds() { midnight(value) } else { None };
        instant(value).or_else(day).ok_or_else(|| format!("{name} must be an ISO 8601 timestamp"))
    };
    Ok(Some(match filter.test {
        Test::Is(words) => {
            let words = if name == "channel_priority" { reading.task_channels } else { words };
            if !words.is_empty() && !words.contains(&value) {
                return Err(format!("{name} must be one of: {}", words.join(", ")));
            }
            if value.is_empty() {
                return Err(format!("{name} must not be empty"));
            }
            Asked::Text(folded(value).into())
        }
        Test::Uuid if is_uuid(value) => Asked::Text(value.to_lowercase().into()),
        Test::Uuid => return Err(format!("{name} must be a UUID")),
        Test::Day => {
            midnight(value)
                .filter(|_| value.len() == 10)
                .ok_or_else(|| format!("{name} must be YYYY-MM-DD"))?;
            Asked::Text(value.into())
        }
        Test::Flag => Asked::Flag(flag()?),
        Test::Only => {
            if !flag()? {
                return Ok(None);
            }
            Asked::Flag(true)
        }
        Test::From => Asked::From(at()?),
        Test::To => Asked::To(at()?, reading.to_is_inclusive),
        Test::Holds => Asked::Holds(value.to_lowercase().into()),
    }))
}

/// Whether a text has the form of a UUID.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
