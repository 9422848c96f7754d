//! A function that two compute together (RFC 9497, VOPRF mode, ristretto255-SHA512): the holder of the key learns nothing of the
//! input, the other nothing of the key, and a proof shows that it was the announced key.
//!
//! Elements, proofs and keys come from others: none is made of bytes before it was found to be one, and the identity is none.
//! Randomness is an argument, as everywhere in this crate; what the RFC leaves to callers, that no input is empty, is checked here.

mod random;

use std::fmt;

use voprf::{
    BlindedElement, EvaluationElement, Group, Proof, Ristretto255, VoprfClient, VoprfServer,
};
use zeroize::Zeroizing;

use crate::secret::SymmetricKey;
use random::Given;

/// Bytes of an element and of a public key.
pub const ELEMENT_BYTES: usize = 32;

/// Bytes of a proof.
pub const PROOF_BYTES: usize = 64;

/// Bytes of an output: those of SHA-512.
pub const OUTPUT_BYTES: usize = 64;

/// The most elements that one proof is for: as long as the RFC permits it would be a second of work for whoever evaluates.
pub const BATCH_MAX: usize = 1000;

/// What the function gives for an input. Whoever knows it can tell the input among those he can guess.
pub type Output = Zeroizing<[u8; OUTPUT_BYTES]>;

/// What randomness a scalar is made of: twice its size, so that none is likelier than another.
pub type Randomness = Zeroizing<[u8; 64]>;

/// The key of the function.
pub struct VoprfKey(VoprfServer<Ristretto255>);

/// The public half of a [`VoprfKey`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoprfPublicKey([u8; ELEMENT_BYTES]);

/// An input that was blinded: what the holder of the key sees.
#[derive(Clone)]
pub struct Blinded(BlindedElement<Ristretto255>);

/// What the holder of the key has made of a [`Blinded`].
#[derive(Clone)]
pub struct Evaluated(EvaluationElement<Ristretto255>);

/// Shows that all elements of an answer were made with one key.
#[derive(Clone)]
pub struct EvaluationProof(Proof<Ristretto255>);

/// An input, and how it was blinded. It can be opened once the answer is there, and says then what was asked.
pub struct Blinding {
    input: Zeroizing<Vec<u8>>,
    client: VoprfClient<Ristretto255>,
    blinded: Blinded,
}

/// Why the function has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VoprfError {
    /// Not an element of the group in its one form, or the identity.
    #[error("it is no element of ristretto255, or the identity")]
    Element,
    /// Not a proof: two scalars in their one form.
    #[error("it is no proof of a VOPRF")]
    Proof,
    /// An empty input, or one that is longer than 65 535 bytes.
    #[error("an input has 1 to 65535 bytes")]
    Input,
    /// No elements, or too many, or not as many answers as questions.
    #[error("a batch has 1 to 1000 elements, and as many answers")]
    Batch,
    /// The proof is not for these elements and this key.
    #[error("the evaluation was not made with the announced key")]
    NotProven,
}

impl VoprfKey {
    /// Derives a key: `DeriveKeyPair` of RFC 9497 section 3.2.1 with a seed of 32 bytes. Another `info` gives another key.
    ///
    /// # Errors
    /// [`VoprfError::Input`] when `info` is longer than 65 535 bytes.
    pub fn derive(seed: &SymmetricKey, info: &[u8]) -> Result<Self, VoprfError> {
        let server = VoprfServer::new_from_seed(seed.bytes().as_slice(), info);
        Ok(Self(server.ok().ok_or(VoprfError::Input)?))
    }

    /// The public half.
    pub fn public(&self) -> VoprfPublicKey {
        VoprfPublicKey(Ristretto255::serialize_elem(self.0.get_public_key()).into())
    }

    /// The value for an input that the holder of the key knows: `Evaluate` of RFC 9497 section 3.3.2.
    ///
    /// # Errors
    /// [`VoprfError::Input`].
    pub fn evaluate(&self, input: &[u8]) -> Result<Output, VoprfError> {
        if input.is_empty() {
            return Err(VoprfError::Input);
        }
        let output = self.0.evaluate(input).ok().ok_or(VoprfError::Input)?;
        Ok(Zeroizing::new(output.into()))
    }

    /// Evaluates what others have blinded, with one proof for all of it: `BlindEvaluate` of RFC 9497 section 3.3.2.
    ///
    /// # Errors
    /// [`VoprfError::Batch`].
    pub fn blind_evaluate(
        &self,
        blinded: &[Blinded],
        randomness: Randomness,
    ) -> Result<(Vec<Evaluated>, EvaluationProof), VoprfError> {
        if blinded.is_empty() || blinded.len() > BATCH_MAX {
            return Err(VoprfError::Batch);
        }
        let blinded: Vec<_> = blinded.iter().map(|blinded| blinded.0.clone()).collect();
        let evaluated = self.0.batch_blind_evaluate(&mut Given::new(randomness), &blinded);
        let evaluated = evaluated.ok().ok_or(VoprfError::Batch)?;
        let messages = evaluated.messages.into_iter().map(Evaluated).collect();
        Ok((messages, EvaluationProof(evaluated.proof)))
    }
}

