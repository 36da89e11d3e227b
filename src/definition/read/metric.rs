//! `[metrics.ID]`: a metric as an analyst or the catalogue writes it.

use super::civil::one_word;
use super::frames::{Frames, with};
use super::problems::Read;
use super::sql;
use super::sql_names;
use super::table::{Spot, Table};
use super::words;
use crate::definition::{
    Better, ByPeriod, ElseTarget, FrameName, MetricDefinition, Rows, Target, Text, ValueFormat,
};
use crate::suggest;

pub(super) const ROWS: [(&str, Rows); 10] = {
    let mut all = [("", Rows::Planned); Rows::ALL.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = (Rows::ALL[at].as_str(), Rows::ALL[at]);
        at += 1;
    }
    all
};

pub(super) const BETTER: [(&str, Better); 3] =
    [("higher", Better::Higher), ("lower", Better::Lower), ("neither", Better::Neither)];

pub(super) const FRAMES: [(&str, FrameName); 3] = [
    ("tasks", FrameName::Tasks),
    ("user_states", FrameName::UserStates),
    ("assignments", FrameName::Assignments),
];

/// The frames that targets may come from.
pub(super) const TARGETS: [(&str, FrameName); 1] = [("targets", FrameName::Targets)];

/// How a value is shown; all but the first may say how many decimals.
pub(super) const VALUE_FORMATS: [&str; 7] =
    ["integer", "decimal", "percent", "currency", "hours", "minutes", "days"];

/// More decimals than this are noise, and more than a number holds.
pub(super) const MOST_DECIMALS: u8 = 6;

/// Reads one metric. `frames` are those of the file's sources; the catalogue has none.
pub(super) fn read(id: &Spot<String>, table: &Table<'_>, frames: Option<&Frames>) -> Read<MetricDefinition> {
    let name = name(table, id);
    let label =
        table.need("label", words::text(table, "label"), "write label = { es = \"...\", en = \"...\" }");
    let description = words::text(table, "description");
    let follows = words::text(table, "follows");
    let by = names(table, "by");
    let computed = Computed::read(table, frames, by.as_ref().ok());
    let format = table
        .need(
            "format",
            table.string("format"),
            "write format = \"integer\", \"percent\", \"currency\" or \"decimal\"",
        )
        .and_then(|spot| value_format(table, &spot));
    let better = one_word(table, "better", "direction", &BETTER);
    let additive = table.boolean("additive");
    let target = target(table);
    let otherwise = otherwise(table, frames, by.as_ref().ok());
    let computed = computed?;
    let own = MetricDefinition {
        id: name?,
        label: label?.into_text(),
        description: description?.map_or_else(|| Text::from(""), words::WrittenText::into_text),
        formula: computed.formula,
        denominator: computed.denominator,
        follows: follows?.map(words::WrittenText::into_text),
        of: computed.rows.frame().as_str().to_owned(),
        rows: computed.rows,
        expr: computed.expr,
        by: by?,
        optional: computed.optional,
        format: format?,
        better: better?.map_or(Better::Neither, |better| better.value),
        additive: additive?.unwrap_or(false),
        target: target?,
        otherwise: None,
    };
    let otherwise = otherwise?.map(|computed| {
        Box::new(MetricDefinition {
            formula: computed.formula,
            denominator: computed.denominator,
            of: computed.rows.frame().as_str().to_owned(),
            rows: computed.rows,
            expr: computed.expr,
            optional: computed.optional,
            ..own.clone()
        })
    });
    Ok(MetricDefinition { otherwise, ..own })
}

/// What a metric is computed from, and how that is said.
struct Computed {
    rows: Rows,
    expr: String,
    optional: Vec<String>,
    formula: Text,
    denominator: Option<Text>,
}

