//! A second connection that sees the moment of the first, so that the two frames that are large arrive at the same time.

use super::{Postgres, connect, connect_at};
use crate::definition::{FrameName, Source, SourceServer};
use crate::source::sql;
use crate::source::{Frames, Need, SourceError};

/// Reads the frames needed: states beside all others, where tasks are needed too and the server has a connection to spare.
pub(in crate::source) fn load(
    source: &Source,
    server: &SourceServer,
    need: &Need,
) -> Result<Frames, SourceError> {
    let first = connect(source, server)?;
    let are_both =
        [FrameName::Tasks, FrameName::UserStates].iter().all(|frame| need.columns.contains_key(frame));
    match if are_both { first.beside() } else { None } {
        Some(second) => sql::load_in_two(&first, second, need),
        None => sql::load(&first, need),
    }
}

impl Postgres<'_> {
    /// Another connection at the same moment; `None` where there is none to be had: it would save time, and nothing hangs on it.
    fn beside(&self) -> Option<Self> {
        // Never waits for one: two who have one each would wait for each other.
        let seat = self.fault().seat_if_free()?;
        let moment = self.held(|connection| {
            self.fault().in_time(&self.held.waiting, async {
                sqlx::query_scalar::<_, String>("select pg_export_snapshot()").fetch_one(connection).await
            })
        });
        let moment =
            moment.ok().filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'))?;
        let connected = connect_at(self.source, self.server, seat, Some(&moment));
        if let Err(error) = &connected {
            tracing::debug!(source = %self.source.id, error = error.what, "no second connection");
        }
        connected.ok()
    }
}
