//! The colours of charts and pages, derived from the brand's: readable on white and told apart by colour-blind eyes.

use super::scene::Color;
use crate::document::{Chart, ChartStyle};
use std::cell::RefCell;

/// Headings, header band.
pub(super) const INK: Color = Color([0x13, 0x2a, 0x4a]);
/// Running text.
pub(super) const TEXT: Color = Color([0x24, 0x30, 0x42]);
/// Labels and notes.
pub(super) const MUTED: Color = Color([0x5d, 0x68, 0x7a]);
/// Axis lines.
pub(super) const AXIS: Color = Color([0x6b, 0x72, 0x80]);
/// Rules, frames and grid lines.
pub(super) const RULE: Color = Color([0xd9, 0xde, 0xe6]);
/// Grid lines behind a chart.
pub(super) const GRID: Color = Color([0xe6, 0xe9, 0xee]);
/// Every second row.
pub(super) const ZEBRA: Color = Color([0xf3, 0xf6, 0xfa]);
/// Tiles and calm boxes.
pub(super) const PANEL: Color = Color([0xf7, 0xf9, 0xfc]);
/// A welcome change.
pub(super) const GOOD: Color = Color([0x13, 0x7a, 0x3a]);
/// An unwelcome change, a negative number.
pub(super) const BAD: Color = Color([0xb9, 0x1c, 0x1c]);

/// What is derived from the brand's colour.
#[derive(Debug, Clone)]
pub(super) struct Palette {
    /// The brand's colour, darkened until it can be read on white.
    pub(super) accent: Color,
    /// The same, calmer: bars that are not the highest.
    pub(super) soft: Color,
    /// The same, as a tint: the area under a line.
    pub(super) tint: Color,
    series: Vec<Color>,
}

/// Colours that series after the first are chosen from, best first.
const CANDIDATES: [Color; 10] = [
    Color([0xe0, 0x82, 0x0c]),
    Color([0x2b, 0x4c, 0x9b]),
    Color([0x7c, 0xb8, 0xdb]),
    Color([0xa8, 0x32, 0x6f]),
    Color([0x0e, 0x8a, 0x7d]),
    Color([0x6b, 0x46, 0x26]),
    Color([0xe3, 0xb8, 0x2e]),
    Color([0x5b, 0x3f, 0x9e]),
    Color([0x8f, 0xa3, 0x1e]),
    Color([0x55, 0x63, 0x78]),
];
/// The distance from which colours are told apart well.
const WELL_APART: f32 = 0.13;

impl Palette {
    /// The colours of a brand. Those of the last one are kept: every chart of a report asks for them, and they take a tenth of a report.
    pub(super) fn of_brand(brand: [u8; 3]) -> Self {
        thread_local! {
            static LAST: RefCell<Option<([u8; 3], Palette)>> = const { RefCell::new(None) };
        }
        LAST.with_borrow_mut(|last| match last {
            Some((known, palette)) if *known == brand => palette.clone(),
            last => last.insert((brand, Self::derived(brand))).1.clone(),
        })
    }

    /// Derives the colours from the brand's.
    fn derived(brand: [u8; 3]) -> Self {
        let mut accent = Color(brand);
        for _ in 0..24 {
            if contrast(accent, Color::WHITE) >= 3.5 {
                break;
            }
            accent = mix(accent, Color([0, 0, 0]), 0.08);
        }
        let mut series = vec![accent];
        let mut left = CANDIDATES.to_vec();
        while !left.is_empty() {
            let nearest =
                |c: &Color| series.iter().map(|taken| distance(*taken, *c)).fold(f32::MAX, f32::min);
            // The first that is told apart well from all taken, else the one that is told apart best.
            let farthest = || {
                let by_distance = |a: &usize, b: &usize| nearest(&left[*a]).total_cmp(&nearest(&left[*b]));
                (0..left.len()).max_by(by_distance)
            };
            let next = left.iter().position(|c| nearest(c) >= WELL_APART).or_else(farthest).unwrap_or(0);
            series.push(left.remove(next));
        }
        Self { accent, soft: mix(accent, Color::WHITE, 0.36), tint: mix(accent, Color::WHITE, 0.87), series }
    }

    /// The colour of a series of a chart: parts of a stack go from dark to light, so that they are told apart without colour too.
    pub(super) fn of_chart(&self, chart: &Chart, index: usize) -> Color {
        match chart.style {
            ChartStyle::StackedBars | ChartStyle::StackedArea if chart.series.len() > 1 => {
                self.part(index, chart.series.len())
            }
            _ => self.series(index),
        }
    }

    /// The colour of one of so many parts of a stack: the colours of as many series, by lightness, each a step lighter than the one before.
    fn part(&self, index: usize, count: usize) -> Color {
        let mut colors: Vec<Color> = (0..count).map(|index| self.series(index)).collect();
        colors.sort_by(|a, b| lightness(*a).total_cmp(&lightness(*b)));
        let step = STEP.min((LIGHTEST - DARKEST) / (count.max(2) - 1) as f32);
        let wanted: Vec<f32> = colors.iter().map(|color| lightness(*color)).collect();
        let mut places = Vec::with_capacity(count);
        for wanted in wanted {
            let after = places.last().map_or(DARKEST, |last: &f32| last + step);
            places.push(wanted.max(after));
        }
        let mut limit = LIGHTEST;
        for place in places.iter_mut().rev() {
            *place = place.min(limit);
            limit = *place - step;
        }
        let at = index.min(colors.len().saturating_sub(1));
        as_light_as(colors[at], places[at])
    }

    /// The colour of a series; after the last they begin again, lighter.
    pub(super) fn series(&self, index: usize) -> Color {
        let color = self.series[index % self.series.len()];
        match index / self.series.len() {
            0 => color,
            round => mix(color, Color::WHITE, (0.25 * round as f32).min(0.6)),
        }
    }
}

