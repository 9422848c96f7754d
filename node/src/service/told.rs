//! Which members know of which forks.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use budstikke_keys::public::PublicKey;
use budstikke_protocol::log::origin::Origin;
use tokio::sync::Notify;

/// Which members know of which forks, as far as this run has told them.
#[derive(Debug, Default)]
pub struct Forks {
    told: Mutex<BTreeSet<(PublicKey, Origin)>>,
    more: Notify,
}

impl Forks {
    /// Notes that there is a new one.
    pub fn there_is_more(&self) {
        self.more.notify_one();
    }

    /// Returns when there is a new one.
    pub async fn wait(&self) {
        self.more.notified().await;
    }

    /// Whether a member was told of the fork of a log.
    pub fn is_told(&self, peer: PublicKey, origin: &Origin) -> bool {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.contains(&(peer, origin.clone()))
    }

    /// Notes that a member was told.
    pub fn tell(&self, peer: PublicKey, origin: &Origin) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.insert((peer, origin.clone()));
    }
}
