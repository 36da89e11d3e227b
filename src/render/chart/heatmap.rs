//! Heatmaps and cohorts: cells of rows and columns, coloured by their values, with the value in each where there is room for all.

use super::super::palette::{MUTED, Palette, TEXT, contrast, mix};
use super::super::scene::{Anchor, Color, Scene, at};
use super::super::text::{CAP_HEIGHT, Face, Run, Typesetter};
use super::categories::{CategoryLabels, Stations, look_ordered};
use super::frame::{short, value};
use crate::definition::ValueFormat;
use crate::document::{Chart, ChartStyle, Display, Locale, Value};
use std::sync::Arc;

const SIZE: f32 = 7.0;
const FACE: Face = Face::REGULAR.tabular();
const VALUE_FACE: Face = Face::SEMI_BOLD.tabular();
/// The line of the rows' heading above the cells, and that of the columns' below.
const HEADING: f32 = 13.0;
/// Between the rows' labels and the cells.
const GAP: f32 = 7.0;
/// White between cells.
const SEAM: f32 = 1.2;
/// Height of a row: as is read best, and at least.
const ROW: f32 = 17.0;
const LEAST_ROW: f32 = 11.0;
/// A row's label takes so much of the width at most.
const WIDEST_LABEL: f32 = 0.3;
/// Values are written in one of these sizes, all in the same.
const VALUE_SIZES: [f32; 4] = [7.0, 6.4, 5.8, 5.2];
/// Of the brand's colour the lowest value has so many hundredths.
const PALEST: u8 = 9;
/// Contrast that small letters need (WCAG).
const READABLE: f32 = 4.5;

/// The heights at which it is read best and can be read at all.
pub(super) fn heights(set: &Typesetter, chart: &Chart, width: f32) -> (f32, f32) {
    let sides = Sides::plan(set, chart, width, f32::MAX);
    let rows = chart.series.len() as f32;
    let rest = 2.0 * HEADING + sides.columns.height;
    (rest + rows * ROW, rest + rows * LEAST_ROW)
}

/// What stands beside and below the cells.
struct Sides {
    rows: Vec<Arc<Run>>,
    heading: Option<Arc<Run>>,
    columns: CategoryLabels,
    stations: Stations,
    left: f32,
}

impl Sides {
    fn plan(set: &Typesetter, chart: &Chart, width: f32, height: f32) -> Self {
        let label = |text: &str| set.shorten(FACE, text, SIZE, width * WIDEST_LABEL);
        let rows: Vec<Arc<Run>> = chart.series.iter().map(|series| label(&series.label)).collect();
        let heading = chart.series_label.as_deref().map(label);
        let widest = rows.iter().chain(&heading).map(|run| run.width(SIZE)).fold(0.0, f32::max);
        let left = widest + GAP;
        let count = chart.categories.len();
        let step = (width - left) / count.max(1) as f32;
        let stations = Stations { first: left + step / 2.0, step, count, scene: width };
        let highest = (height * 0.36).min(width * 0.3);
        let ordered = look_ordered(&chart.categories);
        let columns = CategoryLabels::plan(set, &chart.categories, stations, ordered, highest);
        Self { rows, heading, columns, stations, left }
    }
}

