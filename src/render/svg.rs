//! Draws a scene as SVG (for the page), text as text. Never: what the scene shows.

use super::scene::{Item, Outline, Scene, Shape, Step, Text};
use super::text::Weight;
use std::fmt::Write as _;

/// Faces that every desk and telephone has; widths are held to what was measured.
const FACES: &str = "Inter,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

/// A scene as one `svg` element; `alt` says in words what it shows, `class` is for the style sheet.
pub(super) fn scene_svg(scene: &Scene, alt: &str, class: &str) -> String {
    let mut svg = String::new();
    let (width, height) = (number(scene.width), number(scene.height));
    // writing into a String cannot fail
    let _ = write!(
        svg,
        "<svg class=\"{}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\" font-family=\"{FACES}\">",
        escaped(class),
        escaped(alt)
    );
    for item in &scene.items {
        match item {
            Item::Shape(shape) => draw_shape(&mut svg, shape),
            Item::Text(text) => draw_text(&mut svg, text),
        }
    }
    svg.push_str("</svg>");
    svg
}

fn draw_shape(svg: &mut String, shape: &Shape) {
    let fill = shape.fill.map_or_else(|| "none".to_owned(), |color| hex(color.0));
    let stroke = shape.stroke.map_or_else(String::new, |stroke| {
        format!(
            " stroke=\"{}\" stroke-width=\"{}\" stroke-linecap=\"round\" stroke-linejoin=\"round\"",
            hex(stroke.color.0),
            number(stroke.width)
        )
    });
    let _ = match &shape.outline {
        Outline::Rect { corner, width, height } => write!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{fill}\"{stroke}/>",
            number(corner.x),
            number(corner.y),
            number(width.max(0.0)),
            number(height.max(0.0))
        ),
        Outline::Path(steps) => write!(svg, "<path d=\"{}\" fill=\"{fill}\"{stroke}/>", path(steps)),
    };
}

fn path(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        let _ = match step {
            Step::Move(p) => write!(text, "M{} {}", number(p.x), number(p.y)),
            Step::Line(p) => write!(text, "L{} {}", number(p.x), number(p.y)),
            Step::Curve(a, b, p) => write!(
                text,
                "C{} {} {} {} {} {}",
                number(a.x),
                number(a.y),
                number(b.x),
                number(b.y),
                number(p.x),
                number(p.y)
            ),
            Step::Close => write!(text, "Z"),
        };
    }
    text
}

fn draw_text(svg: &mut String, text: &Text) {
    let (x, y) = (number(text.start.x), number(text.start.y));
    let weight = match text.run.face.weight {
        Weight::Regular => "400",
        Weight::SemiBold => "600",
        Weight::Bold => "700",
    };
    let turned = if text.turn == 0.0 {
        String::new()
    } else {
        format!(" transform=\"rotate({} {x} {y})\"", number(-text.turn))
    };
    // the width that was laid out for, whatever face the reader has: labels stay apart
    let _ = write!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" font-weight=\"{weight}\" fill=\"{}\" textLength=\"{}\" \
         lengthAdjust=\"spacingAndGlyphs\"{turned}>{}</text>",
        number(text.size),
        hex(text.color.0),
        number(text.run.width(text.size)),
        escaped(&text.run.text)
    );
}

/// Two decimals are finer than any screen; what is no number draws nothing.
fn number(value: f32) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::scene::{Anchor, Color, at};
    use crate::render::text::{Face, Typesetter};

    #[test]
    fn a_scene_is_drawn_item_by_item_and_hostile_words_stay_words() {
        let set = Typesetter::default();
        let mut scene = Scene::new(40.0, 20.0);
        scene.fill_rect(at(0.0, 0.5), 10.0, 20.0, Color([200, 0, 0]));
        scene.text(at(14.0, 15.0), Anchor::Start, &set.run(Face::BOLD, "</svg><script>"), 8.0, Color::WHITE);
        let svg = scene_svg(&scene, "a \"b\" <c>", "wide");
        assert!(
            svg.contains("<rect x=\"0\" y=\"0.5\" width=\"10\" height=\"20\" fill=\"#c80000\"/>"),
            "{svg}"
        );
        assert!(svg.contains("&lt;/svg&gt;&lt;script&gt;</text>"), "{svg}");
        assert!(svg.contains("aria-label=\"a &quot;b&quot; &lt;c&gt;\""), "{svg}");
        assert_eq!(svg.matches('<').count(), 5, "{svg}");
    }
}
