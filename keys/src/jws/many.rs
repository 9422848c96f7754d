//! A statement with several signatures, in the general JSON form (RFC 7515 section 7.2.1).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::json;

use super::json;
use super::profile::{self, JwsError, Statement};
use crate::digest::Sha256Digest;
use crate::public::{PublicKey, Signature, Thumbprint};
use crate::secret::SecretKey;

/// The most signatures that a statement may carry: far more stewards than any federation needs, and
/// a bound on the work that a stranger's file can ask for.
pub const SIGNATURES_MAX: usize = 32;

/// A statement and what may be signatures on it; [`SignedByMany::valid_signers`] says which are.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedByMany<T> {
    statement: T,
    payload: Vec<u8>,
    signatures: BTreeMap<Thumbprint, Entry>,
}

/// One signature with the header that it covers, as encoded.
#[derive(Clone, PartialEq, Eq)]
struct Entry {
    protected: String,
    signature: Signature,
}

impl<T: Statement> SignedByMany<T> {
    /// Takes a statement that nobody has signed yet, and fixes its bytes.
    ///
    /// # Errors
    ///
    /// [`JwsError::Payload`] or [`JwsError::Refused`] when the statement would not read back.
    pub fn new(statement: T) -> Result<Self, JwsError> {
        let payload = profile::payload(&statement)?;
        Ok(Self { statement, payload, signatures: BTreeMap::new() })
    }

    /// Reads the JSON form. It may have no signature; an unprotected header is refused.
    ///
    /// # Errors
    ///
    /// When the text has more than `bytes_max`, breaks a rule of the profile, or has another type.
    pub fn parse(json: &[u8], bytes_max: usize) -> Result<Self, JwsError> {
        if json.len() > bytes_max {
            return Err(JwsError::TooLarge);
        }
        let form: Form = json::object(json).map_err(JwsError::JsonForm)?;
        if form.signatures.len() > SIGNATURES_MAX {
            return Err(JwsError::TooManySignatures);
        }
        let payload = profile::decode(&form.payload)?;
        let statement = profile::statement(&payload)?;
        let mut signatures = BTreeMap::new();
        for FormSignature { protected, signature } in form.signatures {
            let kid = profile::kid::<T>(&protected)?;
            let entry = Entry { protected, signature: profile::signature(&signature)? };
            if signatures.insert(kid, entry).is_some() {
                return Err(JwsError::SameKey);
            }
        }
        Ok(Self { statement, payload, signatures })
    }

    /// The content, which is worth as much as [`SignedByMany::valid_signers`] makes it.
    pub fn statement(&self) -> &T {
        &self.statement
    }

    /// The exact bytes that are signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// SHA-256 of the payload: the same whoever has signed so far.
    pub fn payload_digest(&self) -> Sha256Digest {
        Sha256Digest::of(&self.payload)
    }

    /// Signs; an earlier signature under the same key's name is replaced.
    ///
    /// # Errors
    ///
    /// [`JwsError::TooManySignatures`] beyond [`SIGNATURES_MAX`].
    pub fn add(&mut self, key: &SecretKey) -> Result<(), JwsError> {
        let kid = key.public().thumbprint();
        if self.signatures.len() >= SIGNATURES_MAX && !self.signatures.contains_key(&kid) {
            return Err(JwsError::TooManySignatures);
        }
        let protected = profile::header::<T>(kid)?;
        let signature = key.sign(&self.signed(&protected));
        self.signatures.insert(kid, Entry { protected, signature });
        Ok(())
    }

    /// Adds the signatures of `other`; where both have one under the same name, this one's stays.
    ///
    /// # Errors
    ///
    /// [`JwsError::OtherPayload`] when the payloads differ by a byte,
    /// [`JwsError::TooManySignatures`] beyond [`SIGNATURES_MAX`]; nothing has changed then.
    pub fn merge(&mut self, other: Self) -> Result<(), JwsError> {
        if self.payload != other.payload {
            return Err(JwsError::OtherPayload);
        }
        let mut signatures = other.signatures;
        signatures.extend(self.signatures.clone());
        if signatures.len() > SIGNATURES_MAX {
            return Err(JwsError::TooManySignatures);
        }
        self.signatures = signatures;
        Ok(())
    }

    /// The keys that are said to have signed.
    pub fn kids(&self) -> impl Iterator<Item = Thumbprint> + '_ {
        self.signatures.keys().copied()
    }

    /// Those of `keys` whose signature is there and verifies; other keys do not count.
    pub fn valid_signers(&self, keys: &[PublicKey]) -> BTreeSet<Thumbprint> {
        keys.iter().filter(|key| self.is_signed_by(key)).map(PublicKey::thumbprint).collect()
    }

    /// The JSON form on one line, with the signatures in the order of their keys.
    pub fn to_json(&self) -> String {
        let signatures: Vec<_> = self.signatures.values().map(Entry::to_json).collect();
        let form =
            json!({ "payload": BASE64URL_NOPAD.encode(&self.payload), "signatures": signatures });
        format!("{form}\n")
    }

    fn is_signed_by(&self, key: &PublicKey) -> bool {
        self.signatures.get(&key.thumbprint()).is_some_and(|entry| {
            key.verify(&self.signed(&entry.protected), &entry.signature).is_ok()
        })
    }

    /// The signing input of RFC 7515 section 5.1, step 5.
    fn signed(&self, protected: &str) -> Vec<u8> {
        format!("{protected}.{}", BASE64URL_NOPAD.encode(&self.payload)).into_bytes()
    }
}

impl Entry {
    fn to_json(&self) -> serde_json::Value {
        let signature = BASE64URL_NOPAD.encode(&self.signature.to_bytes());
        json!({ "protected": self.protected, "signature": signature })
    }
}

/// Shows who is said to have signed what kind of statement, never its content.
impl<T: Statement> fmt::Debug for SignedByMany<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedByMany")
            .field("typ", &T::TYP)
            .field("kids", &self.signatures.keys())
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    payload: String,
    signatures: Vec<FormSignature>,
}

/// Has no `header`: what is not signed is not read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormSignature {
    protected: String,
    signature: String,
}