/// Draws it; `low` and `high` are its lowest and highest value.
pub(super) fn draw(
    scene: &mut Scene,
    set: &Typesetter,
    chart: &Chart,
    locale: &Locale,
    palette: &Palette,
    (low, high): (f64, f64),
) {
    let (width, height) = (scene.width, scene.height);
    let sides = Sides::plan(set, chart, width, height);
    let (top, bottom) = (HEADING, height - HEADING - sides.columns.height);
    let (cell_width, cell_height) = (sides.stations.step, (bottom - top) / chart.series.len().max(1) as f32);
    if let Some(heading) = &sides.heading {
        let place = at(sides.left - GAP, top - 5.0);
        scene.text(place, Anchor::End, heading, SIZE, MUTED);
    }
    let labels_fit = cell_height >= SIZE;
    let values =
        chart.series.iter().flat_map(|series| (0..sides.stations.count).filter_map(|at| value(series, at)));
    let writing =
        Writing::choose(set, chart, locale, values, (cell_width - SEAM - 3.0, cell_height - SEAM - 2.0));
    let shades = Shades::of(palette);
    let dash = set.run(FACE, &locale.show(None, &chart.display));
    for (row, series) in chart.series.iter().enumerate() {
        let y = top + cell_height * row as f32;
        let middle = y + cell_height / 2.0;
        if let Some(label) = sides.rows.get(row).filter(|_| labels_fit) {
            let place = at(sides.left - GAP, middle + SIZE * CAP_HEIGHT / 2.0);
            scene.text(place, Anchor::End, label, SIZE, TEXT);
        }
        // Of a cohort what is still to come is no gap, nor is what was before the period.
        let there = |at: &usize| value(series, *at).is_some();
        let gaps = match chart.style {
            ChartStyle::Cohort => {
                let first = (0..sides.stations.count).find(there).unwrap_or_default();
                first..(0..sides.stations.count).rev().find(there).unwrap_or_default()
            }
            _ => 0..sides.stations.count,
        };
        for column in 0..sides.stations.count {
            let center = sides.stations.x(column);
            let Some(v) = value(series, column) else {
                if gaps.contains(&column) && dash.width(SIZE) <= cell_width - SEAM && labels_fit {
                    scene.text(
                        at(center, middle + SIZE * CAP_HEIGHT / 2.0),
                        Anchor::Middle,
                        &dash,
                        SIZE,
                        MUTED,
                    );
                }
                continue;
            };
            // Halves: the distance of two finite numbers may be none.
            let share =
                if high > low { ((v / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)) as f32 } else { 0.5 };
            let color = shades.at(share);
            let corner = at(center - cell_width / 2.0 + SEAM / 2.0, y + SEAM / 2.0);
            scene.fill_rect(corner, cell_width - SEAM, cell_height - SEAM, color);
            if let Some((size, run)) = writing.of(set, chart, locale, v) {
                let place = at(center, middle + size * CAP_HEIGHT / 2.0);
                scene.text(place, Anchor::Middle, &run, size, TEXT);
            }
        }
    }
    sides.columns.draw(scene, sides.stations, bottom, TEXT);
    let heading = set.shorten(FACE, &chart.x_label, SIZE, width - sides.left);
    let middle = (sides.left + width) / 2.0;
    scene.text(at(middle, height - 3.0), Anchor::Middle, &heading, SIZE, MUTED);
}

/// The colours of the cells: from white with a little of the brand's colour to as much of it as running text can be read on. So all
/// values are written alike, and none stands on a colour between the two on which neither black nor white is read well.
struct Shades {
    pale: Color,
    full: Color,
}

impl Shades {
    fn of(palette: &Palette) -> Self {
        let with = |hundredths: u8| mix(Color::WHITE, palette.accent, f32::from(hundredths) / 100.0);
        let readable = |color: &Color| contrast(*color, TEXT) >= READABLE;
        let full = (PALEST + 1..=100).rev().map(with).find(readable);
        Self { pale: with(PALEST), full: full.unwrap_or(palette.tint) }
    }

    /// Of 0, the lowest value, to 1, the highest.
    fn at(&self, share: f32) -> Color {
        mix(self.pale, self.full, share.clamp(0.0, 1.0))
    }
}

/// How the values are written: all in the same way.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Writing {
    /// As the report shows them.
    Full(f32),
    /// Shares in whole percent, other numbers to about three digits that count.
    Short(f32),
    /// Shares in whole percent, without the sign; other numbers as short as they can be told.
    Bare(f32),
    /// There is no room.
    None,
}

impl Writing {
    /// The fullest and largest that fits for every value.
    fn choose(
        set: &Typesetter,
        chart: &Chart,
        locale: &Locale,
        values: impl Iterator<Item = f64>,
        (width, height): (f32, f32),
    ) -> Self {
        let values: Vec<f64> = values.collect();
        let sizes = move || VALUE_SIZES.into_iter().filter(move |size| size * CAP_HEIGHT <= height);
        let ways = sizes().map(Self::Full).chain(sizes().map(Self::Short)).chain(sizes().map(Self::Bare));
        let fits = |way: &Self| {
            values
                .iter()
                .all(|v| way.of(set, chart, locale, *v).is_some_and(|(size, run)| run.width(size) <= width))
        };
        // The smallest letters only where nothing larger fits in any way.
        let (large, small): (Vec<Self>, Vec<Self>) = ways.partition(|way| way.size() > 5.5);
        large.into_iter().chain(small).find(fits).unwrap_or(Self::None)
    }

