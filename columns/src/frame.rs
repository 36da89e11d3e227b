//! Rows in columns. What repeats is held once: of a text that many rows have, each row has only the number.

use crate::by_number::{apart, by_number, by_number_in, number_name, packed, spread};
use crate::held::repeats;
use crate::{Grouping, Held};
use polars::prelude::*;
use std::collections::BTreeMap;

/// Rows of a table.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The columns; of those that are numbered, the numbers.
    data: DataFrame,
    /// The values of numbered columns, by name.
    values: BTreeMap<PlSmallStr, Column>,
}

impl From<DataFrame> for Frame {
    fn from(data: DataFrame) -> Self {
        Self { data, values: BTreeMap::new() }
    }
}

impl Frame {
    /// A frame of such columns.
    ///
    /// # Errors
    /// Columns of different length, or two of one name.
    pub fn new(height: usize, columns: Vec<Held>) -> PolarsResult<Self> {
        let mut values_of = BTreeMap::new();
        let mut data = Vec::with_capacity(columns.len());
        for column in columns {
            data.push(match column {
                Held::Plain(column) => column,
                Held::Numbered { numbers, values } => {
                    let name = values.name().clone();
                    values_of.insert(name.clone(), values);
                    UInt32Chunked::from_vec(name, numbers).into_series().into_column()
                }
            });
        }
        Ok(Self { data: DataFrame::new(height, data)?, values: values_of })
    }

    /// The same rows, texts that repeat held once.
    ///
    /// # Errors
    /// None that is known of.
    pub fn numbered(data: &DataFrame) -> PolarsResult<Self> {
        let held = |column: &Column| {
            if column.dtype() != &DataType::String {
                return Ok(Held::Plain(column.clone()));
            }
            let groups = Grouping::of_column(column)?;
            let values = groups.firsts(column)?;
            Ok(match groups.into_numbers() {
                Some(numbers) if repeats(values.len(), numbers.len()) => Held::Numbered { numbers, values },
                _ => Held::Plain(column.clone()),
            })
        };
        let columns = data.columns().iter().map(held).collect::<PolarsResult<Vec<_>>>()?;
        Self::new(data.height(), columns)
    }

    /// What a plan over [`Frame::plan`] gave: numbers that it kept belong to these values.
    ///
    /// # Errors
    /// Two columns of one name.
    pub fn planned(table: DataFrame, values: &BTreeMap<PlSmallStr, Column>) -> PolarsResult<Self> {
        let mut frame = Self::from(table);
        for (name, values) in values {
            let numbers = number_name(name);
            if frame.has(&numbers) {
                frame.data.rename(&numbers, name.clone())?;
                frame.values.insert(name.clone(), values.clone());
            }
        }
        Ok(frame)
    }

    /// The same frame, one column of it row by row.
    ///
    /// # Errors
    /// A column that is not there.
    pub fn spelled(mut self, name: &str) -> PolarsResult<Self> {
        let column = self.column(name)?;
        self.with_column(column)?;
        Ok(self)
    }

    /// How many rows there are.
    #[must_use]
    pub fn height(&self) -> usize {
        self.data.height()
    }

