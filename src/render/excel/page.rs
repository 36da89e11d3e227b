//! How a sheet is printed.

use super::Sheet;
use super::text::clean;
use crate::document::{Document, Word};
use rust_xlsxwriter::{Worksheet, XlsxError};

/// Excel's limit for a header or footer, in UTF-16 code units.
const LONGEST: usize = 255;
/// A4.
const PAPER: u8 = 9;
/// Columns' widths (in characters) that still fit upright.
const UPRIGHT: usize = 92;

/// Title above, brand and page number below, the sheet's width on one page.
pub(super) fn set_up(out: &mut Worksheet, sheet: &Sheet<'_>, document: &Document) -> Result<(), XlsxError> {
    let title = format!("{} · {}", document.title, sheet.title);
    frame(out, &title, document);
    Ok(())
}

/// The same for a sheet without section.
pub(super) fn frame(out: &mut Worksheet, title: &str, document: &Document) {
    let period = part(&document.period, 60);
    out.set_header(format!("&L&B{}&B&R{period}", part(title, LONGEST - 80)));
    let page = Word::PageOf.in_language(document.language()).replace("{n}", "&P").replace("{m}", "&N");
    let brand = match &document.footer {
        Some(footer) => format!("{} · {footer}", document.brand),
        None => document.brand.clone(),
    };
    out.set_footer(format!("&L{}&R{page}", part(&brand, LONGEST - 60)));
    out.set_paper_size(PAPER).set_print_fit_to_pages(1, 0);
}

/// Lays the paper on its side when the columns are too wide to be read upright.
pub(super) fn turn_if_wide(out: &mut Worksheet, width: usize) {
    if width > UPRIGHT {
        out.set_landscape();
    }
}

/// Text inside a header: `&` starts a code there, and a digit after a code's letter would be taken for a font size.
fn part(text: &str, units: usize) -> String {
    let mut fitted = String::new();
    let mut used = 1;
    for c in clean(text).chars() {
        let c = if c.is_control() { ' ' } else { c };
        let cost = if c == '&' { 2 } else { c.len_utf16() };
        if used + cost > units {
            break;
        }
        used += cost;
        fitted.push(c);
        if c == '&' {
            fitted.push(c);
        }
    }
    if fitted.starts_with(|c: char| c.is_ascii_digit()) {
        fitted.insert(0, ' ');
    }
    fitted
}
