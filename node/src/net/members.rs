//! Who may connect, and where each can be dialled.

use std::collections::BTreeMap;

use budstikke_keys::public::PublicKey;
use libp2p::{Multiaddr, PeerId};

use super::address;
use super::identity;

/// The active members other than ourselves: the node key of each, and its addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members(BTreeMap<PublicKey, Vec<String>>);

impl From<BTreeMap<PublicKey, Vec<String>>> for Members {
    fn from(members: BTreeMap<PublicKey, Vec<String>>) -> Self {
        Self(members)
    }
}

impl FromIterator<(PublicKey, Vec<String>)> for Members {
    fn from_iter<I: IntoIterator<Item = (PublicKey, Vec<String>)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl Members {
    /// The node keys of all.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        self.0.keys()
    }

    /// The same in libp2p's words. An address that cannot be used is left out with a warning: a member without one can
    /// still connect to us.
    pub(crate) fn into_peers(self) -> BTreeMap<PeerId, Vec<Multiaddr>> {
        self.0
            .into_iter()
            .filter_map(|(key, addresses)| {
                let peer = identity::peer_id(&key)?;
                Some((peer, addresses.iter().filter_map(|text| usable(peer, text)).collect()))
            })
            .collect()
    }
}

fn usable(peer: PeerId, text: &str) -> Option<Multiaddr> {
    address::parse(text)
        .inspect_err(
            |error| tracing::warn!(%peer, address = text, %error, "unusable address of a member"),
        )
        .ok()
}