    /// Is there such a column?
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.data.get_column_index(name).is_some()
    }

    /// The columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.data.columns().iter().map(|column| column.name().as_str())
    }

    /// The different values of a column that is numbered.
    #[must_use]
    pub fn values(&self, name: &str) -> Option<&Column> {
        self.values.get(name)
    }

    /// The values of all columns that are numbered.
    #[must_use]
    pub fn all_values(&self) -> &BTreeMap<PlSmallStr, Column> {
        &self.values
    }

    /// The number of each row's value in a column that is numbered.
    ///
    /// # Errors
    /// A column that is not there, or not numbered.
    pub fn numbers(&self, name: &str) -> PolarsResult<&UInt32Chunked> {
        self.data.column(name)?.u32()
    }

    /// A column, row by row.
    ///
    /// # Errors
    /// A column that is not there.
    pub fn column(&self, name: &str) -> PolarsResult<Column> {
        let column = self.data.column(name)?;
        match self.values.get(name) {
            None => Ok(column.clone()),
            Some(values) => by_number(column, values),
        }
    }

    /// Some columns, row by row.
    ///
    /// # Errors
    /// A column that is not there.
    pub fn table<S: AsRef<str>>(&self, names: impl IntoIterator<Item = S>) -> PolarsResult<DataFrame> {
        let columns =
            names.into_iter().map(|name| self.column(name.as_ref())).collect::<PolarsResult<_>>()?;
        DataFrame::new(self.height(), columns)
    }

    /// All columns, row by row.
    ///
    /// # Errors
    /// None that is known of.
    pub fn whole(&self) -> PolarsResult<DataFrame> {
        self.table(self.names())
    }

    /// What is computed from the values of one column, for each row; once for each value where they are numbered.
    ///
    /// # Errors
    /// A column that is not there, whatever the function says.
    pub fn of_values(
        &self,
        name: &str,
        f: impl FnOnce(&Column) -> PolarsResult<Column>,
    ) -> PolarsResult<Column> {
        let column = self.data.column(name)?;
        match self.values.get(name) {
            None => f(column),
            Some(values) => by_number(column, &f(values)?),
        }
    }

    /// What is true of each row's text in a column, up to eight things at once: `of` gives a bit for each. Every text is asked once where they
    /// are numbered.
    ///
    /// # Errors
    /// A column that is not there, or holds no texts.
    pub fn truths_of_texts(
        &self,
        name: &str,
        things: usize,
        of: &dyn Fn(Option<&str>) -> u8,
    ) -> PolarsResult<Vec<BooleanChunked>> {
        let texts = self.values.get(name).map_or_else(|| self.data.column(name), Ok)?;
        let truths: Vec<u8> = texts.str()?.iter().map(of).collect();
        if !self.values.contains_key(name) {
            return Ok(packed(&truths, apart, things));
        }
        spread(self.numbers(name)?.rechunk().downcast_as_array().values(), &truths, things)
    }

    /// The rows without a value of a column.
    ///
    /// # Errors
    /// A column that is not there.
    pub fn absent(&self, name: &str) -> PolarsResult<BooleanChunked> {
        let column = self.data.column(name)?;
        match self.values.get(name) {
            None => Ok(column.is_null()),
            Some(values) if values.null_count() == 0 => {
                Ok(BooleanChunked::full(PlSmallStr::EMPTY, false, self.height()))
            }
            Some(values) => {
                let absent = values.is_null().into_series().into_column();
                Ok(by_number(column, &absent)?.bool()?.clone())
            }
        }
    }

    /// Does every row have a value of a column?
    ///
    /// # Errors
    /// A column that is not there.
    pub fn is_whole(&self, name: &str) -> PolarsResult<bool> {
        let column = self.data.column(name)?;
        Ok(self.values.get(name).unwrap_or(column).null_count() == 0)
    }

    /// Groups of rows by one column.
    ///
    /// # Errors
    /// A column that is not there, or of a type that cannot be compared.
    pub fn grouping(&self, name: &str) -> PolarsResult<Grouping> {
        match self.values.get(name) {
            None => Grouping::of_column(self.data.column(name)?),
            Some(values) => Grouping::of_numbered(self.numbers(name)?, values),
        }
    }

    /// Of each group, these columns of its first row.
    ///
    /// # Errors
    /// A column that is not there.
    pub fn keys(&self, groups: &Grouping, names: &[String]) -> PolarsResult<DataFrame> {
        let first = groups.first_rows();
        let keys = Self { data: self.data.select(names)?.take(&first)?, values: self.values.clone() };
        keys.table(names)
    }

    /// The rows at which a mask is true.
    ///
    /// # Errors
    /// A mask of another length.
    pub fn filter(&self, mask: &BooleanChunked) -> PolarsResult<Self> {
        Ok(Self { data: self.data.filter(mask)?, values: self.values.clone() })
    }

    /// Some rows.
    ///
    /// # Errors
    /// A place that is not there.
    pub fn take(&self, places: &IdxCa) -> PolarsResult<Self> {
        Ok(Self { data: self.data.take(places)?, values: self.values.clone() })
    }

    /// So many rows from a place on.
    #[must_use]
    pub fn slice(&self, from: usize, rows: usize) -> Self {
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        Self { data: self.data.slice(from, rows), values: self.values.clone() }
    }

    /// The frame with a column added, or in place of the one of the same name.
    ///
    /// # Errors
    /// A column of another length.
    pub fn with_column(&mut self, column: Column) -> PolarsResult<()> {
        self.values.remove(column.name());
        self.data.with_column(column)?;
        Ok(())
    }

    /// The frame without some columns.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let mut values = self.values.clone();
        values.retain(|name, _| !names.contains(&name.as_str()));
        Self { data: self.data.drop_many(names.iter().copied()), values }
    }

    /// The same rows, instants without the tag of a zone, every column in one piece.
    ///
    /// # Errors
    /// None that is known of.
    pub fn without_zone_tags(&self) -> PolarsResult<Self> {
        let columns = self
            .data
            .columns()
            .iter()
            .map(|column| match column.dtype() {
                DataType::Datetime(..) => column.cast(&DataType::Int64)?.cast(&crate::INSTANT),
                _ => Ok(column.clone()),
            })
            .collect::<PolarsResult<Vec<_>>>()?;
        let mut data = DataFrame::new(self.height(), columns)?;
        data.rechunk_mut_par();
        Ok(Self { data, values: self.values.clone() })
    }

    /// A plan over the rows, for which a column is put together only where it is looked at. Beside each that is numbered stand its numbers,
    /// under [`number_name`].
    ///
    /// # Errors
    /// None that is known of.
    pub fn plan(&self) -> PolarsResult<LazyFrame> {
        let mut data = self.data.clone();
        for name in self.values.keys() {
            data.rename(name, number_name(name))?;
        }
        let spelled = |(name, values): (&PlSmallStr, &Column)| {
            by_number_in(col(number_name(name)), values.clone()).alias(name.clone())
        };
        Ok(data.lazy().with_columns(self.values.iter().map(spelled).collect::<Vec<_>>()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A column that repeats, one that does not, and one of no texts.
    pub(crate) fn table() -> DataFrame {
        df!(
            "city" => [Some("Cali"), None, Some("Cali"), Some("Neiva"), None, Some("Cali")],
            "task" => ["1", "2", "3", "4", "5", "6"],
            "score" => [1, 2, 3, 4, 5, 6],
        )
        .expect("a table")
    }

    #[test]
    fn what_is_held_once_is_the_same_row_by_row() {
        let frame = Frame::numbered(&table()).expect("a frame");
        assert!(frame.values("city").is_some() && frame.values("task").is_none());
        assert!(frame.whole().expect("a table").equals_missing(&table()));
        assert!(!frame.is_whole("city").expect("a column") && frame.is_whole("task").expect("a column"));
        let absent: Vec<Option<bool>> = frame.absent("city").expect("a mask").iter().collect();
        assert_eq!(absent, [false, true, false, false, true, false].map(Some));
    }

    #[test]
    fn several_things_are_told_of_each_text_whether_it_is_held_once_or_not() {
        let texts: Vec<Option<String>> =
            (0..30).map(|row| (row % 7 != 3).then(|| format!("{}", row % 5))).collect();
        let data = df!("digit" => &texts).expect("a table");
        let of = |text: Option<&str>| match text {
            None => 1,
            Some(text) => u8::from(text < "3") << 1 | u8::from(text == "4") << 2,
        };
        for frame in [Frame::from(data.clone()), Frame::numbered(&data).expect("a frame")] {
            let told = frame.truths_of_texts("digit", 3, &of).expect("masks");
            let expected = (0..3_u8).map(|bit| -> BooleanChunked {
                texts.iter().map(|text| of(text.as_deref()) >> bit & 1 == 1).collect()
            });
            let lists = |mask: BooleanChunked| mask.iter().collect::<Vec<_>>();
            assert_eq!(
                told.into_iter().map(lists).collect::<Vec<_>>(),
                expected.map(lists).collect::<Vec<_>>()
            );
        }
        assert!(Frame::from(data).truths_of_texts("number", 3, &of).is_err());
    }

    #[test]
    fn rows_are_chosen_and_grouped_as_those_of_a_table() {
        let frame = Frame::numbered(&table()).expect("a frame");
        let mask: BooleanChunked = [false, true, true, true, true, false].into_iter().collect();
        let chosen = frame.filter(&mask).expect("rows");
        assert!(chosen.whole().expect("a table").equals_missing(&table().filter(&mask).expect("rows")));
        let groups = chosen.grouping("city").expect("groups");
        assert_eq!(groups.count(), 3);
        let keys = chosen.keys(&groups, &["city".to_owned()]).expect("keys");
        let keys = keys.column("city").expect("a column").str().expect("texts").clone();
        let of_rows = groups.numbers().expect("numbers").iter().map(|group| keys.get(*group as usize));
        assert_eq!(of_rows.collect::<Vec<_>>(), [None, Some("Cali"), Some("Neiva"), None]);
    }

    #[test]
    fn a_plan_looks_at_texts_and_keeps_their_numbers() {
        let frame = Frame::numbered(&table()).expect("a frame");
        let numbers = number_name("city");
        let plan = frame
            .plan()
            .expect("a plan")
            .filter(col("city").eq(lit("Cali")))
            .select([col(numbers), col("score")]);
        let found = Frame::planned(plan.collect().expect("rows"), frame.all_values()).expect("a frame");
        let city = found.column("city").expect("a column");
        assert_eq!(city.str().expect("texts").iter().collect::<Vec<_>>(), [Some("Cali"); 3]);
    }
}
