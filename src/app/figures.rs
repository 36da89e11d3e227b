//! What machines that watch are told, as Prometheus' text: everything is counted from the ledger, so that several processes
//! which share one say the same.

use super::Failure;
use crate::clock;
use crate::definition::Definitions;
use crate::ledger::{DURATION_BOUNDS, DeliveryState, Figures, Ledger, RunDurations, RunState};
use crate::scheduler::lag;
use crate::server;
use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Takes the address that is asked for.
///
/// # Errors
/// It is not one of this machine alone and `public` does not say so, or it is taken.
pub fn listen(address: SocketAddr, public: bool) -> Result<TcpListener, Failure> {
    if !address.ip().is_loopback() && !public {
        return Err(Failure::Argument {
            what: format!("other machines would reach the metrics at {address}"),
            hint: "name an address of this machine, 127.0.0.1:9464, or add --metrics-public".to_owned(),
        });
    }
    TcpListener::bind(address).map_err(|error| Failure::Argument {
        what: format!("the metrics cannot be offered at {address}: {error}"),
        hint: "name another port".to_owned(),
    })
}

/// Answers `/metrics` and `/healthz` until the future is dropped. Work does not depend on who looks at it: where that is not
/// possible, the log says so.
pub(super) async fn offer(
    listener: TcpListener,
    ledger: Ledger,
    definitions: watch::Receiver<Arc<Definitions>>,
) {
    let measure: server::Measure = Arc::new(move || {
        let (ledger, definitions) = (ledger.clone(), Arc::clone(&definitions.borrow()));
        Box::pin(async move { measured(&ledger, &definitions).await })
    });
    if let Err(error) = server::offer(listener, measure).await {
        tracing::error!(%error, "the metrics are not offered");
    }
}

async fn measured(ledger: &Ledger, definitions: &Definitions) -> Result<String, String> {
    let figures = ledger.figures().await.map_err(|error| error.in_full())?;
    let now = clock::now();
    let late = definitions.reports.iter().filter(|report| !report.paused).filter_map(|report| {
        figures.decided.get(report.id.as_str()).map(|through| lag(report, *through, now))
    });
    Ok(exposition(&figures, late.max().unwrap_or_default()))
}

/// The numbers as text, format 0.0.4.
fn exposition(figures: &Figures, lag: Duration) -> String {
    let mut text = Exposition::default();
    text.family("parte_build_info", "gauge", "Which program this is; always 1.");
    text.sample("parte_build_info", &[("version", env!("CARGO_PKG_VERSION"))], "1");
    text.family("parte_runs_total", "counter", "Runs in the record that have ended, by report and state.");
    // What is held may still go out.
    let ended = |state: RunState| state.is_final() && state != RunState::Held;
    for (report, state, count) in figures.runs.iter().filter(|(_, state, _)| ended(*state)) {
        text.sample("parte_runs_total", &[("report", report), ("state", state.as_str())], &count.to_string());
    }
    text.family(
        "parte_runs_open",
        "gauge",
        "Runs that wait, are produced or delivered, or are held until somebody decides, by report and state.",
    );
    for (report, state, count) in figures.runs.iter().filter(|(_, state, _)| !ended(*state)) {
        text.sample("parte_runs_open", &[("report", report), ("state", state.as_str())], &count.to_string());
    }
    text.family(
        "parte_run_duration_seconds",
        "histogram",
        "How long runs took, from the beginning of the last try to the end of the last delivery.",
    );
    figures.durations.iter().for_each(|durations| text.durations(durations));
    text.family("parte_deliveries", "gauge", "Deliveries in the record, by channel and state.");
    for (channel, state, count) in &figures.deliveries {
        text.sample(
            "parte_deliveries",
            &[("channel", channel), ("state", state.as_str())],
            &count.to_string(),
        );
    }
    let all = |wanted: DeliveryState| -> u64 {
        figures.deliveries.iter().filter(|(_, state, _)| *state == wanted).map(|(.., count)| count).sum()
    };
    text.single(
        "parte_deliveries_in_doubt",
        "Deliveries held because the recipient may or may not have them.",
        &all(DeliveryState::InDoubt).to_string(),
    );
    text.single(
        "parte_deliveries_dead",
        "Deliveries tried as often as they may be, in vain.",
        &all(DeliveryState::Dead).to_string(),
    );
    text.family(
        "parte_delivery_attempts_total",
        "counter",
        "Tries of deliveries that ended, by channel and outcome.",
    );
    for (channel, outcome, count) in &figures.attempts {
        let labels = [("channel", channel.as_str()), ("outcome", outcome.as_str())];
        text.sample("parte_delivery_attempts_total", &labels, &count.to_string());
    }
    text.single(
        "parte_scheduler_lag_seconds",
        "How late the first firing is that nobody has decided about.",
        &seconds(lag),
    );
    text.family("parte_queue_age_seconds", "gauge", "How long what waits longest has been due.");
    text.sample("parte_queue_age_seconds", &[("kind", "run")], &seconds(figures.oldest_run));
    text.sample("parte_queue_age_seconds", &[("kind", "delivery")], &seconds(figures.oldest_delivery));
    text.0
}

fn seconds(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

/// Prometheus' text, line by line.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing into a text cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn single(&mut self, name: &str, help: &str, value: &str) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: &str) {
        let labels: Vec<String> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn durations(&mut self, durations: &RunDurations) {
        let report = durations.report.as_str();
        let bounds = DURATION_BOUNDS.iter().map(u32::to_string).zip(durations.at_most.iter().copied());
        for (bound, count) in bounds.chain([("+Inf".to_owned(), durations.count)]) {
            let labels = [("report", report), ("le", bound.as_str())];
            self.sample("parte_run_duration_seconds_bucket", &labels, &count.to_string());
        }
        let labels = [("report", report)];
        self.sample("parte_run_duration_seconds_sum", &labels, &seconds(durations.sum));
        self.sample("parte_run_duration_seconds_count", &labels, &durations.count.to_string());
    }
}

/// A label's value: what the record holds may be any text.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
