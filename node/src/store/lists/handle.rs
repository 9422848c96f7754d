//! The lists as the rest of the node sees them.

use std::fmt;
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use budstikke_keys::voprf::{Blinded, Evaluated, EvaluationProof, Randomness, VoprfPublicKey};
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list::{Listed, list_value};
use budstikke_protocol::index::list_proof::ListProof;
use budstikke_protocol::log::tree::prove_inclusion;
use budstikke_protocol::patient::Identifier;
use tokio::sync::watch;

use super::book::Book;
use super::error::ListsError;
use super::keeper::EPOCH_MS;
use super::shared::{Next, SharedLists, State};
use crate::store::bytes::{count, length};
use crate::store::index::live::LiveIndex;
use crate::store::index::rows::listing::ReadRows as _;
use crate::store::log::error::LogError;
use crate::store::log::head::Head;
use crate::store::log::reader::LogReader;
use crate::store::log::shared::Shared;
use crate::store::names::DocumentName;

/// How long a head that is under way is waited for: one is made each second while something comes.
const HEAD_WAIT: Duration = Duration::from_secs(3);

/// The lists of this organisation.
#[derive(Clone, Copy)]
pub struct Lists<'a> {
    shared: &'a SharedLists,
    log: &'a Shared,
    index: &'a LiveIndex,
}

/// A part of the presence file.
#[derive(Debug)]
pub struct PresencePart {
    /// The head that commits to the file.
    pub head: Head,
    /// Where the part begins.
    pub from: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The bytes of the file.
    pub total: u64,
}

/// A list with its proof.
#[derive(Debug)]
pub struct ProvenList {
    /// The head that commits to it.
    pub head: Head,
    /// The proof.
    pub proof: ListProof,
    /// The documents whose records they are, in their order.
    pub documents: Vec<DocumentId>,
}

/// How the lists stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListsStanding {
    /// The epoch; none while the lists are being made.
    pub epoch: Option<u32>,
    /// How many lists there are.
    pub patients: u64,
    /// How many records they have together.
    pub records: u64,
    /// While labels are made anew: of how many patients, and of how many in all, as far as that is known.
    pub making: Option<(u64, Option<u64>)>,
}

impl<'a> Lists<'a> {
    pub(crate) fn new(shared: &'a SharedLists, log: &'a Shared, index: &'a LiveIndex) -> Self {
        Self { shared, log, index }
    }

    /// The epoch that blind questions are evaluated for, and its public key; none while the lists are not ready.
    pub fn epoch(&self) -> Option<(u32, VoprfPublicKey)> {
        self.shared.current().map(|epoch| (epoch.number(), epoch.public()))
    }

    /// How the lists stand.
    pub fn standing(&self) -> ListsStanding {
        let state = self.shared.state();
        let said = state.book.as_ref().map(Book::index);
        let making = match &state.next {
            Next::Making { done, of, .. } => Some((*done, *of)),
            Next::Nothing | Next::Made(_) => None,
        };
        ListsStanding {
            epoch: said.map(|said| said.epoch),
            patients: said.map_or(0, |said| said.map_count),
            records: said.map_or(0, |said| said.live_count),
            making,
        }
    }

    /// Whether lists wait for a head, though nothing may have been logged.
    pub fn wants_head(&self) -> watch::Receiver<bool> {
        self.shared.wants_head().subscribe()
    }

