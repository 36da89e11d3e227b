//! How a file takes its place in a folder, wherever the folder is: it grows under a hidden name, gets its final one when it
//! is whole, and a marker after that. Never: sockets, files.

use super::file_name::{checked, marker, numbered, temporary};
use super::{Outcome, Shipment};
use crate::definition::{Existing, Placing};

/// Most files that may share a name before somebody has to tidy up.
const MOST: u32 = 99;

/// So many earlier tries are tidied up after.
const TRIES: u32 = 10;

/// What a folder has under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum There {
    /// Nothing.
    Nothing,
    /// This very content.
    Same,
    /// A file of the same length that we may not read.
    SameLength,
    /// Something else.
    Other,
}

/// Did a file get its name?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Yes.
    Yes,
    /// Another has it, and was not replaced.
    Taken,
}

/// A folder that files are put into.
pub(super) trait Shelf {
    /// What it has under this name.
    fn find(&mut self, name: &str, bytes: &[u8]) -> impl Future<Output = Result<There, Outcome>> + Send;
    /// Writes a file of this name; when it returns the folder holds it whole.
    fn write(&mut self, name: &str, bytes: &[u8]) -> impl Future<Output = Result<(), Outcome>> + Send;
    /// Gives a file another name.
    fn rename(
        &mut self,
        from: &str,
        to: &str,
        replace: bool,
    ) -> impl Future<Output = Result<Named, Outcome>> + Send;
    /// What proves that the file is there under its final name: words for the receipt.
    fn proof(&mut self, name: &str, bytes: &[u8]) -> impl Future<Output = Result<String, Outcome>> + Send;
    /// Makes an empty file, or leaves the one that is there.
    fn mark(&mut self, name: &str) -> impl Future<Output = Result<(), Outcome>> + Send;
    /// Removes a file if it can. An error means that the peer no longer answers.
    fn discard(&mut self, name: &str) -> impl Future<Output = Result<(), Outcome>> + Send;
}

/// Puts a file on the shelf; `Ok` says what proves that it is there.
pub(super) async fn put<S: Shelf + Send>(
    shelf: &mut S,
    placing: &Placing,
    channel: &str,
    name: &str,
    shipment: &Shipment,
) -> Result<String, Outcome> {
    checked(name).map_err(Outcome::refused)?;
    if let Some(done) = &placing.done {
        checked(&marker(done, name)).map_err(Outcome::refused)?;
    }
    let Shipment { key, attempt, .. } = shipment;
    // what a killed try left behind: those after it may never have come as far as here
    for earlier in attempt.saturating_sub(TRIES).max(1)..*attempt {
        shelf.discard(&temporary(name, key, earlier)).await?;
    }
    let growing = temporary(name, key, *attempt);
    let mut written = false;
    let placed = place(shelf, placing, channel, name, &growing, shipment, &mut written).await;
    if written && !matches!(placed, Ok(Placed::New(_))) {
        // why it was not placed is what counts
        let _ = shelf.discard(&growing).await;
    }
    match placed? {
        Placed::New(target) => {
            let proof = shelf.proof(&target, &shipment.bytes).await?;
            finish(shelf, placing, &target).await?;
            Ok(proof)
        }
        Placed::Before(target) => {
            finish(shelf, placing, &target).await?;
            let since = if *attempt > 1 { "since an earlier try" } else { "already" };
            Ok(format!("{target} is there {since}, {} bytes equal", shipment.bytes.len()))
        }
    }
}

/// Where the file is.
enum Placed {
    /// It was put there now.
    New(String),
    /// It was there.
    Before(String),
}

async fn place<S: Shelf + Send>(
    shelf: &mut S,
    placing: &Placing,
    channel: &str,
    name: &str,
    growing: &str,
    shipment: &Shipment,
    written: &mut bool,
) -> Result<Placed, Outcome> {
    let replace = placing.existing == Existing::Replace;
    for number in 1..=MOST {
        let target = numbered(name, number);
        match shelf.find(&target, &shipment.bytes).await? {
            There::Same => return Ok(Placed::Before(target)),
            // ours, if an earlier try came so far; another's, if none did
            There::SameLength if shipment.attempt > 1 && !replace => return Err(unread(&target, channel)),
            There::Nothing => {}
            There::SameLength | There::Other => match placing.existing {
                Existing::Replace => {}
                Existing::Keep => continue,
                Existing::Refuse => return Err(taken(&target, channel)),
            },
        }
        if !*written {
            *written = true;
            shelf.write(growing, &shipment.bytes).await?;
        }
        if let Some(done) = &placing.done {
            // one of an earlier file would tell of ours before it is there
            shelf.discard(&marker(done, &target)).await?;
        }
        match shelf.rename(growing, &target, replace).await? {
            Named::Yes => return Ok(Placed::New(target)),
            // somebody else was faster
            Named::Taken if placing.existing == Existing::Keep => {}
            Named::Taken => return Err(taken(&target, channel)),
        }
    }
    Err(Outcome::refused(format!(
        "{MOST} files named like {name} are there already; tidy the folder of channel {channel} up"
    )))
}

async fn finish<S: Shelf + Send>(shelf: &mut S, placing: &Placing, target: &str) -> Result<(), Outcome> {
    match &placing.done {
        Some(done) => shelf.mark(&marker(done, target)).await,
        None => Ok(()),
    }
}

fn unread(name: &str, channel: &str) -> Outcome {
    Outcome::InDoubt {
        error: format!(
            "a file named {name} with as many bytes is there, and may not be read: an earlier try or somebody else has put it \
             there; look at it, or let the user of channel {channel} read its folder"
        ),
    }
}

fn taken(name: &str, channel: &str) -> Outcome {
    Outcome::refused(format!(
        "another file named {name} is there already, and it was left alone; move it away, or write existing = \"keep\" or \
         \"replace\" for channel {channel}"
    ))
}
