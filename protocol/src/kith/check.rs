//! Whether a message is what whoever signed it says: sent by them, and about their patient.

use super::header::{Header, PatientId, Scheme};
use crate::ids::OrganisationNumber;
use crate::patient::Identifier;

/// What does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The header names another organisation as the sender.
    #[error("the message names another organisation as its sender")]
    Sender,
    /// The header or the content names another patient.
    #[error("the message is about another patient")]
    Patient,
}

impl Header {
    /// Checks that `organisation` is the sender.
    ///
    /// The outermost level of the sender that has organisation numbers says who it is; what is below are its departments. A
    /// sender that is named by numbers of Adresseregisteret alone cannot be told from here, and is let through: those who
    /// publish such messages are in the right, and the statement around them says who signed.
    ///
    /// # Errors
    /// [`Mismatch::Sender`].
    pub fn check_sender(&self, organisation: OrganisationNumber) -> Result<(), Mismatch> {
        let numbers = self.sender.iter().filter(|id| id.scheme == Scheme::Organisation);
        let Some(level) = numbers.clone().map(|id| id.level).min() else { return Ok(()) };
        let expected = organisation.to_string();
        let mut outermost = numbers.filter(|id| id.level == level);
        if outermost.all(|id| id.value == expected) { Ok(()) } else { Err(Mismatch::Sender) }
    }

    /// Checks that `patient` is whom the message is about, wherever it says so with a person number.
    ///
    /// A patient may have several numbers, so one that fits is enough; but the header and the content are each asked.
    ///
    /// # Errors
    /// [`Mismatch::Patient`].
    pub fn check_patient(&self, patient: &Identifier) -> Result<(), Mismatch> {
        for named in [&self.patient, &self.patient_in_content] {
            let mut numbers = named.iter().filter(|id| id.is_national()).peekable();
            let is_named = numbers.peek().is_some();
            if is_named && !numbers.any(|id: &PatientId| id.value == patient.reveal()) {
                return Err(Mismatch::Patient);
            }
        }
        Ok(())
    }
}
