//! The lists as the writer keeps them: computed anew with each head of the log, and taken back when that does not come to the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem;
use std::sync::Arc;

use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list::Listed;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::patient::Identifier;
use tracing::warn;

use super::book::{Before, Book, PresenceBefore};
use super::epoch::{Epoch, Labelled};
use super::error::ListsError;
use super::file::{ListsFile, Part};
use super::shared::{Next, SharedLists, State};
use super::source;
use crate::failure::chain;
use crate::store::files::FileError;
use crate::store::index::db::Index;
use crate::store::index::draft::Rows;
use crate::store::index::error::IndexError;
use crate::store::index::rows::listing::{ReadRows as _, Relisting};
use crate::store::index::tables::PatientMac;
use crate::store::journal::Journal;
use crate::store::journal::segment::JournalError;
use crate::store::log::head::{Head, HeadIndex};
use crate::store::writer::message::CommitError;

/// Labels that are kept for the next head. Where there are more, the others are computed again, from the journal.
const KNOWN_MAX: usize = 65_536;

/// How long an epoch lasts, in milliseconds: whoever has learnt a label can look it up in the presence file for no longer.
pub(crate) const EPOCH_MS: u64 = 30 * 24 * 60 * 60 * 1000;

/// The lists of whom have changed.
type Changes = BTreeMap<PatientMac, Relisting>;

/// The lists as the writer keeps them.
pub(crate) struct Keeper {
    shared: Arc<SharedLists>,
    journal: Arc<Journal>,
    /// Whose lists will change with the next head, as the commits have said it.
    known: BTreeMap<PatientMac, Labelled>,
    /// What has changed since the lists of the next epoch were begun.
    since: Changes,
    /// What heads have changed that are not on the disk yet, in their order.
    staged: Vec<Staged>,
    file: ListsFile,
}

/// What a head has changed.
struct Staged {
    /// The lists of the epoch before, when a new one began with it.
    swapped: Option<Swapped>,
    lists: Vec<Before>,
    presence: Option<PresenceBefore>,
    /// What had changed for the lists of the next epoch.
    since: Changes,
    /// Whether something was erased.
    erases: bool,
}

/// The lists that were in use before; none when they were lost.
struct Swapped(Option<Book>);

impl Keeper {
    /// The keeper of these lists.
    pub(crate) fn new(
        (shared, file): (Arc<SharedLists>, ListsFile),
        journal: Arc<Journal>,
    ) -> Self {
        let (known, since, staged) = Default::default();
        Self { shared, journal, known, since, staged, file }
    }

    /// Notes whose lists a commit changes. Where it makes no entries in the log, a head is wanted nevertheless.
    pub(crate) fn learn(&mut self, index: &Index, labels: Vec<Labelled>, logged: usize) {
        if logged == 0 && !labels.is_empty() {
            self.shared.wants_head().send_replace(true);
        }
        for labelled in labels {
            self.known.insert(index.patient(labelled.identifier.reveal()), labelled);
        }
    }

    /// Forgets labels when there are too many. All that they are of is on the disk by now.
    pub(crate) fn begin_group(&mut self) {
        self.take_back();
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
    }

    /// The log whose lists they are.
    pub(crate) fn origin(&self) -> &Origin {
        self.shared.origin()
    }

    /// Whether a head is to be made though nothing was logged since the last one.
    pub(crate) fn wants_head(&self, rows: &Rows<'_>) -> Result<bool, IndexError> {
        let is_made = matches!(self.shared.state().next, Next::Made(_));
        Ok(is_made || !rows.relisting()?.is_empty())
    }

