//! The form of what stands in frames: CBOR maps with a version, packed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::packing;

/// The version of the form of commits.
pub(crate) const VERSION: u8 = 2;

/// The bytes are not a commit of a version that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotACommit;

/// The bytes of a frame, which have `expected` or fewer before they are packed: a buffer that has to grow leaves a copy of the
/// keys behind.
pub(crate) fn encode(
    frame: &impl Serialize,
    expected: usize,
) -> Result<Zeroizing<Vec<u8>>, NotACommit> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(expected));
    ciborium::into_writer(frame, &mut *bytes).ok().ok_or(NotACommit)?;
    packing::pack(&bytes).ok_or(NotACommit)
}

/// Reads what [`encode`] wrote.
pub(crate) fn decode<T: DeserializeOwned>(packed: &[u8]) -> Result<T, NotACommit> {
    let bytes = packing::unpack(packed).ok_or(NotACommit)?;
    let mut rest = bytes.as_slice();
    let frame = ciborium::from_reader(&mut rest).ok().ok_or(NotACommit)?;
    if rest.is_empty() { Ok(frame) } else { Err(NotACommit) }
}
