//! What is asked for the rows of a frame: path, window, page. The places where generations of the API differ.

use crate::definition::{ApiGeneration, ApiSource, FrameName};
use chrono::{NaiveDate, NaiveTime, SecondsFormat, TimeDelta};
use std::fmt;
use url::Url;

/// The rows of one frame at the API.
#[derive(Clone, Copy)]
pub(super) struct Listing<'a> {
    pub(super) source: &'a ApiSource,
    pub(super) frame: FrameName,
    wanted: u32,
}

/// A part of a listing that is read and written as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Window {
    /// All of it.
    Whole,
    /// What is of one day.
    Day(NaiveDate),
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("all"),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

/// How pages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paging {
    /// They are not: the answer is the whole.
    None,
    /// `page`, and the size by this name; more rows than these are refused.
    By(&'static str, u32),
}

impl<'a> Listing<'a> {
    pub(super) fn of(source: &'a ApiSource, frame: FrameName) -> Self {
        Self { source, frame, wanted: source.page_size }
    }

    /// The same in pages of so many rows, where the source does not ask for fewer.
    pub(super) fn in_pages_of(self, rows: u32) -> Self {
        Self { wanted: rows.min(self.wanted), ..self }
    }

    /// How many rows a page is asked for.
    pub(super) fn page_size(&self) -> u32 {
        match self.paging() {
            Paging::None => self.wanted,
            Paging::By(_, most) => self.wanted.min(most),
        }
    }

    pub(super) fn path(&self) -> &'a str {
        if let Some(own) = self.source.paths.get(&self.frame) {
            return own;
        }
        match (self.frame, self.source.generation) {
            (FrameName::Tasks, ApiGeneration::V1) => "/api/v1/tasks/",
            (FrameName::Tasks, ApiGeneration::Activities) => "/api/activities",
            (FrameName::Tasks, ApiGeneration::Integration) => "/api/integration/activities/tasks",
            (FrameName::UserStates, _) => "/api/v1/kpis/users-states",
            (FrameName::Sellers, _) => "/api/operators",
            (FrameName::Users, _) => "/api/commerces",
            // the definition has its path
            (FrameName::Assignments | FrameName::Targets, _) => "/",
        }
    }

    fn paging(&self) -> Paging {
        match (self.frame, self.source.generation) {
            (FrameName::Tasks, ApiGeneration::V1) => Paging::None,
            (FrameName::UserStates, _) => Paging::By("limit", 1000),
            _ => Paging::By("per_page", 100),
        }
    }

    /// The address of one page.
    pub(super) fn url(&self, window: Window, page: u64) -> Url {
        let mut url = joined(&self.source.endpoint.url, self.path());
        let mut query = url.query_pairs_mut();
        match (self.frame, window) {
            (FrameName::Tasks, Window::Day(day)) => {
                // Whether bounds belong to the window is not documented: a second more on the left loses nothing, and what is then in two
                // windows is one row.
                let second = TimeDelta::seconds(1);
                let from = day.and_time(NaiveTime::MIN).and_utc() - second;
                let to = from + TimeDelta::days(1) + second;
                let (first, last) = match self.source.generation {
                    ApiGeneration::V1 => ("from_date", "to_date"),
                    ApiGeneration::Activities | ApiGeneration::Integration => {
                        ("scheduled_from", "scheduled_to")
                    }
                };
                query.append_pair(first, &from.to_rfc3339_opts(SecondsFormat::Secs, true));
                query.append_pair(last, &to.to_rfc3339_opts(SecondsFormat::Secs, true));
            }
            (FrameName::UserStates, Window::Day(day)) => {
                query.append_pair("date", &day.to_string());
            }
            _ => {}
        }
        if let Paging::By(size, _) = self.paging() {
            query.append_pair("page", &page.to_string());
            query.append_pair(size, &self.page_size().to_string());
        }
        drop(query);
        if url.query() == Some("") {
            url.set_query(None);
        }
        url
    }
}

/// A path on the server; `/api` at the end of the one and at the beginning of the other is said once, since both ways are documented.
pub(super) fn joined(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let before = base.path().trim_end_matches('/');
    let before = match before.strip_suffix("/api") {
        Some(shorter) if path.starts_with("/api/") => shorter,
        _ => before,
    };
    url.set_path(&format!("{before}{path}"));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_joined_with_or_without_api_at_the_end_of_the_address() {
        let url = |base: &str| joined(&base.parse().expect("a url"), "/api/v1/tasks/").to_string();
        for base in
            ["https://a.example", "https://a.example/", "https://a.example/api", "https://a.example/api/"]
        {
            assert_eq!(url(base), "https://a.example/api/v1/tasks/");
        }
        assert_eq!(url("https://a.example/reten"), "https://a.example/reten/api/v1/tasks/");
    }
}
