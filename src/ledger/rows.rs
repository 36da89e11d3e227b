//! Many rows for one statement. Rows that are written in one step are alike: a column that is the same in all of them is bound once,
//! since most of what a statement costs is binding its values. Never: what a row means.

use super::sql::{Query, Value, query};

/// Rows by their columns.
#[derive(Default)]
pub(super) struct Rows<'q> {
    columns: Vec<(&'static str, Vec<Value<'q>>)>,
}

/// How a statement names the rows' columns, and where it takes them from.
pub(super) struct Spelled {
    columns: Vec<(&'static str, String)>,
    /// What stands behind `from`.
    pub(super) source: String,
}

impl Spelled {
    /// The columns' names.
    pub(super) fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// What the columns hold.
    pub(super) fn values(&self) -> String {
        self.columns.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// What the column of this name holds.
    pub(super) fn value(&self, name: &str) -> &str {
        self.columns.iter().find(|(known, _)| *known == name).map_or("null", |(_, value)| value)
    }
}

impl<'q> Rows<'q> {
    /// Adds a column with as many values as there are rows.
    pub(super) fn column<V: Into<Value<'q>>>(
        mut self,
        name: &'static str,
        values: impl Iterator<Item = V>,
    ) -> Self {
        self.columns.push((name, values.map(Into::into).collect()));
        self
    }

    /// The statement, with its values bound.
    pub(super) fn statement(self, sql: impl FnOnce(&Spelled) -> String) -> Query<'q> {
        let mut spelled = Vec::with_capacity(self.columns.len());
        let mut once = Vec::new();
        let mut differing = Vec::new();
        for (name, mut values) in self.columns {
            // Some column has to say how many rows there are.
            if !differing.is_empty() && values.windows(2).all(|pair| pair[0] == pair[1]) {
                once.extend(values.pop());
                spelled.push((name, format!("${}", once.len())));
            } else {
                differing.push(values.into_iter());
                spelled.push((name, format!("v.column{}", differing.len())));
            }
        }
        let (columns, mut number) = (differing.len(), once.len());
        let mut bound = once;
        let mut rows = Vec::new();
        while let Some(first) = differing.first_mut().and_then(Iterator::next) {
            bound.push(first);
            bound.extend(differing.iter_mut().skip(1).filter_map(Iterator::next));
            let places: Vec<String> = (1..=columns).map(|place| format!("${}", number + place)).collect();
            number += columns;
            rows.push(format!("({})", places.join(", ")));
        }
        let spelled = Spelled { columns: spelled, source: format!("(values {}) v", rows.join(", ")) };
        bound.into_iter().fold(query(sql(&spelled)), Query::bind)
    }
}
