//! The company's logo: a PNG or SVG picture, looked at when the definition is read, so that no run meets a broken one.

use resvg::usvg;
use std::sync::Arc;
use tiny_skia::{Color, Pixmap, PixmapPaint, Transform};

/// The largest file that is taken, in bytes: it goes with every mail.
const LARGEST: usize = 2_000_000;
/// The most pixels that a side may have.
const LONGEST_SIDE: u32 = 8_000;
/// How many times longer one side may be than the other.
const MOST_LOPSIDED: f32 = 12.0;

/// A picture that can be drawn at any size.
#[derive(Clone)]
pub struct Logo {
    /// Its file, as the definition names it.
    pub file: String,
    /// What the file holds.
    pub bytes: Arc<[u8]>,
    picture: Picture,
}

#[derive(Clone)]
enum Picture {
    Pixels(Arc<Pixmap>),
    Shapes(Arc<usvg::Tree>),
}

/// Why a picture cannot be used: what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoFault {
    /// As a lower-case fragment.
    pub what: String,
    /// What to do.
    pub hint: String,
}

impl Logo {
    /// Reads a picture.
    ///
    /// # Errors
    /// What is no PNG or SVG, is broken, too large, or holds words that would be drawn in no known typeface.
    pub fn read(file: &str, bytes: Vec<u8>) -> Result<Self, LogoFault> {
        let fault = |what: String, hint: &str| Err(LogoFault { what, hint: hint.to_owned() });
        if bytes.len() > LARGEST {
            let what = format!("has {} bytes, more than {LARGEST}", bytes.len());
            return fault(what, "save it smaller: it goes with every mail");
        }
        let picture = if bytes.starts_with(b"\x89PNG") {
            match Pixmap::decode_png(&bytes) {
                Ok(pixels) => Picture::Pixels(Arc::new(pixels)),
                Err(error) => {
                    return fault(format!("is a broken PNG: {error}"), "save the picture again as PNG");
                }
            }
        } else {
            let text = String::from_utf8_lossy(&bytes);
            if !text.contains("<svg") {
                return fault("is neither PNG nor SVG".to_owned(), "save the picture as PNG or SVG");
            }
            if text.contains("<text") {
                let hint =
                    "turn its letters into paths: drawing programs can (in Inkscape: Path, Object to Path)";
                return fault("has letters in a typeface that is not in the file".to_owned(), hint);
            }
            match usvg::Tree::from_data(&bytes, &usvg::Options::default()) {
                Ok(tree) => Picture::Shapes(Arc::new(tree)),
                Err(error) => {
                    return fault(
                        format!("is a broken SVG: {error}"),
                        "save the picture again as SVG or PNG",
                    );
                }
            }
        };
        let logo = Self { file: file.to_owned(), bytes: bytes.into(), picture };
        let (width, height) = logo.size();
        if width.max(height) > LONGEST_SIDE as f32 {
            return fault(
                format!("is {width} by {height} pixels"),
                "save it with at most 8,000 on each side",
            );
        }
        if width / height > MOST_LOPSIDED || height / width > MOST_LOPSIDED {
            let what = format!("is {width} by {height}: more than {MOST_LOPSIDED} times as long as wide");
            return fault(what, "cut away what is empty around it, or use a more compact form of it");
        }
        Ok(logo)
    }

    /// Width and height, in pixels or in the units of the drawing.
    #[must_use]
    pub fn size(&self) -> (f32, f32) {
        match &self.picture {
            Picture::Pixels(pixels) => (pixels.width() as f32, pixels.height() as f32),
            Picture::Shapes(tree) => (tree.size().width(), tree.size().height()),
        }
    }

    /// The picture on white, so many pixels high.
    #[must_use]
    pub fn drawn(&self, height: u32) -> Option<Pixmap> {
        let (own_width, own_height) = self.size();
        let scale = height as f32 / own_height;
        let mut canvas = Pixmap::new(((own_width * scale).round() as u32).max(1), height.max(1))?;
        canvas.fill(Color::WHITE);
        let transform = Transform::from_scale(scale, scale);
        match &self.picture {
            Picture::Shapes(tree) => resvg::render(tree, transform, &mut canvas.as_mut()),
            Picture::Pixels(pixels) => {
                // Made smaller by halves: a filter of four pixels would leave out what lies between them.
                let mut pixels = Arc::clone(pixels);
                while pixels.height() >= 2 * height {
                    pixels = Arc::new(halved(&pixels)?);
                }
                let scale = height as f32 / pixels.height() as f32;
                let paint =
                    PixmapPaint { quality: tiny_skia::FilterQuality::Bicubic, ..PixmapPaint::default() };
                let transform = Transform::from_scale(scale, scale);
                canvas.draw_pixmap(0, 0, pixels.as_ref().as_ref(), &paint, transform, None);
            }
        }
        Some(canvas)
    }
}

/// A picture of half the size, each pixel the mean of four.
fn halved(pixels: &Pixmap) -> Option<Pixmap> {
    let mut half = Pixmap::new((pixels.width() / 2).max(1), (pixels.height() / 2).max(1))?;
    let paint = PixmapPaint { quality: tiny_skia::FilterQuality::Bilinear, ..PixmapPaint::default() };
    let scale = |to: u32, from: u32| to as f32 / from as f32;
    let transform =
        Transform::from_scale(scale(half.width(), pixels.width()), scale(half.height(), pixels.height()));
    half.draw_pixmap(0, 0, pixels.as_ref(), &paint, transform, None);
    Some(half)
}

impl PartialEq for Logo {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file && self.bytes == other.bytes
    }
}

impl Eq for Logo {}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logo").field("file", &self.file).field("bytes", &self.bytes.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><rect width="10" height="10" fill="#c00000"/></svg>"##;

    fn color(pixels: &Pixmap, x: u32, y: u32) -> (u8, u8, u8) {
        pixels.pixel(x, y).map(|p| (p.red(), p.green(), p.blue())).unwrap_or_default()
    }

    #[test]
    fn drawings_and_pictures_are_drawn_on_white_at_the_height_asked_for() {
        let drawing = Logo::read("a.svg", SQUARE.into()).unwrap();
        let pixels = drawing.drawn(40).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (80, 40));
        assert_eq!((color(&pixels, 10, 20), color(&pixels, 60, 20)), ((192, 0, 0), (255, 255, 255)));
        let picture = Logo::read("a.png", drawing.drawn(400).unwrap().encode_png().unwrap()).unwrap();
        let pixels = picture.drawn(40).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (80, 40));
        assert_eq!((color(&pixels, 10, 20), color(&pixels, 60, 20)), ((192, 0, 0), (255, 255, 255)));
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_reason() {
        let said = |bytes: &[u8]| Logo::read("a", bytes.to_vec()).unwrap_err().what;
        assert_eq!(said(b"GIF89a"), "is neither PNG nor SVG");
        assert!(said(b"\x89PNG\r\n\x1a\nbroken").starts_with("is a broken PNG"));
        assert!(said(b"<svg><rect</svg>").starts_with("is a broken SVG"));
        assert!(said(SQUARE.replace("<rect", "<text>A</text><rect").as_bytes()).contains("letters"));
        assert!(said(SQUARE.replace("20 10", "200 10").as_bytes()).contains("times as long"));
        assert!(said(&[b' '; LARGEST + 1]).contains("bytes"));
    }
}
