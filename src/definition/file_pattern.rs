//! Names of delivered files: `{report}_{period.start:%Y%m%d}_{section}.{ext}`.

use super::ReportId;
use crate::suggest;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use std::fmt::Write as _;
use std::ops::Range;

/// A checked pattern. Placeholders: `report`, `section`, `params`, `ext`, `period.start`, `period.end` (last day; both with a strftime
/// format, default `%Y%m%d`), `run.time` (strftime, default `%Y%m%d_%H%M%S`, in the report's zone).
///
/// ```
/// use parte::definition::{FileFacts, FilePattern, ReportId};
///
/// let pattern = FilePattern::parse("{report}_{period.start:%Y-%m}_{section}.{ext}").expect("a pattern");
/// let day = |day| chrono::NaiveDate::from_ymd_opt(2026, 3, day).expect("a day");
/// let facts = FileFacts {
///     report: &ReportId::parse("ventas").expect("a name"),
///     section: Some("equipos"),
///     params: None,
///     extension: "csv",
///     days: (day(1), day(31)),
///     run_time: day(31).and_hms_opt(7, 0, 0).expect("a time"),
/// };
/// assert_eq!(pattern.name(&facts), "ventas_2026-03_equipos.csv");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Report,
    Section,
    Params,
    Extension,
    PeriodStart(String),
    PeriodEnd(String),
    RunTime(String),
}

/// What a pattern is filled with.
#[derive(Debug, Clone)]
pub struct FileFacts<'a> {
    /// The report.
    pub report: &'a ReportId,
    /// Section of a CSV file.
    pub section: Option<&'a str>,
    /// Values of parameters that differ from the defaults.
    pub params: Option<&'a str>,
    /// `pdf`, `xlsx`, `csv`.
    pub extension: &'a str,
    /// First and last civil day.
    pub days: (NaiveDate, NaiveDate),
    /// When the run was scheduled for, in the report's zone.
    pub run_time: NaiveDateTime,
}

const DATE: &str = "%Y%m%d";
const DATE_TIME: &str = "%Y%m%d_%H%M%S";
const PLACEHOLDERS: [&str; 7] =
    ["{report}", "{section}", "{params}", "{ext}", "{period.start}", "{period.end}", "{run.time}"];
/// File systems and servers take this many bytes, with room for the suffix of a temporary name.
const LONGEST: usize = 200;

/// Why a text is not a pattern of file names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FilePatternError {
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// Bytes of the text at fault.
    pub span: Range<usize>,
    /// What to write instead.
    pub hint: String,
}

impl FilePattern {
    /// `{report}_{period.start:%Y%m%d}_{section}.{ext}`
    pub const DEFAULT: &'static str = "{report}_{period.start:%Y%m%d}_{section}.{ext}";