    /// Has a new epoch begin in the background when the one that it is has lasted long enough.
    ///
    /// # Errors
    /// When there can be no key for it.
    pub fn renew_when_old(&self, time_ms: u64) -> Result<(), ListsError> {
        let state = self.shared.state();
        let head = state.book.as_ref().and_then(|book| Some((book.head?, book.begun_ms)));
        drop(state);
        match head {
            Some((head, begun)) if time_ms.saturating_sub(begun) >= EPOCH_MS => {
                self.shared.want(head.index.epoch.saturating_add(1))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Evaluates blinded elements with the key of `epoch`; that takes a while, so not on a thread of tasks.
    ///
    /// # Errors
    /// [`ListsError::NotReady`], [`ListsError::Epoch`], or [`ListsError::Voprf`] for a batch that is none.
    pub fn evaluate(
        &self,
        epoch: u32,
        blinded: &[Blinded],
        randomness: Randomness,
    ) -> Result<(Vec<Evaluated>, EvaluationProof), ListsError> {
        let current = self.shared.current().ok_or(ListsError::NotReady)?;
        if current.number() != epoch {
            return Err(ListsError::Epoch { current: current.number() });
        }
        Ok(current.key().blind_evaluate(blinded, randomness)?)
    }

    /// The bytes of the presence file of the newest head from `from` on, at most `limit`; from the beginning when `epoch` is not its.
    /// It waits for a head that is under way, so not on a thread of tasks.
    ///
    /// # Errors
    /// [`ListsError::NotReady`], or when the log is stopped.
    pub fn presence(
        &self,
        epoch: u32,
        from: u64,
        limit: usize,
    ) -> Result<PresencePart, ListsError> {
        let (state, head) = self.settled(deadline())?;
        let presence = state.book.as_ref().ok_or(ListsError::NotReady)?.presence();
        let is_known = epoch == head.index.epoch && from <= length(presence);
        let from = if is_known { from } else { 0 };
        let rest = presence.get(count(from)..).unwrap_or_default();
        let bytes = rest.get(..limit).unwrap_or(rest).to_vec();
        Ok(PresencePart { head, from, bytes, total: length(presence) })
    }

    /// Everything that proves the list of a label against the newest head; nothing when the label has none. It waits for a head that is
    /// under way, so not on a thread of tasks.
    ///
    /// # Errors
    /// [`ListsError`].
    pub fn prove(&self, label: &Label) -> Result<Option<ProvenList>, ListsError> {
        let deadline = deadline();
        let mut size = 0;
        loop {
            let (state, head) = self.settled(deadline)?;
            if head.size == size {
                return Err(ListsError::Changing);
            }
            size = head.size;
            let Some(book) = &state.book else { return Err(ListsError::NotReady) };
            let Some((value, listing)) = book.list(label) else { return Ok(None) };
            let (map, salt) = (book.prove(label), book.epoch.salt(label, listing.begun));
            let generation = listing.generation;
            drop(state);
            let listed = self.index.get()?.listed(&listing.patient)?;
            let listed = listed.into_iter().filter(|(listed, _)| listed.index < size);
            let (records, names): (Vec<Listed>, Vec<DocumentName>) = listed.unzip();
            // The rows may be ahead of the head already.
            if list_value(&salt, generation, &records)? == value {
                let reader = LogReader::new(self.log);
                let last = size.saturating_sub(1);
                let state = reader.entry(last)?.try_into().ok().ok_or(LogError::Outside)?;
                let path = prove_inclusion(&reader, last, size).map_err(LogError::from)?;
                let documents = names.into_iter().map(|name| name.document).collect();
                let proof = ListProof { state, path, map, salt, generation, records };
                return Ok(Some(ProvenList { head, proof, documents }));
            }
            let is_behind = |state: &State| {
                let head = state.book.as_ref().and_then(|book| book.head);
                !state.is_staged && head.is_none_or(|head| head.size != size)
            };
            drop(self.shared.wait_until(deadline, is_behind));
        }
    }

    /// The label of an identifier, with its epoch, for a caller on this machine.
    ///
    /// # Errors
    /// [`ListsError::NotReady`].
    pub fn label_of(&self, identifier: &Identifier) -> Result<(u32, Label), ListsError> {
        let epoch = self.shared.current().ok_or(ListsError::NotReady)?;
        Ok((epoch.number(), epoch.label(identifier)?))
    }

    /// The lists as the newest head has them, which was given out.
    fn settled(&self, deadline: Instant) -> Result<(MutexGuard<'a, State>, Head), ListsError> {
        if let Some(reason) = self.log.stopped() {
            return Err(LogError::Stopped(reason).into());
        }
        loop {
            let state = self.shared.wait_until(deadline, |state| !state.is_staged);
            let head = state.book.as_ref().and_then(|book| book.head);
            let head = head.filter(|_| !state.is_staged).ok_or(ListsError::NotReady)?;
            if self.log.wait_for_head(head.size, Instant::now()) {
                return Ok((state, head));
            }
            drop(state);
            if !self.log.wait_for_head(head.size, deadline) {
                return Err(ListsError::NotReady);
            }
        }
    }
}

fn deadline() -> Instant {
    Instant::now().checked_add(HEAD_WAIT).unwrap_or_else(Instant::now)
}

/// Shows nothing of whom there are lists.
impl fmt::Debug for Lists<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lists").finish_non_exhaustive()
    }
}
