//! How a CSV file is written: what a spreadsheet opens, what RFC 4180 says, what a database loads, or what is said of each point.
//! Never: the writing.

/// A dialect of CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvDialect {
    /// Between fields; `None`: `;` where the decimal mark is a comma, else `,`.
    pub separator: Option<char>,
    /// Within numbers; `None`: the locale's, and a point where fields are separated by commas.
    pub decimal: Option<char>,
    /// What stands in quotes.
    pub quotes: CsvQuotes,
    /// What ends a record.
    pub line_end: CsvLineEnd,
    /// Does a byte order mark come first? Only UTF-8 has one.
    pub bom: bool,
    /// How letters become bytes.
    pub encoding: CsvEncoding,
    /// What the first record says.
    pub headings: CsvHeadings,
    /// What stands for an absent value, without quotes. A text that reads the same has quotes.
    pub null: String,
    /// How days and instants are written.
    pub dates: CsvDates,
    /// Are the totals of a table its last record?
    pub totals: bool,
    /// What becomes of texts that a spreadsheet would run as a formula.
    pub formulas: CsvFormulas,
    /// Do the files travel in one ZIP?
    pub zip: bool,
}

/// Which fields stand in quotes; absent values never do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvQuotes {
    /// Those that could not be read otherwise.
    Needed,
    /// Every text.
    Texts,
    /// Every field.
    All,
}

/// What ends a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvLineEnd {
    /// As RFC 4180 has it, and Windows.
    CrLf,
    /// As other systems have it.
    Lf,
}

/// How letters become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvEncoding {
    /// Every letter there is.
    Utf8,
    /// The 251 signs of Western European Windows.
    Windows1252,
}

/// What the first record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvHeadings {
    /// The columns' names for people, in the report's language.
    Labels,
    /// The names that definitions use, the same in every language.
    Ids,
}

/// How days and instants are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvDates {
    /// `2026-03-13`, `2026-03-13T07:00:00`.
    Iso,
    /// As the report's locale has them.
    Locale,
}

/// What becomes of texts that a spreadsheet would run as a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvFormulas {
    /// An apostrophe leads them, and NUL is left out.
    Neutral,
    /// Nothing.
    AsIs,
}

impl Default for CsvDialect {
    fn default() -> Self {
        Self::EXCEL
    }
}

impl CsvDialect {
    /// What a spreadsheet of the report's locale opens by a double click.
    pub const EXCEL: Self = Self {
        separator: None,
        decimal: None,
        quotes: CsvQuotes::Needed,
        line_end: CsvLineEnd::CrLf,
        bom: true,
        encoding: CsvEncoding::Utf8,
        headings: CsvHeadings::Labels,
        null: String::new(),
        dates: CsvDates::Iso,
        totals: true,
        formulas: CsvFormulas::Neutral,
        zip: false,
    };
    /// What RFC 4180 says: commas and CR LF, nothing before the first record. Numbers have a point.
    pub const RFC4180: Self = {
        let mut dialect = Self::EXCEL;
        dialect.separator = Some(',');
        dialect.decimal = Some('.');
        dialect.bom = false;
        dialect
    };
    /// What a database loads: the same in every language, records alone, each text as it is.
    pub const DATABASE: Self = {
        let mut dialect = Self::RFC4180;
        dialect.line_end = CsvLineEnd::Lf;
        dialect.headings = CsvHeadings::Ids;
        dialect.totals = false;
        dialect.formulas = CsvFormulas::AsIs;
        dialect
    };

    /// What stands between fields and within numbers, where the locale has this decimal mark.
    #[must_use]
    pub fn marks(&self, of_locale: char) -> (char, char) {
        let decimal = self.decimal.unwrap_or(if self.separator == Some(',') { '.' } else { of_locale });
        (self.separator.unwrap_or(if decimal == ',' { ';' } else { ',' }), decimal)
    }

    /// Its media type; in a ZIP that of the ZIP.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        match self.encoding {
            _ if self.zip => "application/zip",
            CsvEncoding::Utf8 => "text/csv; charset=utf-8",
            CsvEncoding::Windows1252 => "text/csv; charset=windows-1252",
        }
    }

    /// The extension of its files.
    #[must_use]
    pub fn extension(&self) -> &'static str {
        if self.zip { "zip" } else { "csv" }
    }
}

#[cfg(test)]
mod tests {
    use super::CsvDialect;

    #[test]
    fn what_is_not_said_follows_from_what_is() {
        let said = |separator, decimal| CsvDialect { separator, decimal, ..CsvDialect::EXCEL };
        for (dialect, of_locale, marks) in [
            (said(None, None), ',', (';', ',')),
            (said(None, None), '.', (',', '.')),
            (said(Some(','), None), ',', (',', '.')),
            (said(Some('|'), None), ',', ('|', ',')),
            (said(None, Some('.')), ',', (',', '.')),
            (said(None, Some(',')), '.', (';', ',')),
            (CsvDialect::DATABASE, ',', (',', '.')),
        ] {
            assert_eq!(dialect.marks(of_locale), marks, "{dialect:?}");
        }
    }
}
