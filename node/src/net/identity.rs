//! The two names of a node: its public key, as the roster has it, and libp2p's peer id, which does not leave this room.

use budstikke_keys::public::PublicKey;
use budstikke_keys::secret::SecretKey;
use libp2p::PeerId;
use libp2p::identity::{self, DecodingError, Keypair, ed25519};

/// The libp2p identity of the node that holds `key`.
///
/// # Errors
/// libp2p's own, which 32 bytes of seed cannot cause.
pub(crate) fn keypair(key: &SecretKey) -> Result<Keypair, DecodingError> {
    Keypair::ed25519_from_bytes(key.seed().as_mut_slice())
}

/// The peer id of the node with the public key `key`; there is one for every key that [`PublicKey`] accepts.
pub(crate) fn peer_id(key: &PublicKey) -> Option<PeerId> {
    let key = ed25519::PublicKey::try_from_bytes(&key.to_bytes()).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// The public key of the node with the peer id `peer`: the peer id of an Ed25519 key contains the key.
pub(crate) fn public_key(peer: &PeerId) -> Option<PublicKey> {
    let key = identity::PublicKey::try_decode_protobuf(peer.as_ref().digest()).ok()?;
    PublicKey::from_bytes(key.try_into_ed25519().ok()?.to_bytes()).ok()
}
