//! What people see: tables, progress, advice, failures; colours only where they are welcome.

use super::arguments::Color;
use crate::app::Failure;
use crate::definition::Diagnostics;
use comfy_table::presets;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

/// Standard output and error of this process.
pub(super) struct Terminal {
    quiet: bool,
    color: bool,
    live: bool,
}

impl Terminal {
    pub(super) fn new(quiet: bool, color: Color) -> Self {
        let live = std::io::stderr().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => live && std::io::stdout().is_terminal() && !no_color,
        };
        Self { quiet, color, live }
    }

    /// Columns of the terminal, between 60 and 140.
    pub(super) fn width(&self) -> usize {
        comfy_table::Table::new()
            .set_content_arrangement(ContentArrangement::Dynamic)
            .width()
            .map_or(110, usize::from)
            .clamp(60, 140)
    }

    /// Log lines go to standard error: structured where a program reads them, short on a terminal. A short command says itself what went
    /// wrong, and logs only when asked.
    pub(super) fn start_logs(&self, filter: Option<&str>, long_running: bool) {
        let default = if long_running { "parte=info,warn" } else { "off" };
        let filter = tracing_subscriber::EnvFilter::try_new(filter.unwrap_or(default))
            .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
        // at TRACE this crate writes the commands of a session down, the password's among them
        let filter = match "suppaftp=info".parse() {
            Ok(cap) => filter.add_directive(cap),
            Err(_) => tracing_subscriber::EnvFilter::new(default),
        };
        let logs =
            tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
        // a second start (tests within one process) keeps the first
        let _ = if self.live {
            logs.with_ansi(self.color).compact().try_init()
        } else {
            logs.json().flatten_event(true).try_init()
        };
    }

    /// A result, on standard output. A reader that went away is no failure of ours.
    pub(super) fn result(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}");
    }

    /// A text that has its line ends, on standard output.
    pub(super) fn exactly(&self, text: &str) {
        let _ = std::io::stdout().lock().write_all(text.as_bytes());
    }

    /// A value as JSON, on standard output.
    pub(super) fn json(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::Unforeseen(format!("failed to write JSON: {error}")))?;
        self.result(&text);
        Ok(())
    }

    /// Advice, on standard output unless quiet.
    pub(super) fn advice(&self, text: &str) {
        if !self.quiet {
            self.result(text);
        }
    }

    /// A remark, on standard error unless quiet.
    pub(super) fn remark(&self, text: &str) {
        Self::say(self.quiet, text);
    }

    /// Does a person watch what goes on?
    pub(super) fn is_live(&self) -> bool {
        self.live
    }

    /// Are remarks unwelcome?
    pub(super) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// A remark from a task that has no terminal of its own.
    pub(super) fn say(quiet: bool, text: &str) {
        if !quiet {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    }

    /// The warnings of definitions, on standard error; none when quiet, unless `always`.
    pub(super) fn warnings(&self, warnings: &Diagnostics, always: bool) {
        if !warnings.problems.is_empty() && (always || !self.quiet) {
            let text = warnings.render(self.color, self.width());
            let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
        }
    }

    /// A failure, on standard error.
    pub(super) fn failure(&self, failure: &Failure) {
        let text = match failure {
            Failure::Definition(problems) => problems.render(self.color, self.width()),
            other => self.diagnostic(other),
        };
        let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end());
        if let Failure::Definition(problems) = failure {
            self.for_more(problems);
        }
    }

    /// Where more is said about these problems: a remark.
    pub(super) fn for_more(&self, problems: &Diagnostics) {
        match problems.codes().as_slice() {
            [] => {}
            [code] => self.remark(&format!("for more: parte explain {code}")),
            [first, ..] => {
                self.remark(&format!("for more: parte explain CODE, for example parte explain {first}"))
            }
        }
    }

    /// Problems as people read them.
    pub(super) fn rendered(&self, problems: &Diagnostics) -> String {
        problems.render(self.color, self.width())
    }

    /// A text in green, where colours are welcome.
    pub(super) fn good(&self, text: &str) -> String {
        self.colored("32", text)
    }

    /// A text in yellow, where colours are welcome.
    pub(super) fn doubtful(&self, text: &str) -> String {
        self.colored("33", text)
    }

    /// A text in bold red, where colours are welcome.
    pub(super) fn bad(&self, text: &str) -> String {
        self.colored("1;31", text)
    }

    fn colored(&self, color: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Problems that came to light, on standard output: they are what was asked for.
    pub(super) fn problems(&self, problems: &Diagnostics) {
        self.result(problems.render(self.color, self.width()).trim_end());
    }

    fn diagnostic(&self, failure: &Failure) -> String {
        use miette::Diagnostic as _;
        let (red, cyan, plain) =
            if self.color { ("\u{1b}[1;31m", "\u{1b}[36m", "\u{1b}[0m") } else { ("", "", "") };
        let mut text = format!("{red}error:{plain} {failure}");
        let mut cause = std::error::Error::source(failure);
        while let Some(inner) = cause {
            if !text.contains(&inner.to_string()) {
                text.push_str(&format!("\n  because: {inner}"));
            }
            cause = inner.source();
        }
        if let Some(help) = failure.help().map(|help| help.to_string()).filter(|help| !help.is_empty()) {
            text.push_str(&format!("\n {cyan}help:{plain} {help}"));
        }
        text
    }

    /// A bar for work with a known amount; invisible when quiet or not on a terminal.
    pub(super) fn bar(&self, length: u64, what: &str) -> ProgressBar {
        self.progress(
            ProgressBar::new(length),
            "{spinner} {msg} {wide_bar:.cyan/dim} {percent:>3} % {eta}",
            what,
        )
    }

    /// A spinner for work without a known amount.
    pub(super) fn spinner(&self, what: &str) -> ProgressBar {
        let bar = self.progress(ProgressBar::new_spinner(), "{spinner} {msg} {elapsed}", what);
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    fn progress(&self, bar: ProgressBar, template: &str, what: &str) -> ProgressBar {
        bar.set_draw_target(if self.live && !self.quiet {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        });
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar
    }

    /// A table; columns named in `right` are aligned right.
    pub(super) fn table(&self, header: &[&str], right: &[usize], rows: Vec<Vec<String>>) -> String {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(header.to_vec());
        for row in rows {
            table.add_row(row);
        }
        for &column in right {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }
}

/// Words in lines of this many columns at most; all lines but the first are moved to the right. What would move the cursor is shown as a
/// replacement sign.
pub(super) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let text: String = text
        .chars()
        .map(|c| {
            if c == '\n' {
                ' '
            } else if c.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width.max(20) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// Bytes as people read them: `37 KB`, `1.2 MB`.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A duration as people read it: `84 ms`, `1.3 s`.
pub(super) fn duration(length: Duration) -> String {
    if length < Duration::from_secs(1) {
        format!("{} ms", length.as_millis())
    } else {
        format!("{:.1} s", length.as_secs_f64())
    }
}