/// The parts of a stack differ by so much in lightness at least, where there are few.
const STEP: f32 = 0.075;
/// The lightest and the darkest part.
const LIGHTEST: f32 = 0.88;
const DARKEST: f32 = 0.34;

/// White or ink, whichever is read better on a colour.
pub(super) fn text_on(color: Color) -> Color {
    if contrast(color, Color::WHITE) >= 3.5 { Color::WHITE } else { INK }
}

/// A colour, lightened until it can be read on a dark one.
pub(super) fn readable_on(color: Color, dark: Color) -> Color {
    let mut lighter = color;
    for _ in 0..24 {
        if contrast(lighter, dark) >= 4.5 {
            break;
        }
        lighter = mix(lighter, Color::WHITE, 0.08);
    }
    lighter
}

/// A colour with a share of another.
pub(super) fn mix(color: Color, other: Color, share: f32) -> Color {
    let part = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
    let (a, b) = (color.0, other.0);
    Color([part(a[0], b[0]), part(a[1], b[1]), part(a[2], b[2])])
}

fn linear(color: Color) -> [f32; 3] {
    color.0.map(|c| {
        let c = f32::from(c) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    })
}

/// How light a colour looks: 0 black, 1 white.
fn lightness(color: Color) -> f32 {
    oklab(linear(color))[0]
}

/// The colour with as much white or black as makes it look so light.
fn as_light_as(color: Color, wanted: f32) -> Color {
    let other = if lightness(color) < wanted { Color::WHITE } else { Color([0, 0, 0]) };
    let (mut least, mut most) = (0.0, 1.0);
    for _ in 0..12 {
        let share = (least + most) / 2.0;
        let too_little = (lightness(mix(color, other, share)) < wanted) == (other == Color::WHITE);
        if too_little { least = share } else { most = share }
    }
    mix(color, other, most)
}

/// WCAG contrast, 1 to 21.
pub(super) fn contrast(a: Color, b: Color) -> f32 {
    let light = |c: Color| {
        let [r, g, b] = linear(c);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (a, b) = (light(a), light(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Protanopia and deuteranopia in linear RGB (Machado, Oliveira, Fernandes 2009, severity 1).
const BLINDNESS: [[[f32; 3]; 3]; 2] = [
    [
        [0.152_286, 1.052_583, -0.204_868],
        [0.114_503, 0.786_281, 0.099_216],
        [-0.003_882, -0.048_116, 1.051_998],
    ],
    [
        [0.367_322, 0.860_646, -0.227_968],
        [0.280_085, 0.672_501, 0.047_413],
        [-0.011_820, 0.042_940, 0.968_881],
    ],
];

/// How well two colours are told apart by the eye that does it worst.
fn distance(a: Color, b: Color) -> f32 {
    let (a, b) = (linear(a), linear(b));
    let seen = |m: &[[f32; 3]; 3], c: [f32; 3]| {
        m.map(|row| (row[0] * c[0] + row[1] * c[1] + row[2] * c[2]).clamp(0.0, 1.0))
    };
    BLINDNESS.iter().map(|m| oklab_distance(seen(m, a), seen(m, b))).fold(oklab_distance(a, b), f32::min)
}

fn oklab_distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    let (a, b) = (oklab(a), oklab(b));
    a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f32>().sqrt()
}

fn oklab([r, g, b]: [f32; 3]) -> [f32; 3] {
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_four_series_are_told_apart_whatever_the_brand() {
        for brand in
            [[0x0b, 0x7a, 0x75], [255, 255, 255], [255, 230, 0], [0, 0, 0], [200, 20, 30], [20, 40, 90]]
        {
            let palette = Palette::of_brand(brand);
            for i in 0..4 {
                assert!(contrast(palette.series(i), Color::WHITE) > 2.0);
                for j in 0..i {
                    assert!(distance(palette.series(i), palette.series(j)) > 0.1, "{brand:?}: {i} and {j}");
                }
            }
        }
    }

    #[test]
    fn every_brand_is_lightened_until_it_can_be_read_on_a_dark_ground() {
        let dark = Color([0x1b, 0x22, 0x2c]);
        for brand in [[0, 0, 0], [20, 40, 90], [0x0b, 0x7a, 0x75], [255, 230, 0], [200, 20, 30]] {
            let accent = readable_on(Palette::of_brand(brand).accent, dark);
            assert!(contrast(accent, dark) >= 4.5, "{brand:?} as {accent:?}");
        }
    }

    #[test]
    fn the_parts_of_a_stack_go_from_dark_to_light_whatever_the_brand() {
        for brand in
            [[0x0b, 0x7a, 0x75], [255, 255, 255], [255, 230, 0], [0, 0, 0], [200, 20, 30], [20, 40, 90]]
        {
            let palette = Palette::of_brand(brand);
            for count in 2..=12 {
                let parts: Vec<Color> = (0..count).map(|index| palette.part(index, count)).collect();
                let least = if count <= 6 { 0.07 } else { 0.03 };
                for pair in parts.windows(2) {
                    let step = lightness(pair[1]) - lightness(pair[0]);
                    assert!(step >= least, "{brand:?}, {count} parts: {pair:?} differ by {step}");
                }
                assert!(parts.iter().all(|part| contrast(*part, Color::WHITE) > 1.2), "{brand:?}: {parts:?}");
            }
        }
    }

    #[test]
    fn a_pale_brand_is_darkened_until_it_can_be_read() {
        assert!(contrast(Palette::of_brand([255, 240, 120]).accent, Color::WHITE) >= 3.5);
    }
}
