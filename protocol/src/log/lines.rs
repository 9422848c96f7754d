//! What the text forms share: numbers and hashes with one spelling each.

use super::tree::{PROOF_MAX, SIZE_END, TreeHash};

/// Reads a size or an index: decimal, no sign, no leading zero, below 2^63.
pub(super) fn number(text: &str) -> Option<u64> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = is_digits && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok().filter(|number| *number < SIZE_END) } else { None }
}

/// Reads the hashes of a proof, one a line, at most [`PROOF_MAX`].
pub(super) fn hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Option<Vec<TreeHash>> {
    let mut found = Vec::new();
    for line in lines {
        if found.len() == PROOF_MAX {
            return None;
        }
        found.push(line.parse().ok()?);
    }
    Some(found)
}
