//! `csv` of a report, of `[defaults]` and of a delivery: the name of a dialect, or what differs from one.

use super::civil::one_word;
use super::problems::Read;
use super::table::{Refused, Spot, Table};
use crate::definition::{CsvDates, CsvDialect, CsvEncoding, CsvFormulas, CsvHeadings, CsvLineEnd, CsvQuotes};
use toml::de::DeValue;

/// The dialects that have a name.
pub(super) const NAMED: [(&str, Named); 3] =
    [("excel", Named::Excel), ("rfc4180", Named::Rfc4180), ("database", Named::Database)];

pub(super) const DECIMALS: [(&str, char); 2] = [(",", ','), (".", '.')];

pub(super) const QUOTES: [(&str, CsvQuotes); 3] =
    [("needed", CsvQuotes::Needed), ("texts", CsvQuotes::Texts), ("all", CsvQuotes::All)];

pub(super) const LINE_ENDS: [(&str, CsvLineEnd); 2] = [("crlf", CsvLineEnd::CrLf), ("lf", CsvLineEnd::Lf)];

pub(super) const ENCODINGS: [(&str, CsvEncoding); 2] =
    [("utf-8", CsvEncoding::Utf8), ("windows-1252", CsvEncoding::Windows1252)];

pub(super) const HEADINGS: [(&str, CsvHeadings); 2] =
    [("labels", CsvHeadings::Labels), ("ids", CsvHeadings::Ids)];

pub(super) const DATES: [(&str, CsvDates); 2] = [("iso", CsvDates::Iso), ("locale", CsvDates::Locale)];

pub(super) const FORMULAS: [(&str, CsvFormulas); 2] =
    [("neutral", CsvFormulas::Neutral), ("as-is", CsvFormulas::AsIs)];

/// The longest text for an absent value.
pub(super) const LONGEST_NULL: usize = 16;

const HINT: &str = "write csv = \"database\", or what differs: csv = { separator = \"|\", totals = false }";

/// What other programs call these keys.
const ELSEWHERE: &[Refused] = &[
    ("delimiter", "it is called `separator` here: separator = \";\""),
    ("header", "there is always a record of headings: headings = \"labels\" or \"ids\""),
    ("quoting", "it is called `quotes` here: quotes = \"needed\", \"texts\" or \"all\""),
    ("newline", "it is called `line_end` here: line_end = \"crlf\" or \"lf\""),
    ("dialect", "it is called `like` here: like = \"database\""),
];

/// A dialect by its name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    Excel,
    Rfc4180,
    Database,
}

impl Named {
    fn dialect(self) -> CsvDialect {
        match self {
            Self::Excel => CsvDialect::EXCEL,
            Self::Rfc4180 => CsvDialect::RFC4180,
            Self::Database => CsvDialect::DATABASE,
        }
    }
}

/// Reads `csv`; `None` where nothing was said.
pub(super) fn read(table: &Table<'_>) -> Read<Option<CsvDialect>> {
    if let Some(DeValue::String(_)) = table.value("csv").map(|spot| spot.value) {
        let named = one_word(table, "csv", "dialect of CSV", &NAMED)?;
        return Ok(named.map(|named| named.value.dialect()));
    }
    match table.table("csv", "csv", HINT, ELSEWHERE)? {
        Some(inner) => of_table(&inner).map(Some),
        None => Ok(None),
    }
}

/// Each key that is said takes the place of what the named dialect has.
fn of_table(table: &Table<'_>) -> Read<CsvDialect> {
    let like = one_word(table, "like", "dialect of CSV", &NAMED);
    let separator = separator(table);
    let decimal = one_word(table, "decimal", "decimal mark", &DECIMALS);
    let quotes = one_word(table, "quotes", "way to quote", &QUOTES);
    let line_end = one_word(table, "line_end", "line end", &LINE_ENDS);
    let bom = table.boolean("bom");
    let encoding = one_word(table, "encoding", "encoding", &ENCODINGS);
    let headings = one_word(table, "headings", "kind of headings", &HEADINGS);
    let null = null(table);
    let dates = one_word(table, "dates", "way to write dates", &DATES);
    let totals = table.boolean("totals");
    let formulas = one_word(table, "formulas", "way to treat formulas", &FORMULAS);
    let zip = table.boolean("zip");
    let base = like?.map_or(CsvDialect::EXCEL, |like| like.value.dialect());
    let (separator, decimal, null, encoding, bom) = (separator?, decimal?, null?, encoding?, bom?);
    let narrow = encoding.as_ref().is_some_and(|spot| spot.value == CsvEncoding::Windows1252);
    if narrow && bom == Some(true) {
        let what = "windows-1252 has no byte order mark";
        let hint = "delete `bom`, or write encoding = \"utf-8\"";
        let place = table.key_place("bom");
        return Err(table.problems().add("conflicting-keys", &place, what, "only UTF-8 has one", hint));
    }
    let [separator, decimal] = [separator, decimal].map(|mark| mark.map(|mark| mark.value));
    // What the named dialect has gives way to what is said: with decimal = "," its comma follows from that.
    let own = |base: Option<char>, other: Option<char>| base.filter(|base| Some(*base) != other);
    let (separator, decimal) =
        (separator.or(own(base.separator, decimal)), decimal.or(own(base.decimal, separator)));
    let dialect = CsvDialect {
        separator,
        decimal,
        quotes: quotes?.map_or(base.quotes, |spot| spot.value),
        line_end: line_end?.map_or(base.line_end, |spot| spot.value),
        bom: bom.unwrap_or(base.bom && !narrow),
        encoding: encoding.map_or(base.encoding, |spot| spot.value),
        headings: headings?.map_or(base.headings, |spot| spot.value),
        null: null.unwrap_or(base.null),
        dates: dates?.map_or(base.dates, |spot| spot.value),
        totals: totals?.unwrap_or(base.totals),
        formulas: formulas?.map_or(base.formulas, |spot| spot.value),
        zip: zip?.unwrap_or(base.zip),
    };
    hold_together(table, &dialect)?;
    Ok(dialect)
}