impl Computed {
    fn read(table: &Table<'_>, frames: Option<&Frames>, by: Option<&Vec<String>>) -> Read<Self> {
        let formula = words::text(table, "formula");
        let denominator = words::text(table, "denominator");
        let of = one_word(table, "of", "frame", &FRAMES);
        let rows = rows(table, of.as_ref().ok().and_then(Option::as_ref).map(|of| of.value));
        let expr = table.need(
            "expr",
            table.string("expr"),
            "write an aggregate: expr = \"count(*) filter (where is_done) / count(*)\"",
        );
        let optional = names(table, "optional");
        let expr = expr.and_then(|expr| {
            let tree = sql::expression(table.page(), &expr, "count(*) filter (where is_done)")?;
            if let (Some(frames), Ok(rows), Some(by), Ok(optional)) = (frames, &rows, by, &optional) {
                let columns = with(frames.of_rows(*rows), by.iter().chain(optional).cloned());
                sql_names::metric(table.page(), &expr, &tree, columns)?;
            }
            Ok(expr.value)
        });
        let (expr, _) = (expr?, of?);
        Ok(Self {
            rows: rows?,
            formula: formula?.map_or_else(|| Text::Plain(expr.clone()), words::WrittenText::into_text),
            denominator: denominator?.map(words::WrittenText::into_text),
            expr,
            optional: optional?,
        })
    }
}

/// `otherwise = { rows = "planned", expr = "..." }`: the metric where a source lacks what its own rows need.
fn otherwise(table: &Table<'_>, frames: Option<&Frames>, by: Option<&Vec<String>>) -> Read<Option<Computed>> {
    const HINT: &str = "write otherwise = { of = \"tasks\", rows = \"planned\", expr = \"...\" }";
    let inner = table.table("otherwise", "otherwise", HINT, &[])?;
    inner.map(|inner| Computed::read(&inner, frames, by)).transpose()
}

/// One number for all periods, one for each kind of period, or what the rows of a frame say.
fn target(table: &Table<'_>) -> Read<Option<Target>> {
    const HINT: &str = "write target = 0.85, target = { day = 20, week = 100, month = 430 }, or target = { from = \"targets\" }";
    if !table.holds_a_table("target") {
        return Ok(table.number("target")?.map(Target::Always));
    }
    let Some(inner) = table.table("target", "target", HINT, &[])? else { return Ok(None) };
    if inner.names("from") || inner.names("otherwise") {
        return from_table(&inner).map(Some);
    }
    by_period(&inner, "target", HINT).map(|by| Some(Target::ByPeriod(by)))
}

/// `{ from = "targets", otherwise = 0.85 }`.
fn from_table(table: &Table<'_>) -> Read<Target> {
    const HINT: &str = "write otherwise = 0.85, or otherwise = { day = 20, week = 100, month = 430 }";
    let from = table.need("from", one_word(table, "from", "frame", &TARGETS), "write from = \"targets\"");
    let otherwise = if table.holds_a_table("otherwise") {
        let inner = table.table("otherwise", "otherwise", HINT, &[])?;
        inner.map(|inner| by_period(&inner, "otherwise", HINT).map(ElseTarget::ByPeriod)).transpose()
    } else {
        table.number("otherwise").map(|number| number.map(ElseTarget::Always))
    };
    from?;
    Ok(Target::FromTable(otherwise?.unwrap_or(ElseTarget::Nothing)))
}

/// A number for each kind of period; `key` is whose table it is.
fn by_period(table: &Table<'_>, key: &str, hint: &str) -> Read<ByPeriod> {
    let by = (
        table.number("day"),
        table.number("week"),
        table.number("month"),
        table.number("quarter"),
        table.number("year"),
    );
    if table.has_unknown_keys() {
        return Err(table.problems().told_later());
    }
    let by = ByPeriod { day: by.0?, week: by.1?, month: by.2?, quarter: by.3?, year: by.4? };
    if by == ByPeriod::default() {
        let what = format!("`{key}` says no number for any kind of period");
        return Err(table.problems().add("missing-key", &table.place(), what, "nothing here", hint));
    }
    Ok(by)
}

fn name(table: &Table<'_>, id: &Spot<String>) -> Read<String> {
    if is_column_name(&id.value) {
        return Ok(id.value.clone());
    }
    let what = format!("`{}` cannot name a metric", id.value);
    let hint = "names of metrics consist of lower-case letters, digits and _, and begin with a letter";
    Err(table.problems().add("bad-name", &id.place, what, "not a metric's name", hint))
}

/// Can it be written in SQL and TOML without quotes?
pub(super) fn is_column_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A list of column names.
pub(super) fn names(table: &Table<'_>, key: &'static str) -> Read<Vec<String>> {
    name_spots(table, key).map(|spots| spots.into_iter().map(|spot| spot.value).collect())
}

