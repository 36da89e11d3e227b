//! Problems as people read them on a terminal: the line, a caret, what to do. Never decides what is a problem.

use super::{Diagnostics, Problem, Severity};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter};

/// Room that the frame takes beside a line of the file: its number, a bar and spaces.
const FRAME: usize = 12;
/// Of one code so many are drawn: who made the same mistake in a thousand reports wants to see where it began, and the rest as a number.
const MOST_OF_A_CODE: usize = 20;
/// No line is cut to less than this many characters.
const NARROWEST: usize = 40;

impl Diagnostics {
    /// One block a problem, with line, caret and help, and a last line with their number. `width` is the
    /// terminal's, in columns; longer lines of the file are cut around the caret. Of one code the first twenty are
    /// shown, and how many more there are.
    #[must_use]
    pub fn render(&self, color: bool, width: usize) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        self.render_with(theme, width)
    }

    /// The same in plain ASCII frames, for terminals without Unicode.
    #[must_use]
    pub fn render_ascii(&self, color: bool, width: usize) -> String {
        let theme = if color { GraphicalTheme::ascii() } else { GraphicalTheme::none() };
        self.render_with(theme, width)
    }

    fn render_with(&self, theme: GraphicalTheme, width: usize) -> String {
        let width = width.max(NARROWEST + FRAME);
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(width)
            .with_context_lines(1)
            .without_syntax_highlighting();
        let mut out = String::new();
        let mut seen = BTreeMap::new();
        for problem in &self.problems {
            let of_this_code = seen.entry(problem.code).or_insert(0_usize);
            *of_this_code += 1;
            if *of_this_code > MOST_OF_A_CODE {
                continue;
            }
            let shown =
                Shown { problem, name: self.file_name(problem.file), excerpt: self.excerpt(problem, width) };
            if handler.render_report(&mut out, &shown).is_err() {
                // A frame that cannot be drawn hides no problem.
                out.push_str(&format!("{}: {}\n", problem.code, problem.what));
            }
            out.push('\n');
        }
        for (code, count) in seen {
            if let Some(more) = count.checked_sub(MOST_OF_A_CODE).filter(|more| *more > 0) {
                out.push_str(&format!("{more} more of {code}: parte check --json lists them all\n\n"));
            }
        }
        out.push_str(&format!("{self}\n"));
        out
    }

    /// The line of a problem with one line before and after, cut to the width.
    fn excerpt(&self, problem: &Problem, width: usize) -> Option<Excerpt> {
        let span = problem.span.clone()?;
        let (name, text) = self.files.get(problem.file)?;
        let (line, column) = self.position(problem.file, span.start);
        // A file of many problems is not split again for each: only the lines that are shown are looked at.
        let begins = |at: usize| text[..at].rfind('\n').map_or(0, |end| end + 1);
        let here = begins(text.floor_char_boundary(span.start));
        let above = here.checked_sub(1).map_or(here, begins);
        let lines = text[above..].split('\n');
        let written = text[here..].split('\n').next().unwrap_or_default();
        let room = width.saturating_sub(FRAME).max(NARROWEST);
        // What goes over the line's end is shown to the line's end.
        let length =
            text.get(span).map_or(0, |part| part.split('\n').next().unwrap_or_default().chars().count());
        let left = window_start(written.chars().count(), column - 1, length, room);
        let mut excerpt = String::new();
        let mut start = 0;
        let first = line.saturating_sub(2);
        for (number, other) in (first..).zip(lines).take_while(|(number, _)| *number <= line) {
            // Lines around it tell where one is by how they begin.
            let (cut, dots) = window(other, if number + 1 == line { left } else { 0 }, room);
            if number + 1 == line {
                let before: usize = cut.chars().take(dots + column - 1 - left).map(char::len_utf8).sum();
                start = excerpt.len() + before;
            }
            excerpt.push_str(&cut);
            excerpt.push('\n');
        }
        let bytes: usize =
            excerpt[start..].chars().take(length).take_while(|c| *c != '\n').map(char::len_utf8).sum();
        let span = SourceSpan::from((start, bytes));
        Some(Excerpt { name: name.clone(), text: excerpt, first_line: first, span, column })
    }
}

/// First character shown of a line, so that the place at fault is in sight.
fn window_start(line: usize, at: usize, length: usize, room: usize) -> usize {
    if line <= room || at + length.min(room / 2) + 1 < room {
        return 0;
    }
    // The place stands a third into the window, with words around it, and no room is left empty on the right.
    at.saturating_sub(room / 3).min(line.saturating_sub(room - 2))
}

/// A line from a character on, `…` where it was cut; and how many characters the sign on the left takes.
fn window(line: &str, left: usize, room: usize) -> (String, usize) {
    let count = line.chars().count();
    let dots = usize::from(left > 0 && count > left);
    let mut cut: String = if dots == 1 { "…".to_owned() } else { String::new() };
    // A sign that is none takes one place as well: carets stay where they belong.
    let visible = |c: char| if c != '\t' && moves_the_cursor(c) { '\u{fffd}' } else { c };
    cut.extend(line.chars().skip(left).take(room).map(visible));
    if count > left + room {
        cut.push('…');
    }
    (cut, dots)
}

/// Does this character do something else on a terminal than to stand there?
pub(in crate::definition) fn moves_the_cursor(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Lines around a problem, and where they come from.
#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    first_line: usize,
    span: SourceSpan,
    /// Of the problem, from 1, in characters of the whole line.
    column: usize,
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            self.first_line + inner.line(),
            self.column - 1,
            inner.line_count(),
        )))
    }
}

/// A problem with its excerpt, as miette takes it.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    name: &'a str,
    excerpt: Option<Excerpt>,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        // In words too: a sign and a colour are not seen by everybody.
        if self.problem.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if self.excerpt.is_none() {
            write!(f, "{}: ", self.name)?;
        }
        f.write_str(&self.problem.what)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.problem.code))
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.problem.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.problem.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn Display>)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        let label = LabeledSpan::new_primary_with_span(Some(self.problem.label.clone()), excerpt.span);
        Some(Box::new(std::iter::once(label)))
    }
}
