//! `[alerts]` and the `owner` of a report: who is told when something goes wrong.

use super::channel::mailbox;
use super::metric;
use super::problems::Read;
use super::report::word_list;
use super::source::{Named, known};
use super::table::{Spot, Table};
use crate::definition::{AlertOn, Alerts, Channel, ChannelId, Way};

/// Of what people may be told.
pub(super) const EVENTS: [(&str, AlertOn); 5] = [
    ("failure", AlertOn::Failure),
    ("recovery", AlertOn::Recovery),
    ("missed", AlertOn::Missed),
    ("in_doubt", AlertOn::InDoubt),
    ("held", AlertOn::Held),
];

/// Of what programs may be told.
pub(super) const HOOK_EVENTS: [(&str, AlertOn); 6] = {
    let [failure, recovery, missed, in_doubt, held] = EVENTS;
    [failure, recovery, missed, in_doubt, held, ("done", AlertOn::Done)]
};

/// Reads `[alerts]`; without it nobody is told.
pub(super) fn read(table: &Table<'_>, channels: &Named<Channel>) -> Read<Option<Alerts>> {
    let Some(inner) = table.table("alerts", "[alerts]", "write [alerts] on a line of its own", &[])? else {
        return table.misspelt("alerts").map(|()| None);
    };
    let hook = channel(&inner, "hook", inner.string("hook"), channels);
    let named = inner.string("channel");
    // Programs alone may be told.
    let mail = if inner.has("hook") && matches!(named, Ok(None)) {
        inner.refuse("to", "`to` belongs to a mail channel", "write channel = \"...\", or delete the line");
        Ok(None)
    } else {
        const WHO: &str = "write to = [\"admin@example.com\"]";
        let named = inner.need("channel", named, "write channel = \"...\", the name of a mail channel");
        let channel = channel(&inner, "channel", named.map(Some), channels);
        let to = inner.need("to", people(&inner, "to", WHO), WHO);
        channel.and_then(|channel| Ok(channel.zip(Some(to?))))
    };
    let on = word_list(&inner, "on", "event", &EVENTS);
    if !inner.has("hook") {
        inner.refuse(
            "hook_on",
            "`hook_on` belongs to `hook`",
            "name a channel: hook = \"...\", or delete the line",
        );
    }
    let hook_on = word_list(&inner, "hook_on", "event", &HOOK_EVENTS);
    let on = on?.unwrap_or_else(|| EVENTS.iter().map(|(_, event)| *event).collect());
    Ok(Some(Alerts { mail: mail?, hook: hook?, hook_on: hook_on?.unwrap_or_else(|| on.clone()), on }))
}

/// The channel that is named, when it is of the kind that this key asks for.
fn channel(
    table: &Table<'_>,
    key: &'static str,
    named: Read<Option<Spot<String>>>,
    channels: &Named<Channel>,
) -> Read<Option<ChannelId>> {
    let Some(spot) = named? else { return Ok(None) };
    let channel = known(table, &spot, "channel", "unknown-channel", channels)?;
    let (fits, who, hint) = match key {
        "channel" => (
            matches!(channel.way, Way::Email(_)),
            "people are told by mail",
            "name a channel whose url begins with smtp+starttls://, smtps:// or smtp://",
        ),
        _ => (
            matches!(channel.way, Way::Webhook(_)),
            "programs are told by webhook",
            "name a channel whose url begins with webhook+https://",
        ),
    };
    if fits {
        return Ok(Some(channel.id.clone()));
    }
    let what = format!("{who}, and `{}` is another kind of channel", spot.value);
    Err(table.problems().add("bad-alert-channel", &spot.place, what, "cannot tell anybody", hint))
}

/// Reads the `owner` of a report: told instead of those whom `[alerts]` name.
pub(super) fn owner(table: &Table<'_>, alerts: &Read<Option<Alerts>>) -> Read<Vec<String>> {
    const WHO: &str = "write owner = [\"ana@example.com\"]";
    if matches!(alerts, Ok(None)) {
        let what = "nobody is told anything while there is no [alerts]";
        table.refuse("owner", what, "add [alerts] with `channel` and `to`, or delete the line");
    }
    Ok(people(table, "owner", WHO)?.unwrap_or_default())
}

/// Addresses, at least one and each once.
fn people(table: &Table<'_>, key: &'static str, hint: &str) -> Read<Option<Vec<String>>> {
    let Some(list) = table.strings(key)? else { return Ok(None) };
    let mut fault = None;
    if list.value.is_empty() {
        let what = format!("`{key}` is empty");
        fault = Some(table.problems().add("empty-list", &list.place, what, "nobody is told", hint));
    }
    let (mut people, mut seen) = (Vec::new(), Vec::new());
    for spot in list.value {
        match mailbox(table, &spot) {
            Ok(mailbox) => {
                let address = mailbox.email.to_string().to_lowercase();
                if seen.contains(&address) {
                    fault = Some(metric::twice(table, &spot));
                }
                seen.push(address);
                people.push(spot.value);
            }
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(Some(people)), Err)
}
