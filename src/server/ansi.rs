//! A terminal's text with colours as HTML. Never: what it says.

/// Text with SGR sequences as HTML: spans with the classes `bold`, `dim`, `under`, `red` ..., everything else escaped.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut look = Look::default();
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        look.write(&rest[..at], &mut out);
        rest = &rest[at + 1..];
        let Some(sequence) = rest.strip_prefix('[') else { continue };
        // a sequence ends with its first letter; one that never ends is dropped
        let Some(end) = sequence.find(|c: char| c.is_ascii_alphabetic()) else { return out };
        if sequence[end..].starts_with('m') {
            look.take(&sequence[..end]);
        }
        rest = &sequence[end + 1..];
    }
    look.write(rest, &mut out);
    out
}

#[derive(Default)]
struct Look {
    bold: bool,
    dim: bool,
    under: bool,
    color: Option<&'static str>,
}

impl Look {
    fn take(&mut self, codes: &str) {
        for code in codes.split(';') {
            match code {
                "" | "0" => *self = Self::default(),
                "1" => self.bold = true,
                "2" => self.dim = true,
                "4" => self.under = true,
                "22" => (self.bold, self.dim) = (false, false),
                "24" => self.under = false,
                "31" | "91" => self.color = Some("red"),
                "32" | "92" => self.color = Some("green"),
                "33" | "93" => self.color = Some("yellow"),
                "34" | "94" => self.color = Some("blue"),
                "35" | "95" => self.color = Some("magenta"),
                "36" | "96" => self.color = Some("cyan"),
                "39" => self.color = None,
                _ => {}
            }
        }
    }

    fn write(&self, text: &str, out: &mut String) {
        if text.is_empty() {
            return;
        }
        let flags = [(self.bold, "bold"), (self.dim, "dim"), (self.under, "under")];
        let classes: Vec<&str> =
            flags.into_iter().filter_map(|(on, class)| on.then_some(class)).chain(self.color).collect();
        if !classes.is_empty() {
            out.push_str(&format!("<span class=\"{}\">", classes.join(" ")));
        }
        for c in text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                c => out.push(c),
            }
        }
        if !classes.is_empty() {
            out.push_str("</span>");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn colours_become_spans_and_everything_else_stays_text() {
        assert_eq!(html("a<b> & c"), "a&lt;b&gt; &amp; c");
        assert_eq!(html("\u{1b}[31;1mno\u{1b}[0m \u{1b}[2Kyes"), "<span class=\"bold red\">no</span> yes");
        assert_eq!(html("cut \u{1b}[31"), "cut ");
        assert_eq!(html("\u{1b}é\u{1b}[4mé"), "é<span class=\"under\">é</span>");
    }
}
