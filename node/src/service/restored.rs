//! Whether this home was copied or put back, and which witnesses have said so far that it may sign.

use std::collections::BTreeSet;

use budstikke_protocol::ids::OrganisationNumber;
use tokio::sync::watch;
use tracing::warn;

use crate::failure::chain;
use crate::home::HomeError;
use crate::place::Place;

/// Whether this home was copied or put back, and who has said so far that it may sign.
#[derive(Debug)]
pub struct Restored {
    place: Place,
    /// The witnesses that have answered; nothing when the home is where it was.
    answered: watch::Sender<Option<BTreeSet<OrganisationNumber>>>,
}

impl Restored {
    /// Looks at the place of the home.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn new(place: Place) -> Result<Self, HomeError> {
        let answered = (!place.is_noted()?).then(BTreeSet::new);
        Ok(Self { place, answered: watch::Sender::new(answered) })
    }

    /// Whether nothing is signed because the home was put back.
    pub fn is_waiting(&self) -> bool {
        self.answered.borrow().is_some()
    }

    /// The witnesses that have answered; nothing when the home is where it was.
    pub(super) fn answered(&self) -> Option<BTreeSet<OrganisationNumber>> {
        self.answered.borrow().clone()
    }

    /// Notes that a witness has nothing that this home has not.
    pub(super) fn note_answer(&self, witness: OrganisationNumber) {
        self.answered.send_modify(|answered| {
            answered.get_or_insert_default().insert(witness);
        });
    }

    /// Notes where the home is from now on.
    pub(super) fn settle(&self) {
        if let Err(error) = self.place.note() {
            warn!(
                error = chain(&error),
                "the place of the home could not be noted: the next start asks the witnesses again"
            );
        }
        self.answered.send_replace(None);
    }
}
