//! However the bytes of a document arrive, its digests are the same, and every subtree verifies.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::document::content::{
    Content, ContentError, ContentHasher, Subtrees, list_bytes, subtree_count,
};
use budstikke_protocol::ids::ContentRoot;
use budstikke_protocol::limits::{DOCUMENT_BYTES_MAX, SUBTREE_BYTES};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

/// A document of up to five subtrees, often near an edge, and different in every byte block.
fn document() -> impl Strategy<Value = Vec<u8>> {
    let near = (1..=5_usize, -2..=2_isize)
        .prop_map(|(subtrees, off)| (subtrees * SUBTREE_BYTES).saturating_add_signed(off));
    let size = prop_oneof![1..=4096_usize, near, 1..=5 * SUBTREE_BYTES];
    (size, any::<u64>()).prop_map(|(size, seed)| {
        let mut bytes = vec![0; size];
        blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
        bytes
    })
}

fn hash(parts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Content {
    let mut hasher = ContentHasher::default();
    for part in parts {
        hasher.update(part.as_ref()).unwrap();
    }
    hasher.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn digests_do_not_depend_on_how_the_bytes_arrive(bytes in document(), step in 1_usize..3_000_000) {
        let content = hash(bytes.chunks(step));
        prop_assert_eq!(&content, &hash([&bytes]));
        prop_assert_eq!(content.size, u64::try_from(bytes.len()).unwrap());
        prop_assert_eq!(content.sha256, Sha256Digest::of(&bytes));
        let root = ContentRoot::from_bytes(*blake3::hash(&bytes).as_bytes());
        prop_assert_eq!(content.subtrees.root(), root);
    }

    #[test]
    fn a_list_reads_back_and_every_subtree_verifies(bytes in document()) {
        let content = hash([&bytes]);
        let list = content.subtrees.to_bytes();
        let read = Subtrees::parse(content.subtrees.root(), content.size, &list).unwrap();
        prop_assert_eq!(&read, &content.subtrees);
        prop_assert_eq!(read.to_bytes(), list);
        for (index, subtree) in (0..).zip(bytes.chunks(SUBTREE_BYTES)) {
            prop_assert_eq!(read.subtree_len(index), subtree.len());
            prop_assert_eq!(read.verify(index, subtree), Ok(()));
        }
    }

    #[test]
    fn another_bit_anywhere_is_noticed(bytes in document(), at: Index, bit in 0..8_u32) {
        let content = hash([&bytes]);
        let at = at.index(bytes.len());
        let mut changed = bytes;
        changed[at] ^= 1_u8 << bit;
        let index = at / SUBTREE_BYTES;
        let subtree = changed.chunks(SUBTREE_BYTES).nth(index).unwrap();
        let index = u64::try_from(index).unwrap();
        prop_assert_eq!(content.subtrees.verify(index, subtree), Err(ContentError::Subtree { index }));
    }

    #[test]
    fn another_bit_in_the_list_is_noticed(bytes in document(), at: Index, bit in 0..8_u32) {
        let content = hash([&bytes]);
        let mut list = content.subtrees.to_bytes();
        prop_assume!(!list.is_empty());
        let at = at.index(list.len());
        list[at] ^= 1_u8 << bit;
        let read = Subtrees::parse(content.subtrees.root(), content.size, &list);
        prop_assert_eq!(read, Err(ContentError::ListRoot));
    }
}

proptest! {
    #[test]
    fn any_list_is_read_or_refused(
        root: [u8; 32], size in prop_oneof![any::<u64>(), 0..4_000_000_u64], list in vec(any::<u8>(), 0..200),
    ) {
        // Only a document of one subtree has a list without a hash, and its root is checked with its bytes.
        let read = Subtrees::parse(ContentRoot::from_bytes(root), size, &list);
        let is_single = list.is_empty() && (1..=1024 * 1024).contains(&size);
        prop_assert_eq!(read.is_ok(), is_single);
    }

    #[test]
    fn subtrees_add_up_to_the_document(size in 1..=DOCUMENT_BYTES_MAX) {
        let subtree = u64::try_from(SUBTREE_BYTES).unwrap();
        let count = subtree_count(size);
        prop_assert!((count - 1) * subtree < size && size <= count * subtree);
        prop_assert_eq!(list_bytes(size), if count == 1 { 0 } else { count * 32 });
    }
}
