//! Tables whose keys are names that the analyst chose: `[channels.mail]`, `{ seller_id = "vendedor" }`.

use super::{Read, Refused, Spot, Table};
use toml::de::DeValue;

impl<'a> Table<'a> {
    /// The tables of a table, by names that the analyst chose, in the order written: `[channels.mail]`.
    pub(in crate::definition::read) fn named_tables(
        &self,
        of: &str,
        refused: &'static [Refused],
    ) -> Vec<(Spot<String>, Read<Table<'a>>)> {
        let mut tables = Vec::new();
        for (key, value) in self.entries {
            let (id, place) = (key.get_ref().to_string(), key.span());
            let name = if of.is_empty() { format!("[{id}]") } else { format!("[{of}.{id}]") };
            let table = match value.get_ref() {
                DeValue::Table(entries) => {
                    Ok(Table::new(self.page, entries, Some(value.span()), name, refused))
                }
                other => {
                    let hint = format!("write {name} on a line of its own, and its keys below");
                    self.wrong_type(&id, other, &value.span(), "a table", &hint)
                }
            };
            tables.push((Spot::new(id, place), table));
        }
        self.judged.set(true);
        tables.sort_by_key(|(name, _)| name.place.start);
        tables
    }

    /// The keys of a table whose names the analyst chose, with their strings: `{ seller_id = "vendedor" }`.
    pub(in crate::definition::read) fn named_strings(&self) -> Vec<(Spot<String>, Read<Spot<String>>)> {
        let pair = |(key, value): (&toml::Spanned<toml::de::DeString<'a>>, &toml::Spanned<DeValue<'a>>)| {
            let id = Spot::new(key.get_ref().to_string(), key.span());
            let text = match value.get_ref() {
                DeValue::String(text) => Ok(Spot::new(text.to_string(), value.span())),
                other => {
                    let hint = format!("write it in quotes: {} = \"...\"", id.value);
                    self.wrong_type(&id.value, other, &value.span(), "text", &hint)
                }
            };
            (id, text)
        };
        let mut pairs: Vec<(Spot<String>, Read<Spot<String>>)> = self.entries.iter().map(pair).collect();
        self.judged.set(true);
        pairs.sort_by_key(|(key, _)| key.place.start);
        pairs
    }

    /// The keys of a table whose names the analyst chose, with whatever they hold, in the order written.
    pub(in crate::definition::read) fn named_values(&self) -> Vec<(Spot<String>, Spot<&'a DeValue<'a>>)> {
        let mut pairs: Vec<(Spot<String>, Spot<&'a DeValue<'a>>)> = self
            .entries
            .iter()
            .map(|(key, value)| {
                let name = Spot::new(key.get_ref().to_string(), key.span());
                (name, Spot::new(value.get_ref(), value.span()))
            })
            .collect();
        self.judged.set(true);
        pairs.sort_by_key(|(key, _)| key.place.start);
        pairs
    }
}
