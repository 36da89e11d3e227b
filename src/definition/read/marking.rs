//! `marks = { completion_rate = "bar", on_time_rate = { below = 0.8, mark = "bad" } }` of a table: what is drawn at its values.

use super::civil::{one_word, word};
use super::file::Known;
use super::problems::Read;
use super::table::{Spot, Table, kind_of};
use crate::definition::{Better, Bound, Marking, MetricDefinition, Side};
use crate::suggest;
use toml::de::DeValue;

/// Marks that are one word.
pub(super) const WORDS: [(&str, Marking); 3] =
    [("bar", Marking::Bar), ("scale", Marking::Scale), ("target", Marking::Target)];

/// What a bound says of the values on its side.
pub(super) const VERDICTS: [(&str, bool); 2] = [("good", true), ("bad", false)];

const HINT: &str = "write \"bar\", \"scale\", \"target\", or numbers: { below = 0.8, mark = \"bad\" }, { below = 0.8, from = 0.95 }";

/// Reads `marks`: metrics of the table, each with its mark.
pub(super) fn read(
    inner: &Table<'_>,
    metrics: &Read<Vec<Spot<String>>>,
    is_matrix: bool,
    known: &Known<'_>,
) -> Read<Vec<(String, Marking)>> {
    let marks = inner.table("marks", "marks", "write marks = { completion_rate = \"bar\" }", &[])?;
    let Some(marks) = marks else { return Ok(Vec::new()) };
    let mut read = Vec::new();
    let mut fault = None;
    for (name, value) in marks.named_values() {
        // Which metrics there are is told where they are written.
        let Ok(metrics) = metrics else { return metrics.as_ref().map(|_| Vec::new()).map_err(|e| *e) };
        if !metrics.iter().any(|metric| metric.value == name.value) {
            let what = format!("`marks` names `{}`, which is none of the table's metrics", name.value);
            let hint = suggest::hint(&name.value, metrics.iter().map(|metric| metric.value.as_str()));
            let place = &name.place;
            fault = Some(inner.problems().add("unknown-column", place, what, "not in `metrics`", hint));
            continue;
        }
        let Some(metric) = known.metric(&name.value) else { continue };
        match one(inner, &name, &value, metric, is_matrix) {
            Ok(marking) => read.push((name.value, marking)),
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(read), Err)
}

fn one(
    inner: &Table<'_>,
    name: &Spot<String>,
    value: &Spot<&DeValue<'_>>,
    metric: &MetricDefinition,
    is_matrix: bool,
) -> Read<Marking> {
    match value.value {
        DeValue::String(text) => {
            let spot = Spot::new(text.to_string(), value.place.clone());
            let words = WORDS.map(|(word, _)| (word, word));
            let chosen = word(inner.page(), &spot, "mark", &words)?;
            let marking = WORDS.into_iter().find(|(word, _)| *word == chosen).map(|(_, marking)| marking);
            let marking = marking.unwrap_or(Marking::Bar);
            if marking == Marking::Target {
                with_target(inner, &spot, metric, is_matrix)?;
            }
            Ok(marking)
        }
        DeValue::Table(entries) => {
            let table = inner.inner(entries, value.place.clone(), format!("the mark of `{}`", name.value));
            bounds(&table, metric).map(Marking::Bounds)
        }
        other => {
            let what = format!("the mark of `{}` must be a word or a table", name.value);
            let label = format!("this is {}", kind_of(other));
            Err(inner.problems().add("wrong-type", &value.place, what, label, HINT))
        }
    }
}

/// What has no target, or is neither better high nor low, cannot be held against one.
fn with_target(
    inner: &Table<'_>,
    spot: &Spot<String>,
    metric: &MetricDefinition,
    is_matrix: bool,
) -> Read<()> {
    let id = &metric.id;
    let (what, hint) = if is_matrix {
        (
            format!("`{id}` is shown as a matrix, and its cells have no target"),
            "write \"scale\", \"bar\" or numbers".to_owned(),
        )
    } else if metric.target.is_none() {
        (
            format!("`{id}` has no target that it could be held against"),
            format!(
                "give it one in [metrics.{id}], or mark it by numbers: {{ below = 0.8, mark = \"bad\" }}"
            ),
        )
    } else if metric.better == Better::Neither {
        (
            format!("of `{id}` neither high nor low values are better, so none of them is good or bad"),
            format!("write better = \"higher\" or \"lower\" in [metrics.{id}], or mark it by numbers"),
        )
    } else {
        return Ok(());
    };
    Err(inner.problems().add("conflicting-keys", &spot.place, what, "cannot be judged", hint))
}

/// `{ below = 0.8, mark = "bad" }`, `{ below = 0.8, from = 0.95 }`
fn bounds(table: &Table<'_>, metric: &MetricDefinition) -> Read<Vec<Bound>> {
    let (below, from) = (table.number("below"), table.number("from"));
    let mark = one_word(table, "mark", "mark", &VERDICTS);
    let (below, from, mark) = (below?, from?, mark?);
    if table.has_unknown_keys() {
        return Err(table.problems().told_later());
    }
    let by_direction = match metric.better {
        Better::Higher => Some(false),
        Better::Lower => Some(true),
        Better::Neither => None,
    };
    let problem = |code: &'static str, place, what: String, label: &str, hint: &str| {
        Err(table.problems().add(code, place, what, label, hint))
    };
    // What is below is good or bad; what is from a number on is the other.
    match (below, from, mark) {
        (None, None, _) => {
            let what = format!("{} says no number", table.name());
            problem("missing-key", &table.place(), what, "nothing here", HINT)
        }
        (Some(_), Some(_), Some(mark)) => {
            let what =
                "with `below` and `from` the metric's own direction says which side is good".to_owned();
            problem(
                "conflicting-keys",
                &mark.place,
                what,
                "one too many",
                "delete `mark`, or one of the two numbers",
            )
        }
        (Some(below), Some(from), None) if below > from => {
            let what = format!("values from {from} to {below} would be both good and bad");
            let hint = "`below` is at most as large as `from`";
            problem("conflicting-keys", &table.key_place("below"), what, "above `from`", hint)
        }
        (Some(below), Some(from), None) => match by_direction {
            Some(is_good) => Ok(vec![
                Bound { side: Side::Below, at: below, is_good },
                Bound { side: Side::From, at: from, is_good: !is_good },
            ]),
            None => {
                undecided(table, metric, "give one number, and beside it mark = \"good\" or mark = \"bad\"")
            }
        },
        (below, from, mark) => {
            let (side, at) = below.map_or((Side::From, from), |_| (Side::Below, below));
            let of_side = by_direction.map(|below_is_good| (side == Side::Below) == below_is_good);
            match (mark.map(|mark| mark.value).or(of_side), at) {
                (Some(is_good), Some(at)) => Ok(vec![Bound { side, at, is_good }]),
                _ => undecided(table, metric, "write mark = \"good\" or mark = \"bad\" beside it"),
            }
        }
    }
}

fn undecided<T>(table: &Table<'_>, metric: &MetricDefinition, hint: &str) -> Read<T> {
    let what =
        format!("of `{}` neither high nor low values are better: nothing says what is good", metric.id);
    Err(table.problems().add("missing-key", &table.place(), what, "good or bad?", hint))
}
