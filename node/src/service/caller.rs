//! Who looks at what: from a command and the configuration to a caller that the access decision can judge.

use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::codes::Purpose;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use serde::{Deserialize, Serialize};

use super::context::Context;
use crate::config::Person;
use crate::failure::Failure;

/// A document, and the organisation that has it when that is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Which {
    /// Its id.
    pub document: DocumentId,
    /// Its custodian.
    pub from: Option<OrganisationNumber>,
}

/// Who gives the command, and for which purpose; what is absent is taken from the node's configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The person and role.
    pub person: Option<Person>,
    /// The purpose of use.
    pub purpose: Option<Purpose>,
}

/// The caller of a command given on this machine.
///
/// # Errors
/// When neither the command nor the configuration names a person.
pub fn caller(ctx: &Context, who: &Who) -> Result<Caller, Failure> {
    let person = who.person.as_ref().or(ctx.config.person.as_ref()).ok_or_else(|| {
        Failure::new(
            "nobody is named as the one who looks",
            "say --as HPR:ROLE, or set `as` in config.toml",
        )
    })?;
    Ok(Caller {
        organisation: ctx.here(),
        person: person.hpr,
        role: person.role,
        purpose: who.purpose.unwrap_or(ctx.config.purpose),
    })
}
