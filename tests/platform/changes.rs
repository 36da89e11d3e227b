//! Changes while somebody reads: rows that come, go or change between two pages of one list, or whenever a test says so.

use super::listing::Listing;
use super::rows::{Row, Rows};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

/// What becomes of a list.
#[derive(Debug, Clone)]
pub(crate) enum Edit {
    /// These rows come before all others.
    Insert(Vec<Value>),
    /// So many rows come before all others: copies of the first ones, under ids of their own.
    InsertCopies(usize),
    /// So many of the first rows go, so that all others move up.
    DeleteFirst(usize),
    /// Rows with these ids go.
    Delete(Vec<String>),
    /// Fields of the row with this id change, and its `updated_at` moves to this instant.
    Update(String, Value),
}

/// A change that comes right after a page was sent for the first time.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) listing: Listing,
    pub(crate) after_page: u64,
    pub(crate) edit: Edit,
}

impl Edit {
    /// Does it to the rows; `serial` numbers the copies of a platform. Returns how many rows came, went or changed.
    pub(crate) fn apply(
        self,
        listing: Listing,
        rows: &mut Rows,
        hidden: &[String],
        serial: &mut u64,
        now: DateTime<Utc>,
    ) -> usize {
        match self {
            Self::Insert(new) => {
                let new = new.iter().map(|row| Row::new(listing, object(row), hidden)).collect::<Vec<_>>();
                let count = new.len();
                rows.insert(new);
                count
            }
            Self::InsertCopies(count) => {
                let copies = rows.all().iter().cycle().take(count).map(|row| {
                    let mut copy: Map<String, Value> = parsed(row);
                    *serial += 1;
                    let field = listing.id_fields().iter().find(|field| copy.contains_key(**field));
                    let id = match copy.get("id").and_then(Value::as_str) {
                        Some(id) if super::query::is_uuid(id) => {
                            format!("00000000-0000-4000-9000-{serial:012}")
                        }
                        _ => format!("N-{serial:06}"),
                    };
                    copy.insert((*field.unwrap_or(&"id")).to_owned(), Value::String(id));
                    Row::new(listing, &copy, hidden)
                });
                let copies = copies.collect::<Vec<_>>();
                let count = copies.len();
                rows.insert(copies);
                count
            }
            Self::DeleteFirst(count) => rows.delete_first(count),
            Self::Delete(ids) => rows.delete(&ids.iter().map(String::as_str).collect()),
            Self::Update(id, patch) => {
                let Some(row) = rows.with_id(&id) else { return 0 };
                let mut whole = parsed(row);
                whole.extend(object(&patch).clone());
                if let Some(field) = listing.updated_field() {
                    let digits =
                        if listing.has_milliseconds() { SecondsFormat::Millis } else { SecondsFormat::Secs };
                    whole.insert(field.to_owned(), Value::String(now.to_rfc3339_opts(digits, true)));
                }
                usize::from(rows.replace(Row::new(listing, &whole, hidden)))
            }
        }
    }
}

fn parsed(row: &Row) -> Map<String, Value> {
    serde_json::from_str(row.whole()).expect("a row is an object")
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("a row is no object: {value}"))
}
