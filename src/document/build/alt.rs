//! A chart in words, for those who cannot see it.

use super::Setting;
use crate::definition::{Language, MetricDefinition};
use crate::document::listing::listed;
use crate::document::{Chart, ChartStyle, Direction, Display, Series, Value, Word, dimension_label};

/// Up to so many lines are told one by one.
const FEW: usize = 4;
/// So many of the largest moves are told.
const MOVES: usize = 3;

/// What the chart shows, from where to where, its highest and lowest value, where lines begin and end, and what is missing.
pub(super) fn in_words(
    chart: &Chart,
    metrics: &[&MetricDefinition],
    by: Option<&str>,
    setting: &Setting<'_>,
) -> String {
    let mut dimensions = vec![chart.x_label.to_lowercase()];
    dimensions.extend(by.map(|by| dimension_label(by, setting.language).to_lowercase()));
    let what = subject(metrics, &dimensions, setting);
    if chart.is_empty() {
        return nothing(&what, setting);
    }
    let reach = match chart.categories.as_slice() {
        [first, .., last] => from_to(", ", first, last, setting),
        [only] => format!(", {only}"),
        [] => String::new(),
    };
    let mut text = format!("{what}{reach}.");
    // Rows of several metrics are of several kinds, and have no highest among them.
    let of_one_kind = chart.series.iter().all(|series| series.display.is_none());
    if of_one_kind && let Some(extremes) = extremes(chart, setting) {
        text.push(' ');
        text.push_str(&extremes);
    }
    let is_line = matches!(
        chart.style,
        ChartStyle::Line | ChartStyle::Area | ChartStyle::StackedArea | ChartStyle::Spark
    );
    if is_line && (chart.series.len() <= FEW || !of_one_kind) {
        for series in &chart.series {
            text.push_str(&ends(chart, series, setting));
        }
    }
    text.push_str(&gaps(chart, setting));
    text
}

/// The steps of a funnel, each with what part it is of the first.
pub(super) fn of_funnel(chart: &Chart, metrics: &[&MetricDefinition], setting: &Setting<'_>) -> String {
    let what = match metrics {
        [metric] => subject(&[metric], &[chart.x_label.to_lowercase()], setting),
        _ => setting.pick(["Embudo", "Funnel", "Funil"]).to_owned(),
    };
    let [values, of_first, ..] = chart.series.as_slice() else { return nothing(&what, setting) };
    if chart.is_empty() {
        return nothing(&what, setting);
    }
    let steps = chart.categories.iter().enumerate().map(|(at, step)| {
        let value = show(values.values.get(at).copied().flatten(), &chart.display, setting);
        let share = of_first.values.get(at).copied().flatten().filter(|_| at > 0);
        match share {
            Some(share) => {
                let share = show(Some(share), chart.display_of(of_first), setting);
                let of_first = setting.pick(["del primero", "of the first", "da primeira"]);
                format!("{step}, {value} ({share} {of_first})")
            }
            None => format!("{step}, {value}"),
        }
    });
    format!("{what}: {}.", steps.collect::<Vec<_>>().join("; "))
}

/// How many targets are reached, and each value with its own.
pub(super) fn of_bullets(
    chart: &Chart,
    metrics: &[&MetricDefinition],
    x: Option<&str>,
    setting: &Setting<'_>,
) -> String {
    let against = setting.pick(["frente al objetivo", "against the target", "em relação à meta"]);
    let dimensions: Vec<String> =
        x.map(|x| dimension_label(x, setting.language).to_lowercase()).into_iter().collect();
    let what = format!("{} {against}", subject(metrics, &dimensions, setting));
    if chart.is_empty() {
        return nothing(&what, setting);
    }
    let rows = chart.series.iter().map(|series| {
        let value = show(series.values.first().copied().flatten(), chart.display_of(series), setting);
        match &series.target {
            Some(target) => format!("{}, {value}, {}", series.label, target.text),
            None => {
                let none = setting.pick(["sin objetivo", "no target", "sem meta"]);
                format!("{}, {value}, {none}", series.label)
            }
        }
    });
    format!("{what}: {}.", rows.collect::<Vec<_>>().join("; "))
}

/// All that flows, what stays where it is, and the largest moves.
pub(super) fn of_flow(chart: &Chart, metric: &MetricDefinition, setting: &Setting<'_>) -> String {
    let sides = [chart.series_label.clone().unwrap_or_default(), chart.x_label.clone()];
    let [from, to] = sides.map(|side| side.to_lowercase());
    let what = format!("{}{}", setting.label(metric), from_to(", ", &from, &to, setting));
    if chart.is_empty() {
        return nothing(&what, setting);
    }
    let mut moves: Vec<(f64, &str, &str)> = Vec::new();
    let (mut all, mut staying, mut up, mut down) = (0.0, 0.0, 0.0, 0.0);
    for series in &chart.series {
        for (at, (value, to)) in series.values.iter().zip(&chart.categories).enumerate() {
            let Some(value) = *value else { continue };
            all += value;
            match series.moves.get(at) {
                Some(Direction::Level) => {
                    staying += value;
                    continue;
                }
                Some(Direction::Up) => up += value,
                Some(Direction::Down) => down += value,
                None => {}
            }
            moves.push((value, &series.label, to));
        }
    }
    let shown = |value: f64| show(Some(value), &chart.display, setting);
    let mut text = format!("{what}. {} {}", setting.pick(["En total,", "In all,", "No total,"]), shown(all));
    if chart.series.iter().any(|series| !series.moves.is_empty()) {
        for (word, value) in [(Word::MovesUp, up), (Word::MovesDown, down), (Word::Stays, staying)] {
            let word = word.in_language(setting.language).to_lowercase();
            text.push_str(&format!("; {word} {}", shown(value)));
        }
    }
    text.push('.');
    moves.sort_by(|a, b| b.0.total_cmp(&a.0));
    let largest: Vec<String> = moves
        .iter()
        .take(MOVES)
        .map(|(value, from, to)| format!("{}{}", shown(*value), from_to(" ", from, to, setting)))
        .collect();
    if !largest.is_empty() {
        let heading = setting.pick(["Los mayores pasos", "The largest moves", "As maiores passagens"]);
        text.push_str(&format!(" {heading}: {}.", largest.join("; ")));
    }
    text
}