    fn size(self) -> f32 {
        match self {
            Self::Full(size) | Self::Short(size) | Self::Bare(size) => size,
            Self::None => 0.0,
        }
    }

    fn of(self, set: &Typesetter, chart: &Chart, locale: &Locale, v: f64) -> Option<(f32, Arc<Run>)> {
        let is_share = matches!(chart.display, Display::Number { format: ValueFormat::Percent(_), .. });
        let text = match self {
            Self::Full(_) => locale.show(Some(&Value::Number(v)), &chart.display),
            Self::Short(_) if is_share => locale.share(v, 0),
            Self::Short(_) => short(locale, &chart.display, v),
            Self::Bare(_) if is_share => locale.number(v * 100.0, 0),
            Self::Bare(_) => shortest(locale, &chart.display, v),
            Self::None => return None,
        };
        Some((self.size(), set.run(VALUE_FACE, &text)))
    }
}

/// The shortest of what an axis with coarse ticks would say of it.
fn shortest(locale: &Locale, display: &Display, v: f64) -> String {
    let magnitude = if v == 0.0 { 0.0 } else { v.abs().log10().floor() };
    let write = |step: f64| locale.axis(v, step * 10_f64.powf(magnitude), display);
    let ways = [0.1, 0.25, 0.5, 1.0].map(write);
    ways.iter().min_by_key(|text| text.chars().count()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_can_be_read_on_every_colour_of_every_brand_and_a_higher_one_is_never_paler() {
        for brand in [
            [0x0b, 0x7a, 0x75],
            [255, 255, 255],
            [255, 230, 0],
            [0, 0, 0],
            [200, 20, 30],
            [20, 40, 90],
            [0x2b, 0x9b, 0xf0],
        ] {
            let shades = Shades::of(&Palette::of_brand(brand));
            let colors: Vec<Color> = (0..=20_u8).map(|step| shades.at(f32::from(step) / 20.0)).collect();
            assert!(colors.iter().all(|color| contrast(*color, TEXT) >= READABLE), "{brand:?}");
            let of_white: Vec<f32> = colors.iter().map(|color| contrast(*color, Color::WHITE)).collect();
            assert!(of_white.is_sorted() && of_white[20] > 2.0 * of_white[0], "{brand:?}: {of_white:?}");
        }
    }

    #[test]
    fn the_values_of_a_heatmap_are_all_written_in_the_fullest_way_that_fits_every_one() {
        let (set, locale) = (Typesetter::default(), Locale::parse("es-CO").expect("a locale"));
        let chart = |format: ValueFormat| Chart {
            style: crate::document::ChartStyle::Heatmap,
            x_label: String::new(),
            series_label: None,
            categories: Vec::new(),
            series: Vec::new(),
            display: Display::Number { format, currency: Some("COP".to_owned()) },
            alt: String::new(),
        };
        let written = |format, values: [f64; 2], width: f32| {
            let chart = chart(format);
            let way = Writing::choose(&set, &chart, &locale, values.into_iter(), (width, 12.0));
            let of = |v| way.of(&set, &chart, &locale, v).map(|(_, run)| run.text.replace('\u{a0}', " "));
            values.map(|v| of(v).unwrap_or_default())
        };
        let shares = ValueFormat::Percent(1);
        assert_eq!(written(shares, [0.853, 1.0], 34.0), ["85,3 %", "100,0 %"]);
        assert_eq!(written(shares, [0.853, 1.0], 20.0), ["85 %", "100 %"]);
        assert_eq!(written(shares, [0.853, 1.0], 14.0), ["85", "100"]);
        assert_eq!(written(shares, [0.853, 1.0], 4.0), ["", ""], "no room");
        let pesos = ValueFormat::Currency(0);
        assert_eq!(written(pesos, [15_734_000.0, 623_400.0], 60.0), ["$ 15.734.000", "$ 623.400"]);
        assert_eq!(written(pesos, [15_734_000.0, 623_400.0], 34.0), ["15,73 M", "623.400"]);
        assert_eq!(written(pesos, [15_734_000.0, 623_400.0], 22.0), ["16 M", "623 mil"]);
    }
}