    /// Makes the lists those of a head of that time and so many entries, and gives what it says of them; nothing when there can be no
    /// head, because the lists that the last one had are lost and not made again yet.
    pub(crate) fn stage(
        &mut self,
        rows: &Rows<'_>,
        index: &Index,
        (time_ms, size): (u64, u64),
    ) -> Result<Option<HeadIndex>, ListsError> {
        let last = rows.log().head.map_or(0, |head| head.index.epoch);
        let mut changes = rows.relisting()?;
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        let since = self.note(&state, &changes);
        let swapped = swap(&mut state, time_ms);
        if swapped.is_some() {
            merge(&mut changes, mem::take(&mut self.since));
        }
        if state.book.is_none() {
            return Ok((last == 0).then(HeadIndex::none));
        }
        let is_new = swapped.is_some();
        let erases = changes.values().any(|change| change.erases);
        self.staged.push(Staged { swapped, lists: Vec::new(), presence: None, since, erases });
        state.is_staged = true;
        let relisted = self.relist(&mut state, (rows, index), &changes, size);
        let Some(book) = &mut state.book else { return Ok(None) };
        if book.epoch.number() > last {
            book.begun_ms = time_ms;
        }
        if let (Ok(()), Some(staged)) = (&relisted, self.staged.last_mut()) {
            if is_new {
                book.begin_presence();
            } else {
                staged.presence = Some(book.toggle(&staged.lists));
            }
        }
        let said = book.index();
        drop(state);
        if let Err(error) = relisted {
            self.unstage();
            return Err(error);
        }
        Ok(Some(said))
    }

    /// The last head that was staged is on the disk, and so are the rows of the index that go with it.
    pub(crate) fn settle(&mut self, head: Head) {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        state.is_staged = false;
        if let Some(book) = state.book.as_mut().filter(|book| book.index() == head.index) {
            book.head = Some(head);
            shared.set_current(Arc::clone(&book.epoch));
        }
        let begun = state.book.as_ref().map_or(head.time_ms, |book| book.begun_ms);
        let is_made = matches!(state.next, Next::Made(_));
        if let Err(error) = self.settle_file(&state, head.size) {
            warn!(error = chain(&error), "the file of the lists could not be written");
        }
        drop(state);
        self.staged.clear();
        self.known.clear();
        self.shared.wants_head().send_replace(is_made);
        self.shared.notify();
        if head.time_ms.saturating_sub(begun) >= EPOCH_MS
            && let Err(error) = self.shared.want(head.index.epoch.saturating_add(1))
        {
            warn!(error = chain(&error), "no new epoch can begin");
        }
    }

    /// Takes back what the last head has changed, which is not made.
    pub(crate) fn unstage(&mut self) {
        let Some(Staged { swapped, lists, presence, since, .. }) = self.staged.pop() else {
            return;
        };
        let mut state = self.shared.state();
        match (swapped, &mut state.book) {
            // The lists of the new epoch wait on; what they were corrected by is no less true.
            (Some(Swapped(before)), book) => {
                let made = mem::replace(book, before);
                state.next = made.map_or(Next::Nothing, |made| Next::Made(Box::new(made)));
            }
            (None, Some(book)) => {
                lists.into_iter().rev().for_each(|before| book.take_back(before));
                if let Some(before) = presence {
                    book.untoggle(before);
                }
            }
            (None, None) => {}
        }
        state.is_staged = !self.staged.is_empty();
        self.since = since;
        drop(state);
        self.shared.notify();
    }

    /// Takes back what heads have changed that have not come to the disk.
    pub(crate) fn take_back(&mut self) {
        if self.staged.is_empty() {
            return;
        }
        self.file.take_back();
        while !self.staged.is_empty() {
            self.unstage();
        }
    }

    /// Writes what leads to the last head that was staged, durably. A disk that says no costs a later start some time: all is
    /// written anew with the next head.
    pub(crate) fn write(&mut self, head: Option<Head>) {
        let Some(head) = head else { return };
        let shared = Arc::clone(&self.shared);
        let state = shared.state();
        let Some(book) = state.book.as_ref().filter(|_| !self.staged.is_empty()) else { return };
        let is_new = self.staged.iter().any(|staged| staged.swapped.is_some());
        let written = if is_new || self.file.is_lost() {
            self.file.write_new(book, head.size)
        } else {
            self.append(book, head.size)
        };
        if let Err(error) = written {
            warn!(error = chain(&error), "the file of the lists could not be written");
            self.file.give_up();
        }
    }

