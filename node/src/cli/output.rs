//! What a command prints: results to standard output, all else to standard error; the one place that prints.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::failure::Failure;

/// Prints for people or for machines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    is_json: bool,
}

impl Output {
    pub(super) fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    /// A result: `value` for machines, or the text for people.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub(super) fn result(
        self,
        value: &Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let text = if self.is_json { format!("{value:#}") } else { text() };
        if text.is_empty() { Ok(()) } else { print(&(text.trim_end().to_owned() + "\n")) }
    }

    /// One of many results, on a line of its own.
    pub(super) fn line(self, value: &Value, text: impl FnOnce() -> String) -> String {
        let line = if self.is_json { value.to_string() } else { text() };
        line + "\n"
    }

    /// A line for people beside the result; machines do not get it.
    pub(super) fn note(self, line: &str) {
        if !self.is_json {
            complain(line);
        }
    }

    /// A failure: what is wrong, and what to do.
    pub(super) fn failure(self, failure: &Failure) {
        if self.is_json {
            complain(&json!({"error": failure.error, "hint": failure.hint}).to_string());
        } else {
            complain(&format!("error: {}\n hint: {}", failure.error, failure.hint));
        }
    }

    /// A progress bar over bytes; silent when nobody watches.
    pub(super) fn progress(self, what: &'static str) -> ProgressBar {
        self.bar(what, "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
    }

    /// A progress bar over things; silent when nobody watches.
    pub(super) fn count(self, what: &'static str) -> ProgressBar {
        self.bar(what, "{msg} {bar:30} {pos}/{len}")
    }

    fn bar(self, what: &'static str, template: &str) -> ProgressBar {
        let is_watched = !self.is_json && io::stderr().is_terminal();
        let target =
            if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style =
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::with_draw_target(Some(0), target).with_style(style).with_message(what)
    }
}

/// Prints to standard output.
///
/// # Errors
/// When it cannot be written, such as to a full disk; a reader that has gone, such as `head`, is no failure.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            format!("cannot write the result: {error}"),
            "look at where standard output goes",
        )),
        _ => Ok(()),
    }
}

/// Prints a line to standard error.
pub(super) fn complain(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}
