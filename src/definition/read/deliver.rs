//! `[[report.deliver]]`: whom a report goes to.

use super::channel::mailbox;
use super::civil::part_of;
use super::csv;
use super::file::Known;
use super::problems::{Read, Reported};
use super::report::some_formats;
use super::source::known;
use super::table::{Spot, Table};
use super::{template, words};
use crate::definition::{Channel, ChannelId, Deliver, EmailChannel, Format, Way};
use std::collections::BTreeSet;

/// Reads the deliveries of a report; `formats` are the report's, where they are known.
pub(super) fn read_all(
    report: &Table<'_>,
    known: &Known<'_>,
    formats: Option<&Vec<Spot<Format>>>,
) -> Read<Vec<Deliver>> {
    let mut deliver = Vec::new();
    let mut fault: Option<Reported> = None;
    let mut reached = BTreeSet::new();
    for table in &report.tables("deliver", "[[report.deliver]]", &[])? {
        match read(table, known, formats, &mut reached) {
            Ok(one) => deliver.push(one),
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(deliver), Err)
}

/// Who is reached by which channel; nobody for channels that take files.
type Reached = BTreeSet<(ChannelId, Option<String>)>;

fn read(
    table: &Table<'_>,
    things: &Known<'_>,
    formats: Option<&Vec<Spot<Format>>>,
    reached: &mut Reached,
) -> Read<Deliver> {
    let channel = table
        .need("channel", table.string("channel"), "write channel = \"...\", the name of one of [channels.*]")
        .and_then(|spot| known(table, &spot, "channel", "unknown-channel", things.channels));
    let own_formats = some_formats(table, "formats", formats);
    let (people, subject) = match channel {
        Ok(Channel { id, way: Way::Email(email), .. }) => {
            (people(table, id, email, reached), subject(table, things))
        }
        Ok(Channel { id, way: Way::Webhook(_), .. }) => {
            table.leave_unjudged(&PEOPLE);
            table.leave_unjudged(&["subject"]);
            let what = format!("the channel `{id}` takes events, a report cannot go there");
            let hint = "choose a channel of mail or of files";
            let place = table.key_place("channel");
            let told = table.problems().add("misplaced-channel", &place, what, "takes events only", hint);
            (Err(told), Ok(None))
        }
        Ok(Channel { id, .. }) => {
            let what = format!("the channel `{id}` takes files, it has no recipients");
            for key in PEOPLE {
                table.refuse(key, &what, "delete the line, or choose a mail channel");
            }
            let what = format!("the channel `{id}` takes files, they have no subject");
            table.refuse("subject", &what, "delete the line, or choose a mail channel");
            let first = reached.insert((id.clone(), None));
            let nobody = if first { Ok(People::default()) } else { Err(files_twice(table, id)) };
            (nobody, Ok(None))
        }
        Err(reported) => {
            table.leave_unjudged(&PEOPLE);
            table.leave_unjudged(&["subject"]);
            (Err(reported), Ok(None))
        }
    };
    let dialect = csv::read(table);
    let all: Option<Vec<Format>> = formats.map(|all| all.iter().map(|format| format.value).collect());
    let goes = own_formats.as_ref().ok().and_then(|own| own.as_ref().or(all.as_ref()));
    if table.has("csv") && goes.is_some_and(|goes| !goes.contains(&Format::Csv)) {
        csv::not_made(table, "let \"csv\" go this way too (`formats`), or delete the line");
    }
    let People { to, cc, bcc, together } = people?;
    Ok(Deliver {
        channel: channel?.id.clone(),
        to,
        cc,
        bcc,
        together,
        formats: own_formats?.or(all).unwrap_or_default(),
        csv: dialect?,
        subject: subject?.map(words::WrittenText::into_text),
    })
}

fn files_twice(table: &Table<'_>, id: &ChannelId) -> Reported {
    let what = format!("the report goes to `{id}` already");
    let hint = "name all formats in one [[report.deliver]]";
    table.problems().add("duplicate", &table.key_place("channel"), what, "a second time", hint)
}

/// Keys that say who gets a mail.
const PEOPLE: [&str; 4] = ["to", "cc", "bcc", "together"];

#[derive(Default)]
struct People {
    to: Vec<String>,
    cc: Vec<String>,
    bcc: Vec<String>,
    together: bool,
}

fn people(table: &Table<'_>, id: &ChannelId, email: &EmailChannel, reached: &mut Reached) -> Read<People> {
    const TO: &str = "write to = [\"gerencia@example.com\"]";
    const COPY: &str = "name at least one, or delete the line";
    let to = table
        .need("to", table.strings("to"), TO)
        .and_then(|list| addresses(table, ("to", "nobody gets it", TO), list, id, email, reached));
    let [cc, bcc] = ["cc", "bcc"].map(|key| match table.strings(key) {
        Ok(Some(list)) => addresses(table, (key, "nobody gets a copy", COPY), list, id, email, reached),
        Ok(None) => Ok(Vec::new()),
        Err(reported) => Err(reported),
    });
    let together = table.boolean("together").map(Option::unwrap_or_default);
    if matches!(together, Ok(false)) {
        for key in ["cc", "bcc"] {
            let what = format!("`{key}` belongs to a message that goes to all together");
            let hint =
                "write together = true, or put everybody into `to`: each gets a message of their own then";
            table.refuse(key, &what, hint);
        }
    }
    Ok(People { to: to?, cc: cc?, bcc: bcc?, together: together? })
}

/// Each address once a channel, however it is written: one delivery is one promise.
fn addresses(
    table: &Table<'_>,
    (key, nobody, hint): (&str, &str, &str),
    list: Spot<Vec<Spot<String>>>,
    id: &ChannelId,
    email: &EmailChannel,
    reached: &mut Reached,
) -> Read<Vec<String>> {
    let mut fault = None;
    if list.value.is_empty() {
        let what = format!("`{key}` is empty");
        fault = Some(table.problems().add("empty-list", &list.place, what, nobody, hint));
    }
    let mut kept: Vec<String> = Vec::new();
    for spot in list.value {
        match mailbox(table, &spot) {
            Ok(mailbox) => {
                let address = mailbox.email.to_string().to_lowercase();
                if !email.allows(mailbox.email.domain()) {
                    fault = Some(not_allowed(table, &spot, id, email, mailbox.email.domain()));
                }
                if !reached.insert((id.clone(), Some(address.clone()))) {
                    let what = format!("`{address}` gets this report by `{id}` already");
                    let hint = "delete one of the two; all formats can go in one [[report.deliver]]";
                    fault = Some(table.problems().add("duplicate", &spot.place, what, "a second time", hint));
                }
                kept.push(spot.value);
            }
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(kept), Err)
}

fn not_allowed(
    table: &Table<'_>,
    spot: &Spot<String>,
    id: &ChannelId,
    email: &EmailChannel,
    domain: &str,
) -> Reported {
    let start = spot.value.rfind(domain).unwrap_or_default();
    let place = part_of(table.page(), spot, start..spot.value.len().min(start + domain.len()));
    let what = format!("the channel `{id}` sends no mail to `{domain}`");
    let hint =
        format!("its `allow` names {}; add the domain there, or correct the address", email.allow.join(", "));
    table.problems().add("not-allowed", &place, what, "not among its domains", hint)
}

fn subject(table: &Table<'_>, known: &Known<'_>) -> Read<Option<words::WrittenText>> {
    let Some(subject) = words::text(table, "subject")? else { return Ok(None) };
    if let Some(version) = subject.versions().find(|version| version.value.contains(['\r', '\n'])) {
        let hint = "keep it on one line";
        return Err(table.problems().add(
            "bad-subject",
            &version.place,
            "a subject is one line",
            "has a line break",
            hint,
        ));
    }
    template::check(table.page(), &subject, template::SUBJECT, known)?;
    Ok(Some(subject))
}
