//! A key that checks signatures on notes, and its text form, the *vkey*.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;

use super::base64;
use super::name::{KeyId, NoteName, NoteNameError};
use crate::public::{PublicKey, PublicKeyError};

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// The text: type 0x01 of C2SP `signed-note`.
    Signature,
    /// The text and a time: type 0x04, `cosignature/v1` of C2SP `tlog-cosignature`.
    Cosignature,
}

impl KeyKind {
    /// The byte in front of the public key.
    pub fn code(self) -> u8 {
        match self {
            Self::Signature => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// A public key with the name and the kind under which it signs notes. Text:
/// `<name>+<key id>+<base64 of kind and key>`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey {
    name: NoteName,
    kind: KeyKind,
    key: PublicKey,
    id: KeyId,
}

/// Why a text is no [`VerifierKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifierKeyError {
    /// Not a name, a key id of 8 lower-case hexadecimal digits and base64 with `+` between.
    #[error("a verifier key is a name, a key id and the key in base64, with + between")]
    Form,
    /// The name is none.
    #[error("the name of the verifier key is refused")]
    Name(#[source] NoteNameError),
    /// A kind of signature that is not known here, or a key of another length than its kind has.
    #[error("the verifier key is neither of type 1 nor of type 4 with 32 bytes")]
    Kind,
    /// The public key is none.
    #[error("the public key of the verifier key is refused")]
    Key(#[source] PublicKeyError),
    /// The key id is that of another name or key.
    #[error("the key id does not belong to the verifier key")]
    Id,
}

impl VerifierKey {
    /// Gives `key` the name and the kind under which it signs.
    pub fn new(name: NoteName, kind: KeyKind, key: PublicKey) -> Self {
        let id = KeyId::of(&name, &encoded(kind, &key));
        Self { name, kind, key, id }
    }

    /// Its name.
    pub fn name(&self) -> &NoteName {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The bare key.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Its short id.
    pub fn id(&self) -> KeyId {
        self.id
    }
}

fn encoded(kind: KeyKind, key: &PublicKey) -> [u8; 33] {
    let mut bytes = [kind.code(); 33];
    let [_, rest @ ..] = &mut bytes;
    *rest = key.to_bytes();
    bytes
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(VerifierKeyError::Form);
        };
        let name = name.parse().map_err(VerifierKeyError::Name)?;
        // No known kind is longer; what is, need not be decoded.
        if encoded.len() > 44 {
            return Err(VerifierKeyError::Kind);
        }
        let encoded = base64::decode(encoded).ok_or(VerifierKeyError::Form)?;
        let (kind, key) = match encoded.as_slice() {
            [0x01, key @ ..] => (KeyKind::Signature, key),
            [0x04, key @ ..] => (KeyKind::Cosignature, key),
            _ => return Err(VerifierKeyError::Kind),
        };
        let key = key.try_into().ok().ok_or(VerifierKeyError::Kind)?;
        let key = PublicKey::from_bytes(key).map_err(VerifierKeyError::Key)?;
        let verifier = Self::new(name, kind, key);
        if verifier.id.to_string() == id { Ok(verifier) } else { Err(VerifierKeyError::Id) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = BASE64.encode(&encoded(self.kind, &self.key));
        write!(f, "{}+{}+{encoded}", self.name, self.id)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}