/// What is fine by itself and makes a file that nobody can read when it comes together.
fn hold_together(table: &Table<'_>, dialect: &CsvDialect) -> Read<()> {
    if dialect.separator.is_some() && dialect.separator == dialect.decimal {
        let what = "the separator and the decimal mark are the same: 1,5 would be two fields";
        let hint = "write separator = \";\" with decimal = \",\", or separator = \",\" with decimal = \".\"";
        return Err(bad(table, "separator", what, "the same as `decimal`", hint));
    }
    let separators = dialect.separator.map_or_else(|| vec![',', ';'], |separator| vec![separator]);
    if separators.into_iter().any(|separator| dialect.null.contains(separator)) {
        let what = "the text for an absent value has the separator in it: it would be two fields";
        return Err(bad(
            table,
            "null",
            what,
            "would be taken apart",
            "choose another, for example null = \"NULL\"",
        ));
    }
    Ok(())
}

/// One ASCII sign that stands in no number, no date and no name.
fn separator(table: &Table<'_>) -> Read<Option<Spot<char>>> {
    const HINT: &str = "write separator = \";\", \",\", \"|\" or \"\\t\"";
    let Some(spot) = table.string("separator")? else { return Ok(None) };
    let mut signs = spot.value.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) if separates(sign) => Ok(Some(Spot::new(sign, spot.place))),
        (Some(sign), None) => {
            let what = format!("`{}` cannot separate fields", sign.escape_default());
            Err(bad(table, "separator", &what, "stands in texts and numbers", HINT))
        }
        (None, _) => Err(bad(table, "separator", "the separator is empty", "nothing here", HINT)),
        _ => {
            let what = format!("the separator `{}` is more than one sign", spot.value.escape_default());
            Err(bad(table, "separator", &what, "one sign only", HINT))
        }
    }
}

/// May the sign stand between values?
pub(super) fn separates(sign: char) -> bool {
    let taken = sign.is_ascii_alphanumeric() || "\"'-+. \r\n\0".contains(sign);
    sign.is_ascii() && !taken
}

/// A text that no number, date, `true` or `false` can be, in any encoding.
fn null(table: &Table<'_>) -> Read<Option<String>> {
    const HINT: &str = "write letters: null = \"NULL\", or null = \"\" for nothing at all";
    let Some(spot) = table.string("null")? else { return Ok(None) };
    let null = spot.value;
    let (what, label) = if null.chars().count() > LONGEST_NULL {
        (format!("the text for an absent value has more than {LONGEST_NULL} letters"), "too long")
    } else if null.contains(|c: char| c.is_ascii_digit()) || ["true", "false"].contains(&null.as_str()) {
        (
            format!("`{null}` may be a value too: nobody could tell it from one that is absent"),
            "may be a value",
        )
    } else if null.contains(|c: char| c == '"' || c.is_control() || !c.is_ascii()) || null.trim() != null {
        (
            "the text for an absent value has quotes, line ends, spaces around it or letters that are not ASCII".to_owned(),
            "could not be read back",
        )
    } else {
        return Ok(Some(null));
    };
    Err(bad(table, "null", &what, label, HINT))
}

fn bad(
    table: &Table<'_>,
    key: &'static str,
    what: &str,
    label: &str,
    hint: &str,
) -> super::problems::Reported {
    let place = table.value(key).map_or_else(|| table.place(), |spot| spot.place);
    table.problems().add("bad-csv", &place, what, label, hint)
}

/// A dialect is said of files that are not made.
pub(super) fn not_made(table: &Table<'_>, hint: &str) {
    let what = "`csv` says how CSV files are written, and none is made here";
    table.problems().add("format-not-made", &table.key_place("csv"), what, "no CSV here", hint);
}

#[cfg(test)]
mod tests {
    use super::separates;

    #[test]
    fn separators_are_signs_that_numbers_and_names_do_not_have() {
        assert!(";,|\t:^~#\u{1f}".chars().all(separates));
        assert!(!"a1\"'-+. \r\n\0ñ§".chars().any(separates));
    }
}
