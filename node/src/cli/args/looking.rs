//! Who gives a command about patients, and why.

use budstikke_protocol::document::codes::Purpose;
use clap::Args as Arguments;

use crate::config::Person;

/// Who looks, and why.
#[derive(Debug, Clone, Arguments)]
pub(crate) struct Looking {
    /// Who looks [default: from the configuration]
    #[arg(long = "as", value_name = "HPR:ROLE")]
    pub(crate) person: Option<Person>,
    /// For which purpose, HL7 [default: from the configuration]
    #[arg(long)]
    pub(crate) purpose: Option<Purpose>,
}