    /// Reads a pattern.
    ///
    /// # Errors
    /// An unknown placeholder, a brace without partner, a strftime code that does not exist, a path separator.
    pub fn parse(text: &str) -> Result<Self, FilePatternError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(['{', '}']).unwrap_or(rest.len());
            let start = text.len() - rest.len();
            let (literal, after) = rest.split_at(end);
            if !literal.is_empty() {
                parts.push(Part::Literal(checked_literal(literal, start)?));
            }
            let brace = start + end;
            let Some(inner) = after.strip_prefix('{') else {
                if after.is_empty() {
                    break;
                }
                return Err(error("there is a } without its {", brace..brace + 1, SHAPE));
            };
            let Some((placeholder, after)) = inner.split_once('}') else {
                return Err(error("there is a { without its }", brace..text.len(), SHAPE));
            };
            let written = brace..brace + placeholder.len() + 2;
            parts.push(checked_placeholder(placeholder).map_err(|(what, hint)| error(what, written, hint))?);
            rest = after;
        }
        if parts.iter().all(|part| matches!(part, Part::Extension | Part::Section)) {
            let what = "it names no report, period or word: every file would have the same name";
            return Err(error(what, 0..text.len(), format!("write, for example, {}", Self::DEFAULT)));
        }
        Ok(Self { parts })
    }

    /// The name for these facts. Without a section `{section}` goes with the `_` or `-` before it; a section that the pattern does not
    /// mention is put before the extension, and an extension that it does not mention is put last, so that two files never share a
    /// name. The result holds no path separator, no control character, no leading dot, and at most 200 bytes.
    #[must_use]
    pub fn name(&self, facts: &FileFacts<'_>) -> String {
        let mut stem = String::new();
        // What the stem ends with where an extension has been written.
        let mut after_extension = String::new();
        let mut extension_written = false;
        let mut join_dropped = false;
        for part in &self.parts {
            let out = if extension_written { &mut after_extension } else { &mut stem };
            match part {
                Part::Literal(text) => {
                    let text = if join_dropped { text.trim_start_matches(['_', '-']) } else { text };
                    join_dropped = false;
                    out.push_str(text);
                }
                Part::Report => out.push_str(facts.report.as_str()),
                Part::Section | Part::Params => {
                    match if *part == Part::Section { facts.section } else { facts.params } {
                        Some(word) => out.push_str(word),
                        None if out.ends_with(['_', '-']) => {
                            out.pop();
                        }
                        None => join_dropped = out.is_empty(),
                    }
                }
                Part::Extension => {
                    if extension_written {
                        out.push_str(facts.extension);
                    }
                    extension_written = true;
                }
                // The formats were tried when the pattern was read, with values of the same type: they do not fail.
                Part::PeriodStart(format) => drop(write!(out, "{}", facts.days.0.format(format))),
                Part::PeriodEnd(format) => drop(write!(out, "{}", facts.days.1.format(format))),
                Part::RunTime(format) => drop(write!(out, "{}", facts.run_time.format(format))),
            }
        }
        let left_out = [(facts.section, Part::Section), (facts.params, Part::Params)]
            .into_iter()
            .filter_map(|(word, part)| word.filter(|_| !self.parts.contains(&part)));
        let left_out: Vec<&str> = left_out.collect();
        self.join(stem, &left_out, &after_extension, extension_written, facts)
    }

    fn join(
        &self,
        mut stem: String,
        left_out: &[&str],
        after_extension: &str,
        extension_written: bool,
        facts: &FileFacts<'_>,
    ) -> String {
        let own_end = format!(".{}", facts.extension);
        let mut end =
            if extension_written { format!("{}{after_extension}", facts.extension) } else { own_end.clone() };
        if extension_written {
            if stem.ends_with('.') {
                stem.pop();
                end.insert(0, '.');
            }
        } else if stem.ends_with(&own_end) {
            stem.truncate(stem.len() - own_end.len());
        }
        for word in left_out {
            let join = if stem.is_empty() { "" } else { "_" };
            stem = format!("{stem}{join}{word}");
        }
        let clean = |text: &str| -> String {
            text.chars().map(|c| if c == '/' || c == '\\' || c.is_control() { '-' } else { c }).collect()
        };
        let (stem, end) = (clean(&stem), clean(&end));
        let stem = stem.trim_start_matches('.');
        let room = LONGEST.saturating_sub(end.len());
        let name = if stem.len() > room {
            // What tells two files of a run, or two runs, apart must survive the cut.
            let words = [facts.section, facts.params].into_iter().flatten();
            let tail: String = words.map(|word| format!("_{}", cut(&clean(word), room / 3))).collect();
            format!("{}{tail}{end}", cut(stem, room.saturating_sub(tail.len())))
        } else {
            format!("{stem}{end}")
        };
        cut(name.trim_start_matches('.'), LONGEST).to_owned()
    }
}

/// The beginning of a text, at most this many bytes, in whole characters.
fn cut(text: &str, longest: usize) -> &str {
    &text[..text.floor_char_boundary(longest)]
}

const SHAPE: &str = "a placeholder stands between one { and one }: {report}";

