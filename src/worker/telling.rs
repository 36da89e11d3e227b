//! Tells owners what the record gives cause for, and programs of success. Never: finds the cause (that is the ledger's word), or the words for it.

use super::rounds::Worker;
use crate::clock;
use crate::definition::{AlertOn, Alerts, Definitions};
use crate::ledger::{AlertKind, Cause, LedgerError, Notice, Recovered, RunDetail, RunId, Success, Undecided};
use crate::notices::{self, Story};
use chrono::{DateTime, Utc};

impl Worker {
    /// Writes a notice for everything that owners are to be told and have not been told yet. What is written is delivered like
    /// anything else.
    ///
    /// # Errors
    /// When the ledger cannot be used: what is not told yet is found again.
    pub async fn tell_owners(&self) -> Result<(), LedgerError> {
        let definitions = self.definitions();
        let Some(alerts) = &definitions.alerts else { return Ok(()) };
        for cause in self.ledger().causes().await? {
            if alerts.wants(asked_for(cause.kind)) {
                self.tell_cause(&definitions, cause).await?;
            }
        }
        if alerts.wants(AlertOn::Held) {
            for undecided in self.ledger().undecided().await? {
                self.tell_held(&definitions, undecided).await?;
            }
        }
        let recovered = self.ledger().recovered().await?;
        for of_report in recovered.chunk_by(|a, b| a.report == b.report) {
            self.tell_recovery(&definitions, alerts, of_report.to_vec()).await?;
        }
        if alerts.wants(AlertOn::Done) {
            for success in self.ledger().successes().await? {
                self.tell_success(&definitions, success).await?;
            }
        }
        Ok(())
    }

    async fn tell_success(&self, definitions: &Definitions, success: Success) -> Result<(), LedgerError> {
        let Some(run) = self.detail(success.run).await? else { return Ok(()) };
        let story = Story::Done { run: &run };
        let Some(notice) = composed(definitions, &story, success.at) else { return Ok(()) };
        if let Some(notice) = self.ledger().tell_success(notice).await? {
            tracing::info!(report = run.run.report, run = %run.run.id, notice = %notice, "a program is told of success");
        }
        Ok(())
    }

    async fn tell_held(&self, definitions: &Definitions, undecided: Undecided) -> Result<(), LedgerError> {
        let Some(run) = self.detail(undecided.run).await? else { return Ok(()) };
        let story = Story::Held { run: &run };
        let about = (run.run.key.clone(), AlertOn::Held);
        let notice = match notices::notice(definitions, &story, undecided.at, clock::now()) {
            Ok(Some(notice)) => notice,
            Ok(None) => return Ok(()),
            Err(error) => {
                if self.untold().insert(about) {
                    tracing::error!(report = run.run.report, run = %undecided.run, error, "owners cannot be told");
                }
                return Ok(());
            }
        };
        self.untold().remove(&about);
        if let Some(notice) = self.ledger().tell_held(notice).await? {
            tracing::info!(report = run.run.report, run = %undecided.run, notice = %notice, "owners are told that it is held");
        }
        Ok(())
    }

    async fn tell_cause(&self, definitions: &Definitions, cause: Cause) -> Result<(), LedgerError> {
        let (Some(first), Some(last)) = (cause.runs.first(), cause.runs.last()) else { return Ok(()) };
        let (Some(run), Some(last)) = (self.detail(*first).await?, self.detail(*last).await?) else {
            return Ok(());
        };
        let more = cause.runs.len() - 1;
        let story = Story::Wrong { kind: cause.kind, run: &run, more, last: &last };
        let notice = match notices::notice(definitions, &story, cause.at, clock::now()) {
            Ok(Some(notice)) => notice,
            Ok(None) => return Ok(()),
            Err(error) => {
                // Said when it begins, not at every look.
                if self.untold().insert((cause.report.clone(), asked_for(cause.kind))) {
                    tracing::error!(report = cause.report, kind = %cause.kind, error, "owners cannot be told");
                }
                return Ok(());
            }
        };
        let (report, kind) = (cause.report.clone(), cause.kind);
        self.untold().remove(&(report.clone(), asked_for(kind)));
        let detail = run.run.error.clone().unwrap_or_default();
        if let Some(notice) = self.ledger().open_alert(cause, &detail, notice).await? {
            tracing::info!(report, %kind, run = %run.run.id, notice = %notice, "owners are told");
        }
        Ok(())
    }

    async fn tell_recovery(
        &self,
        definitions: &Definitions,
        alerts: &Alerts,
        recovered: Vec<Recovered>,
    ) -> Result<(), LedgerError> {
        let Some(by) = recovered.iter().map(|alert| alert.by).max() else { return Ok(()) };
        // What is held in doubt stays so, whatever later runs do: then there is nothing to say.
        let news: Vec<Recovered> = recovered
            .iter()
            .filter(|alert| alert.kind != AlertKind::InDoubt || alert.run == Some(alert.by))
            .cloned()
            .collect();
        let wanted = alerts.wants(AlertOn::Recovery) && !news.is_empty();
        let notice = match self.detail(by).await? {
            Some(run) if wanted => {
                let story = Story::Well { recovered: &news, by: &run };
                let at = run.run.finished_at.unwrap_or_default();
                composed(definitions, &story, at)
            }
            _ => None,
        };
        if let Some(notice) = self.ledger().close_alerts(recovered, notice).await? {
            tracing::info!(run = %by, notice = %notice, "owners are told that it is well again");
        }
        Ok(())
    }

    async fn detail(&self, run: RunId) -> Result<Option<RunDetail>, LedgerError> {
        self.ledger().run(run).await
    }
}

/// What is sent; nothing when nobody asked for it, or when it cannot be composed.
fn composed(definitions: &Definitions, story: &Story<'_>, at: DateTime<Utc>) -> Option<Notice> {
    notices::notice(definitions, story, at, clock::now()).unwrap_or_else(|error| {
        let run = &story.about().run;
        tracing::error!(report = run.report, run = %run.id, error, "owners cannot be told");
        None
    })
}

/// The word of [`Alerts::on`] for a cause.
fn asked_for(kind: AlertKind) -> AlertOn {
    match kind {
        AlertKind::Failure => AlertOn::Failure,
        AlertKind::Missed => AlertOn::Missed,
        AlertKind::InDoubt => AlertOn::InDoubt,
    }
}
