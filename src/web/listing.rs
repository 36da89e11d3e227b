//! What a store says is in a bucket (`ListObjectsV2`), read from its XML: names are asked for percent-encoded, so that whatever stands
//! within an element is its text.

use chrono::{DateTime, Utc};

/// An object that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// Its whole name.
    pub(crate) key: String,
    /// Bytes.
    pub(crate) size: u64,
    /// When it was written.
    pub(crate) modified: Option<DateTime<Utc>>,
    /// What changes with its bytes.
    pub(crate) tag: String,
}

/// A part of the list, and what the next part is asked for with; `None`: this is no list.
pub(super) fn listed(xml: &str) -> Option<(Vec<Object>, Option<String>)> {
    let all = element(xml, "ListBucketResult")?;
    let mut objects = Vec::new();
    let mut rest = all;
    while let Some((_, after)) = rest.split_once("<Contents>") {
        let (one, after) = after.split_once("</Contents>")?;
        objects.push(Object {
            key: decoded(element(one, "Key")?),
            size: element(one, "Size")?.trim().parse().ok()?,
            modified: element(one, "LastModified").and_then(|at| at.trim().parse().ok()),
            tag: element(one, "ETag").unwrap_or_default().replace("&quot;", "\"").replace("&#34;", "\""),
        });
        rest = after;
    }
    let next = element(all, "NextContinuationToken").map(plain);
    let is_more = element(all, "IsTruncated").is_some_and(|is| is.trim() == "true");
    Some((objects, next.filter(|_| is_more)))
}

/// The text between `<name ...>` and `</name>`.
pub(super) fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let mut rest = xml;
    loop {
        let (_, after) = rest.split_once(&format!("<{name}"))?;
        if after.starts_with(['>', ' ']) {
            let (_, inner) = after.split_once('>')?;
            return inner.split_once(&format!("</{name}>")).map(|(inner, _)| inner);
        }
        rest = after;
    }
}

/// The signs that XML has words for.
fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// `%C3%B1` and `+` as the letters they stand for.
fn decoded(text: &str) -> String {
    let plain = plain(text);
    let query = format!("k={}", plain.replace('&', "%26"));
    url::form_urlencoded::parse(query.as_bytes())
        .next()
        .map_or(plain.clone(), |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_its_objects_and_what_the_next_part_is_asked_for_with() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>true</IsTruncated>
            <NextContinuationToken>a+b/c&amp;=</NextContinuationToken><KeyCount>2</KeyCount>
            <Contents><Key>diario/tareas%20%C3%B1+1%2B.csv</Key><LastModified>2026-03-01T10:00:00.000Z</LastModified>
            <ETag>&quot;abc&quot;</ETag><Size>12</Size></Contents>
            <Contents><Key>x</Key><Size>0</Size></Contents></ListBucketResult>"#;
        let (objects, next) = listed(xml).expect("a list");
        assert_eq!(next.as_deref(), Some("a+b/c&="));
        assert_eq!(objects[0].key, "diario/tareas ñ 1+.csv");
        assert_eq!((objects[0].size, objects[0].tag.as_str()), (12, "\"abc\""));
        assert_eq!(
            objects[0].modified.map(|at| at.to_rfc3339()).as_deref(),
            Some("2026-03-01T10:00:00+00:00")
        );
        assert_eq!(objects[1], Object { key: "x".to_owned(), size: 0, modified: None, tag: String::new() });
        assert_eq!(listed("<html></html>"), None);
        assert_eq!(listed("<ListBucketResult></ListBucketResult>"), Some((Vec::new(), None)));
    }
}
