//! The lists at the start.

use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::log::origin::Origin;

use super::book::Book;
use super::error::ListsError;
use super::shared::SharedLists;
use crate::store::index::db::Index;
use crate::store::index::tables::{self, Applied};

/// Takes up the lists that the last head has. Where they are lost, a new epoch begins, in the background.
pub(crate) fn open(
    storage: &SymmetricKey,
    origin: Origin,
    index: &Index,
) -> Result<SharedLists, ListsError> {
    let shared = SharedLists::new(storage, origin);
    let applied = index.row::<Applied>(&tables::applied())?;
    let last = applied.and_then(|applied| applied.log.head).map_or(0, |head| head.index.epoch);
    let next = last.saturating_add(1);
    if last == 0 && index.listed_patients()?.is_empty() {
        shared.state().book = Some(Book::new(shared.epoch(next)?));
    } else {
        shared.want(next)?;
    }
    Ok(shared)
}
