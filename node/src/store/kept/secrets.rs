//! What lies in the journal only, sealed with its commit, and is zeros once its document was erased: keys and salts.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

/// The salt of a statement and the commitment to it: what its entry in the log is made of, and is proven by. The salt of one
/// that was erased is zeros, and leads nowhere any more.
pub(crate) struct KeptCommitment(Zeroizing<[u8; 64]>);

/// The key of one document. It lies in the journal only, sealed with the commit.
pub(crate) struct KeptKey(Zeroizing<[u8; 32]>);

impl KeptCommitment {
    /// Commits to the statement with this digest.
    pub(crate) fn to(statement: Sha256Digest, salt: Salt) -> Self {
        let mut bytes = Zeroizing::new([0; 64]);
        let commitment = Commitment::to(statement, &salt);
        let parts = salt.bytes().iter().chain(commitment.as_bytes());
        bytes.iter_mut().zip(parts).for_each(|(place, byte)| *place = *byte);
        Self(bytes)
    }

    /// The commitment.
    pub(crate) fn commitment(&self) -> Commitment {
        Commitment::from_bytes(self.0.last_chunk().copied().unwrap_or_default())
    }

    /// The salt; nothing once the statement was erased.
    pub(crate) fn salt(&self) -> Option<Salt> {
        let salt = Zeroizing::new(self.0.first_chunk::<32>().copied().unwrap_or_default());
        (*salt != [0; 32]).then(|| Salt::from_bytes(salt))
    }

    /// Takes the salt away: what is left leads nowhere.
    pub(crate) fn blank(&mut self) {
        self.0.iter_mut().take(32).for_each(|byte| *byte = 0);
    }
}

impl Serialize for KeptCommitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_slice())
    }
}

impl<'de> Deserialize<'de> for KeptCommitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ByteArray::deserialize(deserializer).map(|bytes| Self(Zeroizing::new(bytes.into_array())))
    }
}

impl KeptKey {
    /// A key to be kept.
    pub(crate) fn of(key: &SymmetricKey) -> Self {
        Self(key.bytes())
    }

    /// What is left of a key that was erased.
    pub(crate) fn blank() -> Self {
        Self(Zeroizing::new([0; 32]))
    }

    /// The key itself.
    pub(crate) fn open(&self) -> SymmetricKey {
        SymmetricKey::from_bytes(self.0.clone())
    }
}

impl Serialize for KeptKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_slice())
    }
}

impl<'de> Deserialize<'de> for KeptKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ByteArray::deserialize(deserializer).map(|bytes| Self(Zeroizing::new(bytes.into_array())))
    }
}
