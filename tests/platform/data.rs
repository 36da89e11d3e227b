//! What a platform holds: rows that are generated, or given by a test or in a file.

use super::listing::Listing;
use super::rows::{Row, Rows};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The rows of every list.
#[derive(Debug, Default)]
pub(crate) struct Data {
    rows: BTreeMap<Listing, Vec<Row>>,
    hidden: BTreeMap<Listing, Vec<String>>,
}

impl Data {
    /// Nothing: every list is empty.
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    /// These rows in the place of the list's; each a JSON object in the list's own spelling.
    pub(crate) fn with(self, listing: Listing, rows: Vec<Value>) -> Self {
        let hidden = self.hidden_of(listing).to_vec();
        let rows = rows.into_iter().map(|row| match row {
            Value::Object(row) => Row::new(listing, &row, &hidden),
            other => panic!("a row of {} is no object: {other}", listing.name()),
        });
        let rows = rows.collect();
        self.with_rows(listing, rows)
    }

    /// The rows of a file: a JSON array, or a JSON object a line.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub(crate) fn with_file(self, listing: Listing, path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
        let rows: Vec<Map<String, Value>> = if text.trim_start().starts_with('[') {
            serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}"))?
        } else {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            lines
                .map(|(number, line)| {
                    serde_json::from_str(line).map_err(|error| format!("{shown}:{}: {error}", number + 1))
                })
                .collect::<Result<_, _>>()?
        };
        let hidden = self.hidden_of(listing).to_vec();
        let rows = rows.iter().map(|row| Row::new(listing, row, &hidden)).collect();
        Ok(self.with_rows(listing, rows))
    }

    /// Rows that are made already.
    pub(crate) fn with_rows(mut self, listing: Listing, rows: Vec<Row>) -> Self {
        self.rows.insert(listing, rows);
        self
    }

    /// Leaves fields out of the list, though filters know them still: parts of some answers are not documented.
    pub(crate) fn hiding(mut self, listing: Listing, fields: &[&str]) -> Self {
        let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
        let rows = self.rows.remove(&listing).unwrap_or_default();
        let rows = rows.iter().map(|row| {
            let whole = serde_json::from_str(row.whole()).expect("a row is an object");
            Row::new(listing, &whole, &fields)
        });
        let rows = rows.collect();
        self.hidden.insert(listing, fields);
        self.with_rows(listing, rows)
    }

    fn hidden_of(&self, listing: Listing) -> &[String] {
        self.hidden.get(&listing).map_or(&[], Vec::as_slice)
    }

    /// The rows of a list as JSON, whole: what a test holds a client's answers against.
    pub(crate) fn rows(&self, listing: Listing) -> Vec<Value> {
        let rows = self.rows.get(&listing).map_or(&[][..], Vec::as_slice);
        rows.iter().map(|row| serde_json::from_str(row.whole()).expect("a row is an object")).collect()
    }

    /// How many rows a list has.
    pub(crate) fn count(&self, listing: Listing) -> usize {
        self.rows.get(&listing).map_or(0, Vec::len)
    }

    /// The rows as they are served, and what is hidden of them.
    pub(crate) fn into_parts(mut self) -> (BTreeMap<Listing, Rows>, BTreeMap<Listing, Vec<String>>) {
        let rows = Listing::ALL.map(|listing| {
            let rows = self.rows.remove(&listing).unwrap_or_default();
            (listing, Rows::new(rows))
        });
        (rows.into_iter().collect(), self.hidden)
    }
}