impl Blinding {
    /// Blinds an input: `Blind` of RFC 9497 section 3.3.1. The same randomness gives the same element, so none may be used twice.
    ///
    /// # Errors
    /// [`VoprfError::Input`].
    pub fn new(input: Zeroizing<Vec<u8>>, randomness: Randomness) -> Result<Self, VoprfError> {
        if input.is_empty() {
            return Err(VoprfError::Input);
        }
        let result = VoprfClient::blind(&input, &mut Given::new(randomness));
        let result = result.ok().ok_or(VoprfError::Input)?;
        Ok(Self { input, client: result.state, blinded: Blinded(result.message) })
    }

    /// What the holder of the key is sent.
    pub fn blinded(&self) -> &Blinded {
        &self.blinded
    }
}

/// Opens an answer, whose parts stand in the order of the blindings: `Finalize` of RFC 9497 section 3.3.2.
///
/// # Errors
/// [`VoprfError::NotProven`], or [`VoprfError::Batch`] when they are not as many.
pub fn finalize(
    blindings: &[Blinding],
    evaluated: &[Evaluated],
    proof: &EvaluationProof,
    key: &VoprfPublicKey,
) -> Result<Vec<Output>, VoprfError> {
    let count = blindings.len();
    if count == 0 || count > BATCH_MAX || count != evaluated.len() {
        return Err(VoprfError::Batch);
    }
    let key = Ristretto255::deserialize_elem(&key.0).ok().ok_or(VoprfError::Element)?;
    let inputs: Vec<&[u8]> = blindings.iter().map(|blinding| blinding.input.as_slice()).collect();
    let clients: Vec<_> = blindings.iter().map(|blinding| blinding.client.clone()).collect();
    let evaluated: Vec<_> = evaluated.iter().map(|evaluated| evaluated.0.clone()).collect();
    let outputs = VoprfClient::batch_finalize(&inputs, &clients, &evaluated, &proof.0, key);
    let outputs = outputs.ok().ok_or(VoprfError::NotProven)?;
    outputs.map(|output| Ok(Zeroizing::new(output.ok().ok_or(VoprfError::Input)?.into()))).collect()
}

impl VoprfPublicKey {
    /// Takes the bytes of a public key.
    ///
    /// # Errors
    /// [`VoprfError::Element`].
    pub fn from_bytes(bytes: [u8; ELEMENT_BYTES]) -> Result<Self, VoprfError> {
        Ristretto255::deserialize_elem(&bytes).ok().ok_or(VoprfError::Element)?;
        Ok(Self(bytes))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; ELEMENT_BYTES] {
        &self.0
    }
}

impl Blinded {
    /// Takes the bytes of an element that somebody has sent.
    ///
    /// # Errors
    /// [`VoprfError::Element`].
    pub fn from_bytes(bytes: &[u8; ELEMENT_BYTES]) -> Result<Self, VoprfError> {
        Ok(Self(BlindedElement::deserialize(bytes).ok().ok_or(VoprfError::Element)?))
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> [u8; ELEMENT_BYTES] {
        self.0.serialize().into()
    }
}

impl Evaluated {
    /// Takes the bytes of an element that somebody has sent.
    ///
    /// # Errors
    /// [`VoprfError::Element`].
    pub fn from_bytes(bytes: &[u8; ELEMENT_BYTES]) -> Result<Self, VoprfError> {
        Ok(Self(EvaluationElement::deserialize(bytes).ok().ok_or(VoprfError::Element)?))
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> [u8; ELEMENT_BYTES] {
        self.0.serialize().into()
    }
}

impl EvaluationProof {
    /// Takes the bytes of a proof that somebody has sent: two scalars.
    ///
    /// # Errors
    /// [`VoprfError::Proof`].
    pub fn from_bytes(bytes: &[u8; PROOF_BYTES]) -> Result<Self, VoprfError> {
        Ok(Self(Proof::deserialize(bytes).ok().ok_or(VoprfError::Proof)?))
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> [u8; PROOF_BYTES] {
        self.0.serialize().into()
    }
}

/// None of them shows a byte: what was asked, and what it leads to, concerns a patient.
macro_rules! shows_nothing {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

shows_nothing!(VoprfKey, VoprfPublicKey, Blinded, Evaluated, EvaluationProof, Blinding);

#[cfg(test)]
mod tests;
