//! What a JSON document has of each table: rows are read one after the other, and none of them is kept.

use super::Tabled;
use crate::definition::Format;
use crate::document::Document;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt::Formatter;

/// Reads every table of the document, and holds it against the report's.
pub(super) fn read(bytes: &[u8], document: &Document) -> Result<(), String> {
    let mut sections = document
        .sections_in(Format::Json)
        .map(|section| (section.id.as_str(), Tabled::of(section)))
        .collect();
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let there = Whole(&mut sections).deserialize(&mut input).and_then(|there| input.end().map(|()| there));
    let there = there.map_err(|error| format!("it cannot be read: {error}"))?;
    if there != sections.len() {
        return Err(format!("{there} sections in the file, {} in the report", sections.len()));
    }
    sections.iter().filter_map(|(_, table)| table.as_ref()).try_for_each(Tabled::judge)
}

/// The sections of the report by their names, those with rows as tables.
type Sections<'d> = Vec<(&'d str, Option<Tabled<'d>>)>;

/// The whole document; gives how many sections it has.
struct Whole<'s, 'd>(&'s mut Sections<'d>);

impl<'de> DeserializeSeed<'de> for Whole<'_, '_> {
    type Value = usize;
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<usize, D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Whole<'_, '_> {
    type Value = usize;
    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a report")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
        let mut there = 0;
        while let Some(key) = map.next_key::<String>()? {
            if key == "sections" {
                there = map.next_value_seed(All(self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(there)
    }
}

/// The list of sections.
struct All<'s, 'd>(&'s mut Sections<'d>);

impl<'de> DeserializeSeed<'de> for All<'_, '_> {
    type Value = usize;
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<usize, D::Error> {
        input.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for All<'_, '_> {
    type Value = usize;
    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of sections")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<usize, A::Error> {
        let mut there = 0;
        while list.next_element_seed(One(self.0))?.is_some() {
            there += 1;
        }
        Ok(there)
    }
}

/// One section, which says its name before its rows.
struct One<'s, 'd>(&'s mut Sections<'d>);

/// A tile, as far as it is looked at.
#[derive(Deserialize)]
struct Tile {
    value: Option<f64>,
}

impl<'de> DeserializeSeed<'de> for One<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for One<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a section")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut table: Option<&mut Tabled<'_>> = None;
        let mut sections = Some(self.0);
        while let Some(key) = map.next_key::<String>()? {
            match (key.as_str(), &mut table) {
                ("id", _) => {
                    let id: String = map.next_value()?;
                    let all = sections.take().into_iter().flatten();
                    let found = all.filter(|(known, _)| *known == id).map(|(_, table)| table).next();
                    table = found.ok_or_else(|| A::Error::custom(format!("no section is `{id}`")))?.as_mut();
                }
                ("rows", Some(table)) => map.next_value_seed(Rows(table))?,
                ("totals", Some(table)) => {
                    for (at, total) in
                        map.next_value::<Option<Vec<Cell>>>()?.into_iter().flatten().enumerate()
                    {
                        if let Some(total) = total.0 {
                            table.total(at, total);
                        }
                    }
                }
                ("tiles", Some(table)) => {
                    for (row, tile) in map.next_value::<Vec<Tile>>()?.into_iter().enumerate() {
                        if let Some(value) = tile.value {
                            table.number(row, 1, value);
                        }
                        table.seen += 1;
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The rows of a table.
struct Rows<'s, 'd>(&'s mut Tabled<'d>);

impl<'de> DeserializeSeed<'de> for Rows<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of rows")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(cells) = list.next_element::<Vec<Cell>>()? {
            let row = self.0.seen;
            for (at, cell) in cells.into_iter().enumerate() {
                if let Some(value) = cell.0 {
                    self.0.number(row, at, value);
                }
            }
            self.0.seen += 1;
        }
        Ok(())
    }
}

/// The number of a cell; none of a text, of true and false, and where there is nothing.
struct Cell(Option<f64>);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(AnyCell)
    }
}

struct AnyCell;

impl Visitor<'_> for AnyCell {
    type Value = Cell;
    fn expecting(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }
    fn visit_f64<E>(self, number: f64) -> Result<Cell, E> {
        Ok(Cell(Some(number)))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Cell, E> {
        Ok(Cell(Some(number as f64)))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Cell, E> {
        Ok(Cell(Some(number as f64)))
    }
    fn visit_str<E>(self, _: &str) -> Result<Cell, E> {
        Ok(Cell(None))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Cell, E> {
        Ok(Cell(None))
    }
    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell(None))
    }
}
