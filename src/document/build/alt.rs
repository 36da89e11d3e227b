//! A chart in words, for those who cannot see it.

use super::Setting;
use crate::definition::MetricDefinition;
use crate::document::listing::listed;
use crate::document::{Chart, Value, Word, dimension_label};

/// What the chart shows, from where to where, its highest and lowest value, and what is missing.
pub(super) fn in_words(
    chart: &Chart,
    metrics: &[&MetricDefinition],
    by: Option<&str>,
    setting: &Setting<'_>,
) -> String {
    let labels: Vec<String> = metrics.iter().map(|m| setting.label(m)).collect();
    let mut dimensions = vec![chart.x_label.to_lowercase()];
    dimensions.extend(by.map(|by| dimension_label(by, setting.language).to_lowercase()));
    let (what, by_word) = (listed(&labels, setting.language), setting.pick(["por", "by", "por"]));
    // "Clientes por estado, por estado al cierre": a label that says "por" itself is set off.
    let comma = if what.contains(&format!(" {by_word} ")) { "," } else { "" };
    let what = format!("{what}{comma} {by_word} {}", listed(&dimensions, setting.language));
    let points: Vec<(f64, &str, &str)> = chart
        .series
        .iter()
        .flat_map(|s| s.values.iter().zip(&chart.categories).map(move |(v, c)| (v, c, s)))
        .filter_map(|(v, c, s)| v.map(|v| (v, c.as_str(), s.label.as_str())))
        .collect();
    let highest = points.iter().copied().reduce(|a, b| if b.0 > a.0 { b } else { a });
    let lowest = points.iter().copied().reduce(|a, b| if b.0 < a.0 { b } else { a });
    let (Some(highest), Some(lowest)) = (highest, lowest) else {
        return format!("{what}. {}.", Word::NoData.in_language(setting.language));
    };
    let reach = match chart.categories.as_slice() {
        [first, .., last] => format!(
            ", {} {first} {} {last}",
            setting.pick(["de", "from", "de"]),
            setting.pick(["a", "to", "a"])
        ),
        [only] => format!(", {only}"),
        [] => String::new(),
    };
    let show = |(value, category, series): (f64, &str, &str)| {
        let value = setting.locale.show(Some(&Value::Number(value)), &chart.display);
        if chart.series.len() > 1 {
            format!("{value} ({category}, {series})")
        } else {
            format!("{value} ({category})")
        }
    };
    let mut text = format!(
        "{what}{reach}. {} {}",
        setting.pick(["El valor más alto es", "The highest value is", "O valor mais alto é"]),
        show(highest)
    );
    if highest.0 > lowest.0 {
        text.push_str(setting.pick(["; el más bajo, ", "; the lowest, ", "; o mais baixo, "]));
        text.push_str(&show(lowest));
    }
    text.push('.');
    text.push_str(&gaps(chart, setting));
    text
}

/// Categories for which no series has a value.
fn gaps(chart: &Chart, setting: &Setting<'_>) -> String {
    let missing: Vec<String> = chart
        .categories
        .iter()
        .enumerate()
        .filter(|(at, _)| chart.series.iter().all(|s| s.values.get(*at).copied().flatten().is_none()))
        .map(|(_, category)| category.clone())
        .collect();
    match missing.len() {
        0 => String::new(),
        1..=5 => format!(
            " {}: {}.",
            setting.pick(["Sin dato", "No value", "Sem dado"]),
            listed(&missing, setting.language)
        ),
        many => format!(
            " {}: {}.",
            setting.pick(["Categorías sin dato", "Categories without a value", "Categorias sem dado"]),
            setting.count(many)
        ),
    }
}
