//! `parte dead`: what did not arrive and waits for somebody's decision.

use super::arguments::Dead;
use super::care::{place, said};
use super::terminal::{Terminal, wrapped};
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure};
use crate::ledger::{DeliveryState, Undelivered};
use std::path::Path;

pub(super) fn dead(arguments: &Dead, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = place(file, false)?;
    let (mut rows, held) = runtime()?.block_on(async {
        if !app::ledger_exists(&definitions).await? {
            return Ok((Vec::new(), 0));
        }
        let ledger = app::ledger(&definitions).await?;
        let limit = if arguments.limit == 0 { 0 } else { arguments.limit.saturating_add(1) };
        let rows = ledger.undelivered(limit).await?;
        let held = ledger.queue().await?.held;
        ledger.close().await;
        Ok::<_, Failure>((rows, held))
    })?;
    let limit = arguments.limit as usize;
    let more = limit > 0 && rows.len() > limit;
    if more {
        rows.truncate(limit);
    }
    if arguments.json {
        terminal.json(&rows)?;
    } else if rows.is_empty() {
        terminal.result("nothing was refused, is dead or in doubt");
    } else {
        for row in &rows {
            terminal.result(&shown(row, terminal.width()));
        }
        if more {
            terminal.result("there are more: --limit 0 shows all");
        }
    }
    if held > 0 && !arguments.json {
        let are = if held == 1 { "1 run is".to_owned() } else { format!("{held} runs are") };
        terminal.result(&format!(
            "{are} held because of their data: `parte runs --state held` lists what waits so"
        ));
    }
    Ok(Exit::Done)
}

fn shown(row: &Undelivered, width: usize) -> String {
    let zone = row.zone.parse().unwrap_or(chrono_tz::UTC);
    let tries = if row.attempts == 1 { "1 try".to_owned() } else { format!("{} tries", row.attempts) };
    let mut text = format!(
        "d{} · {} · run {} · {} after {tries} on {}",
        row.delivery,
        row.report,
        row.run,
        said(row.state),
        row.since.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z"),
    );
    for (word, said) in [
        ("to", format!("{} by {}", row.recipient, row.channel)),
        ("why", row.why.clone()),
        ("do", what_to_do(row)),
    ] {
        text.push_str(&format!("\n  {word:<4}{}", wrapped(&said, width.saturating_sub(6), 6)));
    }
    text
}

fn what_to_do(row: &Undelivered) -> String {
    let id = row.delivery;
    match row.state {
        DeliveryState::InDoubt => format!(
            "ask whether it is there. If not: parte retry d{id}. If it is, or nobody needs it: parte cancel d{id}"
        ),
        DeliveryState::Dead => format!(
            "see that the peer lets us in (parte check --online), then: parte retry d{id}. To let it be: parte cancel d{id}"
        ),
        _ => format!("mend what the peer says, then: parte retry d{id}. To let it be: parte cancel d{id}"),
    }
}
