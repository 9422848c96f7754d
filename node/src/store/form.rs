//! The form of what stands in frames: CBOR maps with a version.

use serde::Serialize;

/// The version of the form of commits.
pub(crate) const VERSION: u8 = 1;

/// The bytes are not a commit of a version that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotACommit;

/// The bytes of a frame without a record.
pub(crate) fn encode(frame: &impl Serialize) -> Result<Vec<u8>, NotACommit> {
    let mut bytes = Vec::new();
    ciborium::into_writer(frame, &mut bytes).ok().ok_or(NotACommit)?;
    Ok(bytes)
}
