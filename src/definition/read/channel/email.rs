//! `smtp://`, `smtp+starttls://`, `smtps://`: channels of mail.

use crate::definition::EmailChannel;
use crate::definition::read::address::{self, Scheme, Vault};
use crate::definition::read::civil::part_of;
use crate::definition::read::problems::Read;
use crate::definition::read::table::{Spot, Table};
use lettre::message::Mailbox;

pub(super) fn read(
    table: &Table<'_>,
    url: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
) -> Read<EmailChannel> {
    let address = address::read(table.page(), url, scheme, vault);
    let from = table
        .need("from", table.string("from"), "write from = \"Informes <informes@example.com>\"")
        .and_then(|spot| mailbox(table, &spot).map(|_| spot.value));
    let reply_to = match table.string("reply_to") {
        Ok(Some(spot)) => mailbox(table, &spot).map(|_| Some(spot.value)),
        Ok(None) => Ok(None),
        Err(reported) => Err(reported),
    };
    let address = address?;
    if !matches!(address.url.path(), "" | "/") || address.url.query().is_some() {
        let what = "a mail server's url ends after its host";
        let hint = "delete what stands after the host and port";
        let place = part_of(table.page(), url, address.tail);
        return Err(table.problems().add("bad-url", &place, what, "has a path", hint));
    }
    Ok(EmailChannel { server: address.server, tls: scheme.tls(), from: from?, reply_to: reply_to? })
}

/// Reads a mail address as `Name <a@b>` or `a@b`.
pub(in crate::definition::read) fn mailbox(table: &Table<'_>, spot: &Spot<String>) -> Read<Mailbox> {
    if let Ok(mailbox) = spot.value.parse::<Mailbox>()
        && !spot.value.contains(char::is_control)
    {
        return Ok(mailbox);
    }
    let what = format!("`{}` is not a mail address", spot.value);
    let hint = if spot.value.contains([',', ';']) {
        "write each address in quotes of its own: [\"a@example.com\", \"b@example.com\"]"
    } else {
        "write name@example.com, or Name <name@example.com>"
    };
    Err(table.problems().add("bad-address", &spot.place, what, "not an address", hint))
}