fn error(what: impl Into<String>, span: Range<usize>, hint: impl Into<String>) -> FilePatternError {
    FilePatternError { what: what.into(), span, hint: hint.into() }
}

/// `start` is where the text stands in the pattern.
fn checked_literal(text: &str, start: usize) -> Result<String, FilePatternError> {
    let sign = |at: usize, c: char| start + at..start + at + c.len_utf8();
    if let Some((at, c)) = text.char_indices().find(|(_, c)| matches!(c, '/' | '\\')) {
        let hint = "folders stand in the channel's url";
        return Err(error("a file's name has no / and no \\", sign(at, c), hint));
    }
    if let Some((at, c)) = text.char_indices().find(|(_, c)| c.is_control()) {
        let what = "a file's name has no line breaks, tabs or other control characters";
        return Err(error(what, sign(at, c), "delete it"));
    }
    Ok(text.to_owned())
}

/// What is wrong with a placeholder, and what to write instead.
type Fault = (String, String);

fn checked_placeholder(text: &str) -> Result<Part, Fault> {
    let (name, format) = match text.split_once(':') {
        Some((name, format)) => (name.trim(), Some(format)),
        None => (text.trim(), None),
    };
    let day = NaiveDate::default();
    let instant = day.and_time(NaiveTime::default());
    let date = |part: fn(String) -> Part| {
        let format = format.unwrap_or(DATE);
        let mut sample = String::new();
        let written = write!(sample, "{}", day.format(format)).is_ok();
        checked_format(name, format, written, &sample).map(part)
    };
    match name {
        "report" | "section" | "params" | "ext" if format.is_some() => {
            Err((format!("`{{{name}}}` is no date"), format!("write {{{name}}}, without a colon")))
        }
        "report" => Ok(Part::Report),
        "section" => Ok(Part::Section),
        "params" => Ok(Part::Params),
        "ext" => Ok(Part::Extension),
        "period.start" => date(Part::PeriodStart),
        "period.end" => date(Part::PeriodEnd),
        "run.time" => {
            let format = format.unwrap_or(DATE_TIME);
            let mut sample = String::new();
            let written = write!(sample, "{}", instant.format(format)).is_ok();
            checked_format(name, format, written, &sample).map(Part::RunTime)
        }
        unknown => {
            let word = format!("{{{unknown}}}");
            Err((format!("`{word}` is no placeholder"), suggest::hint(&word, PLACEHOLDERS)))
        }
    }
}

fn checked_format(name: &str, format: &str, written: bool, sample: &str) -> Result<String, Fault> {
    let hint = format!("write, for example, {{{name}:%Y%m%d}}");
    if !written || format.is_empty() {
        return Err((format!("`{format}` is no date format"), hint));
    }
    if sample.contains(['/', '\\']) || sample.chars().any(char::is_control) {
        return Err((format!("`{format}` writes characters that no file's name may have"), hint));
    }
    Ok(format.to_owned())
}