/// A tile's line: `Por día, de 310 (lun 9) a 140 (dom 15); el valor más alto es 322 (mié 11).`
pub(super) fn of_spark(
    values: &[Option<f64>],
    labels: &[String],
    time: &str,
    display: &Display,
    setting: &Setting<'_>,
) -> String {
    let chart = Chart {
        style: ChartStyle::Spark,
        x_label: dimension_label(time, setting.language),
        series_label: None,
        categories: labels.to_vec(),
        series: vec![Series::new("", values.to_vec())],
        display: display.clone(),
        alt: String::new(),
    };
    let by = setting.pick(["Por", "By", "Por"]);
    let ends = chart.series.iter().map(|series| ends(&chart, series, setting)).collect::<String>();
    let extremes = extremes(&chart, setting).unwrap_or_default();
    format!("{by} {}.{ends} {extremes}", chart.x_label.to_lowercase()).trim_end().to_owned()
}

/// `Tareas completadas por día y tipo`
fn subject(metrics: &[&MetricDefinition], dimensions: &[String], setting: &Setting<'_>) -> String {
    let labels: Vec<String> = metrics.iter().map(|m| setting.label(m)).collect();
    let (what, by_word) = (listed(&labels, setting.language), setting.pick(["por", "by", "por"]));
    if dimensions.is_empty() {
        return what;
    }
    // "Clientes por estado, por estado al cierre": a label that says "por" itself is set off.
    let comma = if what.contains(&format!(" {by_word} ")) { "," } else { "" };
    format!("{what}{comma} {by_word} {}", listed(dimensions, setting.language))
}

fn nothing(what: &str, setting: &Setting<'_>) -> String {
    format!("{what}. {}.", Word::NoData.in_language(setting.language))
}

fn from_to(before: &str, first: &str, last: &str, setting: &Setting<'_>) -> String {
    let [from, to] = [["de", "from", "de"], ["a", "to", "a"]].map(|words| setting.pick(words));
    format!("{before}{from} {first} {to} {last}")
}

fn show(value: Option<f64>, display: &Display, setting: &Setting<'_>) -> String {
    setting.locale.show(value.map(Value::Number).as_ref(), display)
}

/// The highest value and the lowest, of values of one kind.
fn extremes(chart: &Chart, setting: &Setting<'_>) -> Option<String> {
    let points: Vec<(f64, &str, &str)> = chart
        .series
        .iter()
        .flat_map(|s| s.values.iter().zip(&chart.categories).map(move |(v, c)| (v, c, s)))
        .filter_map(|(v, c, s)| v.map(|v| (v, c.as_str(), s.label.as_str())))
        .collect();
    let highest = points.iter().copied().reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    let lowest = points.iter().copied().reduce(|a, b| if b.0 < a.0 { b } else { a })?;
    let show = |(value, category, series): (f64, &str, &str)| {
        let value = show(Some(value), &chart.display, setting);
        if chart.series.len() > 1 {
            format!("{value} ({category}, {series})")
        } else {
            format!("{value} ({category})")
        }
    };
    let mut text = format!(
        "{} {}",
        setting.pick(["El valor más alto es", "The highest value is", "O valor mais alto é"]),
        show(highest)
    );
    if highest.0 > lowest.0 {
        text.push_str(setting.pick(["; el más bajo, ", "; the lowest, ", "; o mais baixo, "]));
        text.push_str(&show(lowest));
    }
    text.push('.');
    Some(text)
}

/// Where a line begins and ends: ` De 310 (lun 9) a 140 (dom 15).`; nothing of a single point.
fn ends(chart: &Chart, series: &Series, setting: &Setting<'_>) -> String {
    let known = series.values.iter().zip(&chart.categories).filter_map(|(v, c)| v.map(|v| (v, c)));
    let known: Vec<(f64, &String)> = known.collect();
    let [first, .., last] = known.as_slice() else { return String::new() };
    let shown = |(value, label): &(f64, &String)| {
        format!("{} ({label})", show(Some(*value), chart.display_of(series), setting))
    };
    let name = if chart.series.len() > 1 { format!("{}: ", series.label) } else { String::new() };
    let way = from_to("", &shown(first), &shown(last), setting);
    let way = if name.is_empty() { capitalized(&way) } else { way };
    format!(" {name}{way}.")
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
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
            match setting.language {
                Language::Es => "Categorías sin dato",
                Language::En => "Categories without a value",
                Language::Pt => "Categorias sem dado",
            },
            setting.count(many)
        ),
    }
}
