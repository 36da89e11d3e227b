//! The words in which schedules, periods, channels and metrics are told to whoever runs Parte: English, as all its messages.

use crate::calendar::{Firing, FiringNote, Period, PeriodRule};
use crate::definition::{
    AlertOn, Better, CatchUp, Channel, Comparison, CsvDates, CsvDialect, CsvEncoding, CsvFormulas,
    CsvHeadings, CsvLineEnd, CsvQuotes, Expectations, Format, InDoubt, LengthUnit, Otherwise, Overlap,
    Report, SectionBody, UploadMethod, Way,
};
use chrono::NaiveDate;
use std::path::Path;

/// The days of a period: `2026-11-16 to 2026-11-22`, or one day.
#[must_use]
pub fn days(period: &Period) -> String {
    let (first, last) = (period.from(), period.last());
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

pub(super) fn note(note: FiringNote, firing: &Firing, report: &Report) -> String {
    let time = firing.asked.format("%H:%M");
    match note {
        FiringNote::Gap => {
            format!("{time} does not exist that day (clocks go forward): the first instant after")
        }
        FiringNote::Overlap => format!("{time} happens twice that day (clocks go back): the first"),
        FiringNote::ShortMonth { asked } => format!("the month has no day {asked}: its last"),
        FiringNote::FreeDay => free_day(firing.asked.date(), report),
        FiringNote::MovedFrom(day) => {
            format!("moved from {}, {}", day.format("%a %Y-%m-%d"), free_day(day, report))
        }
        FiringNote::SkippedDay => {
            format!("{} does not exist there: the start of the next day", firing.asked.date())
        }
    }
}

fn free_day(day: NaiveDate, report: &Report) -> String {
    (if report.workdays.is_holiday(day) { "a holiday" } else { "no workday" }).to_owned()
}

/// `change` is how many seconds further the clocks are ahead of UTC than before.
pub(super) fn clocks(change: i32) -> String {
    let direction = if change > 0 { "forward" } else { "back" };
    let minutes = change.unsigned_abs() / 60;
    let length = match (minutes / 60, minutes % 60) {
        (hours, 0) => format!("{hours} h"),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    format!("clocks go {direction} {length} between this and the one before")
}

pub(super) fn period_rule(rule: &PeriodRule) -> String {
    match rule {
        PeriodRule::Previous(unit) => format!("previous {unit}"),
        PeriodRule::PreviousWorkday => "previous workday".to_owned(),
        PeriodRule::PreviousDays(count) => format!("previous {count} days"),
        PeriodRule::ToDate(unit) => format!("{unit} to date"),
        PeriodRule::SinceLastRun => "since last run".to_owned(),
        PeriodRule::Fixed(from, to) => format!("{from}..{to}"),
    }
}

/// `database, separator |`: the dialect that it is like, and what differs from that.
pub(super) fn csv(dialect: &CsvDialect) -> String {
    let like =
        [("excel", CsvDialect::EXCEL), ("rfc4180", CsvDialect::RFC4180), ("database", CsvDialect::DATABASE)];
    let words = |dialect: &CsvDialect| {
        let mark =
            |mark: Option<char>| mark.map_or_else(|| "of the locale".to_owned(), |mark| mark.to_string());
        [
            format!("separator {}", mark(dialect.separator).escape_default()),
            format!("decimal {}", mark(dialect.decimal)),
            match dialect.quotes {
                CsvQuotes::Needed => "quotes where needed".to_owned(),
                CsvQuotes::Texts => "quotes around texts".to_owned(),
                CsvQuotes::All => "quotes around everything".to_owned(),
            },
            match dialect.line_end {
                CsvLineEnd::CrLf => "CR LF".to_owned(),
                CsvLineEnd::Lf => "LF".to_owned(),
            },
            match dialect.encoding {
                CsvEncoding::Windows1252 => "windows-1252".to_owned(),
                CsvEncoding::Utf8 if dialect.bom => "utf-8 with BOM".to_owned(),
                CsvEncoding::Utf8 => "utf-8 without BOM".to_owned(),
            },
            match dialect.headings {
                CsvHeadings::Labels => "labels as headings".to_owned(),
                CsvHeadings::Ids => "ids as headings".to_owned(),
            },
            format!("null \"{}\"", dialect.null),
            match dialect.dates {
                CsvDates::Iso => "ISO dates".to_owned(),
                CsvDates::Locale => "dates of the locale".to_owned(),
            },
            (if dialect.totals { "with totals" } else { "without totals" }).to_owned(),
            match dialect.formulas {
                CsvFormulas::Neutral => "formulas neutral".to_owned(),
                CsvFormulas::AsIs => "formulas as they are".to_owned(),
            },
            (if dialect.zip { "in a ZIP" } else { "file by file" }).to_owned(),
        ]
    };
    let own = words(dialect);
    let differs = |(name, base): (&str, CsvDialect)| {
        let other = words(&base);
        let mut said = vec![name.to_owned()];
        said.extend(own.iter().zip(&other).filter(|(own, other)| own != other).map(|(own, _)| own.clone()));
        said
    };
    like.into_iter().map(differs).min_by_key(Vec::len).unwrap_or_default().join(", ")
}

pub(super) fn formats(formats: &[Format]) -> String {
    formats.iter().map(|format| format.extension()).collect::<Vec<_>>().join(", ")
}

pub(super) fn comparisons(compare: &[Comparison]) -> String {
    compare.iter().map(|compare| compare.word()).collect::<Vec<_>>().join(", ")
}

pub(super) fn alert(event: AlertOn) -> &'static str {
    match event {
        AlertOn::Failure => "failure",
        AlertOn::Recovery => "recovery",
        AlertOn::Missed => "missed",
        AlertOn::InDoubt => "in_doubt",
        AlertOn::Held => "held",
        AlertOn::Done => "done",
    }
}

pub(super) fn catch_up(catch_up: CatchUp) -> &'static str {
    match catch_up {
        CatchUp::None => "none",
        CatchUp::Latest => "latest",
        CatchUp::All => "all",
    }
}

