//! What an erasure leaves of a commit: the record of the access, what concerns other documents, the commitments in the log, and
//! its length.

use std::collections::BTreeSet;
use std::ops::Range;

use budstikke_protocol::document::manifest::Manifest;
use zeroize::Zeroizing;

use super::bytes::count;
use super::documents::body::{Layout, Place};
use super::form::NotACommit;
use super::kept::{Kept, KeptChange, KeptSalt, statement};
use super::names::DocumentName;
use super::packing;

/// Whether a commit says anything of these documents.
pub(crate) fn is_about(commit: &[u8], names: &BTreeSet<DocumentName>) -> Result<bool, NotACommit> {
    let kept = Kept::decode(commit)?;
    Ok(kept.changes.iter().any(|change| change.about().is_some_and(|name| names.contains(&name))))
}

/// Takes out of a commit what it says of these documents, and the attachments that belong to it.
pub(crate) fn blank(
    commit: &mut Zeroizing<Vec<u8>>,
    attachments: &mut [u8],
    names: &BTreeSet<DocumentName>,
) -> Result<(), NotACommit> {
    let mut kept = Kept::decode(commit)?;
    let mut log = kept.log.iter_mut();
    for change in &mut kept.changes {
        let salt = change.logged_as().and_then(|_| log.next());
        if change.about().is_some_and(|name| names.contains(&name)) {
            if let Some(sealed) = attached(change).and_then(|range| attachments.get_mut(range)) {
                sealed.fill(0);
            }
            if let Some(salt) = salt {
                *salt = KeptSalt::erased(salt.commitment(change.logged_statement()));
            }
            change.blank();
        }
    }
    let mut blank = kept.encode()?;
    packing::fill(&mut blank, commit.len()).ok_or(NotACommit)?;
    *commit = blank;
    Ok(())
}

/// Where the bytes of a document are among the attachments; nothing when they are in a file.
fn attached(change: &KeptChange) -> Option<Range<usize>> {
    let KeptChange::Document { manifest, place: Place::Attached { at }, .. } = change else {
        return None;
    };
    let size = statement::<Manifest>(manifest).ok()?.claimed().size;
    let end = at.checked_add(Layout::of(size).sealed_len())?;
    Some(count(*at)..count(end))
}
