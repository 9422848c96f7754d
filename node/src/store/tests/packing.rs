//! What is packed comes back, at a fraction of its length, and nothing else does.

use budstikke_protocol::access::record::Action;

use super::fixture::{asker, id, record, shared_with, sharing};
use crate::store::form;
use crate::store::kept::{Kept, KeptChange};
use crate::store::packing::{fill, pack, unpack};

#[test]
fn what_is_packed_comes_back() {
    let (long, usual) = (vec![7; 100_000], b"\xa4av\x02frecord\xa5dtimet2027-01-15T08:00:00Z");
    for text in [&b""[..], b"a", &long, usual] {
        let mut packed = pack(text).unwrap();
        assert_eq!(unpack(&packed).unwrap().as_slice(), text);
        let bytes = packed.len() + 77;
        fill(&mut packed, bytes).unwrap();
        assert_eq!(packed.len(), bytes);
        assert_eq!(unpack(&packed).unwrap().as_slice(), text);
        assert!(fill(&mut packed, bytes - 1).is_none());
    }
}

#[test]
fn what_no_commit_needs_is_neither_packed_nor_unpacked() {
    assert!(pack(&vec![0; 1024 * 1024]).is_some());
    assert!(pack(&vec![0; 1024 * 1024 + 1]).is_none());
    let packed = pack(b"a commit").unwrap();
    let mut long = packed.clone();
    long[..4].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(unpack(&long).is_none());
    for cut in 0..packed.len() {
        assert!(unpack(&packed[..cut]).is_none(), "{cut} bytes");
    }
    for at in [3, 7, packed.len() - 1] {
        let mut other = packed.to_vec();
        other[at] ^= 1;
        assert_ne!(unpack(&other).as_ref().map(|it| it.as_slice()), Some(&b"a commit"[..]), "{at}");
    }
    let mut behind = packed.to_vec();
    behind.push(1);
    assert!(unpack(&behind).is_none(), "only zeros may stand behind the block");
}

/// The kept form of a statement, through a whole commit.
fn kept(statement: &str) -> Result<String, form::NotACommit> {
    let mut kept = Kept::new(record(Action::Share, 1));
    kept.changes.push(KeptChange::Sharing(statement.to_owned()));
    let read = Kept::decode(&kept.encode()?)?;
    match read.changes.as_slice() {
        [KeptChange::Sharing(statement)] => Ok(statement.clone()),
        _ => panic!("it is another commit"),
    }
}

#[test]
fn a_statement_comes_back_to_the_byte_or_is_refused() {
    let statement = sharing(id(1), 1, shared_with(&[asker()]));
    assert_eq!(kept(statement.compact()).unwrap(), statement.compact());
    assert_eq!(kept("").unwrap(), "", "one that was erased");
    // Not the three parts of one; and base64url that is longer or other than what its bytes have.
    for text in ["e30", "e30.e30", "e30.e30.e30.e30", "e30.e30.e31", "e30=.e30.e30", "e 30.e30.e30"]
    {
        assert!(kept(text).is_err(), "{text}");
    }
}
