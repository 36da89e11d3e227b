//! Everything a run of a report would do: what it would read, show, write and send. Looks up names in the source; reads no
//! row of it, writes nothing and sends nothing.

use super::sections::{SectionPlan, sections};
use super::words;
use crate::calendar::Period;
use crate::definition::{
    Channel, Comparison, CsvDialect, Definitions, Deliver, FileFacts, Format, Report, SectionBody, Way,
};
use crate::deliver::mailbox;
use crate::document::heading;
use crate::pipeline::{csv_file, csv_zip, delivered_name, file_stem, mail_name, own_dialects};
use crate::render::subject;
use crate::{metrics, source};
use chrono::{DateTime, Utc};
use std::path::PathBuf;

/// A run to come.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPlan {
    /// The instant it is scheduled for.
    pub scheduled_for: DateTime<Utc>,
    /// What it covers.
    pub period: Period,
    /// The period as the report writes it.
    pub period_shown: String,
    /// The periods that it is compared with, in the order of the report.
    pub compared: Vec<(Comparison, Period)>,
    /// Where its data would come from.
    pub source: SourcePlan,
    /// What is expected of its data, in words.
    pub expects: Option<String>,
    /// What it would show.
    pub sections: Vec<SectionPlan>,
    /// What it would make.
    pub artifacts: Vec<ArtifactPlan>,
    /// Who would get what.
    pub deliveries: Vec<DeliveryPlan>,
    /// What would make it fail, as far as that can be told beforehand, each with what to do.
    pub faults: Vec<(String, String)>,
}

/// A source that would be read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SourcePlan {
    /// Its name.
    pub id: String,
    /// Its queries; none when it cannot be asked.
    pub queries: Vec<QueryPlan>,
}

/// A query that would be sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct QueryPlan {
    /// The frame it is for.
    pub frame: &'static str,
    /// Its text; `None` when the source has no table for the frame, which is left out then.
    pub sql: Option<String>,
    /// The values bound to it, as SQL literals.
    pub values: Vec<String>,
    /// Columns asked for that the source lacks.
    pub missing: Vec<String>,
}

/// A file or message that would be made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ArtifactPlan {
    /// Its name.
    pub name: String,
    /// `csv`, `xlsx`, `pdf`, `json`, `parquet`, `eml`.
    pub format: String,
}

/// A delivery that would be made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DeliveryPlan {
    /// The channel's name.
    pub channel: String,
    /// `mail`, `FTP`, `upload (put)`, `folder`.
    pub way: String,
    /// Mail address, or file name at the peer.
    pub recipient: String,
    /// What it gets.
    pub artifact: String,
    /// The files in the mail.
    pub attachments: Vec<String>,
    /// The mail's subject.
    pub subject: Option<String>,
    /// The folder that it would be written into instead of being sent.
    pub outbox: Option<PathBuf>,
}

/// What a run of this report would do, for this instant and period.
#[must_use]
pub fn plan(
    definitions: &Definitions,
    report: &Report,
    scheduled_for: DateTime<Utc>,
    period: &Period,
) -> RunPlan {
    let mut faults = Vec::new();
    let compared = report.compared_periods(period);
    let source = source_plan(definitions, report, period, &compared, &mut faults);
    let files = files(report, period);
    let mut artifacts: Vec<ArtifactPlan> = files
        .iter()
        .map(|file| ArtifactPlan { name: file.name.clone(), format: file.format.extension().to_owned() })
        .collect();
    let order = Asked { definitions, report, scheduled_for, period };
    let deliveries = deliveries(&order, &files, &mut artifacts, &mut faults);
    RunPlan {
        scheduled_for,
        period: period.clone(),
        period_shown: heading(definitions, report, period, scheduled_for)
            .map_or_else(|_| words::days(period), |document| document.period),
        compared,
        source,
        expects: report.expect.as_ref().map(words::expectations),
        sections: sections(report, &definitions.metrics),
        artifacts,
        deliveries,
        faults,
    }
}

/// What is asked.
struct Asked<'a> {
    definitions: &'a Definitions,
    report: &'a Report,
    scheduled_for: DateTime<Utc>,
    period: &'a Period,
}

fn source_plan(
    definitions: &Definitions,
    report: &Report,
    period: &Period,
    compared: &[(Comparison, Period)],
    faults: &mut Vec<(String, String)>,
) -> SourcePlan {
    use miette::Diagnostic as _;
    let mut plan = SourcePlan { id: report.source.to_string(), queries: Vec::new() };
    let periods: Vec<Period> =
        std::iter::once(period).chain(compared.iter().map(|(_, other)| other)).cloned().collect();
    let help =
        |help: Option<Box<dyn std::fmt::Display + '_>>| help.map(|help| help.to_string()).unwrap_or_default();
    let need = match metrics::need(report, &definitions.metrics, &periods) {
        // As a run asks that keeps what it is made from.
        Ok(need) if !definitions.ledger.keep_frames.is_zero() => need.with_keys(),
        Ok(need) => need,
        Err(error) => {
            faults.push((error.to_string(), help(error.help())));
            return plan;
        }
    };
    let Some(source) = definitions.sources.get(&report.source) else { return plan };
    match source::queries(source, &need) {
        Ok(queries) => {
            plan.queries = queries
                .into_iter()
                .map(|query| QueryPlan {
                    frame: query.frame.as_str(),
                    sql: query.sql,
                    values: query.values,
                    missing: query.missing.into_iter().collect(),
                })
                .collect();
        }
        Err(error) => faults.push((error.to_string(), help(error.help()))),
    }
    plan
}

