//! The origin of a log: the name that stands in its checkpoints and under which its key signs.
//!
//! `<federation>/<organisation number>` for the log of a node's records, `…/access` for that of its accesses. A log whose
//! key was lost is closed, and continued under the same name with `/2` at the end, then `/3`. The cosigner's name of a
//! member is `<federation>/<organisation number>/witness`. A federation's name is 3 to 64 of `a-z 0-9 . -`, so an origin
//! is a key name of a signed note as it stands, without any escape.

use std::fmt;
use std::str::FromStr;

use budstikke_keys::note::NoteName;
use thiserror::Error;

use super::lines::number;
use crate::federation::roster::FederationName;
use crate::ids::OrganisationNumber;

/// Which log of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogKind {
    /// What it has published.
    Records,
    /// Who has looked at what.
    Access,
}

/// The origin of a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    federation: FederationName,
    organisation: OrganisationNumber,
    kind: LogKind,
    /// 1 for the first log, one more for each that continues it.
    generation: u16,
}

/// The text is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "an origin is a federation's name, an organisation number, and perhaps access and a number from 2 on, with / between"
)]
pub struct OriginError;

impl Origin {
    /// The log of the records of `organisation`.
    pub fn records(federation: FederationName, organisation: OrganisationNumber) -> Self {
        Self { federation, organisation, kind: LogKind::Records, generation: 1 }
    }

    /// The log of the accesses of `organisation`.
    pub fn access(federation: FederationName, organisation: OrganisationNumber) -> Self {
        Self { federation, organisation, kind: LogKind::Access, generation: 1 }
    }

    /// The log of the accesses beside this one, of the same organisation and generation.
    #[must_use]
    pub fn access_log(&self) -> Self {
        Self { kind: LogKind::Access, ..self.clone() }
    }

    /// The log that continues this one; none after 65 535 of them.
    pub fn successor(&self) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        Some(Self { generation, ..self.clone() })
    }

    /// The federation.
    pub fn federation(&self) -> &FederationName {
        &self.federation
    }

    /// The organisation whose log it is.
    pub fn organisation(&self) -> OrganisationNumber {
        self.organisation
    }

    /// Which of its logs.
    pub fn kind(&self) -> LogKind {
        self.kind
    }

    /// 1 for the first log, one more for each that continues it.
    pub fn generation(&self) -> u16 {
        self.generation
    }

    /// The name under which the log's key signs: the same text.
    pub fn key_name(&self) -> NoteName {
        name(self.to_string())
    }
}

/// The name under which a member's witness key cosigns.
pub fn witness_name(federation: &FederationName, organisation: OrganisationNumber) -> NoteName {
    name(format!("{federation}/{organisation}/witness"))
}

#[expect(
    clippy::expect_used,
    reason = "at most 64 + 9 + 8 + 8 bytes of a-z, 0-9, '.', '-' and '/'"
)]
fn name(text: String) -> NoteName {
    text.parse().expect("an origin is a key name")
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let mut parts = text.split('/').peekable();
        let federation = parts.next().and_then(|part| part.parse().ok()).ok_or(OriginError)?;
        let organisation = parts.next().and_then(|part| part.parse().ok()).ok_or(OriginError)?;
        let kind = match parts.next_if_eq(&"access") {
            Some(_) => LogKind::Access,
            None => LogKind::Records,
        };
        let generation = match parts.next() {
            None => 1,
            Some(part) => {
                let number = number(part).and_then(|number| u16::try_from(number).ok());
                number.filter(|generation| *generation >= 2).ok_or(OriginError)?
            }
        };
        if parts.next().is_some() {
            return Err(OriginError);
        }
        Ok(Self { federation, organisation, kind, generation })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.federation, self.organisation)?;
        match self.kind {
            LogKind::Records => {}
            LogKind::Access => f.write_str("/access")?,
        }
        if self.generation > 1 { write!(f, "/{}", self.generation) } else { Ok(()) }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

#[cfg(test)]
mod tests;
