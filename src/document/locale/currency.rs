//! Where a locale puts the sign of a currency, and which sign that is. icu's own currency formatter is still
//! experimental, so the few facts needed are written here, as CLDR has them.

use crate::definition::Language;

/// Before or after the digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placement {
    /// `$1,284`
    Before,
    /// `$ 1.284`
    BeforeSpaced,
    /// `1.284 €`
    AfterSpaced,
}

/// The currencies with a sign of their own: ISO code, its sign at home, the regions that are home, its sign elsewhere
/// (none: the code). Every other currency is shown by its code.
const SIGNS: &[(&str, &str, &[&str], Option<&str>)] = &[
    ("EUR", "€", &[], Some("€")),
    ("GBP", "£", &[], Some("£")),
    ("BRL", "R$", &[], Some("R$")),
    ("USD", "$", &["US", "EC", "SV", "PR", "PA"], Some("US$")),
    ("COP", "$", &["CO"], None),
    ("MXN", "$", &["MX"], None),
    ("CLP", "$", &["CL"], None),
    ("ARS", "$", &["AR"], None),
    ("UYU", "$", &["UY"], None),
    ("CUP", "$", &["CU"], None),
    ("CAD", "$", &["CA"], None),
    ("AUD", "$", &["AU"], None),
    ("DOP", "RD$", &["DO"], None),
    ("PEN", "S/", &["PE"], None),
    ("BOB", "Bs", &["BO"], None),
    ("VES", "Bs.S", &["VE"], None),
    ("PYG", "Gs.", &["PY"], None),
    ("GTQ", "Q", &["GT"], None),
    ("CRC", "₡", &["CR"], None),
    ("HNL", "L", &["HN"], None),
    ("NIO", "C$", &["NI"], None),
    ("PAB", "B/.", &["PA"], None),
];

/// The sign of a currency for readers in a region; the code itself when it has none there.
pub(super) fn sign<'a>(code: &'a str, region: Option<&str>) -> &'a str {
    let Some((_, home, regions, elsewhere)) = SIGNS.iter().find(|(c, ..)| *c == code) else { return code };
    if region.is_some_and(|r| regions.contains(&r)) { home } else { elsewhere.unwrap_or(code) }
}

/// Where a locale puts the sign.
pub(super) fn placement(language: Language, region: Option<&str>) -> Placement {
    match (language, region) {
        (Language::En, _) => Placement::Before,
        (Language::Pt, None | Some("BR")) => Placement::BeforeSpaced,
        (Language::Pt, Some(_)) => Placement::AfterSpaced,
        // Spanish as written in Spain; without a region CLDR means Spain.
        (Language::Es, None | Some("ES" | "EA" | "IC" | "GQ" | "PH")) => Placement::AfterSpaced,
        (Language::Es, Some("AR" | "CO" | "PE" | "PY" | "UY")) => Placement::BeforeSpaced,
        (Language::Es, Some(_)) => Placement::Before,
    }
}

/// Digits (without sign) with their currency sign. A sign that ends in a letter never touches a digit.
pub(super) fn placed(digits: &str, sign: &str, placement: Placement) -> String {
    let letters = sign.ends_with(|c: char| c.is_alphabetic() || c == '.');
    match placement {
        Placement::AfterSpaced => format!("{digits}\u{a0}{sign}"),
        Placement::Before if !letters => format!("{sign}{digits}"),
        Placement::Before | Placement::BeforeSpaced => format!("{sign}\u{a0}{digits}"),
    }
}
