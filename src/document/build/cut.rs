//! What a table does not show, in sentences: rows beyond a limit, groups that a condition leaves out.

use super::Setting;
use crate::definition::TableSection;
use crate::document::Word;
use crate::document::labels::{dimension_label, plural_label};
use crate::document::words::{Words, pick};

/// `Se muestran 12 de 134 filas.`; nothing where all are shown.
pub(super) fn of_rows(shown: usize, all: usize, setting: &Setting<'_>) -> Option<String> {
    (shown < all).then(|| {
        let sentence = Word::RowsShown.in_language(setting.language);
        sentence.replace("{n}", &setting.count(shown)).replace("{m}", &setting.count(all))
    })
}

/// `Se muestran 10 de 43 vendedores. «Otros» reúne los demás.`; nothing where all are shown.
pub(super) fn of_groups(
    section: &TableSection,
    dimensions: &[String],
    shown: usize,
    all: usize,
    setting: &Setting<'_>,
) -> Option<String> {
    if shown >= all {
        return None;
    }
    if !section.subtotals.is_empty() {
        return Some(of_each_group(section, dimensions, (shown, all), setting));
    }
    let what = groups(dimensions, setting);
    let (n, m) = (setting.count(shown), setting.count(all));
    let sentence = setting.pick([
        "Se muestran {n} de {m} {what}.",
        "{n} of {m} {what} are shown.",
        "Exibem-se {n} de {m} {what}.",
    ]);
    let sentence = sentence.replace("{n}", &n).replace("{m}", &m).replace("{what}", what);
    let rest = match (section.others, setting.count(all - shown)) {
        (false, _) => return Some(sentence),
        (true, rest) => setting
            .pick([
                "«Otros» reúne el resto ({n}), calculado de sus filas.",
                "“Others” is the rest ({n}), computed from its rows.",
                "“Outros” reúne o restante ({n}), calculado de suas linhas.",
            ])
            .replace("{n}", &rest),
    };
    Some(format!("{sentence} {rest}"))
}

/// `Vendedores: hasta 5 de cada grupo, 20 de 43. Los subtotales son de todos.`
fn of_each_group(
    section: &TableSection,
    dimensions: &[String],
    (shown, all): (usize, usize),
    setting: &Setting<'_>,
) -> String {
    let what = match dimensions.get(section.subtotals.len()..) {
        Some([one]) => plural_label(one, setting.language),
        _ => None,
    };
    let sentence = setting.pick([
        "Se muestran hasta {limit} {what} de cada grupo: {n} de {m}.",
        "Up to {limit} {what} of each group are shown: {n} of {m}.",
        "Exibem-se até {limit} {what} de cada grupo: {n} de {m}.",
    ]);
    let sentence = sentence
        .replace("{limit}", &setting.count(section.limit.unwrap_or(shown)))
        .replace("{what}", what.unwrap_or_else(|| setting.pick(["filas", "rows", "linhas"])))
        .replace("{n}", &setting.count(shown))
        .replace("{m}", &setting.count(all));
    let rest = setting.pick(match section.others {
        true => [
            "«Otros» reúne el resto de su grupo, calculado de sus filas.",
            "“Others” is the rest of its group, computed from its rows.",
            "“Outros” reúne o restante de seu grupo, calculado de suas linhas.",
        ],
        false => [
            "Los subtotales son de todas las filas.",
            "Subtotals are of all rows.",
            "Os subtotais são de todas as linhas.",
        ],
    });
    format!("{sentence} {rest}")
}

/// `Sin mostrar: 12 vendedores que no cumplen «Tareas planificadas >= 5».`; nothing where none is left out.
pub(super) fn of_condition(
    section: &TableSection,
    dimensions: &[String],
    left_out: usize,
    setting: &Setting<'_>,
) -> Option<String> {
    let condition = section.having.as_deref().filter(|_| left_out > 0)?;
    let sentence = setting.pick([
        "Sin mostrar ({what}): {n}, que no cumplen «{condition}».",
        "Not shown ({what}): {n}, which do not meet “{condition}”.",
        "Não exibidos ({what}): {n}, que não atendem a “{condition}”.",
    ]);
    let sentence = sentence
        .replace("{what}", groups(dimensions, setting))
        .replace("{n}", &setting.count(left_out))
        .replace("{condition}", &in_words(condition, dimensions, setting));
    let totals = match (section.totals, section.subtotals.is_empty()) {
        (false, true) => return Some(sentence),
        (true, true) => {
            ["El total es de todas las filas.", "The total is of all rows.", "O total é de todas as linhas."]
        }
        (false, false) => [
            "Los subtotales son de todas las filas.",
            "Subtotals are of all rows.",
            "Os subtotais são de todas as linhas.",
        ],
        (true, false) => [
            "Total y subtotales son de todas las filas.",
            "The total and subtotals are of all rows.",
            "Total e subtotais são de todas as linhas.",
        ],
    };
    Some(format!("{sentence} {}", setting.pick(totals)))
}

/// What the rows of a table are.
fn groups(dimensions: &[String], setting: &Setting<'_>) -> &'static str {
    let one = if let [one] = dimensions { plural_label(one, setting.language) } else { None };
    one.unwrap_or_else(|| pick(["filas", "rows", "linhas"], setting.language))
}

/// What joins conditions, in every language.
fn joining(word: &str) -> Option<Words> {
    Some(match word.to_ascii_lowercase().as_str() {
        "and" => ["y", "and", "e"],
        "or" => ["o", "or", "ou"],
        "not" => ["no", "not", "não"],
        _ => return None,
    })
}

/// A condition with metrics and columns as people call them; what stands in quotes is left as it is.
fn in_words(condition: &str, dimensions: &[String], setting: &Setting<'_>) -> String {
    let mut said = String::new();
    let mut word = String::new();
    let mut quoted = false;
    let ended = |word: &mut String, said: &mut String| {
        let name = std::mem::take(word);
        match (setting.metric(&name.to_lowercase()), joining(&name)) {
            (Ok(metric), _) => said.push_str(&setting.label(metric)),
            (Err(_), Some(joining)) => said.push_str(setting.pick(joining)),
            (Err(_), None) if dimensions.contains(&name) => {
                said.push_str(&dimension_label(&name, setting.language));
            }
            (Err(_), None) => said.push_str(&name),
        }
    };
    for letter in condition.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if !quoted && (letter.is_alphanumeric() || letter == '_') {
            word.push(letter);
            continue;
        }
        if !word.is_empty() {
            ended(&mut word, &mut said);
        }
        quoted ^= letter == '\'';
        said.push(letter);
    }
    if !word.is_empty() {
        ended(&mut word, &mut said);
    }
    said
}
