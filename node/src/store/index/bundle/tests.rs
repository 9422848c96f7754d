//! A row is found in a bundle, or known not to be there, without reading the others.

use super::{NotABundle, Spread, find, pack, unpack};
use crate::store::index::row_list::RowList;

fn rows() -> RowList {
    let mut rows = RowList::default();
    for (value, key) in (0_u8..).zip([&b"a"[..], b"ab", b"abc", b"b", b"bcd", b"c"]) {
        rows.push(key, &vec![value; value.into()]);
    }
    rows
}

fn packed() -> Vec<u8> {
    let mut bundles = pack(&rows(), Spread::Full).unwrap();
    assert_eq!(bundles.len(), 1);
    bundles.remove(0).bytes
}

#[test]
fn each_row_is_found_and_no_other() {
    let bundle = packed();
    assert_eq!(unpack(&bundle, None).unwrap(), rows());
    for (key, value) in rows().iter() {
        assert_eq!(find(&bundle, key).unwrap(), Some(value));
    }
    let before = unpack(&bundle, Some(b"b")).unwrap();
    assert_eq!((before.len(), before.last_key()), (3, Some(&b"abc"[..])));
    for key in [&b""[..], b"aa", b"abcd", b"bc", b"d"] {
        assert_eq!(find(&bundle, key).unwrap(), None);
    }
    assert_eq!(find(&[], b"a").unwrap(), None);
}

#[test]
fn a_bundle_that_is_cut_off_is_none() {
    let bundle = packed();
    for len in 1..bundle.len() {
        let found = find(&bundle[..len], b"d");
        assert!(
            found == Err(NotABundle) || unpack(&bundle[..len], None).unwrap().len() < rows().len()
        );
    }
    assert_eq!(find(&bundle[..bundle.len() - 1], b"d"), Err(NotABundle));
}
