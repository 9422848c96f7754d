//! What lies in the journal only, sealed with its commit, and goes when its document is erased: keys and salts.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::index::ticket::TicketSeed;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

/// What the entry of a statement in the log is made with: its salt, from which the commitment follows as long as the statement
/// stands beside it. Of one that was erased it is the commitment itself, which leads nowhere any more.
pub(crate) struct KeptSalt(Zeroizing<[u8; 32]>);

/// The seed of a ticket in the access log: what opens a blind question.
pub(crate) struct KeptSeed(Zeroizing<[u8; 32]>);

/// The key of one document. It lies in the journal only, sealed with the commit.
pub(crate) struct KeptKey(Zeroizing<[u8; 32]>);

impl KeptSalt {
    /// A salt to be kept.
    pub(crate) fn of(salt: &Salt) -> Self {
        Self(Zeroizing::new(*salt.bytes()))
    }

    /// What stays when the statement is erased.
    pub(crate) fn erased(commitment: Commitment) -> Self {
        Self(Zeroizing::new(*commitment.as_bytes()))
    }

    /// The salt, as long as the statement stands beside it.
    pub(crate) fn salt(&self) -> Salt {
        Salt::from_bytes(self.0.clone())
    }

    /// The commitment to the statement that stands beside it; none does when it was erased.
    pub(crate) fn commitment(&self, statement: Option<&str>) -> Commitment {
        let to = |text: &str| Commitment::to(Sha256Digest::of(text.as_bytes()), &self.salt());
        statement.map_or_else(|| Commitment::from_bytes(*self.0), to)
    }
}

impl KeptSeed {
    /// A seed to be kept.
    pub(crate) fn of(seed: &TicketSeed) -> Self {
        Self(Zeroizing::new(*seed.bytes()))
    }

    /// The seed itself.
    pub(crate) fn open(&self) -> TicketSeed {
        TicketSeed::from_bytes(self.0.clone())
    }
}

impl Serialize for KeptSeed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_slice())
    }
}

impl<'de> Deserialize<'de> for KeptSeed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ByteArray::deserialize(deserializer).map(|bytes| Self(Zeroizing::new(bytes.into_array())))
    }
}

impl Serialize for KeptSalt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_slice())
    }
}

impl<'de> Deserialize<'de> for KeptSalt {
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
