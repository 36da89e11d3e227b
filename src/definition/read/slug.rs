//! Names for sections and files made from what people write: `Las diez ventas más altas` becomes
//! `las-diez-ventas-mas-altas`.

/// At most this many characters.
const LONGEST: usize = 40;

/// Lower-case ASCII letters and digits joined by single hyphens, starting with a letter or digit; `None` when the
/// text has neither.
pub(in crate::definition) fn slug(text: &str) -> Option<String> {
    let mut slug = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match fold(letter) {
            Some(plain) => slug.push_str(plain),
            None if letter.is_ascii_alphanumeric() => slug.push(letter),
            // A mark on the letter before (the accent of a decomposed `é`) is dropped with no gap.
            None if ('\u{300}'..='\u{36f}').contains(&letter) => {}
            None if slug.ends_with('-') || slug.is_empty() => {}
            None => slug.push('-'),
        }
    }
    if slug.len() > LONGEST {
        // Whole words where there are several.
        let cut = slug[..=LONGEST].rfind('-').filter(|at| *at >= LONGEST / 2).unwrap_or(LONGEST);
        slug.truncate(cut);
    }
    let slug = slug.trim_end_matches('-');
    (!slug.is_empty()).then(|| slug.to_owned())
}

/// The plain letters of an accented one, for the languages of reports.
fn fold(letter: char) -> Option<&'static str> {
    Some(match letter {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' | 'ª' => "a",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'í' | 'ì' | 'î' | 'ï' => "i",
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'º' => "o",
        'ú' | 'ù' | 'û' | 'ü' => "u",
        'ñ' => "n",
        'ç' => "c",
        'ý' | 'ÿ' => "y",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        _ => return None,
    })
}

/// The name, or with `-2`, `-3`, ... when it is taken.
pub(super) fn unique(name: String, taken: impl Fn(&str) -> bool) -> String {
    if !taken(&name) {
        return name;
    }
    let mut number = 2_usize;
    loop {
        let candidate = format!("{name}-{number}");
        if !taken(&candidate) {
            return candidate;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{slug, unique};

    #[test]
    fn titles_become_plain_names() {
        let made = |title| slug(title).unwrap_or_default();
        assert_eq!(made("Las diez ventas más altas"), "las-diez-ventas-mas-altas");
        assert_eq!(made("  ¿Qué pasó?  (marzo)"), "que-paso-marzo");
        assert_eq!(made("Peñalolén / Ñuñoa — 3ª región"), "penalolen-nunoa-3a-region");
        assert_eq!(made("Cafe\u{301} com açu\u{301}car"), "cafe-com-acucar");
        assert_eq!(slug("— ¿? —"), None);
    }

    #[test]
    fn long_titles_end_with_a_whole_word() {
        let made = slug("Productividad semanal de los equipos de la región norte").unwrap_or_default();
        assert_eq!(made, "productividad-semanal-de-los-equipos-de");
        let unbroken = "a".repeat(90);
        assert_eq!(slug(&unbroken).map(|made| made.len()), Some(40));
    }

    #[test]
    fn a_taken_name_gets_the_next_number() {
        let taken = ["tabla", "tabla-2"];
        assert_eq!(unique("tabla".to_owned(), |name| taken.contains(&name)), "tabla-3");
        assert_eq!(unique("otra".to_owned(), |name| taken.contains(&name)), "otra");
    }
}
