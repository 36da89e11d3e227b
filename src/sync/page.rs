//! A page of a listing, in any of the shapes in which the API answers. Never: what its rows mean.

use serde_json::Value;

/// Rows of one answer, and what it says of the whole.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) rows: Vec<Value>,
    /// How many rows there are in all pages.
    pub(super) total: Option<u64>,
    /// How many pages there are.
    pub(super) pages: Option<u64>,
    /// Whether the answer itself says that another page follows.
    follows: Option<bool>,
    /// How many rows a page has, where the answer says it.
    size: Option<u64>,
}

impl Page {
    /// Takes an answer apart: a bare array; `data` with its numbers beside it, in `meta` or in `pagination`. `Err`: neither.
    pub(super) fn read(answer: Value) -> Result<Self, &'static str> {
        let mut answer = match answer {
            Value::Array(rows) => {
                let total = Some(rows.len() as u64);
                return Ok(Self { rows, total, pages: Some(1), follows: Some(false), size: None });
            }
            Value::Object(answer) => answer,
            _ => return Err("neither a list nor an object"),
        };
        let rows = match answer.remove("data") {
            Some(Value::Array(rows)) => rows,
            Some(_) => return Err("an object whose `data` is no list"),
            None => return Err("an object without `data`"),
        };
        let about = ["meta", "pagination"].into_iter().find_map(|name| answer.get(name)?.as_object());
        let about = about.unwrap_or(&answer);
        let number = |names: &[&str]| names.iter().find_map(|name| whole(about.get(*name)?));
        let total = number(&["total", "totalItems", "total_items"]);
        let size = number(&["limit", "per_page", "perPage"]).filter(|size| *size > 0);
        let counted = total.zip(size).map(|(total, size)| total.div_ceil(size));
        let pages = number(&["totalPages", "pages", "total_pages"]).or(counted);
        let follows = about.get("next_page").or_else(|| about.get("nextPage")).map(|next| !next.is_null());
        Ok(Self { rows, total, pages, follows, size })
    }

    /// Is there a page after this one, of this number, when so many rows to a page were asked for?
    pub(super) fn has_next(&self, number: u64, asked: u64) -> bool {
        if let Some(pages) = self.pages {
            return number < pages;
        }
        // a full page that says that it is the last one is believed only by asking
        let full = self.rows.len() as u64 >= self.size.unwrap_or(asked).min(asked);
        match self.follows {
            Some(follows) => follows || (full && !self.rows.is_empty()),
            // only an empty page is the end
            None => !self.rows.is_empty(),
        }
    }
}

fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(answer: Value) -> Page {
        Page::read(answer).expect("a page")
    }

    #[test]
    fn each_documented_shape_says_how_many_there_are_and_where_it_ends() {
        let states = page(
            json!({ "page": 2, "limit": 100, "total": 230, "next_page": 3, "previous_page": 1, "data": [{}] }),
        );
        assert_eq!((states.rows.len(), states.total, states.pages), (1, Some(230), Some(3)));
        assert!(states.has_next(2, 100) && !states.has_next(3, 100));
        let meta =
            page(json!({ "data": [], "meta": { "page": 1, "limit": 25, "total": 31, "totalPages": 2 } }));
        assert_eq!((meta.total, meta.pages), (Some(31), Some(2)));
        let draft =
            page(json!({ "data": [], "pagination": { "page": 1, "limit": 20, "total": 31, "pages": 2 } }));
        assert_eq!((draft.total, draft.pages), (Some(31), Some(2)));
        let bare = page(json!([{}, {}]));
        assert_eq!((bare.rows.len(), bare.total), (2, Some(2)));
        assert!(!bare.has_next(1, 100));
        let empty =
            page(json!({ "data": [], "meta": { "page": 1, "limit": 25, "total": 0, "totalPages": 0 } }));
        assert!(!empty.has_next(1, 100));
    }

    #[test]
    fn without_numbers_the_next_page_or_an_empty_one_is_the_end() {
        assert!(page(json!({ "data": [{}], "next_page": 2 })).has_next(1, 100));
        assert!(!page(json!({ "data": [{}], "next_page": null })).has_next(1, 100));
        assert!(
            page(json!({ "data": [{}], "next_page": null })).has_next(1, 1),
            "full, and it says no number"
        );
        assert!(page(json!({ "data": [{}] })).has_next(1, 100));
        assert!(!page(json!({ "data": [] })).has_next(1, 100));
        for wrong in [json!("x"), json!({ "rows": [] }), json!({ "data": {} }), json!(null)] {
            assert!(Page::read(wrong).is_err());
        }
    }
}
