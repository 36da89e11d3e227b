//! What the files of a run are called, here and where they are brought.

use super::Order;
use crate::calendar::Period;
use crate::definition::{Channel, CsvDialect, FileFacts, FilePattern, Format, Report, Way};
use crate::render::Artifact;

/// What names of the files of a run begin with.
pub(super) fn stem(order: &Order<'_>) -> String {
    file_stem(order.report, &order.period)
}

/// `equipo-diario_20260313`: names of files begin with it; `..._sur` when parameters differ from their defaults.
#[must_use]
pub fn file_stem(report: &Report, period: &Period) -> String {
    let stem = format!("{}_{}", report.id, period.from().format("%Y%m%d"));
    match report.params.file_word() {
        Some(word) => format!("{stem}_{word}"),
        None => stem,
    }
}

/// The name of a run's mail; the first is number 1.
#[must_use]
pub fn mail_name(stem: &str, number: usize) -> String {
    let suffix = if number == 1 { String::new() } else { format!("-{number}") };
    format!("{stem}_mail{suffix}.eml")
}

/// `equipo-diario_20260313_equipos.csv`; with the word of a dialect that only some deliveries have, `..._equipos_partner.csv`.
#[must_use]
pub fn csv_file(stem: &str, section: &str, word: Option<&str>) -> String {
    format!("{stem}_{section}{}.csv", suffix(word))
}

/// `equipo-diario_20260313_csv.zip`
#[must_use]
pub fn csv_zip(stem: &str, word: Option<&str>) -> String {
    format!("{stem}_csv{}.zip", suffix(word))
}

fn suffix(word: Option<&str>) -> String {
    word.map(|word| format!("_{word}")).unwrap_or_default()
}

/// The dialects that deliveries have instead of the report's, each once, with a word for the names of its files: the channel that it is
/// first said for.
#[must_use]
pub fn own_dialects(report: &Report) -> Vec<(&CsvDialect, String)> {
    let mut own: Vec<(&CsvDialect, String)> = Vec::new();
    for deliver in report.deliver.iter().filter(|deliver| deliver.formats.contains(&Format::Csv)) {
        let Some(dialect) = deliver.csv.as_ref().filter(|dialect| **dialect != report.csv) else { continue };
        if own.iter().all(|(known, _)| *known != dialect) {
            let channel = deliver.channel.as_str();
            let mut word = channel.to_owned();
            let mut number = 1;
            while own.iter().any(|(_, taken)| *taken == word) {
                number += 1;
                word = format!("{channel}-{number}");
            }
            own.push((dialect, word));
        }
    }
    own
}

/// The name of an artifact where a channel brings it.
pub(super) fn file_name(order: &Order<'_>, channel: &Channel, artifact: &Artifact) -> String {
    delivered_name(
        channel,
        &FileFacts {
            report: &order.report.id,
            section: artifact.section.as_deref(),
            params: order.report.params.file_word().as_deref(),
            extension: artifact.extension(),
            days: (order.period.from(), order.period.last()),
            run_time: order.scheduled_for.with_timezone(&order.report.zone).naive_local(),
        },
    )
}

/// The name of a file where a channel brings it.
#[must_use]
pub fn delivered_name(channel: &Channel, facts: &FileFacts<'_>) -> String {
    let default = FilePattern::default();
    let pattern = match &channel.way {
        Way::Ftp(ftp) => &ftp.file,
        Way::Sftp(sftp) => &sftp.file,
        Way::Upload(upload) => &upload.file,
        Way::Folder(folder) => &folder.file,
        Way::S3(s3) => &s3.file,
        Way::Email(_) | Way::Webhook(_) => &default,
    };
    pattern.name(facts)
}
