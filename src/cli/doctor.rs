//! `parte doctor`: how everything is that Parte needs.

use super::arguments::Doctor;
use super::terminal::{Terminal, wrapped};
use super::{Ended, runtime};
use crate::app::{Exit, Finding, Verdict, examine};
use serde_json::json;
use std::path::Path;

pub(super) fn doctor(arguments: &Doctor, file: &Path, terminal: &Terminal) -> Ended {
    let waiting = terminal.spinner("looking");
    let runtime = runtime()?;
    let findings = runtime.block_on(examine(file, !arguments.offline));
    // a peer or a disk that does not answer must not keep the program
    runtime.shutdown_background();
    waiting.finish_and_clear();
    let worst =
        findings.iter().find(|it| it.verdict == Verdict::Wrong).map_or(Exit::Done, |it| it.area.exit());
    if arguments.json {
        terminal.json(&json!({ "findings": findings, "exit": worst as u8 }))?;
        return Ok(worst);
    }
    for finding in &findings {
        terminal.result(&shown(finding, terminal));
    }
    let count = |verdict| findings.iter().filter(|it| it.verdict == verdict).count();
    let (looks, wrongs) = (count(Verdict::Look), count(Verdict::Wrong));
    terminal.advice(&match (looks, wrongs) {
        (0, 0) => "all is well".to_owned(),
        (looks, 0) => format!("nothing is wrong; {looks} to look at"),
        (looks, wrongs) => format!("{wrongs} wrong, {looks} to look at"),
    });
    Ok(worst)
}

/// Columns before what is said.
const BEFORE: usize = 19;

fn shown(finding: &Finding, terminal: &Terminal) -> String {
    let room = terminal.width().saturating_sub(BEFORE);
    let mark = match finding.verdict {
        Verdict::Ok => terminal.good("ok   "),
        Verdict::Look => terminal.doubtful("look "),
        Verdict::Wrong => terminal.bad("wrong"),
    };
    let mut text = format!("{mark}  {:<11} {}", finding.area.as_str(), wrapped(&finding.what, room, BEFORE));
    if !finding.to_do.is_empty() {
        let to_do = wrapped(&format!("-> {}", finding.to_do), room, BEFORE + 3);
        text.push_str(&format!("\n{}{to_do}", " ".repeat(BEFORE)));
    }
    text
}
