//! Generated activities of the current generation, and the same ones as integration lists them. The documentation maps no status
//! of one onto the other: here READY and UNRESOLVED are PENDING, DISPATCHED is IN_PROGRESS, FAILED is COMPLETED without effect.

use super::dice::Dice;
use super::generate::{Sizes, operator_id, planned, stamp, user_id};
use super::listing::{CORE_CHANNELS, Listing};
use super::people::REASONS;
use serde_json::{Value, json};

const STATUSES: &[&str] = &[
    "COMPLETED",
    "COMPLETED",
    "COMPLETED",
    "COMPLETED",
    "READY",
    "READY",
    "DISPATCHED",
    "FAILED",
    "CANCELED",
    "UNRESOLVED",
];

/// Activities, and integration's items for those of type TASK.
pub(crate) fn generated(sizes: &Sizes, commerces: &[Value]) -> (Vec<Value>, Vec<Value>) {
    let mut dice = Dice::new(sizes.seed, 6);
    let mut integration = Vec::new();
    let activities = (0..sizes.activities).map(|_| {
        let (activity, item) = activity(sizes, commerces, &mut dice);
        integration.extend(item);
        activity
    });
    let activities = activities.collect();
    (activities, integration)
}

fn activity(sizes: &Sizes, commerces: &[Value], dice: &mut Dice) -> (Value, Option<Value>) {
    let id = dice.uuid();
    let kind = if dice.chance(75) { "TASK" } else { "MESSAGE" };
    let channel =
        if kind == "TASK" { dice.pick(&CORE_CHANNELS[..2]) } else { dice.pick(&CORE_CHANNELS[2..]) };
    let status = dice.pick(STATUSES);
    let at_minutes = planned(sizes, dice);
    let scheduled = stamp(sizes, Listing::Activities, at_minutes, dice);
    let created = stamp(sizes, Listing::Activities, at_minutes - 1440 - dice.below(2880) as i64, dice);
    let occurred = stamp(sizes, Listing::Activities, at_minutes + 5 + dice.below(2000) as i64, dice);
    let is_over = matches!(status, "COMPLETED" | "FAILED");
    let nowhere = json!({ "id": dice.uuid(), "name": "Sin comercio", "externalId": user_id(0) });
    let commerce = if commerces.is_empty() { &nowhere } else { &commerces[dice.below(commerces.len())] };
    let reason = dice.pick(REASONS);
    let mut row = json!({
        "id": id,
        "type": kind,
        "channel": channel,
        "status": status,
        "scheduledAt": scheduled,
        "commerceAssignment": { "commerceId": commerce["id"], "commerce": { "name": commerce["name"] } },
        "createdAt": created,
        "updatedAt": if is_over { &occurred } else { &created },
    });
    // an object in the newer pages, a plain string when it is made, absent in older examples
    match dice.below(3) {
        0 => row["reason"] = json!({ "code": reason.0, "label": reason.1 }),
        1 => row["reason"] = json!(reason.1),
        _ => {}
    }
    match dice.below(3) {
        0 => row["userStatus"] = json!({ "code": "at_risk", "label": "En riesgo" }),
        1 => row["userStatus"] = json!("active"),
        _ => {}
    }
    if kind == "MESSAGE" {
        return (row, None);
    }
    let shown = match status {
        "READY" | "UNRESOLVED" => "PENDING",
        "DISPATCHED" => "IN_PROGRESS",
        "CANCELED" if sizes.mixes_canceled && dice.chance(50) => "CANCELED",
        "CANCELED" => "CANCELLED",
        _ => "COMPLETED",
    };
    let result = match status {
        "COMPLETED" => dice.pick(&["EFFECTIVE", "EFFECTIVE", "NOT_EFFECTIVE"]),
        "FAILED" => "NOT_EFFECTIVE",
        _ => "PENDING",
    };
    let lifecycle = lifecycle(shown);
    let item = json!({
        "id": row["id"],
        "activityOrigin": "ACTIVITY",
        "type": "TASK",
        "status": shown,
        "channel": channel,
        "scheduledAt": row["scheduledAt"],
        "occurredAt": if is_over { json!(occurred) } else { Value::Null },
        "createdAt": row["createdAt"],
        "lifecycleStatus": lifecycle.0,
        "lifecycleStatusLabel": lifecycle.1,
        "lifecycleStatusDetail": if status == "UNRESOLVED" { json!("Sin operador en la ruta") } else { Value::Null },
        "canForceRetryDispatch": status == "FAILED",
        "commerceExternalId": commerce["externalId"],
        "commerceName": commerce["name"],
        "operatorExternalId": operator_id(dice.below(sizes.operators.max(1))),
        "resultStatus": result,
    });
    (row, Some(item))
}

/// Of the words of `lifecycleStatus` only SCHEDULED is documented; the others are made up.
pub(crate) fn lifecycle(status: &str) -> (&'static str, &'static str) {
    match status {
        "PENDING" => ("SCHEDULED", "Programada"),
        "IN_PROGRESS" => ("DISPATCHED", "Despachada"),
        "CANCELED" | "CANCELLED" => ("CANCELLED", "Anulada"),
        _ => ("HANDLED", "Gestionada"),
    }
}

/// The tenant's own types of results.
pub(crate) fn result_types() -> Vec<Value> {
    let types = [
        ("SALE_COMPLETED", "Venta realizada", false),
        ("NOT_INTERESTED", "Sin interés", false),
        ("RESCHEDULE", "Reagendar", true),
        ("NO_CONTACT", "Sin contacto", false),
    ];
    let rows = types.map(
        |(code, label, dated)| json!({ "code": code, "label": label, "requiresFutureScheduledAt": dated }),
    );
    rows.into()
}
