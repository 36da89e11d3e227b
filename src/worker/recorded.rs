//! What a run was recorded with, back in the types of its definition.

use crate::calendar::Period;
use crate::definition::{Definitions, Format, Report};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;

/// A run by what the record says of it.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// Name of the report.
    pub report: &'a str,
    /// Values of its parameters as typed, by name.
    pub params: &'a BTreeMap<String, String>,
    /// Names of the formats it is restricted to; empty: all.
    pub formats: &'a [String],
    /// The instant its schedule fired, or the one it was asked for.
    pub scheduled_for: DateTime<Utc>,
    /// First civil day that it covers, and the one after the last.
    pub days: (NaiveDate, NaiveDate),
    /// IANA name of the zone whose days these are.
    pub zone: &'a str,
}

impl Recorded<'_> {
    /// The report, with the values of its parameters.
    ///
    /// # Errors
    /// It is not defined any more, or takes other parameters.
    pub fn report(&self, definitions: &Definitions) -> Result<Report, String> {
        let report = definitions
            .reports
            .iter()
            .find(|report| report.id.as_str() == self.report)
            .ok_or_else(|| format!("report `{}` is no longer defined", self.report))?;
        let params = report.params.recorded(self.params).map_err(|error| {
            format!("a value that the run was recorded with: {} ({})", error.what, error.hint)
        })?;
        Ok(report.with_params(params))
    }

    /// The formats it is restricted to.
    ///
    /// # Errors
    /// A name that is none.
    pub fn formats(&self) -> Result<Vec<Format>, String> {
        let format = |name: &String| {
            let known = Format::ALL.into_iter().find(|format| format.extension() == name);
            known.ok_or_else(|| format!("there is no format `{name}`"))
        };
        self.formats.iter().map(format).collect()
    }

    /// The period: what was promised when the run was enqueued, whatever the definition says today.
    ///
    /// # Errors
    /// Days or a zone that are none.
    pub fn period(&self, report: &Report) -> Result<Period, String> {
        let zone: chrono_tz::Tz =
            self.zone.parse().map_err(|_| format!("there is no zone `{}`", self.zone))?;
        let (from, to) = self.days;
        let own = report.period_at(self.scheduled_for, Some(from));
        // The report's own rule also knows which calendar unit it is. Where it goes on from the run before, it began there.
        if (own.from(), own.to(), own.zone()) == (from, to, zone) {
            return Ok(own);
        }
        Period::of_days(from, to, zone).map_err(|error| error.to_string())
    }
}