    /// Takes from the disk what was erased and still stands in the file of the lists: the next head writes all of it anew.
    pub(crate) fn forget(&mut self, rows: &Rows<'_>) -> Result<(), CommitError> {
        if rows.relisting()?.values().any(|change| change.erases) {
            self.file.forget().map_err(JournalError::from)?;
        }
        Ok(())
    }

    fn append(&mut self, book: &Book, size: u64) -> Result<(), FileError> {
        let changed: BTreeSet<Label> =
            self.staged.iter().flat_map(|staged| &staged.lists).map(Before::label).collect();
        let lists: Vec<_> = changed.into_iter().map(|label| (label, book.list(&label))).collect();
        let before = self.staged.iter().find_map(|staged| staged.presence.as_ref());
        let presence = before.and_then(|before| book.presence().get(before.bytes()..));
        let presence = presence.unwrap_or_default();
        if lists.is_empty() && presence.is_empty() {
            return Ok(());
        }
        let epoch = (book.epoch.number(), book.begun_ms);
        let erases = self.staged.iter().any(|staged| staged.erases);
        self.file.append(&Part { size, epoch, lists: &lists, presence, erases })
    }

    fn settle_file(&mut self, state: &State, size: u64) -> Result<(), FileError> {
        self.file.settle()?;
        let erases = self.staged.iter().any(|staged| staged.erases);
        if let Some(book) = state.book.as_ref().filter(|_| erases) {
            self.file.write_new(book, size)?;
            self.file.settle()?;
        }
        Ok(())
    }

    /// Computes the lists anew that have changed.
    fn relist(
        &mut self,
        state: &mut State,
        (rows, index): (&Rows<'_>, &Index),
        changes: &Changes,
        size: u64,
    ) -> Result<(), ListsError> {
        let (Some(book), Some(staged)) = (&mut state.book, self.staged.last_mut()) else {
            return Ok(());
        };
        for (mac, change) in changes {
            let known = self.known.get(mac);
            let Some(label) = label(book, (index, &self.journal), known, (mac, change))? else {
                continue;
            };
            let records: Vec<Listed> = rows.listed(mac)?.into_keys().collect();
            staged.lists.extend(book.relist((*mac, label), &records, size)?);
        }
        Ok(())
    }

    /// Keeps what changes for the lists of the next epoch, and gives what was kept before.
    fn note(&mut self, state: &State, changes: &Changes) -> Changes {
        let before = self.since.clone();
        match state.next {
            Next::Nothing => self.since.clear(),
            Next::Making { .. } | Next::Made(_) => merge(&mut self.since, changes.clone()),
        }
        before
    }
}

/// Puts the lists of the next epoch in the place of those that are there, when they are made.
fn swap(state: &mut State, time_ms: u64) -> Option<Swapped> {
    match mem::take(&mut state.next) {
        Next::Made(mut made) => {
            (made.begun_ms, made.head) = (time_ms, None);
            Some(Swapped(state.book.replace(*made)))
        }
        other => {
            state.next = other;
            None
        }
    }
}

/// The label of whose list changes; nothing when it never had one and nothing says whose it would be.
fn label(
    book: &Book,
    (index, journal): (&Index, &Journal),
    known: Option<&Labelled>,
    (mac, change): (&PatientMac, &Relisting),
) -> Result<Option<Label>, ListsError> {
    let epoch: &Epoch = &book.epoch;
    if let Some(Labelled { identifier, label }) = known {
        return match label {
            Some((number, label)) if *number == epoch.number() => Ok(Some(*label)),
            _ => Ok(Some(epoch.label(identifier)?)),
        };
    }
    let found: Option<Identifier> = source::identifier(journal, index, mac, &change.places)?;
    match found {
        Some(identifier) => Ok(Some(epoch.label(&identifier)?)),
        // All that names the patient is damaged or erased.
        None => Ok(book.label_of(mac)),
    }
}

fn merge(changes: &mut Changes, more: Changes) {
    for (mac, Relisting { places, erases }) in more {
        let change = changes.entry(mac).or_default();
        change.places.extend(places);
        change.erases |= erases;
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}
