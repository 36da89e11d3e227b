//! What owners are told when something goes wrong with a report, and when it is well again: a short mail in the report's language,
//! made by the composer of the reports' own, and an event for a program, which may hear of success too. Never: deciding whether there is cause, sending.

mod event;
mod words;

use crate::calendar::Period;
use crate::definition::{AlertOn, Alerts, ChannelId, Definitions, Report, Way};
use crate::deliver::{Mail, compose, mailbox};
use crate::document::{Body, Document, Locale, Section, heading};
use crate::ledger::{
    AlertKind, DeliveryRow, DeliveryState, NewArtifact, Notice, Recovered, RunDetail, RunState, Told,
};
use crate::render::{MailBody, Templates, mail_body, subject};
use chrono::{DateTime, Utc};
use words::Said;

/// Deliveries that are named one by one; of more the number is said.
const MOST_NAMED: usize = 20;

/// What is told.
pub enum Story<'a> {
    /// Something went wrong.
    Wrong {
        /// What.
        kind: AlertKind,
        /// The run that it happened to first.
        run: &'a RunDetail,
        /// How many more it happened to.
        more: usize,
        /// The latest of them.
        last: &'a RunDetail,
    },
    /// What was told about is well again.
    Well {
        /// What had happened.
        recovered: &'a [Recovered],
        /// The run that is done.
        by: &'a RunDetail,
    },
    /// A run was made and is held back until somebody decides.
    Held {
        /// The run.
        run: &'a RunDetail,
    },
    /// A run reached everybody.
    Done {
        /// The run.
        run: &'a RunDetail,
    },
}

impl Story<'_> {
    /// The run that it is about.
    #[must_use]
    pub fn about(&self) -> &RunDetail {
        match self {
            Self::Wrong { run, .. } | Self::Held { run } | Self::Done { run } => run,
            Self::Well { by, .. } => by,
        }
    }

    /// Who asked for it is told.
    fn event(&self) -> AlertOn {
        match self {
            Self::Wrong { kind: AlertKind::Failure, .. } => AlertOn::Failure,
            Self::Wrong { kind: AlertKind::Missed, .. } => AlertOn::Missed,
            Self::Wrong { kind: AlertKind::InDoubt, .. } => AlertOn::InDoubt,
            Self::Held { .. } => AlertOn::Held,
            Self::Well { .. } => AlertOn::Recovery,
            Self::Done { .. } => AlertOn::Done,
        }
    }

    /// Told apart from every other story: a mail made by another process for the same one is the same.
    fn name(&self, at: DateTime<Utc>) -> String {
        let what = match self {
            Self::Wrong { kind, .. } => kind.as_str(),
            Self::Held { .. } => "held",
            Self::Well { .. } => "recovery",
            Self::Done { .. } => "done",
        };
        format!("{}.{what}.{}", self.about().run.key, at.timestamp_micros())
    }
}

/// Composes the notice of a story that happened `at`, for the owners of its report and for the program that is told; `None` when
/// nobody is.
///
/// # Errors
/// What cannot be composed, in one sentence.
pub fn notice(
    definitions: &Definitions,
    story: &Story<'_>,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Option<Notice>, String> {
    let Some(Alerts { mail, hook, on, hook_on }) = &definitions.alerts else { return Ok(None) };
    let event = story.event();
    let mail = mail.as_ref().filter(|_| on.contains(&event));
    let hook = hook.as_ref().filter(|_| hook_on.contains(&event));
    let by_mail = mail.map(|(channel, to)| mailed(definitions, story, channel, to, at, now));
    let by_hook = hook.map(|channel| event::message(story, channel, at));
    let messages = those_that_can_be(by_mail.into_iter().chain(by_hook).collect())?;
    let about = story.about().run.id;
    Ok((!messages.is_empty()).then_some(Notice { about, messages }))
}

/// The messages that could be made. One that could not does not keep the other back.
///
/// # Errors
/// None could be made.
fn those_that_can_be(made: Vec<Result<Told, String>>) -> Result<Vec<Told>, String> {
    let (told, errors): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
    let errors: Vec<String> = errors.into_iter().filter_map(Result::err).collect();
    if told.is_empty() && !errors.is_empty() {
        return Err(errors.join("; "));
    }
    for error in errors {
        tracing::error!(error, "some of those who asked to be told cannot be");
    }
    Ok(told.into_iter().flatten().collect())
}

/// The body, by the templates of the reports. A broken one may be the very thing that owners are told about: the shipped ones
/// stand in for it.
fn body(definitions: &Definitions, document: &Document) -> Result<MailBody, String> {
    let own = Templates::load(&definitions.root.join("templates"))
        .and_then(|templates| mail_body(document, &templates, &[]));
    own.or_else(|error| {
        tracing::warn!(%error, "a notice is made with the shipped template");
        mail_body(document, &Templates::shipped(), &[])
    })
    .map_err(|e| e.to_string())
}

