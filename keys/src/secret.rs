//! What must not leak: secret keys, symmetric keys, and passphrases.
//!
//! None of these types can be cloned, compared, displayed or serialised; their `Debug` form shows
//! no byte; and their memory is overwritten when they are dropped. What cannot be promised is the
//! stack: a value that was moved or computed on may leave a trace there until something else is
//! written over it.

use std::fmt;

use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::public::{PublicKey, Signature};

/// An Ed25519 secret key (RFC 8032).
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Makes the key of a seed: 32 random bytes, the private key of RFC 8032 section 5.1.5.
    pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::of(&self.0)
    }

    /// Signs `message`: deterministic, as RFC 8032 section 5.1.6 has it.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature::from_bytes(self.0.sign(message).to_bytes())
    }

    /// The seed itself. Only the key file and libp2p's identity have a use for it.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// A symmetric key of 32 bytes: it seals, it authenticates, or other keys are derived from it.
pub struct SymmetricKey(Zeroizing<[u8; 32]>);

impl SymmetricKey {
    /// Takes 32 bytes that nobody can guess.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves. Only the key file and a cipher have a use for them.
    pub fn bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// Derives another key, of which neither this one nor its other descendants can be learnt.
    ///
    /// BLAKE3's `derive_key` over this key followed by `salt`; the key has a fixed length, so the
    /// two cannot be mistaken for each other. `context` names the purpose in code (BLAKE3 asks for
    /// a constant that is globally unique: `"budstikke 1 documents"`); what differs from one use to
    /// the next belongs in `salt`.
    #[must_use]
    pub fn derive(&self, context: &'static str, salt: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(context);
        hasher.update(self.0.as_slice()).update(salt);
        Self(Zeroizing::new(*hasher.finalize().as_bytes()))
    }

    /// Authenticates `message`, or hides it where it can be guessed: BLAKE3's keyed hash.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        *blake3::keyed_hash(&self.0, message).as_bytes()
    }
}

impl fmt::Debug for SymmetricKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SymmetricKey(..)")
    }
}

/// The passphrase of a key file; never empty.
pub struct Passphrase(Zeroizing<String>);

/// The passphrase is empty: a file sealed with it would be as good as open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the passphrase is empty")]
pub struct EmptyPassphrase;

impl Passphrase {
    /// Takes a passphrase as it was typed or read, to the byte.
    ///
    /// # Errors
    ///
    /// [`EmptyPassphrase`] when there is nothing in it.
    pub fn from_string(text: String) -> Result<Self, EmptyPassphrase> {
        if text.is_empty() { Err(EmptyPassphrase) } else { Ok(Self(Zeroizing::new(text))) }
    }

    /// The passphrase itself, for the key file alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(test)]
mod tests;
