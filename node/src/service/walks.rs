//! Whose rosters are being walked through, so that each peer has one walk at a time.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use budstikke_keys::public::PublicKey;
use budstikke_protocol::wire::hello::RosterHead;

/// Whose rosters are being walked through. A peer that says hello again and again, and answers no question for a roster,
/// would otherwise take every place for answers and every turn to ask.
#[derive(Debug, Default)]
pub struct Walks {
    /// What each of these peers has said last.
    under_way: Mutex<BTreeMap<PublicKey, RosterHead>>,
}

impl Walks {
    /// Notes what `peer` says; true when nobody walks through its rosters yet, so that the caller is to do it.
    pub(super) fn begin(&self, peer: PublicKey, head: RosterHead) -> bool {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(peer, head).is_none()
    }

    /// Ends a walk, and gives what `peer` has said last.
    pub(super) fn end(&self, peer: PublicKey) -> Option<RosterHead> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(&peer)
    }
}
