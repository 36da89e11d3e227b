//! A story as an event for another program: JSON, with names that do not change.

use super::Story;
use crate::definition::ChannelId;
use crate::ledger::{AlertKind, DeliveryState, NewArtifact, RunDetail, Told};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// What happened: the recipient of the event, and its `type`.
fn name(story: &Story<'_>) -> &'static str {
    match story {
        Story::Wrong { kind: AlertKind::Failure, .. } => "run.failed",
        Story::Wrong { kind: AlertKind::Missed, .. } => "run.missed",
        Story::Wrong { kind: AlertKind::InDoubt, .. } => "delivery.in_doubt",
        Story::Held { .. } => "run.held",
        Story::Well { .. } => "report.recovered",
        Story::Done { .. } => "run.done",
    }
}

pub(super) fn message(story: &Story<'_>, channel: &ChannelId, at: DateTime<Utc>) -> Result<Told, String> {
    let (name, run) = (name(story), &story.about().run);
    let event = json!({
        "type": name,
        "id": story.name(at),
        "timestamp": instant(at),
        "data": data(story),
    });
    Ok(Told {
        message: NewArtifact {
            recipient_key: String::new(),
            name: format!("{}_{name}.json", run.report),
            format: "json".to_owned(),
            section: None,
            media_type: "application/json".to_owned(),
            content: serde_json::to_vec(&event).map_err(|error| error.to_string())?,
        },
        channel: channel.to_string(),
        to: vec![name.to_owned()],
    })
}

fn data(story: &Story<'_>) -> Value {
    match story {
        Story::Wrong { run, more, last, .. } => {
            let mut data = of(run);
            data["more"] = json!(more);
            data["last_run"] = json!(last.run.id.number());
            data
        }
        Story::Well { recovered, by } => {
            let mut data = of(by);
            data["recovered"] = recovered.iter().map(|it| it.kind.as_str()).collect();
            data
        }
        Story::Held { run } | Story::Done { run } => of(run),
    }
}

/// A run and how its deliveries stand.
fn of(detail: &RunDetail) -> Value {
    let run = &detail.run;
    // What is held is so as a whole: the run says why.
    let not_done = detail
        .deliveries
        .iter()
        .filter(|delivery| !matches!(delivery.state, DeliveryState::Done | DeliveryState::Held));
    let not_done: Vec<Value> = not_done
        .map(|delivery| {
            json!({
                "delivery": delivery.id.number(),
                "channel": delivery.channel,
                "recipient": delivery.recipient,
                "state": delivery.state.as_str(),
                "error": delivery.last_error,
            })
        })
        .collect();
    let mut data = json!({
        "report": run.report,
        "run": run.id.number(),
        "scheduled_for": instant(run.scheduled_for),
        "period": { "from": run.period_from, "to": run.period_to, "zone": run.zone },
        "state": run.state.as_str(),
        "error": run.error,
        "deliveries": run.deliveries,
        "not_done": not_done,
    });
    if let Some(earlier) = run.overlapped {
        data["overlapped"] = json!(earlier.number());
    }
    data
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
