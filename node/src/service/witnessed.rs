//! This organisation's log as its witnesses see it: which of its checkpoints is being cosigned, which was by a quorum, and whether
//! somebody has one of it that this node has not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use budstikke_keys::note::{NoteSignature, VerifierKey};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::tree::TreeHead;
use tokio::sync::watch;

/// This organisation's log as its witnesses see it.
#[derive(Debug)]
pub struct Witnessed {
    candidate: watch::Sender<Option<Arc<Candidate>>>,
    newest: watch::Sender<Option<Arc<SignedCheckpoint>>>,
    round: Mutex<Option<SignedCheckpoint>>,
    asked: Mutex<BTreeMap<OrganisationNumber, Asked>>,
    ahead: OnceLock<Ahead>,
}

/// A checkpoint that witnesses are asked to cosign.
#[derive(Debug)]
pub struct Candidate {
    /// The checkpoint, with the signature of the log alone.
    pub checkpoint: SignedCheckpoint,
    /// The how manieth it is. The same checkpoint may come again, for fresh cosignatures.
    pub round: u64,
}

/// What a witness has answered last.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The size that it cosigned last, and when.
    pub cosigned: Option<(u64, Timestamp)>,
    /// Why it has not cosigned since.
    pub trouble: Option<String>,
}

/// A head that the key of this log has signed, and that this node knows nothing of: it was put back to an earlier state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// The head.
    pub head: TreeHead,
    /// Who has shown it.
    pub by: OrganisationNumber,
}

impl Witnessed {
    /// Begins with the newest checkpoint that was witnessed before this run.
    pub fn new(newest: Option<SignedCheckpoint>) -> Self {
        Self {
            candidate: watch::Sender::new(None),
            newest: watch::Sender::new(newest.map(Arc::new)),
            round: Mutex::default(),
            asked: Mutex::default(),
            ahead: OnceLock::new(),
        }
    }

    /// What is to be cosigned, and every later one.
    pub fn candidates(&self) -> watch::Receiver<Option<Arc<Candidate>>> {
        self.candidate.subscribe()
    }

    /// The newest witnessed checkpoint, and every later one.
    pub fn newest(&self) -> watch::Receiver<Option<Arc<SignedCheckpoint>>> {
        self.newest.subscribe()
    }

    /// Has `checkpoint` cosigned from now on, instead of the one before.
    pub(super) fn put(&self, checkpoint: SignedCheckpoint) {
        *lock(&self.round) = Some(checkpoint.clone());
        self.candidate.send_modify(|candidate| {
            let round = candidate.as_ref().map_or(0, |candidate| candidate.round).wrapping_add(1);
            *candidate = Some(Arc::new(Candidate { checkpoint, round }));
        });
    }

    /// Adds a cosignature, which is checked. Gives the checkpoint when this makes it a witnessed one.
    pub(super) fn add(
        &self,
        candidate: &Candidate,
        (line, key): (NoteSignature, &VerifierKey),
        policy: &Policy,
    ) -> Result<Option<(SignedCheckpoint, Timestamp)>, ()> {
        let mut own = candidate.checkpoint.clone();
        own.add(line.clone(), key).map_err(drop)?;
        let mut round = lock(&self.round);
        let Some(gathered) = round.as_mut() else { return Ok(None) };
        if gathered.head() != candidate.checkpoint.head() {
            return Ok(None);
        }
        let was = policy.witnessed(gathered).ok().flatten();
        gathered.add(line, key).map_err(drop)?;
        let is = policy.witnessed(gathered).ok().flatten();
        Ok(is.filter(|_| was.is_none()).map(|time| (gathered.clone(), time)))
    }

    /// Publishes a witnessed checkpoint.
    pub(super) fn publish(&self, checkpoint: SignedCheckpoint) {
        self.newest.send_replace(Some(Arc::new(checkpoint)));
    }

    /// What each witness has answered last.
    pub fn asked(&self) -> BTreeMap<OrganisationNumber, Asked> {
        lock(&self.asked).clone()
    }

    pub(super) fn note_cosigned(&self, witness: OrganisationNumber, size: u64, time: Timestamp) {
        lock(&self.asked).insert(witness, Asked { cosigned: Some((size, time)), trouble: None });
    }

    pub(super) fn note_trouble(&self, witness: OrganisationNumber, trouble: String) {
        lock(&self.asked).entry(witness).or_default().trouble = Some(trouble);
    }

    /// Forgets whoever is no witness any more.
    pub(super) fn keep_only(&self, witnesses: &[OrganisationNumber]) {
        lock(&self.asked).retain(|witness, _| witnesses.contains(witness));
    }

    /// Whether somebody has a head of this log that this node has not; nothing is signed from then on.
    pub fn ahead(&self) -> Option<&Ahead> {
        self.ahead.get()
    }

    /// Notes the first who is ahead, and whether it is this one: several are, as a rule, and one tells as much as all.
    pub(super) fn note_ahead(&self, ahead: Ahead) -> bool {
        self.ahead.set(ahead).is_ok()
    }
}

/// A panic elsewhere leaves whole entries behind, so a poisoned lock is as good as a clean one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
