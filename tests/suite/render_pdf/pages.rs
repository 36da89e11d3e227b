//! Pages as pictures, held against those of `tests/expected/pages`: a change of looks that nobody meant is seen.
//!
//! After one that was meant, `PARTE_UPDATE_PAGES=1 scripts/test pages_look` writes them anew; look at each before it is committed.

use super::{page_count, pdf, strained_tables};
use crate::support::{run, tests_file};
use parte::document::{Body, Document};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use tiny_skia::{ColorU8, Pixmap};

/// Dots an inch: letters are still seen as such, and a page takes some 60 KB.
const RESOLUTION: &str = "50";
/// All pictures together, in bytes.
const MOST_BYTES: u64 = 1_500_000;
/// Levels of 0 to 255 that a page may differ by on the whole, after a small blur: letters and lines are drawn from the same file, so
/// that other machines differ by how edges are smoothed, and by no more.
const MOST_ON_AVERAGE: f64 = 0.4;
/// The same within any square of so many pixels each way (a label has this size).
const MOST_IN_A_SQUARE: f64 = 10.0;
const SQUARE: usize = 6;
/// A pixel that differs by more levels than this is another one; of a thousand pixels so many may be.
const ANOTHER: f64 = 24.0;
const MOST_OTHERS: f64 = 2.0;

/// A page in levels from 0 to 255, blurred.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<[f64; 3]>,
}

impl Picture {
    fn of(pixmap: &Pixmap) -> Self {
        let (width, height) = (pixmap.width() as usize, pixmap.height() as usize);
        let sharp: Vec<[f64; 3]> =
            pixmap.pixels().iter().map(|p| [p.red(), p.green(), p.blue()].map(f64::from)).collect();
        let around = |at: usize, end: usize| at.saturating_sub(1)..(at + 2).min(end);
        let mut pixels = Vec::with_capacity(sharp.len());
        for y in 0..height {
            for x in 0..width {
                let mut sum = [0.0; 3];
                let mut count = 0.0;
                for row in around(y, height) {
                    for pixel in &sharp[row * width..][around(x, width)] {
                        sum.iter_mut().zip(pixel).for_each(|(sum, level)| *sum += level);
                        count += 1.0;
                    }
                }
                pixels.push(sum.map(|level| level / count));
            }
        }
        Self { width, height, pixels }
    }
}

/// How far two pictures of one size are apart.
struct Difference {
    /// Of each pixel, in levels of the colour in which it differs most.
    levels: Vec<f64>,
    on_average: f64,
    in_a_square: f64,
    others: f64,
}

impl Difference {
    /// `None`: they are not of one size.
    fn between(one: &Pixmap, other: &Pixmap) -> Option<Self> {
        let (one, other) = (Picture::of(one), Picture::of(other));
        if (one.width, one.height) != (other.width, other.height) {
            return None;
        }
        let apart =
            |(a, b): (&[f64; 3], &[f64; 3])| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let levels: Vec<f64> = one.pixels.iter().zip(&other.pixels).map(apart).collect();
        let count = levels.len() as f64;
        // Sums of all that stands above and left of each pixel: those of squares follow from four of them.
        let across = one.width + 1;
        let mut sums = vec![0.0; across * (one.height + 1)];
        for y in 0..one.height {
            for x in 0..one.width {
                let at = (y + 1) * across + x + 1;
                sums[at] =
                    levels[y * one.width + x] + sums[at - 1] + sums[at - across] - sums[at - across - 1];
            }
        }
        let mut in_a_square: f64 = 0.0;
        for bottom in SQUARE..=one.height {
            for right in SQUARE..=one.width {
                let at = |y: usize, x: usize| sums[y * across + x];
                let (top, left) = (bottom - SQUARE, right - SQUARE);
                let sum = at(bottom, right) - at(top, right) - at(bottom, left) + at(top, left);
                in_a_square = in_a_square.max(sum / (SQUARE * SQUARE) as f64);
            }
        }
        Some(Self {
            on_average: levels.iter().sum::<f64>() / count,
            in_a_square,
            others: levels.iter().filter(|level| **level > ANOTHER).count() as f64 / count * 1000.0,
            levels,
        })
    }

    fn is_small(&self) -> bool {
        self.on_average <= MOST_ON_AVERAGE
            && self.in_a_square <= MOST_IN_A_SQUARE
            && self.others <= MOST_OTHERS
    }

    /// Where they differ, black on white; four times as strong, so that little is seen as well.
    fn picture(&self, like: &Pixmap) -> Pixmap {
        let mut picture = Pixmap::new(like.width(), like.height()).expect("a picture of that size");
        for (pixel, level) in picture.pixels_mut().iter_mut().zip(&self.levels) {
            let grey = 255 - (level * 4.0).min(255.0) as u8;
            *pixel = ColorU8::from_rgba(grey, grey, grey, 255).premultiply();
        }
        picture
    }
}

