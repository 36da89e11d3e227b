//! The changes that head a summary.

use super::records::{self, Record};
use super::{
    Breakdown, Days, Finding, MOST_CHANGES, Quantity, Reading, Sentence, Voice, is_judged, movers, notable,
    targets, words,
};
use crate::definition::ValueFormat;
use crate::document::change;
use chrono::Datelike as _;

/// The readings whose change is told: in the order of the report, those of which higher or lower is better before the others.
pub(super) fn chosen<'r, 'a>(voice: &Voice<'_>, readings: &'r [Reading<'a>]) -> Vec<&'r Reading<'a>> {
    if voice.before.is_none() {
        return Vec::new();
    }
    let rhythm = is_rhythm(voice);
    let notable = |reading: &&Reading<'_>| {
        let counts = reading.metric.additive || reading.metric.format == ValueFormat::Integer;
        if rhythm && counts {
            return false;
        }
        notable::is_notable(reading, voice.pair(reading.metric, reading.value, reading.before))
    };
    let (judged, others): (Vec<_>, Vec<_>) =
        readings.iter().filter(notable).partition(|reading| is_judged(reading.metric));
    judged.into_iter().chain(others).take(MOST_CHANGES).collect()
}

/// Is a single day of a weekend held against one of the week, or the other way? What is counted on them differs every week.
fn is_rhythm(voice: &Voice<'_>) -> bool {
    let weekend = |(from, last): Days| (from == last).then(|| from.weekday().number_from_monday() > 5);
    let before = voice.before.and_then(|(_, days)| weekend(days));
    weekend(voice.days).zip(before).is_some_and(|(now, before)| now != before)
}

/// `Tareas completadas: 8,4 % menos que la semana anterior (de 1.402 a 1.284); por equipo, sobre todo Norte (-120).`
pub(super) fn sentence(
    voice: &Voice<'_>,
    reading: &Reading<'_>,
    by: Option<&Breakdown<'_>>,
    record: Option<&Record>,
) -> Option<Sentence> {
    let ((against, _), value, before) = (voice.before?, reading.value?, reading.before?);
    let metric = reading.metric;
    let pair = voice.pair(metric, Some(value), Some(before));
    let (absolute, relative) = change::difference(pair);
    let absolute = absolute?;
    let mut facts = vec![
        voice.fact(metric, Quantity::Value, value),
        voice.fact(metric, Quantity::Before, before),
        voice.fact(metric, Quantity::Change, absolute),
    ];
    facts.extend(relative.map(|relative| voice.fact(metric, Quantity::Relative, relative)));
    let changed = change::in_words(pair, against, voice.locale);
    let (from, to) = (voice.show(metric, before), voice.show(metric, value));
    let mut text = words::changed(&reading.label, &changed, &from, &to, voice.locale.language());
    if let Some(record) = record {
        records::add(voice, reading, record, &mut text, &mut facts);
    }
    if let Some(missed) = targets::missed(voice, reading) {
        facts.push(voice.fact(metric, Quantity::Target, missed.target));
        text.push_str(", ");
        text.push_str(&words::off_target(
            missed.side,
            &voice.show(metric, missed.target),
            voice.locale.language(),
        ));
    }
    if let Some((by, moved)) = by.and_then(|by| movers::found(voice, by, absolute).map(|moved| (by, moved))) {
        facts.extend(moved.facts(voice, metric));
        text.push_str(&words::moved(
            &by.dimension,
            &moved,
            |change| voice.show_change(metric, change),
            voice.locale.language(),
        ));
    }
    text.push('.');
    Some(Sentence { text, finding: Finding::Change, facts })
}