/// For people.
fn mailed(
    definitions: &Definitions,
    story: &Story<'_>,
    channel: &ChannelId,
    to: &Vec<String>,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Told, String> {
    let Some(Way::Email(email)) = definitions.channels.get(channel).map(|channel| &channel.way) else {
        return Err(format!("channel `{channel}` of [alerts] is no mail channel"));
    };
    let run = &story.about().run;
    let report = definitions.reports.iter().find(|report| report.id.as_str() == run.report);
    let to = report.map(|report| &report.owner).filter(|owner| !owner.is_empty()).unwrap_or(to);
    let document = document(definitions, report, story, now)?;
    let domain =
        mailbox(&email.from).map_or_else(|_| "parte".to_owned(), |from| from.email.domain().to_owned());
    let content = compose(
        email,
        &Mail {
            message_id: &format!("{}@{domain}", story.name(at)),
            date: now,
            cc: &[],
            to,
            subject: &subject(&document, None).map_err(|e| e.to_string())?,
            body: &body(definitions, &document)?,
            attachments: &[],
        },
    )?;
    let addresses: Result<Vec<String>, String> =
        to.iter().map(|to| mailbox(to).map(|mailbox| mailbox.email.to_string())).collect();
    Ok(Told {
        message: NewArtifact {
            recipient_key: String::new(),
            name: format!("{}_notice.eml", run.report),
            format: "eml".to_owned(),
            section: None,
            media_type: "message/rfc822".to_owned(),
            content,
        },
        channel: channel.to_string(),
        to: addresses?,
    })
}

/// The notice as a document, so that a mail of it looks like the reports' own. A report that is no longer defined has its name for
/// a title, and the language of the others.
fn document(
    definitions: &Definitions,
    report: Option<&Report>,
    story: &Story<'_>,
    now: DateTime<Utc>,
) -> Result<Document, String> {
    let run = &story.about().run;
    let zone: chrono_tz::Tz = run.zone.parse().map_err(|_| format!("there is no zone `{}`", run.zone))?;
    let period = Period::of_days(run.period_from, run.period_to, zone).map_err(|e| e.to_string())?;
    let tag = report.or(definitions.reports.first()).map_or("es", |report| report.locale.as_str());
    let locale = Locale::parse(tag).ok_or_else(|| format!("there is no locale `{tag}`"))?;
    // A title may hold parameters; where it cannot be read any more, the name stands for it.
    let title = report
        .and_then(|report| heading(definitions, report, &period, now).ok())
        .map_or_else(|| run.report.clone(), |heading| heading.title);
    let said = Said { language: locale.language(), locale: &locale, zone };
    let sections = match story {
        Story::Wrong { kind, run, more, last } => wrong(&said, *kind, run, *more, last),
        Story::Held { run } => vec![
            (None, said.held(run)),
            (Some(said.reason()), run.run.held_why.as_deref().unwrap_or_default().replace('\n', "\n\n")),
            (Some(said.to_do()), said.decide(run)),
        ],
        Story::Done { .. } => Vec::new(),
        Story::Well { recovered, by } => {
            vec![(None, said.well(by)), (None, said.after(recovered))]
        }
    };
    let section = |(number, (title, text)): (usize, (Option<String>, String))| Section {
        id: format!("notice-{number}"),
        title,
        only: Vec::new(),
        body: Body::Text(text),
        notes: Vec::new(),
    };
    let brand = &definitions.brand;
    Ok(Document {
        report: run.report.clone(),
        brand: brand.name.clone(),
        color: brand.color,
        footer: brand.footer.clone(),
        logo: brand.logo.clone(),
        title: said.title(story, &title),
        subtitle: None,
        parameters: Vec::new(),
        period: locale.period(period.from(), period.last()),
        days: (period.from(), period.last()),
        zone,
        generated: now.with_timezone(&zone).naive_local(),
        generated_utc: now,
        summary: Vec::new(),
        sections: sections
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .enumerate()
            .map(section)
            .collect(),
        warnings: Vec::new(),
        remarks: Vec::new(),
        definitions: Vec::new(),
        totals: Vec::new(),
        locale,
    })
}

/// What happened, to whom, in whose words, and what to do.
fn wrong(
    said: &Said<'_>,
    kind: AlertKind,
    run: &RunDetail,
    more: usize,
    last: &RunDetail,
) -> Vec<(Option<String>, String)> {
    let concerned: Vec<&DeliveryRow> =
        run.deliveries.iter().filter(|delivery| concerns(kind, delivery.state)).collect();
    let produced = !run.deliveries.is_empty();
    let what = match kind {
        AlertKind::Missed => said.missed(run, more, last),
        AlertKind::InDoubt => said.in_doubt(run, concerned.len()),
        AlertKind::Failure if produced => said.not_delivered(run, concerned.len()),
        AlertKind::Failure => said.not_produced(run),
    };
    let reason = match kind {
        AlertKind::Failure if !produced => run.run.error.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let mut lines: Vec<String> = concerned.iter().take(MOST_NAMED).map(|one| line(one)).collect();
    if concerned.len() > MOST_NAMED {
        lines.push(said.and_more(concerned.len() - MOST_NAMED));
    }
    let more = if kind == AlertKind::Missed || more == 0 { String::new() } else { said.others(more) };
    vec![
        (None, [what, more].iter().filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join("\n\n")),
        (Some(said.reason()), reason),
        (
            Some(if kind == AlertKind::InDoubt { said.doubtful() } else { said.recipients() }),
            lines.join("\n\n"),
        ),
        (Some(said.to_do()), said.advice(kind, run, last, produced)),
    ]
}

fn concerns(kind: AlertKind, state: DeliveryState) -> bool {
    match kind {
        AlertKind::Failure => matches!(state, DeliveryState::Refused | DeliveryState::Dead),
        AlertKind::InDoubt => state == DeliveryState::InDoubt,
        AlertKind::Missed => false,
    }
}

/// `ana@example.com (mail): 550 no such user`
fn line(delivery: &DeliveryRow) -> String {
    let words = delivery.last_error.as_deref().unwrap_or_default().trim();
    format!("{} ({}): {words}", delivery.recipient, delivery.channel)
}

/// Did a run reach somebody?
fn reached_some(run: &RunDetail) -> bool {
    run.run.state == RunState::Partial || run.run.deliveries.done > 0
}
