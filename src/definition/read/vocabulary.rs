//! The closed sets of words that the readers know, as lists for whoever describes the language. Never reads a file, and
//! says no word of its own.

use super::{
    address, alerts, api, channel, civil, csv, detail, expect, files, kpis, marking, metric, params, quality,
    report, schedule, section, words,
};
use crate::definition::ChartKind;

/// The words of a set, in its order.
fn of<T>(set: &[(&'static str, T)]) -> Vec<&'static str> {
    set.iter().map(|(word, _)| *word).collect()
}

pub(in crate::definition) fn in_doubt() -> Vec<&'static str> {
    of(&channel::IN_DOUBT)
}

pub(in crate::definition) fn formats() -> Vec<&'static str> {
    of(&report::FORMATS)
}

/// Keys that only a source of the platform's API has.
pub(in crate::definition) fn api_keys() -> Vec<&'static str> {
    api::KEYS.into_iter().chain(api::WHEN).collect()
}

pub(in crate::definition) fn takes() -> Vec<&'static str> {
    of(&files::TAKES)
}

pub(in crate::definition) fn file_encodings() -> Vec<&'static str> {
    of(&files::ENCODINGS)
}

pub(in crate::definition) fn file_dates() -> Vec<&'static str> {
    of(&files::DATES)
}

pub(in crate::definition) fn csv_dialects() -> Vec<&'static str> {
    of(&csv::NAMED)
}

pub(in crate::definition) fn csv_decimals() -> Vec<&'static str> {
    of(&csv::DECIMALS)
}

pub(in crate::definition) fn csv_quotes() -> Vec<&'static str> {
    of(&csv::QUOTES)
}

pub(in crate::definition) fn csv_line_ends() -> Vec<&'static str> {
    of(&csv::LINE_ENDS)
}

pub(in crate::definition) fn csv_encodings() -> Vec<&'static str> {
    of(&csv::ENCODINGS)
}

pub(in crate::definition) fn csv_headings() -> Vec<&'static str> {
    of(&csv::HEADINGS)
}

pub(in crate::definition) fn csv_dates() -> Vec<&'static str> {
    of(&csv::DATES)
}

pub(in crate::definition) fn csv_formulas() -> Vec<&'static str> {
    of(&csv::FORMULAS)
}

pub(in crate::definition) fn csv_null() -> usize {
    csv::LONGEST_NULL
}

pub(in crate::definition) fn treatments() -> Vec<&'static str> {
    of(&quality::TREATMENTS)
}

pub(in crate::definition) fn comparisons() -> Vec<&'static str> {
    of(&report::COMPARISONS)
}

pub(in crate::definition) fn catch_up() -> Vec<&'static str> {
    of(&report::CATCH_UP)
}

pub(in crate::definition) fn overlap() -> Vec<&'static str> {
    of(&report::OVERLAP)
}

pub(in crate::definition) fn otherwise() -> Vec<&'static str> {
    of(&expect::OTHERWISE)
}

pub(in crate::definition) fn volume() -> (f64, f64) {
    (*expect::VOLUME.start(), *expect::VOLUME.end())
}

pub(in crate::definition) fn charts() -> Vec<&'static str> {
    of(&section::CHARTS)
}

pub(in crate::definition) fn marks() -> Vec<&'static str> {
    marking::WORDS.iter().map(|(word, _)| *word).collect()
}

pub(in crate::definition) fn verdicts() -> Vec<&'static str> {
    of(&marking::VERDICTS)
}

pub(in crate::definition) fn chart_kinds() -> Vec<ChartKind> {
    section::CHARTS.iter().map(|(_, kind)| *kind).collect()
}

pub(in crate::definition) fn sparks() -> Vec<&'static str> {
    of(&kpis::SPARKS)
}

pub(in crate::definition) fn section_kinds() -> Vec<&'static str> {
    section::KINDS.to_vec()
}

pub(in crate::definition) fn most_rows() -> i64 {
    section::MOST_ROWS
}

pub(in crate::definition) fn weekdays() -> Vec<&'static str> {
    of(&civil::WEEKDAYS)
}

pub(in crate::definition) fn currencies() -> Vec<&'static str> {
    civil::CURRENCIES.to_vec()
}

pub(in crate::definition) fn api_generations() -> Vec<&'static str> {
    of(&api::GENERATIONS)
}

pub(in crate::definition) fn api_frames() -> Vec<&'static str> {
    of(&api::FRAMES)
}

pub(in crate::definition) fn methods() -> Vec<&'static str> {
    of(&channel::METHODS)
}

pub(in crate::definition) fn presign_methods() -> Vec<&'static str> {
    of(&channel::PRESIGN_METHODS)
}

pub(in crate::definition) fn existing() -> Vec<&'static str> {
    of(&channel::EXISTING)
}

pub(in crate::definition) fn done_on() -> (i64, i64) {
    (*channel::DONE_ON.start(), *channel::DONE_ON.end())
}

pub(in crate::definition) fn schemes() -> Vec<&'static str> {
    of(&address::SCHEMES)
}

pub(in crate::definition) fn metric_rows() -> Vec<&'static str> {
    of(&metric::ROWS)
}

pub(in crate::definition) fn metric_frames() -> Vec<&'static str> {
    of(&metric::FRAMES)
}

pub(in crate::definition) fn target_frames() -> Vec<&'static str> {
    of(&metric::TARGETS)
}

pub(in crate::definition) fn better() -> Vec<&'static str> {
    of(&metric::BETTER)
}

pub(in crate::definition) fn value_formats() -> Vec<&'static str> {
    metric::VALUE_FORMATS.to_vec()
}

pub(in crate::definition) fn most_decimals() -> u8 {
    metric::MOST_DECIMALS
}

pub(in crate::definition) fn languages() -> Vec<&'static str> {
    of(&words::LANGUAGES)
}

pub(in crate::definition) fn detail_frames() -> Vec<&'static str> {
    of(&detail::FRAMES)
}

pub(in crate::definition) fn free_days() -> Vec<&'static str> {
    of(&schedule::ON_FREE_DAY)
}

pub(in crate::definition) fn param_types() -> Vec<&'static str> {
    of(&params::TYPES)
}

pub(in crate::definition) fn alert_events() -> Vec<&'static str> {
    of(&alerts::EVENTS)
}

pub(in crate::definition) fn hook_events() -> Vec<&'static str> {
    of(&alerts::HOOK_EVENTS)
}