/// A file to come.
struct File<'a> {
    name: String,
    format: Format,
    /// Of CSV, in which dialect.
    dialect: Option<&'a CsvDialect>,
    section: Option<&'a str>,
}

impl File<'_> {
    fn extension(&self) -> &'static str {
        self.dialect.map_or(self.format.extension(), CsvDialect::extension)
    }

    /// Does it go by this delivery?
    fn goes(&self, report: &Report, deliver: &Deliver) -> bool {
        let dialect = deliver.csv.as_ref().unwrap_or(&report.csv);
        deliver.formats.contains(&self.format) && self.dialect.is_none_or(|written| written == dialect)
    }
}

/// The files in the order in which a run makes them.
fn files<'a>(report: &'a Report, period: &Period) -> Vec<File<'a>> {
    let stem = file_stem(report, period);
    let mut files = Vec::new();
    for &format in &report.formats {
        if format == Format::Csv {
            let own = own_dialects(report).into_iter().map(|(dialect, word)| (dialect, Some(word)));
            for (dialect, word) in std::iter::once((&report.csv, None)).chain(own) {
                let word = word.as_deref();
                let file = |name, section| File { name, format, dialect: Some(dialect), section };
                if dialect.zip {
                    files.push(file(csv_zip(&stem, word), None));
                } else {
                    let names = with_rows(report, format);
                    files.extend(names.map(|name| file(csv_file(&stem, name, word), Some(name))));
                }
            }
        } else if format.is_by_section() {
            files.extend(with_rows(report, format).map(|section| {
                let name = format!("{stem}_{section}.{}", format.extension());
                File { name, format, dialect: None, section: Some(section) }
            }));
        } else {
            let name = format!("{stem}.{}", format.extension());
            files.push(File { name, format, dialect: None, section: None });
        }
    }
    files
}

/// The names of the sections that a format of rows has.
fn with_rows(report: &Report, format: Format) -> impl Iterator<Item = &str> {
    let has_rows = |body: &SectionBody| {
        matches!(body, SectionBody::Kpis(_) | SectionBody::Table(_) | SectionBody::Sql(_))
    };
    let shown = move |section: &&crate::definition::Section| {
        has_rows(&section.body) && (section.only.is_empty() || section.only.contains(&format))
    };
    report.sections.iter().filter(shown).map(|section| section.id.as_str())
}

fn deliveries(
    asked: &Asked<'_>,
    files: &[File<'_>],
    artifacts: &mut Vec<ArtifactPlan>,
    faults: &mut Vec<(String, String)>,
) -> Vec<DeliveryPlan> {
    let mut planned: Vec<DeliveryPlan> = Vec::new();
    let mut mails = 0;
    for deliver in &asked.report.deliver {
        let Some(channel) = asked.definitions.channels.get(&deliver.channel) else { continue };
        let wanted: Vec<&File<'_>> = files.iter().filter(|file| file.goes(asked.report, deliver)).collect();
        if wanted.is_empty() {
            continue;
        }
        if let Way::Email(_) = &channel.way {
            mails += 1;
            let name = mail_name(&file_stem(asked.report, asked.period), mails);
            artifacts.push(ArtifactPlan { name: name.clone(), format: "eml".to_owned() });
            let subject = mail_subject(asked, deliver, faults);
            let attachments: Vec<String> = wanted.iter().map(|file| file.name.clone()).collect();
            for to in deliver.recipients() {
                let recipient = mailbox(to).map_or_else(|_| to.clone(), |mailbox| mailbox.email.to_string());
                push_once(&mut planned, channel, recipient, &name, &attachments, subject.clone());
            }
        } else {
            let params = asked.report.params.file_word();
            for file in wanted {
                let facts = FileFacts {
                    report: &asked.report.id,
                    section: file.section,
                    params: params.as_deref(),
                    extension: file.extension(),
                    days: (asked.period.from(), asked.period.last()),
                    run_time: asked.scheduled_for.with_timezone(&asked.report.zone).naive_local(),
                };
                push_once(&mut planned, channel, delivered_name(channel, &facts), &file.name, &[], None);
            }
        }
    }
    planned
}

fn push_once(
    planned: &mut Vec<DeliveryPlan>,
    channel: &Channel,
    recipient: String,
    artifact: &str,
    attachments: &[String],
    subject: Option<String>,
) {
    let id = channel.id.to_string();
    if !planned.iter().any(|it| it.channel == id && it.recipient == recipient) {
        planned.push(DeliveryPlan {
            channel: id,
            way: words::way(channel),
            recipient,
            artifact: artifact.to_owned(),
            attachments: attachments.to_vec(),
            subject,
            outbox: channel.outbox.clone(),
        });
    }
}

fn mail_subject(asked: &Asked<'_>, deliver: &Deliver, faults: &mut Vec<(String, String)>) -> Option<String> {
    let document = heading(asked.definitions, asked.report, asked.period, asked.scheduled_for);
    let subject = document.map_err(|error| (error.to_string(), error.hint)).and_then(|document| {
        subject(&document, deliver.subject.as_ref()).map_err(|error| (error.to_string(), error.hint))
    });
    subject.map_err(|fault| faults.push(fault)).ok()
}
