//! `parte preview`: one report in the browser while it is written.

use super::arguments::Preview;
use super::parameters::with_params;
use super::terminal::Terminal;
use super::when::when;
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure};
use crate::definition::Report;
use crate::server;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

pub(super) fn preview(arguments: &Preview, file: &Path, terminal: &Terminal) -> Ended {
    let asked = {
        let (at, period, params) = (arguments.at.clone(), arguments.period.clone(), arguments.params.clone());
        move |report: &Report| {
            let report = with_params(report, &params)?;
            let (at, period) = when(at.as_deref(), period.as_deref(), &report)?;
            Ok((report, at, period))
        }
    };
    // a definition with mistakes is what the preview is for; a wrong name or instant is not mended by saving a file
    match app::definitions(file) {
        Ok(definitions) => {
            asked(app::report(&definitions, &arguments.report, file)?)?;
        }
        Err(Failure::Definition(_)) if file.is_file() => {}
        Err(failure) => return Err(failure),
    }
    let unforeseen =
        |error: std::io::Error| Failure::Unforeseen(format!("failed to show the report: {error}"));
    let listener = server::listen(arguments.port).map_err(|error| taken(arguments.port, &error))?;
    let url = format!("http://{}/", listener.local_addr().map_err(unforeseen)?);
    let (path, name) = (file.to_owned(), arguments.report.clone());
    let make: server::Make = Arc::new(move || app::attempt(&path, &name, &asked));
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(unforeseen)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(unforeseen)?;
        terminal.result(&url);
        terminal.advice(&format!("  shows {} and every save; Ctrl-C ends", arguments.report));
        if arguments.open
            && let Err(error) = open::that_detached(&url)
        {
            terminal.remark(&format!("  no browser could be opened ({error}); go to {url}"));
        }
        tokio::select! {
            ended = server::serve(listener, arguments.report.clone(), make) => ended.map_err(unforeseen),
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    });
    // neither a held answer nor a report in the making is waited for
    runtime.shutdown_background();
    served.map(|()| Exit::Done)
}

fn taken(port: Option<u16>, error: &std::io::Error) -> Failure {
    let port = port.map_or_else(|| "a port".to_owned(), |port| format!("port {port}"));
    Failure::Argument {
        what: format!("--port: {port} on 127.0.0.1 cannot be used: {error}"),
        hint: "name another, or leave --port away and a free one is taken".to_owned(),
    }
}
