//! The list of subtree hashes gives what plain BLAKE3 gives, and refuses everything else.

use super::{Content, ContentError, ContentHasher, Subtrees};
use crate::ids::ContentRoot;
use crate::limits::SUBTREE_BYTES;

fn bytes(len: usize) -> Vec<u8> {
    (0_u32..).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).take(len).collect()
}

fn content(bytes: &[u8], step: usize) -> Content {
    let mut hasher = ContentHasher::default();
    for part in bytes.chunks(step) {
        hasher.update(part).unwrap();
    }
    hasher.finish().unwrap()
}

#[test]
fn the_root_is_plain_blake3_and_every_subtree_verifies_at_every_edge() {
    let mib = SUBTREE_BYTES;
    for len in [
        1,
        1023,
        1024,
        1025,
        mib - 1,
        mib,
        mib + 1,
        2 * mib,
        2 * mib + 1,
        3 * mib,
        5 * mib - 1,
        5 * mib + 1025,
    ] {
        let bytes = bytes(len);
        let content = content(&bytes, 300_007);
        assert_eq!(
            content.subtrees.root().as_bytes(),
            blake3::hash(&bytes).as_bytes(),
            "{len} bytes"
        );
        let list = content.subtrees.to_bytes();
        let again = Subtrees::parse(content.subtrees.root(), content.size, &list).unwrap();
        for (index, part) in (0..).zip(bytes.chunks(mib)) {
            again.verify(index, part).unwrap();
        }
        assert_eq!(usize::try_from(again.count()).unwrap(), bytes.chunks(mib).count());
    }
}

#[test]
fn an_empty_document_is_refused() {
    assert_eq!(ContentHasher::default().finish(), Err(ContentError::Size));
    let root = ContentRoot::from_bytes(*blake3::hash(b"").as_bytes());
    assert_eq!(Subtrees::parse(root, 0, &[]), Err(ContentError::Size));
}

#[test]
fn a_list_that_does_not_lead_to_the_root_is_refused() {
    let content = content(&bytes(3 * SUBTREE_BYTES + 5), SUBTREE_BYTES);
    let list = content.subtrees.to_bytes();
    let root = content.subtrees.root();
    for place in [0, 31, 32, 127] {
        let mut changed = list.clone();
        changed[place] ^= 1;
        assert_eq!(Subtrees::parse(root, content.size, &changed), Err(ContentError::ListRoot));
    }
    assert_eq!(Subtrees::parse(root, content.size, &list[32..]), Err(ContentError::ListLength));
    assert_eq!(
        Subtrees::parse(root, content.size.saturating_add(1 << 20), &list),
        Err(ContentError::ListLength)
    );
}

#[test]
fn a_changed_swapped_short_or_surplus_subtree_is_refused() {
    let all = bytes(2 * SUBTREE_BYTES + 5);
    let subtrees = content(&all, SUBTREE_BYTES).subtrees;
    let mut changed = all[..SUBTREE_BYTES].to_vec();
    changed[SUBTREE_BYTES - 1] ^= 0x80;
    assert_eq!(subtrees.verify(0, &changed), Err(ContentError::Subtree { index: 0 }));
    assert_eq!(subtrees.verify(1, &all[..SUBTREE_BYTES]), Err(ContentError::Subtree { index: 1 }));
    assert_eq!(
        subtrees.verify(0, &all[..SUBTREE_BYTES - 1]),
        Err(ContentError::SubtreeLength { index: 0 })
    );
    assert_eq!(subtrees.verify(3, &[]), Err(ContentError::SubtreeLength { index: 3 }));
    assert_eq!(
        subtrees.verify(u64::MAX, &all[..5]),
        Err(ContentError::SubtreeLength { index: u64::MAX })
    );
}

#[test]
fn a_single_subtree_is_checked_against_the_root_itself() {
    let all = bytes(1000);
    let subtrees = content(&all, 10).subtrees;
    assert!(subtrees.to_bytes().is_empty());
    subtrees.verify(0, &all).unwrap();
    let mut changed = all;
    changed[0] ^= 1;
    assert_eq!(subtrees.verify(0, &changed), Err(ContentError::Subtree { index: 0 }));
}
