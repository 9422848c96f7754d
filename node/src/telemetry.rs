//! The log: structured lines on standard error, without patient data.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// What is logged unless `BUDSTIKKE_LOG` says otherwise: the life of the node; from libraries only what needs a person.
const DEFAULT_FILTER: &str = "warn,budstikke=info";

/// How the lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Starts logging for this process. A second call changes nothing.
pub fn start(form: Form) {
    let filter =
        EnvFilter::try_from_env("BUDSTIKKE_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_span_events(FmtSpan::NONE);
    let started = match form {
        Form::Text => lines.try_init(),
        Form::Json => lines.json().try_init(),
    };
    drop(started);
}
