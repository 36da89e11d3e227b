//! `parte serve`: until told to stop.

use super::arguments::Serve;
use super::terminal::Terminal;
use super::{Ended, runtime};
use crate::app::{self, Exit, Failure, figures};
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

pub(super) fn serve(arguments: &Serve, file: &Path, terminal: &Terminal) -> Ended {
    let definitions = super::definitions(file, terminal)?;
    let scheduled =
        definitions.reports.iter().filter(|report| report.schedule.is_some() && !report.paused).count();
    terminal.remark(&format!("{scheduled} reports on schedule; Ctrl-C stops"));
    let metrics = arguments
        .metrics
        .map(|address| figures::listen(address, arguments.metrics_public))
        .transpose()?
        .map(|listener| (listener, definitions.clone()));
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let (stop, stopped) = watch::channel(false);
        let unforeseen = |error| Failure::Unforeseen(format!("failed to listen for signals: {error}"));
        let mut terminate = signal(SignalKind::terminate()).map_err(unforeseen)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(unforeseen)?;
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            stop.send_replace(true);
            // the sender lives on, so that the receivers see "stop" rather than its end
            stop.closed().await;
        });
        if let Some((listener, definitions)) = metrics {
            // It ends with the process; work does not depend on who looks at it.
            tokio::spawn(async move {
                if let Err(failure) = figures::offer(listener, definitions).await {
                    tracing::error!(error = %failure, "metrics are not offered");
                }
            });
        }
        app::serve(definitions, Duration::from_secs(arguments.grace), stopped).await
    });
    // a report in the making cannot be interrupted: its run is released, and its thread ends with the process
    runtime.shutdown_timeout(Duration::from_millis(200));
    served.map(|()| Exit::Done)
}
