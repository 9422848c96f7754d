//! The tree of RFC 6962, by its published roots.

use super::*;

/// The entries of the published example, and the root of each size (Certificate Transparency's own test data).
const ENTRIES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn root(size: usize) -> TreeHash {
    TreeHash::from_bytes(hex(ROOTS[size]).try_into().unwrap())
}

#[test]
fn the_published_roots_come_out() {
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root(), root(0));
    for (size, entry) in (1..).zip(ENTRIES) {
        frontier.append(leaf_hash(&hex(entry))).unwrap();
        assert_eq!(frontier.root(), root(size), "size {size}");
    }
}

#[test]
fn a_hash_has_one_text() {
    let text = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_eq!(TreeHash::EMPTY.to_string(), text);
    assert_eq!(text.parse(), Ok(TreeHash::EMPTY));
    // Stray bits, no padding, another alphabet, another length, white space.
    for changed in [
        text.replace("FU=", "FV="),
        text.replace('=', ""),
        text.replace('+', "-"),
        format!("{text}===="),
        text.replace("47", ""),
        format!("{text}\n"),
        String::new(),
    ] {
        assert_eq!(changed.parse::<TreeHash>(), Err(NotATreeHash), "{changed:?}");
    }
}

#[test]
fn a_leaf_is_never_a_node() {
    let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
    let both = [left.as_bytes().as_slice(), right.as_bytes()].concat();
    assert_ne!(leaf_hash(&both), node_hash(&left, &right));
    assert_ne!(node_hash(&left, &right), node_hash(&right, &left));
}

#[test]
fn a_subtree_ends_inside_the_largest_tree() {
    let check = |level: u8, index: u64, start: Option<u64>, end: Option<u64>| {
        let subtree = Subtree { level, index };
        assert_eq!((subtree.start(), subtree.end()), (start, end), "{subtree:?}");
    };
    check(0, 0, Some(0), Some(1));
    check(3, 5, Some(40), Some(48));
    check(62, 0, Some(0), Some(1 << 62));
    check(62, 1, Some(1 << 62), None);
    check(0, SIZE_END - 2, Some(SIZE_END - 2), Some(SIZE_END - 1));
    check(0, SIZE_END - 1, Some(SIZE_END - 1), None);
    check(63, 0, Some(0), None);
    check(64, 0, None, None);
    check(255, u64::MAX, None, None);
}

#[test]
fn a_tree_is_made_of_a_subtree_for_each_bit() {
    let made = |size| {
        Subtree::all_of(size).map(|subtree| (subtree.level, subtree.index)).collect::<Vec<_>>()
    };
    assert_eq!(made(0), []);
    assert_eq!(made(13), [(0, 12), (2, 2), (3, 0)]);
    assert_eq!(made(1 << 62), [(62, 0)]);
}
