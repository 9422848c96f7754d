//! The arguments of a search for the records of a patient.

use std::str::FromStr;
use std::time::Duration;

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::text::Text;
use clap::Args as Arguments;

use super::looking::Looking;

/// Whose records, and where.
#[derive(Debug, Arguments)]
pub(crate) struct Find {
    /// The patient's person number
    #[arg(value_name = "NR")]
    pub(crate) patient: String,
    /// Ask nobody: say what was verified before, with its age
    #[arg(long, conflicts_with_all = ["ask", "deadline"])]
    pub(crate) local: bool,
    /// Ask this organisation by name as well, for restricted documents that it has shared with this one (can be repeated)
    #[arg(long, value_name = "ORG", num_args = 1..)]
    pub(crate) ask: Vec<OrganisationNumber>,
    /// Why, for the access log here
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<Text<256>>,
    /// How long to wait for answers, as 500ms or 2s, at most 1 minute
    #[arg(long, value_name = "TIME", default_value = "2s")]
    pub(crate) deadline: Deadline,
    #[command(flatten)]
    pub(crate) looking: Looking,
}

/// How long to wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline(pub(crate) Duration);

impl FromStr for Deadline {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "a time is a whole number and ms or s, at least 1ms and at most 60s";
        let milliseconds = match text.strip_suffix("ms") {
            Some(number) => number.parse::<u64>().ok(),
            None => text
                .strip_suffix('s')
                .and_then(|number| number.parse::<u64>().ok())
                .and_then(|seconds| seconds.checked_mul(1000)),
        };
        let milliseconds = milliseconds.filter(|time| (1..=60_000).contains(time)).ok_or(wrong)?;
        Ok(Self(Duration::from_millis(milliseconds)))
    }
}
