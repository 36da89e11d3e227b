//! Pages: the documented envelopes, and the ways in which a server's pages may mislead who reads them.

use super::listing::Envelope;
use super::query::Beyond;
use super::rows::Row;
use std::fmt::Write as _;
use std::sync::Arc;

/// What the envelope says of the number of all rows (and so of pages).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Total {
    /// How many there are.
    #[default]
    True,
    /// So many more, or fewer.
    Off(i64),
    /// `null`, and the number of pages too.
    Null,
    /// Neither is there.
    Absent,
}

/// How the pages of a list are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paging {
    pub(crate) total: Total,
    /// Rows a page at most.
    pub(crate) most: u64,
    /// What becomes of a page size beyond that.
    pub(crate) beyond: Beyond,
    /// `next_page` is null on every page, although there are more.
    pub(crate) next_page_is_null: bool,
    /// The last full page says that there is one more, which is empty.
    pub(crate) ends_empty: bool,
    /// From this page on, every page is this one again, and says that there is one more.
    pub(crate) repeats_from: Option<u64>,
    /// Pages beyond this one are refused with 400.
    pub(crate) last_page: Option<u64>,
}

impl Paging {
    /// As documented: at most 100 a page, refused beyond; of the states an example asks for 1,000, which are sent.
    pub(crate) fn documented(envelope: Envelope) -> Self {
        let (most, beyond) = match envelope {
            Envelope::NextPage => (1000, Beyond::Clamp),
            Envelope::Bare | Envelope::Meta | Envelope::Pagination => (100, Beyond::Refuse),
        };
        Self {
            total: Total::True,
            most,
            beyond,
            next_page_is_null: false,
            ends_empty: false,
            repeats_from: None,
            last_page: None,
        }
    }

    /// The page whose rows are sent when this one is asked for.
    pub(crate) fn sent(&self, page: u64) -> u64 {
        self.repeats_from.map_or(page, |last| page.min(last))
    }

    /// The text of a page.
    pub(crate) fn wrapped(
        &self,
        envelope: Envelope,
        page: u64,
        size: u64,
        total: u64,
        rows: &[Arc<Row>],
    ) -> String {
        let mut body =
            String::with_capacity(rows.iter().map(|row| row.listed.len() + 1).sum::<usize>() + 128);
        if envelope == Envelope::Bare {
            list(&mut body, rows);
            return body;
        }
        let told = match self.total {
            Total::True => Some(total),
            Total::Off(by) => Some(total.saturating_add_signed(by)),
            Total::Null | Total::Absent => None,
        };
        let pages = |total: u64| {
            let pages = total.div_ceil(size) + u64::from(self.ends_empty && total.is_multiple_of(size));
            if self.repeats_from.is_some_and(|last| page >= last) { pages.max(page + 1) } else { pages }
        };
        // whether there is a next page follows from the rows, whatever the total says
        let is_last = page >= pages(total);
        let number = |name: &str, number: Option<u64>| match number {
            Some(number) => format!(r#","{name}":{number}"#),
            None if self.total == Total::Absent => String::new(),
            None => format!(r#","{name}":null"#),
        };
        let head = format!(r#""page":{page},"limit":{size}{}"#, number("total", told));
        let written = match envelope {
            Envelope::NextPage => {
                let next = if is_last || self.next_page_is_null { None } else { Some(page + 1) };
                let shown = |page: Option<u64>| page.map_or("null".to_owned(), |page| page.to_string());
                let before = page.checked_sub(1).filter(|page| *page > 0);
                write!(
                    body,
                    r#"{{{head},"next_page":{},"previous_page":{},"data":"#,
                    shown(next),
                    shown(before)
                )
                .and_then(|()| {
                    list(&mut body, rows);
                    body.write_char('}')
                })
            }
            Envelope::Meta | Envelope::Pagination => {
                let (meta, name) =
                    if envelope == Envelope::Meta { ("meta", "totalPages") } else { ("pagination", "pages") };
                body.push_str(r#"{"data":"#);
                list(&mut body, rows);
                write!(body, r#","{meta}":{{{head}{}}}}}"#, number(name, told.map(pages)))
            }
            Envelope::Bare => Ok(()),
        };
        written.expect("texts take everything");
        body
    }
}

fn list(body: &mut String, rows: &[Arc<Row>]) {
    body.push('[');
    for (number, row) in rows.iter().enumerate() {
        if number > 0 {
            body.push(',');
        }
        body.push_str(&row.listed);
    }
    body.push(']');
}
