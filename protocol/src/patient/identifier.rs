//! What a statement says of whom it is about: a system, a value, and for local numbers an assigner.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::person_number::{PersonNumber, PersonNumberError, PersonNumberKind};
use crate::ids::{Environment, Oid, OrganisationNumber};

/// The longest value of an identifier; the longest in national use (a UUID) has 36 characters.
const VALUE_BYTES_MAX: usize = 64;

/// An identifier of a patient, as manifests carry it.
///
/// Its structure is checked when it is read, because statements are kept whatever the environment;
/// whether its value may be known in an environment is the question of [`Identifier::check`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Identifier {
    system: Oid,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigner: Option<OrganisationNumber>,
}

/// The members of the JSON form, before the value is looked at.
#[derive(Deserialize)]
struct Unchecked {
    system: Oid,
    value: String,
    #[serde(default)]
    assigner: Option<OrganisationNumber>,
}

/// Why an identifier is refused. None of these says the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentifierError {
    /// Empty, too long, or with characters that do not print.
    #[error("the value of an identifier is 1 to 64 printable ASCII characters without spaces")]
    Value,
    /// The system is one of person numbers, and the value is none in this environment.
    #[error(transparent)]
    PersonNumber(#[from] PersonNumberError),
    /// A person number under the system of another series.
    #[error("the person number belongs to another system than the identifier says")]
    System,
    /// An H-nummer without the organisation that assigned it, or another identifier with one.
    #[error("an H-nummer names the organisation that assigned it, and no other identifier does")]
    Assigner,
}

impl Identifier {
    /// Reads an identifier without an assigner. Only its structure is checked.
    ///
    /// # Errors
    /// The value is empty, too long, or has characters that do not print.
    pub fn parse(system: Oid, value: &str) -> Result<Self, IdentifierError> {
        Self::try_from(Unchecked { system, value: value.to_owned(), assigner: None })
    }

    /// The identifier that says a person number.
    ///
    /// An H-nummer means somebody only together with the organisation that assigned it: that is
    /// `assigner`, the organisation whose numbers the reader of the number uses. The other series
    /// are national, and do not carry it.
    #[must_use]
    pub fn of(number: &PersonNumber, assigner: OrganisationNumber) -> Self {
        let assigner = (number.kind() == PersonNumberKind::HNumber).then_some(assigner);
        Self { system: number.system(), value: number.reveal().to_owned(), assigner }
    }

    /// Checks that `environment` may know the identifier: a value under a system of person
    /// numbers is one of that system, valid in the environment, and has its assigner.
    ///
    /// Nothing is known of the values of other systems.
    ///
    /// # Errors
    /// What is wrong, without the value.
    pub fn check(&self, environment: Environment) -> Result<(), IdentifierError> {
        let mut needs_assigner = false;
        if [Oid::BIRTH_NUMBER, Oid::D_NUMBER, Oid::HELP_NUMBER].contains(&self.system) {
            let number = PersonNumber::parse(&self.value, environment)?;
            if number.system() != self.system {
                return Err(IdentifierError::System);
            }
            needs_assigner = number.kind() == PersonNumberKind::HNumber;
        }
        if self.assigner.is_some() == needs_assigner {
            Ok(())
        } else {
            Err(IdentifierError::Assigner)
        }
    }

    /// The system that the value belongs to.
    #[must_use]
    pub fn system(&self) -> &Oid {
        &self.system
    }

    /// The organisation that assigned an H-nummer.
    #[must_use]
    pub fn assigner(&self) -> Option<OrganisationNumber> {
        self.assigner
    }

    /// The value, for where it must be seen, sent or hashed; never for a log line.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.value
    }
}

impl TryFrom<Unchecked> for Identifier {
    type Error = IdentifierError;

    fn try_from(unchecked: Unchecked) -> Result<Self, IdentifierError> {
        let Unchecked { system, value, assigner } = unchecked;
        let is_printable = value.bytes().all(|byte| byte.is_ascii_graphic());
        if is_printable && (1..=VALUE_BYTES_MAX).contains(&value.len()) {
            Ok(Self { system, value, assigner })
        } else {
            Err(IdentifierError::Value)
        }
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identifier({}, ..)", self.system)
    }
}
