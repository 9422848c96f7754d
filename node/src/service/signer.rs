//! The key of the log, and what it has signed last.

use std::sync::Arc;

use budstikke_keys::note::{KeyKind, VerifierKey};
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::log::checkpoint::{Checkpoint, SignedCheckpoint};
use budstikke_protocol::log::origin::Origin;
use tokio::sync::watch;
use tracing::debug;

use crate::store::Head;

/// The key of the log, and what it has signed last.
#[derive(Debug)]
pub struct Signer {
    origin: Origin,
    key: SecretKey,
    newest: watch::Sender<Option<Arc<Signed>>>,
}

/// A head of the log with the signature of its key.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The head as it stands in the journal.
    pub head: Head,
    /// The signed note.
    pub checkpoint: SignedCheckpoint,
}

impl Signer {
    /// Signs the heads of the log of `origin` with `key`; none before it is told to.
    pub fn new(origin: Origin, key: SecretKey) -> Self {
        Self { origin, key, newest: watch::Sender::new(None) }
    }

    /// The name of the log.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The name of the log of accesses, which the same key signs.
    pub fn access_origin(&self) -> Origin {
        self.origin.access_log()
    }

    /// The key that verifies what it signs.
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey::new(self.origin.key_name(), KeyKind::Signature, self.key.public())
    }

    /// The newest signed head, and every later one.
    pub fn newest(&self) -> watch::Receiver<Option<Arc<Signed>>> {
        self.newest.subscribe()
    }

    /// Puts the checkpoint with the cosignatures of a quorum in the place of the one without, as long as that is the newest.
    pub(super) fn replace(&self, cosigned: &SignedCheckpoint) {
        self.newest.send_if_modified(|newest| match newest {
            Some(signed) if signed.checkpoint.head() == cosigned.head() => {
                let (head, checkpoint) = (signed.head, cosigned.clone());
                *newest = Some(Arc::new(Signed { head, checkpoint }));
                true
            }
            _ => false,
        });
    }

    /// Signs a head that the store has given out: it is in the journal, and follows from what was read back. The same head gives
    /// the same signature, so that a start has no need of the one that was made before.
    pub fn sign(&self, head: Head) {
        let checkpoint = Checkpoint { origin: self.origin.clone(), head: head.tree() };
        let checkpoint = checkpoint.sign(&self.key);
        debug!(size = head.size, "checkpoint signed");
        self.newest.send_replace(Some(Arc::new(Signed { head, checkpoint })));
    }
}
