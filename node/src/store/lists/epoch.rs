//! The keys of an epoch: what makes labels, and what hides lists.
//!
//! All of them follow from the storage key, the log and the number of the epoch, so that nothing has to be kept.

use std::fmt;

use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::voprf::{VoprfError, VoprfKey, VoprfPublicKey};
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::ticket;
use budstikke_protocol::log::commitment::Salt;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::patient::Identifier;
use zeroize::Zeroizing;

use crate::store::effects::Effects;

/// The keys of an epoch.
pub(crate) struct Epoch {
    number: u32,
    origin: Origin,
    key: VoprfKey,
    public: VoprfPublicKey,
    salts: SymmetricKey,
}

/// An identifier whose list may change, and its label in an epoch, when there was one.
#[derive(Debug)]
pub(crate) struct Labelled {
    /// The identifier.
    pub(crate) identifier: Identifier,
    /// The number of the epoch and the label.
    pub(crate) label: Option<(u32, Label)>,
}

/// The labels of everybody whose list a commit may change.
pub(crate) fn labelled(epoch: Option<&Epoch>, effects: &Effects) -> Vec<Labelled> {
    if !effects.may_relist() {
        return Vec::new();
    }
    let label = |identifier: &Identifier| {
        let label = epoch.and_then(|epoch| Some((epoch.number(), epoch.label(identifier).ok()?)));
        Labelled { identifier: identifier.clone(), label }
    };
    effects.identifiers().into_iter().map(label).collect()
}

impl Epoch {
    /// The epoch of the log `origin` with this number.
    pub(crate) fn new(
        storage: &SymmetricKey,
        origin: &Origin,
        number: u32,
    ) -> Result<Self, VoprfError> {
        let which = [origin.to_string().as_bytes(), &number.to_be_bytes()].concat();
        let seed = storage.derive("budstikke 2026 voprf v1", &which);
        let key = VoprfKey::derive(&seed, &[])?;
        let salts = storage.derive("budstikke 2026 list salts v1", &which);
        Ok(Self { number, origin: origin.clone(), public: key.public(), key, salts })
    }

    /// Its number.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// The key that evaluates blind questions.
    pub(crate) fn key(&self) -> &VoprfKey {
        &self.key
    }

    /// The public half of it.
    pub(crate) fn public(&self) -> VoprfPublicKey {
        self.public
    }

    /// The label of an identifier.
    pub(crate) fn label(&self, identifier: &Identifier) -> Result<Label, VoprfError> {
        let output = self.key.evaluate(&ticket::input(identifier))?;
        Ok(Label::new(&self.origin, self.number, &output))
    }

    /// The salt of a list that was made, or made anew, with the head of a log of `begun` entries: no list has that of another.
    pub(crate) fn salt(&self, label: &Label, begun: u64) -> Salt {
        let which = [&label.as_bytes()[..], &begun.to_be_bytes()].concat();
        Salt::from_bytes(Zeroizing::new(self.salts.mac(&which)))
    }
}

/// Shows which epoch it is, and nothing of its keys.
impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Epoch").field("number", &self.number).finish_non_exhaustive()
    }
}
