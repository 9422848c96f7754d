//! The lists at the start.

use std::path::PathBuf;

use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::log::origin::Origin;
use tracing::warn;

use super::book::Book;
use super::error::ListsError;
use super::file::ListsFile;
use super::shared::SharedLists;
use crate::store::index::db::Index;
use crate::store::index::tables::{self, Applied, Table};

/// Takes up the lists that the last head has. Where they are lost, a new epoch begins, in the background.
pub(crate) fn open(
    storage: &SymmetricKey,
    origin: Origin,
    index: &Index,
    path: PathBuf,
) -> Result<(SharedLists, ListsFile), ListsError> {
    let (shared, mut file) = (SharedLists::new(storage, origin), ListsFile::new(path, storage));
    let head = index.row::<Applied>(&tables::applied())?.and_then(|applied| applied.log.head);
    let last = head.filter(|head| head.index.epoch > 0);
    let next = last.map_or(0, |head| head.index.epoch).saturating_add(1);
    match last {
        None if index.listed_patients()?.is_empty() => {
            shared.begin_with(Book::new(shared.epoch(next)?));
        }
        None => shared.want(next)?,
        Some(head) => {
            if let Some(book) = file.load(&head, &shared) {
                shared.begin_with(book);
            } else {
                warn!("the lists are lost, so all labels are made anew");
                shared.want(next)?;
            }
        }
    }
    let waits = index.ascending(Table::Relist.key(&[]), None).next().is_some();
    shared.wants_head().send_replace(waits);
    Ok((shared, file))
}
