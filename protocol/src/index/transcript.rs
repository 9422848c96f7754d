//! What passed between two nodes in a blind question, as the one that asked keeps it: enough to show later which label was whose.
//!
//! The node that was asked can say of none of it whom it concerned. Whoever is shown the blinding and the identifier computes the label
//! again, and the proof says that no other label is that patient's.

use std::fmt;

use budstikke_keys::voprf::{
    Blinding, ELEMENT_BYTES, Evaluated, EvaluationProof, PROOF_BYTES, Randomness, VoprfError,
    VoprfPublicKey, finalize,
};
use zeroize::Zeroizing;

use super::label::Label;
use super::ticket::{TicketSeed, input};
use crate::log::entry::State;
use crate::log::origin::Origin;
use crate::patient::Identifier;

/// What was asked blindly of one node, and its answer. Elements stand in the order of the identifiers that were asked for.
#[derive(Clone)]
pub struct Transcript {
    /// How each identifier was blinded.
    pub blindings: Vec<Randomness>,
    /// What the node has made of each.
    pub evaluated: Vec<[u8; ELEMENT_BYTES]>,
    /// That it was made with the key of the STATE.
    pub proof: [u8; PROOF_BYTES],
}

impl Transcript {
    /// The transcript of a question to the node of the log `asked`, for which these seeds were drawn.
    pub fn new<'a>(
        asked: &Origin,
        seeds: impl IntoIterator<Item = &'a TicketSeed>,
        (evaluated, proof): (Vec<[u8; ELEMENT_BYTES]>, [u8; PROOF_BYTES]),
    ) -> Self {
        let blindings = seeds.into_iter().map(|seed| seed.blinding(asked)).collect();
        Self { blindings, evaluated, proof }
    }

    /// The transcript of a question that was not asked: an index that never had a key answers none.
    pub fn empty() -> Self {
        Self { blindings: Vec::new(), evaluated: Vec::new(), proof: [0; PROOF_BYTES] }
    }

    /// The labels that `patients` have at the node of the log `asked`, by the key of `state`.
    ///
    /// # Errors
    /// [`VoprfError`]; no label is known then.
    pub fn labels(
        &self,
        patients: &[Identifier],
        asked: &Origin,
        state: &State,
    ) -> Result<Vec<Label>, VoprfError> {
        if patients.len() != self.blindings.len() {
            return Err(VoprfError::Batch);
        }
        let blind = |(patient, randomness): (&Identifier, &Randomness)| {
            Blinding::new(input(patient), randomness.clone())
        };
        let blindings = patients.iter().zip(&self.blindings).map(blind);
        let blindings = blindings.collect::<Result<Vec<_>, _>>()?;
        let evaluated = self.evaluated.iter().map(Evaluated::from_bytes);
        let evaluated = evaluated.collect::<Result<Vec<_>, _>>()?;
        let proof = EvaluationProof::from_bytes(&self.proof)?;
        let key = VoprfPublicKey::from_bytes(state.voprf_key)?;
        let outputs = finalize(&blindings, &evaluated, &proof, &key)?;
        Ok(outputs.iter().map(|output| Label::new(asked, state.epoch, output)).collect())
    }
}

/// The element that the node of the log `asked` is sent for `patient`.
///
/// # Errors
/// [`VoprfError`], which no identifier causes.
pub fn element(
    patient: &Identifier,
    seed: &TicketSeed,
    asked: &Origin,
) -> Result<[u8; ELEMENT_BYTES], VoprfError> {
    let blinding = Blinding::new(input(patient), Zeroizing::new(*seed.blinding(asked)))?;
    Ok(blinding.blinded().to_bytes())
}

/// Shows how many identifiers were asked for, and nothing of whom.
impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elements = self.evaluated.len();
        f.debug_struct("Transcript").field("elements", &elements).finish_non_exhaustive()
    }
}