fn folder(of: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages").join(of);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for pages");
    folder
}

/// Every page of a document as a picture, by the name of its file.
fn pages(document: &Document, name: &str) -> Vec<(String, Pixmap)> {
    let file = pdf(document, &format!("looks-{name}"));
    let folder = folder(name);
    let draw = |page: usize| {
        let number = page.to_string();
        let to = folder.join(format!("{name}-{page:02}"));
        run(Command::new("pdftoppm")
            .args(["-r", RESOLUTION, "-png", "-singlefile", "-f", &number, "-l", &number])
            .arg(&file)
            .arg(&to));
        let path = to.with_extension("png");
        let picture = Pixmap::decode_png(&std::fs::read(&path).expect("the page")).expect("a PNG");
        (path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned(), picture)
    };
    (1..=page_count(&file)).map(draw).collect()
}

/// What is wrong with the pages of a document, a line each.
fn looks_otherwise(document: &Document, name: &str, expected: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let drawn = pages(document, name);
    let mut known: BTreeSet<String> = std::fs::read_dir(expected)
        .expect("the folder of pages")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|file| file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')))
        .collect();
    for (file, page) in drawn {
        if !known.remove(&file) {
            wrong.push(format!("{file} is a page that was not there"));
            continue;
        }
        let bytes = std::fs::read(expected.join(&file)).expect("the page as it was");
        let before = Pixmap::decode_png(&bytes).expect("a PNG");
        let Some(difference) = Difference::between(&before, &page) else {
            wrong.push(format!("{file} lies the other way"));
            continue;
        };
        if !difference.is_small() {
            let shown = folder(&format!("{name}-different-{file}"));
            page.save_png(shown.join("now.png")).expect("writes");
            before.save_png(shown.join("before.png")).expect("writes");
            difference.picture(&page).save_png(shown.join("difference.png")).expect("writes");
            wrong.push(format!(
                "{file} differs by {:.2} levels on average, {:.0} in a square, {:.1} of a thousand pixels: look at {}",
                difference.on_average,
                difference.in_a_square,
                difference.others,
                shown.display()
            ));
        }
    }
    wrong.extend(known.into_iter().map(|file| format!("{file} is no page any more")));
    wrong
}

fn expected() -> PathBuf {
    tests_file("expected/pages")
}

/// Writes the pages anew where that is asked for, else holds them against what was written.
fn looks_the_same(document: &Document, name: &str) {
    if std::env::var_os("PARTE_UPDATE_PAGES").is_some_and(|asked| asked == "1") {
        std::fs::create_dir_all(expected()).expect("the folder of pages");
        for entry in std::fs::read_dir(expected()).expect("the folder of pages").flatten() {
            let file = entry.file_name().into_string().unwrap_or_default();
            if file.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')) {
                std::fs::remove_file(entry.path()).expect("removes the page as it was");
            }
        }
        pages(document, name);
        let drawn = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages").join(name);
        for entry in std::fs::read_dir(drawn).expect("the pages").flatten() {
            std::fs::copy(entry.path(), expected().join(entry.file_name())).expect("writes the page");
        }
        return;
    }
    let wrong = looks_otherwise(document, name, &expected());
    assert!(
        wrong.is_empty(),
        "{}\nwhere it is meant: PARTE_UPDATE_PAGES=1 scripts/test pages_look, then look at what changed in {}",
        wrong.join("\n"),
        expected().display()
    );
}

#[test]
fn the_samples_pages_look_as_they_did() {
    looks_the_same(&parte::document::sample(), "sample");
}

#[test]
fn the_strained_charts_pages_look_as_they_did() {
    looks_the_same(&parte::document::stress(), "charts");
}

#[test]
fn the_strained_tables_pages_look_as_they_did() {
    looks_the_same(&strained_tables(), "tables");
}

#[test]
fn the_pictures_of_pages_are_small_together_and_each_is_of_a_test() {
    let mut bytes = 0;
    for entry in std::fs::read_dir(expected()).expect("the folder of pages").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        assert!(
            ["sample-", "charts-", "tables-"].iter().any(|of| name.starts_with(of)),
            "{name} is of no test"
        );
        bytes += entry.metadata().expect("its size").len();
    }
    assert!((100_000..MOST_BYTES).contains(&bytes), "{bytes} bytes");
}

