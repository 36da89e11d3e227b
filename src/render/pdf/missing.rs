//! What a PDF cannot show: characters that no shipped font has. They are drawn as boxes, can be copied out as what they are, and are told.

use super::super::text::is_missing;
use crate::definition::Format;
use crate::document::{Body, Document, Values, Word};
use std::collections::BTreeSet;

/// So many characters are named.
const NAMED: usize = 8;

/// The remark about characters that are shown as boxes, of tables in their first `most_rows` rows; `None` when all are there.
pub(super) fn remark(document: &Document, most_rows: usize) -> Option<String> {
    let mut missing = BTreeSet::new();
    let mut see = |text: &str| {
        // Nearly all texts are of letters that are there, and most of ASCII alone.
        if !text.is_ascii() {
            missing.extend(text.chars().filter(|c| is_missing(*c)));
        }
    };
    let fixed = [&document.brand, &document.title, &document.period];
    fixed.into_iter().chain(&document.subtitle).chain(&document.footer).for_each(|text| see(text));
    document.parameters_line().iter().for_each(|text| see(text));
    document.summary_text().iter().for_each(|text| see(text));
    document.warnings.iter().chain(&document.remarks).for_each(|text| see(text));
    document.definitions.iter().for_each(|(label, formula)| {
        see(label);
        see(formula);
    });
    for section in document.sections_in(Format::Pdf) {
        section.title.iter().chain(&section.notes).for_each(|text| see(text));
        match &section.body {
            Body::Kpis(tiles) => {
                for tile in tiles {
                    see(&tile.label);
                    tile.changes.iter().for_each(|change| see(&change.text));
                }
            }
            Body::Table(table) => {
                for column in &table.columns {
                    see(&column.label);
                    if let Values::Text(texts) = &column.values {
                        texts.iter().take(most_rows).flatten().for_each(|text| see(text));
                    }
                }
            }
            Body::Chart(chart) => {
                see(&chart.x_label);
                chart.categories.iter().for_each(|text| see(text));
                chart.series.iter().for_each(|series| see(&series.label));
            }
            Body::Text(text) => see(text),
        }
    }
    let codes: Vec<String> =
        missing.iter().take(NAMED).map(|c| format!("{c} (U+{:04X})", u32::from(*c))).collect();
    if codes.is_empty() {
        return None;
    }
    let language = document.language();
    let mut named = codes.join(", ");
    if missing.len() > NAMED {
        let more = Word::AndMore.in_language(language).replace("{n}", &(missing.len() - NAMED).to_string());
        named.push_str(&format!(" {more}"));
    }
    tracing::warn!(report = %document.report, characters = %codes.join(", "), "characters that no font of the pdf has");
    Some(Word::MissingLetters.in_language(language).replace("{codes}", &named))
}