impl Default for FilePattern {
    /// [`FilePattern::DEFAULT`], taken apart.
    fn default() -> Self {
        let join = || Part::Literal("_".to_owned());
        let parts = vec![
            Part::Report,
            join(),
            Part::PeriodStart(DATE.to_owned()),
            join(),
            Part::Section,
            Part::Literal(".".to_owned()),
            Part::Extension,
        ];
        Self { parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(pattern: &str, section: Option<&str>, extension: &str) -> String {
        name_with(pattern, section, None, extension)
    }

    fn name_with(pattern: &str, section: Option<&str>, params: Option<&str>, extension: &str) -> String {
        let report = ReportId::parse("ventas-semanal").expect("a name");
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day");
        let run_time = day(9).and_hms_opt(7, 30, 5).expect("a time");
        let facts =
            FileFacts { report: &report, section, params, extension, days: (day(2), day(8)), run_time };
        FilePattern::parse(pattern).expect("a pattern").name(&facts)
    }

    #[test]
    fn the_default_is_the_text_it_is_documented_with() {
        assert_eq!(FilePattern::parse(FilePattern::DEFAULT), Ok(FilePattern::default()));
    }

    #[test]
    fn placeholders_are_filled_and_an_absent_section_leaves_no_gap() {
        let pattern = FilePattern::DEFAULT;
        assert_eq!(name(pattern, Some("equipos"), "csv"), "ventas-semanal_20260302_equipos.csv");
        assert_eq!(name(pattern, None, "pdf"), "ventas-semanal_20260302.pdf");
        assert_eq!(name("{section}_{report}.{ext}", None, "pdf"), "ventas-semanal.pdf");
        assert_eq!(name("{report}_{run.time}.{ext}", None, "pdf"), "ventas-semanal_20260309_073005.pdf");
        assert_eq!(name("S{period.end:%V-%G}.{ext}", None, "pdf"), "S10-2026.pdf");
    }

    #[test]
    fn two_files_of_a_run_never_share_a_name() {
        assert_eq!(name("{report}.{ext}", Some("equipos"), "csv"), "ventas-semanal_equipos.csv");
        assert_eq!(name("informe", Some("equipos"), "csv"), "informe_equipos.csv");
        assert_eq!(name("informe.csv", Some("equipos"), "csv"), "informe_equipos.csv");
        assert_eq!(name("informe.pdf", None, "xlsx"), "informe.pdf.xlsx");
        let long = "ñ".repeat(150);
        let names = ["uno", "dos"].map(|section| name(&format!("{long}{{ext}}"), Some(section), "csv"));
        assert_ne!(names[0], names[1]);
        assert!(names.iter().all(|name| name.len() <= LONGEST), "{names:?}");
    }

    #[test]
    fn runs_with_other_parameters_never_share_a_name() {
        let sur = |pattern, section, extension| name_with(pattern, section, Some("sur"), extension);
        assert_eq!(sur(FilePattern::DEFAULT, None, "pdf"), "ventas-semanal_20260302_sur.pdf");
        assert_eq!(
            sur(FilePattern::DEFAULT, Some("equipos"), "csv"),
            "ventas-semanal_20260302_equipos_sur.csv"
        );
        assert_eq!(sur("{params}-{report}.{ext}", None, "pdf"), "sur-ventas-semanal.pdf");
        assert_eq!(name("{params}-{report}.{ext}", None, "pdf"), "ventas-semanal.pdf");
        assert_eq!(name("{report}_{params}.{ext}", None, "pdf"), "ventas-semanal.pdf");
        let long = format!("{}{{ext}}", "ñ".repeat(150));
        assert_ne!(name_with(&long, None, Some("sur"), "csv"), name_with(&long, None, Some("norte"), "csv"));
    }

    #[test]
    fn a_name_is_safe_whatever_the_pattern() {
        assert_eq!(name("...{report}.{ext}", None, "pdf"), "ventas-semanal.pdf");
        assert_eq!(name("{report}", Some("a/b\n"), "csv"), "ventas-semanal_a-b-.csv");
    }

    #[test]
    fn a_wrong_pattern_says_what_is_wrong() {
        for (pattern, words) in [
            ("{report", "without its }"),
            ("report}", "without its {"),
            ("{reporte}.{ext}", "no placeholder"),
            ("{period.start:%Q}", "no date format"),
            ("{period.start:%H%M}", "no date format"),
            ("{period.start:%D}", "no file's name may have"),
            ("{run.time:%Z}", "no date format"),
            ("{report:%Y}", "is no date"),
            ("dir/{report}", "no /"),
            ("{section}.{ext}", ""),
            ("", "every file"),
            ("{report}\n", "line breaks"),
        ] {
            match FilePattern::parse(pattern) {
                Err(error) => assert!(error.what.contains(words), "{pattern}: {error}"),
                Ok(_) => assert!(words.is_empty(), "{pattern} was taken"),
            }
        }
    }
}