pub(super) fn overlap(overlap: Overlap) -> &'static str {
    match overlap {
        Overlap::Queue => "queue",
        Overlap::Skip => "skip",
    }
}

/// What is expected of the data, nearly as it is written: `fresh 26 hours, rows 100 to 50000, volume 3, else fail`.
pub(super) fn expectations(expected: &Expectations) -> String {
    let mut all = Vec::new();
    all.extend(expected.fresh.map(|age| format!("fresh {}", LengthUnit::in_words(age))));
    all.extend(match (expected.rows.min, expected.rows.max) {
        (Some(min), Some(max)) => Some(format!("rows {min} to {max}")),
        (Some(min), None) => Some(format!("rows {min} or more")),
        (None, Some(max)) => Some(format!("rows {max} or fewer")),
        (None, None) => None,
    });
    all.extend(expected.volume.map(|factor| format!("volume {factor}")));
    all.extend(expected.identities.then(|| "identities".to_owned()));
    all.extend(expected.wait.map(|wait| format!("waited for {}", LengthUnit::in_words(wait))));
    let otherwise = match expected.otherwise {
        Otherwise::Fail => "fail",
        Otherwise::Send => "send",
        Otherwise::Hold => "hold",
    };
    all.push(format!("else {otherwise}"));
    all.join(", ")
}

pub(super) fn kind(body: &SectionBody) -> &'static str {
    match body {
        SectionBody::Kpis(_) => "kpis",
        SectionBody::Table(_) => "table",
        SectionBody::Chart(_) => "chart",
        SectionBody::Sql(_) => "sql",
        SectionBody::Text(_) => "text",
    }
}

pub(super) fn better(better: Better) -> &'static str {
    match better {
        Better::Higher => "higher",
        Better::Lower => "lower",
        Better::Neither => "neither",
    }
}

/// `mail`, `FTP`, `upload (put)`, `folder`.
pub(super) fn in_doubt(in_doubt: InDoubt) -> &'static str {
    match in_doubt {
        InDoubt::Resend => "resend",
        InDoubt::Hold => "hold",
    }
}

pub(super) fn way(channel: &Channel) -> String {
    match &channel.way {
        Way::Email(_) => "mail".to_owned(),
        Way::Ftp(_) => "FTP".to_owned(),
        Way::Sftp(_) => "SFTP".to_owned(),
        Way::Upload(upload) => format!("upload ({})", method(upload.method)),
        Way::Folder(_) => "folder".to_owned(),
        Way::S3(_) => "S3".to_owned(),
        Way::Webhook(_) => "webhook".to_owned(),
    }
}

pub(super) fn method(method: UploadMethod) -> &'static str {
    match method {
        UploadMethod::Put => "put",
        UploadMethod::Post => "post",
        UploadMethod::Multipart => "multipart",
    }
}

/// A path as a definition file writes it: from the file's folder, where it stands below it.
pub(super) fn path(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDateTime;

    #[test]
    fn a_change_of_the_clocks_is_told_in_hours_and_minutes() {
        assert_eq!(clocks(3600), "clocks go forward 1 h between this and the one before");
        assert_eq!(clocks(-1800), "clocks go back 30 min between this and the one before");
        assert_eq!(clocks(5400), "clocks go forward 1 h 30 min between this and the one before");
    }

    #[test]
    fn days_are_told_as_one_or_from_the_first_to_the_last() {
        let period = |text| Period::parse(text, chrono_tz::UTC).expect("a period");
        assert_eq!(days(&period("2026-03-02..2026-03-03")), "2026-03-02");
        assert_eq!(days(&period("2026-03-02..2026-03-09")), "2026-03-02 to 2026-03-08");
    }

    #[test]
    fn every_note_of_a_firing_has_its_sentence() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("reports.toml");
        let text = "version = 1\n[defaults]\ntimezone = \"America/Bogota\"\n\
            workdays = { days = \"mon-fri\", holidays = [2026-12-08] }\n\
            [sources.a]\nurl = \"sqlite:a.db\"\n[[report]]\nid = \"a\"\ntitle = \"A\"\n\
            period = \"previous day\"\nformats = [\"csv\"]\n[[report.section]]\nkpis = [\"tasks_planned\"]\n";
        std::fs::write(&file, text).expect("written");
        let definitions = crate::definition::load(&file, crate::metrics::catalogue()).expect("definitions");
        let asked: NaiveDateTime = "2026-12-08T02:30:00".parse().expect("a time");
        let firing = Firing { at: asked.and_utc(), asked, notes: Vec::new() };
        let said = |it| note(it, &firing, &definitions.reports[0]);
        let sunday = NaiveDate::from_ymd_opt(2026, 12, 6).expect("a day");
        assert_eq!(
            said(FiringNote::Gap),
            "02:30 does not exist that day (clocks go forward): the first instant after"
        );
        assert_eq!(said(FiringNote::Overlap), "02:30 happens twice that day (clocks go back): the first");
        assert_eq!(said(FiringNote::ShortMonth { asked: 31 }), "the month has no day 31: its last");
        assert_eq!(said(FiringNote::FreeDay), "a holiday");
        assert_eq!(said(FiringNote::MovedFrom(sunday)), "moved from Sun 2026-12-06, no workday");
    }
}
