//! What the files of a run are called, here and where they are brought.

use super::Order;
use crate::calendar::Period;
use crate::definition::{Channel, FileFacts, FilePattern, Report, Way};
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

/// The name of an artifact where a channel brings it.
pub(super) fn file_name(order: &Order<'_>, channel: &Channel, artifact: &Artifact) -> String {
    delivered_name(
        channel,
        &FileFacts {
            report: &order.report.id,
            section: artifact.section.as_deref(),
            params: order.report.params.file_word().as_deref(),
            extension: &artifact.format,
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
