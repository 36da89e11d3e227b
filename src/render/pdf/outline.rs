//! The outline that readers show beside a file: its sections, and within them the groups of their tables.

use super::flow::OutlineEntry;
use super::objects::{Objects, text};
use super::tags::TaggedPage;
use std::fmt::Write as _;

/// An entry with those that are part of it.
struct Entry<'a> {
    number: u32,
    entry: &'a OutlineEntry,
    parts: Vec<Entry<'a>>,
}

/// Writes it; gives the number of its root, `None` when there are no entries.
pub(super) fn write(objects: &mut Objects, entries: &[OutlineEntry], pages: &[TaggedPage]) -> Option<u32> {
    let mut tree: Vec<Entry<'_>> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.page < pages.len()) {
        let made = Entry { number: objects.reserve(), entry, parts: Vec::new() };
        match tree.last_mut() {
            Some(section) if entry.is_part => section.parts.push(made),
            _ => tree.push(made),
        }
    }
    let (first, last) = (tree.first()?.number, tree.last()?.number);
    let root = objects.reserve();
    write_beside(objects, &tree, root, pages);
    let entry = format!("<</Type/Outlines/First {first} 0 R/Last {last} 0 R/Count {}>>", tree.len());
    objects.put(root, entry.as_bytes());
    Some(root)
}

/// Writes entries of one parent, and what is part of each.
fn write_beside(objects: &mut Objects, entries: &[Entry<'_>], parent: u32, pages: &[TaggedPage]) {
    for (index, Entry { number, entry, parts }) in entries.iter().enumerate() {
        let page = pages[entry.page];
        let top = (page.height - entry.y).round();
        let mut item = format!(
            "<</Title{}/Parent {parent} 0 R/Dest[{} 0 R/XYZ null {top} null]",
            text(&entry.title),
            page.object
        );
        // Writing to a String cannot fail.
        if index > 0 {
            let _ = write!(item, "/Prev {} 0 R", entries[index - 1].number);
        }
        if let Some(next) = entries.get(index + 1) {
            let _ = write!(item, "/Next {} 0 R", next.number);
        }
        if let (Some(first), Some(last)) = (parts.first(), parts.last()) {
            // Below zero: they are there, and not unfolded.
            let _ =
                write!(item, "/First {} 0 R/Last {} 0 R/Count -{}", first.number, last.number, parts.len());
        }
        item.push_str(">>");
        objects.put(*number, item.as_bytes());
        write_beside(objects, parts, *number, pages);
    }
}
