//! `ftp://`, `ftps://`, `ftps+implicit://`: channels of files on a server.

use super::{file, placing, warn_unless_encrypted};
use crate::definition::read::address::{self, Scheme, Vault};
use crate::definition::read::problems::Read;
use crate::definition::read::table::{Spot, Table};
use crate::definition::{Existing, FtpChannel};

pub(super) fn read(
    table: &Table<'_>,
    url: &Spot<String>,
    scheme: Scheme,
    vault: Vault<'_>,
) -> Read<FtpChannel> {
    let address = address::read(table.page(), url, scheme, vault);
    let file = file(table);
    let placing = placing::read(table, Existing::Refuse);
    let address = address?;
    let folder = folder(table, url, &address.url)?;
    if address.server.login.is_some() {
        warn_unless_encrypted(
            table,
            url,
            scheme,
            &address.server.host,
            "write ftps:// or sftp://, if the server offers it",
        );
    }
    Ok(FtpChannel { server: address.server, tls: scheme.tls(), folder, file: file?, placing: placing? })
}

/// The folder that a url names on a server.
pub(super) fn folder(table: &Table<'_>, spot: &Spot<String>, url: &url::Url) -> Read<String> {
    let path = url.path();
    let folder = address::percent_decode(path.strip_prefix('/').unwrap_or(path));
    if folder.chars().any(char::is_control) {
        let what = "the folder on the server has a control character";
        return Err(table.problems().add("bad-url", &spot.place, what, "in this url", "delete it"));
    }
    Ok(folder.trim_end_matches('/').to_owned())
}
