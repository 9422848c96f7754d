//! Packing: what stands in a frame is compressed before it is sealed, because names and codes are most of it.
//!
//! ```text
//! bytes before packing, u32 BE ‖ bytes of the block, u32 BE ‖ the block ‖ zeros, only where something was erased
//! ```
//!
//! The block is one of LZ4, with a dictionary that holds what the usual commits have in common. LZ4 has no memory beside what it is
//! handed, so no key is left in any that is not wiped.

mod dictionary;

use lz4_flex::block::{
    compress_into_with_dict, decompress_into_with_dict, get_maximum_output_size,
};
use zeroize::Zeroizing;

use super::bytes::take_count;
pub(crate) use dictionary::DICTIONARY;

/// The most bytes of what is packed, as many as a frame has: no commit needs more, and a reader makes room for no more.
const BYTES_MAX: usize = 1024 * 1024;

/// The two lengths.
const HEAD_BYTES: usize = 8;

/// Packs what is to stand in a frame; nothing when it is too long for any.
pub(crate) fn pack(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= BYTES_MAX)?;
    let room = get_maximum_output_size(bytes.len()).checked_add(HEAD_BYTES)?;
    let mut packed = Zeroizing::new(vec![0; room]);
    let (head, block) = packed.split_first_chunk_mut::<HEAD_BYTES>()?;
    let block = compress_into_with_dict(bytes, block, DICTIONARY).ok()?;
    let lengths = [length.to_be_bytes(), u32::try_from(block).ok()?.to_be_bytes()];
    *head = *lengths.as_flattened().first_chunk()?;
    packed.truncate(HEAD_BYTES.checked_add(block)?);
    Some(packed)
}

/// Gives what was packed so many bytes, with zeros behind the block; nothing when it has more.
pub(crate) fn fill(packed: &mut Vec<u8>, bytes: usize) -> Option<()> {
    (packed.len() <= bytes).then(|| packed.resize(bytes, 0))
}

/// Reads what was packed.
pub(crate) fn unpack(mut packed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let length = take_count(&mut packed).filter(|length| *length <= BYTES_MAX)?;
    let (block, zeros) = take_count(&mut packed).and_then(|len| packed.split_at_checked(len))?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    let unpacked = decompress_into_with_dict(block, &mut bytes, DICTIONARY).ok()?;
    (unpacked == length && zeros.iter().all(|byte| *byte == 0)).then_some(bytes)
}