/// A list of column names, each with its place.
pub(super) fn name_spots(table: &Table<'_>, key: &'static str) -> Read<Vec<Spot<String>>> {
    let mut kept: Vec<Spot<String>> = Vec::new();
    let mut fault = None;
    for spot in table.strings(key)?.map(|list| list.value).unwrap_or_default() {
        match column_name(table, key, &spot) {
            Ok(()) if kept.iter().any(|other| other.value == spot.value) => fault = Some(twice(table, &spot)),
            Ok(()) => kept.push(spot),
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(kept), Err)
}

/// Is it the name of a column?
pub(super) fn column_name(table: &Table<'_>, key: &str, spot: &Spot<String>) -> Read<()> {
    if is_column_name(&spot.value) {
        return Ok(());
    }
    let what = format!("`{}` in `{key}` is not a column name", spot.value);
    let hint = "columns are written in lower case without accents: seller, team, user_name, day";
    Err(table.problems().add("bad-name", &spot.place, what, "not a column", hint))
}

/// A value that stands in its list already.
pub(super) fn twice(table: &Table<'_>, spot: &Spot<String>) -> super::problems::Reported {
    let what = format!("`{}` stands in this list twice", spot.value);
    table.problems().add("duplicate", &spot.place, what, "a second time", "delete one of the two")
}

/// Which rows, and whether the frame has such rows.
fn rows(table: &Table<'_>, of: Option<FrameName>) -> Read<Rows> {
    let of = of.unwrap_or(FrameName::Tasks);
    let spot = match one_word(table, "rows", "kind of rows", &ROWS)? {
        Some(spot) => spot,
        None => {
            return Ok(match of {
                FrameName::UserStates => Rows::Edges,
                FrameName::Assignments => Rows::Assigned,
                FrameName::Tasks | FrameName::Sellers | FrameName::Users | FrameName::Targets => {
                    Rows::Planned
                }
            });
        }
    };
    let frame = spot.value.frame();
    if frame == of {
        return Ok(spot.value);
    }
    let spoken = |frame: FrameName| frame.as_str().replace('_', " ");
    let what = format!("{} have no such rows: these are {}", spoken(of), spoken(frame));
    let own: Vec<String> =
        ROWS.iter().filter(|(_, rows)| rows.frame() == of).map(|(word, _)| format!("\"{word}\"")).collect();
    let hint = format!("write of = \"{}\", or rows = {}", frame.as_str(), own.join(", "));
    let label = format!("rows of {}", frame.as_str());
    Err(table.problems().add("conflicting-keys", &spot.place, what, label, hint))
}

/// Reads `percent`, `percent.1`, `integer`, ...
fn value_format(table: &Table<'_>, spot: &Spot<String>) -> Read<ValueFormat> {
    let (name, decimals) = match spot.value.split_once('.') {
        Some((name, decimals)) => (name, Some(decimals)),
        None => (spot.value.as_str(), None),
    };
    let bad_decimals = |hint: String| {
        let what = format!("`{}` does not say how many decimals", spot.value);
        Err(table.problems().add("unknown-value", &spot.place, what, "not a format", hint))
    };
    let given = match decimals.map(str::parse::<u8>) {
        None => None,
        Some(Ok(given)) if given <= MOST_DECIMALS => Some(given),
        Some(_) => return bad_decimals(format!("write 0 to {MOST_DECIMALS} after the point: {name}.1")),
    };
    Ok(match name {
        "integer" if given.is_some() => {
            return bad_decimals("a whole number has none: write integer, or decimal.2".to_owned());
        }
        "integer" => ValueFormat::Integer,
        "decimal" => ValueFormat::Decimal(given.unwrap_or(2)),
        "percent" => ValueFormat::Percent(given.unwrap_or(1)),
        "currency" => ValueFormat::Currency(given.unwrap_or(0)),
        "hours" => ValueFormat::Hours(given.unwrap_or(1)),
        "minutes" => ValueFormat::Minutes(given.unwrap_or(1)),
        "days" => ValueFormat::Days(given.unwrap_or(1)),
        unknown => {
            let what = format!("`{unknown}` is not a known format of numbers");
            let hint = suggest::hint(unknown, VALUE_FORMATS);
            return Err(table.problems().add("unknown-value", &spot.place, what, "unknown format", hint));
        }
    })
}
