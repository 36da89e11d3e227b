//! `[[report.deliver]]`: whom a report goes to.

use super::channel::mailbox;
use super::file::Known;
use super::problems::{Read, Reported};
use super::report::some_formats;
use super::source::known;
use super::table::{Refused, Spot, Table};
use super::{template, words};
use crate::definition::{Channel, ChannelId, Deliver, Format, Way};
use std::collections::BTreeSet;

const LATER: &[Refused] = &[("cc", "put everybody into `to`: each gets a message of their own")];

/// Reads the deliveries of a report; `formats` are the report's, where they are known.
pub(super) fn read_all(
    report: &Table<'_>,
    known: &Known<'_>,
    formats: Option<&Vec<Spot<Format>>>,
) -> Read<Vec<Deliver>> {
    let mut deliver = Vec::new();
    let mut fault: Option<Reported> = None;
    let mut reached = BTreeSet::new();
    for table in &report.tables("deliver", "[[report.deliver]]", LATER)? {
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
    let (to, subject) = match channel {
        Ok(Channel { id, way: Way::Email(_), .. }) => (to(table, id, reached), subject(table, things)),
        Ok(Channel { id, way: Way::Webhook(_), .. }) => {
            table.leave_unjudged(&["to", "subject"]);
            let what = format!("the channel `{id}` takes events, a report cannot go there");
            let hint = "choose a channel of mail or of files";
            let place = table.key_place("channel");
            (
                Err(table.problems().add("misplaced-channel", &place, what, "takes events only", hint)),
                Ok(None),
            )
        }
        Ok(Channel { id, .. }) => {
            let what = format!("the channel `{id}` takes files, it has no recipients");
            table.refuse("to", &what, "delete the line, or choose a mail channel");
            let what = format!("the channel `{id}` takes files, they have no subject");
            table.refuse("subject", &what, "delete the line, or choose a mail channel");
            let first = reached.insert((id.clone(), None));
            let nobody = if first { Ok(Vec::new()) } else { Err(files_twice(table, id)) };
            (nobody, Ok(None))
        }
        Err(reported) => {
            table.leave_unjudged(&["to", "subject"]);
            (Err(reported), Ok(None))
        }
    };
    let all = formats.map(|all| all.iter().map(|format| format.value).collect());
    Ok(Deliver {
        channel: channel?.id.clone(),
        to: to?,
        formats: own_formats?.or(all).unwrap_or_default(),
        subject: subject?.map(words::WrittenText::into_text),
    })
}

fn files_twice(table: &Table<'_>, id: &ChannelId) -> Reported {
    let what = format!("the report goes to `{id}` already");
    let hint = "name all formats in one [[report.deliver]]";
    table.problems().add("duplicate", &table.key_place("channel"), what, "a second time", hint)
}

/// Each address once a channel, however it is written: one delivery is one promise.
fn to(table: &Table<'_>, id: &ChannelId, reached: &mut Reached) -> Read<Vec<String>> {
    const HINT: &str = "write to = [\"gerencia@example.com\"]";
    let list = table.need("to", table.strings("to"), HINT)?;
    let mut fault = None;
    if list.value.is_empty() {
        fault =
            Some(table.problems().add("empty-list", &list.place, "`to` is empty", "nobody gets it", HINT));
    }
    let mut kept: Vec<String> = Vec::new();
    for spot in list.value {
        match mailbox(table, &spot) {
            Ok(mailbox) => {
                let address = mailbox.email.to_string().to_lowercase();
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
