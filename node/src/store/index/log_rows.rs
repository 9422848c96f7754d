//! What a commit or a head does to the rows of the log.

use std::collections::BTreeMap;

use budstikke_protocol::log::entry::Entry;

use super::bundles::Changes;
use super::referral_rows;
use super::tables::{self, Anchored, LogRow};
use crate::store::effects::{Logged, Subject};
use crate::store::journal::frame::Position;
use crate::store::log::head::{Anchor, Head};

/// Gives the entries of the commit at `at` their indexes.
pub(crate) fn logged(log: &mut LogRow, logged: &[Logged], at: Position, rows: &mut Changes) {
    for (nth, Logged { about, entry }) in logged.iter().enumerate() {
        match about {
            Some(Subject::Document(name)) => {
                let row = tables::to_value(&(at, nth)).unwrap_or_default();
                rows.insert(tables::record(*name, log.entries), Some(row));
            }
            Some(Subject::Event(place)) => referral_rows::logged(*place, (log.entries, nth), rows),
            // That of a manifest stands in the row of its document.
            Some(Subject::Manifest(_)) | None => {}
        }
        append(log, entry, rows);
    }
}

/// Appends the entries of a head.
pub(crate) fn head(log: &mut LogRow, head: Head, rows: &mut Changes) {
    if let Some(Anchor { tickets, .. }) = head.access {
        log.anchored = Some(Anchored { tickets, entry: log.entries });
    }
    for entry in head.entries(log.records) {
        append(log, &entry, rows);
    }
    log.head = Some(head);
}

/// Lets the rows go of entries that stand in full tiles by now.
pub(crate) fn tiled(log: &mut LogRow, tiled: u64) -> Changes {
    let gone = (log.tiled..tiled).map(|index| (tables::leaf(index), None));
    let gone: BTreeMap<_, _> = gone.collect();
    log.tiled = log.tiled.max(tiled);
    gone
}

fn append(log: &mut LogRow, entry: &Entry, rows: &mut Changes) {
    if log.entries >= log.tiled {
        rows.insert(tables::leaf(log.entries), Some(entry.to_bytes().as_bytes().to_vec()));
    }
    log.entries = log.entries.saturating_add(1);
    if matches!(entry, Entry::Record(_)) {
        log.records = log.records.saturating_add(1);
    }
}
