//! One signature line of a note: who is said to have signed, and the bytes.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;

use super::base64;
use super::key::{KeyKind, VerifierKey};
use super::name::{KeyId, NoteName};
use crate::public::{BadSignature, Signature};
use crate::secret::SecretKey;
use crate::time::Timestamp;

/// What a signature line begins with: U+2014 and a space.
const MARK: &str = "\u{2014} ";

/// A signature line: a name, a key id and the bytes of a signature of any kind, not yet checked
/// against anything.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: NoteName,
    id: KeyId,
    bytes: Vec<u8>,
}

/// The text is no signature line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signature line is a dash, a key name, and a key id and a signature in base64")]
pub struct SignatureLineError;

impl NoteSignature {
    /// Signs `text`, which ends with a line feed: type 0x01.
    pub fn sign(text: &str, name: NoteName, key: &SecretKey) -> Self {
        let id = VerifierKey::new(name.clone(), KeyKind::Signature, key.public()).id();
        let bytes = key.sign(text.as_bytes()).to_bytes().to_vec();
        Self { name, id, bytes }
    }

    /// Cosigns `text`, which ends with a line feed, as seen at `time`: type 0x04. A time of zero
    /// says nothing, and no verifier here takes it.
    pub fn cosign(text: &str, name: NoteName, key: &SecretKey, time: Timestamp) -> Self {
        let id = VerifierKey::new(name.clone(), KeyKind::Cosignature, key.public()).id();
        let signature = key.sign(&cosigned(text, time)).to_bytes();
        let bytes = [time.unix_seconds().to_be_bytes().as_slice(), &signature].concat();
        Self { name, id, bytes }
    }

    /// The name of the key that is said to have signed.
    pub fn name(&self) -> &NoteName {
        &self.name
    }

    /// The short id of that key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The bytes behind the key id.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the line names `key`.
    pub fn names(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == *key.name()
    }

    /// Checks the signature over `text` and returns the time of a cosignature.
    ///
    /// # Errors
    ///
    /// [`BadSignature`], also when the line names another key, and for a cosignature whose time is
    /// zero or after the year 9999.
    pub fn verify(&self, text: &str, key: &VerifierKey) -> Result<Option<Timestamp>, BadSignature> {
        if !self.names(key) {
            return Err(BadSignature);
        }
        match key.kind() {
            KeyKind::Signature => {
                let signature = self.bytes.as_slice().try_into().ok().ok_or(BadSignature)?;
                key.key().verify(text.as_bytes(), &Signature::from_bytes(signature))?;
                Ok(None)
            }
            KeyKind::Cosignature => {
                let (time, signature) = self.bytes.split_first_chunk().ok_or(BadSignature)?;
                let time = Timestamp::from_unix_seconds(i64::from_be_bytes(*time));
                let time = time.ok().filter(|time| *time != Timestamp::UNIX_EPOCH);
                let time = time.ok_or(BadSignature)?;
                let signature = signature.try_into().ok().ok_or(BadSignature)?;
                key.key().verify(&cosigned(text, time), &Signature::from_bytes(signature))?;
                Ok(Some(time))
            }
        }
    }
}

/// What a cosignature is over (C2SP `tlog-cosignature`, Ed25519).
fn cosigned(text: &str, time: Timestamp) -> Vec<u8> {
    format!("cosignature/v1\ntime {}\n{text}", time.unix_seconds()).into_bytes()
}

impl FromStr for NoteSignature {
    type Err = SignatureLineError;

    /// Parses one line, without its line feed.
    fn from_str(line: &str) -> Result<Self, SignatureLineError> {
        let (name, encoded) = line
            .strip_prefix(MARK)
            .and_then(|rest| rest.split_once(' '))
            .ok_or(SignatureLineError)?;
        let name = name.parse().ok().ok_or(SignatureLineError)?;
        let decoded = base64::decode(encoded).ok_or(SignatureLineError)?;
        match decoded.split_first_chunk() {
            Some((id, bytes)) if !bytes.is_empty() => {
                Ok(Self { name, id: KeyId::from_bytes(*id), bytes: bytes.to_vec() })
            }
            _ => Err(SignatureLineError),
        }
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = BASE64.encode(&[self.id.as_bytes().as_slice(), &self.bytes].concat());
        write!(f, "{MARK}{} {encoded}", self.name)
    }
}

impl fmt::Debug for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSignature({} {})", self.name, self.id)
    }
}