/// Shows that a change of the document is seen: its pages are held against those without it, which are no different from themselves.
fn is_refused(what: &str, change: impl FnOnce(&mut Document)) {
    let mut document = parte::document::sample();
    let kept = ["kpis", "text", "tareas-por-equipo", "una-fila"];
    document.sections.retain(|section| kept.contains(&section.id.as_str()));
    let (as_it_was, as_it_is) = (format!("before-{what}"), format!("after-{what}"));
    let before = folder(&format!("refused-{what}"));
    for (file, page) in pages(&document, &as_it_was) {
        page.save_png(before.join(file.replace(&as_it_was, &as_it_is))).expect("writes");
    }
    assert_eq!(looks_otherwise(&document, &as_it_is, &before), Vec::<String>::new(), "nothing was changed");
    change(&mut document);
    let wrong = looks_otherwise(&document, &as_it_is, &before);
    assert!(!wrong.is_empty(), "{what} is not seen");
}

#[test]
fn another_colour_of_the_brand_is_refused_though_it_is_as_dark() {
    // As dark in grey as the sample's #0b7a75.
    is_refused("colour", |document| document.color = [0x1f, 0x6f, 0xa3]);
}

#[test]
fn another_name_at_a_bar_is_refused() {
    is_refused("label", |document| {
        for section in &mut document.sections {
            if let Body::Chart(chart) = &mut section.body {
                chart.categories[0] = "Centro".to_owned();
            }
        }
    });
}

#[test]
fn a_bar_of_another_height_is_refused() {
    is_refused("bar", |document| {
        for section in &mut document.sections {
            if let Body::Chart(chart) = &mut section.body {
                chart.series[0].values[1] = Some(700.0);
            }
        }
    });
}

#[test]
fn a_table_that_is_gone_and_a_page_more_are_refused() {
    is_refused("table", |document| document.sections.retain(|section| section.id != "una-fila"));
    is_refused("page", |document| {
        let again = document.sections.clone();
        document.sections.extend(again);
    });
}

fn page_one() -> Pixmap {
    pages(&parte::document::sample(), "page-one").remove(0).1
}

/// The page with what stands in a place moved to the right.
fn moved(page: &Pixmap, (x, y): (usize, usize), (width, height): (usize, usize), by: usize) -> Pixmap {
    let across = page.width() as usize;
    let mut moved = page.clone();
    for row in y..y + height {
        for at in (x..x + width).rev() {
            moved.pixels_mut()[row * across + at + by] = page.pixels()[row * across + at];
        }
    }
    moved
}

/// A part of a page around a place.
fn around(page: &Pixmap, (x, y): (usize, usize)) -> Pixmap {
    let corner = |at: usize| i32::try_from(at - 8).expect("a place on a page");
    let part = tiny_skia::IntRect::from_xywh(corner(x), corner(y), 44, 24).expect("a part");
    page.clone_rect(part).expect("it is on the page")
}

#[test]
fn a_label_moved_by_four_points_is_refused_wherever_it_stands() {
    let page = page_one();
    let (across, down) = (page.width() as usize, page.height() as usize);
    let mut places = 0;
    for y in (8..down - 24).step_by(9) {
        for x in (8..across - 44).step_by(20) {
            // Three pixels of 1.44 points.
            let there = moved(&page, (x, y), (20, 7), 3);
            // Flat colour, and lines that go on, look the same when they are moved: only what has letters is asked.
            let pairs = page.pixels().iter().zip(there.pixels());
            if pairs.filter(|(a, b)| a.red().abs_diff(b.red()) > 100).count() < 16 {
                continue;
            }
            places += 1;
            let difference = Difference::between(&around(&page, (x, y)), &around(&there, (x, y)));
            let difference = difference.expect("of one size");
            assert!(!difference.is_small(), "{x}, {y}: {:.1} in a square", difference.in_a_square);
        }
    }
    assert!(places > 20, "{places} labels were moved");
}

#[test]
fn edges_that_are_smoothed_a_little_otherwise_are_not_refused() {
    let page = page_one();
    let across = page.width() as usize;
    let mut smoothed = page.clone();
    for at in 1..page.pixels().len() - 1 {
        let level = |at: usize| f32::from(page.pixels()[at].red());
        // Every pixel at an edge, lighter or darker by a twelfth of how far it is from its neighbours.
        let (before, here, after) = (level(at - 1), level(at), level(at + 1));
        let by = (before - here).abs().max((after - here).abs())
            / if (at / across + at).is_multiple_of(2) { 12.0 } else { -12.0 };
        let pixel = page.pixels()[at];
        let [red, green, blue] = [pixel.red(), pixel.green(), pixel.blue()]
            .map(|level| (f32::from(level) + by).clamp(0.0, 255.0) as u8);
        smoothed.pixels_mut()[at] = ColorU8::from_rgba(red, green, blue, 255).premultiply();
    }
    let changed = page.pixels().iter().zip(smoothed.pixels()).filter(|(a, b)| a != b).count();
    assert!(changed > page.pixels().len() / 10, "{changed} pixels");
    let difference = Difference::between(&page, &smoothed).expect("of one size");
    assert!(difference.is_small(), "{:.2} on average, {:.1}", difference.on_average, difference.in_a_square);
}
