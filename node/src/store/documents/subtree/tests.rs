//! How bytes lie in a subtree.

use super::*;

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn held(subtree: &Subtree) -> Vec<u8> {
    subtree.chunks().collect::<Vec<_>>().concat()
}

#[test]
fn what_is_appended_in_any_portions_is_held_in_chunks() {
    for len in [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, SUBTREE_BYTES] {
        for portion in [7_777, CHUNK_BYTES, SUBTREE_BYTES] {
            let bytes = bytes(len);
            let mut subtree = Subtree::default();
            for part in bytes.chunks(portion) {
                assert_eq!(subtree.append(part), b"");
            }
            assert_eq!(held(&subtree), bytes, "{len} bytes, {portion} at a time");
            assert_eq!(subtree.len(), len);
        }
    }
}

#[test]
fn what_is_more_than_a_subtree_is_given_back() {
    let mut subtree = Subtree::default();
    let bytes = bytes(SUBTREE_BYTES + 9);
    assert_eq!(subtree.append(&bytes), &bytes[SUBTREE_BYTES..]);
    assert_eq!(subtree.append(b"more"), b"more");
    assert_eq!(held(&subtree), &bytes[..SUBTREE_BYTES]);
}

#[test]
fn a_shorter_one_in_the_same_memory_shows_nothing_of_the_longer() {
    let mut subtree = Subtree::default();
    subtree.append(&bytes(CHUNK_BYTES + 5));
    subtree.resize(0);
    assert_eq!((held(&subtree), subtree.sealed().len()), (Vec::new(), 0));
    subtree.append(b"short");
    assert_eq!(held(&subtree), b"short");
    assert_eq!(subtree.sealed().len(), 5 + TAG_BYTES);
}
