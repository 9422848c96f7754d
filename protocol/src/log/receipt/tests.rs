//! Laws of receipts.

use budstikke_keys::note::NotTrusted;

use super::*;
use crate::log::tests::{
    Memory, cosign, key, log_key, origin, roster, time, witness, witness_secret,
};
use crate::log::tree::{leaf_hash, prove_inclusion};

/// A receipt for the entry at `index` of a log of `size`, cosigned by so many.
fn receipt(index: u64, size: u64, cosigned: usize) -> Receipt {
    let tree = Memory::of(size);
    let mut checkpoint = tree.signed();
    for (place, seconds) in (1..=cosigned).zip([100, 200, 300, 400]) {
        cosign(&mut checkpoint, place, seconds);
    }
    Receipt::new(index, prove_inclusion(&tree, index, size).unwrap(), &checkpoint)
}

fn leaf(index: u64) -> TreeHash {
    leaf_hash(index.to_string().as_bytes())
}

fn policy() -> Policy {
    Policy::of(&roster(5), &origin())
}

#[test]
fn a_receipt_is_worth_what_its_cosignatures_are() {
    let grade = |cosigned: usize| {
        receipt(4, 9, cosigned).verify(&leaf(4), &log_key(), &policy()).unwrap().grade
    };
    for few in 0..3 {
        assert_eq!(grade(few), Grade::Promised, "{few} cosignatures");
    }
    for enough in 3..=4 {
        assert_eq!(grade(enough), Grade::Witnessed { since: time(300) }, "{enough} cosignatures");
    }
    assert_eq!(Grade::Promised.to_string(), "promised");
    assert_eq!(grade(3).to_string(), "witnessed");
}

#[test]
fn a_receipt_without_a_quorum_to_ask_for_is_promised() {
    let alone = Policy::of(&roster(1), &origin());
    let proven = receipt(4, 9, 4).verify(&leaf(4), &log_key(), &alone).unwrap();
    assert_eq!(proven.grade, Grade::Promised);
}

#[test]
fn a_receipt_is_read_as_it_was_written() {
    for (index, size) in [(0, 1), (4, 9), (8, 9)] {
        let receipt = receipt(index, size, 2);
        assert_eq!(Receipt::parse(receipt.to_string().as_bytes()), Ok(receipt));
    }
    let with_extra = receipt(4, 9, 0).to_string().replacen("index", "extra AAEC\nindex", 1);
    let read = Receipt::parse(with_extra.as_bytes()).unwrap();
    assert_eq!(read.extra(), Some([0, 1, 2].as_slice()));
    assert_eq!(read.to_string(), with_extra);
    assert!(read.verify(&leaf(4), &log_key(), &policy()).is_ok());
}

#[test]
fn a_receipt_is_for_one_entry_of_one_log() {
    let receipt = receipt(4, 9, 3);
    let refused =
        |leaf: &TreeHash, log: &VerifierKey| receipt.verify(leaf, log, &policy()).unwrap_err();
    assert_eq!(refused(&leaf(5), &log_key()), ReceiptError::Proof(ProofError::Root));
    let other = VerifierKey::new(origin().key_name(), log_key().kind(), key(9).public());
    assert_eq!(refused(&leaf(4), &other), ReceiptError::Checkpoint(NotTrusted::NoKnownKey.into()));
    let moved = receipt.to_string().replace("index 4", "index 5");
    let moved = Receipt::parse(moved.as_bytes()).unwrap();
    assert_eq!(
        moved.verify(&leaf(4), &log_key(), &policy()),
        Err(ReceiptError::Proof(ProofError::Root))
    );
    let beyond = receipt.to_string().replace("index 4", "index 9");
    let beyond = Receipt::parse(beyond.as_bytes()).unwrap();
    assert_eq!(
        beyond.verify(&leaf(4), &log_key(), &policy()),
        Err(ReceiptError::Proof(ProofError::OutOfRange))
    );
}

#[test]
fn a_bad_cosignature_spoils_the_receipt() {
    let mut receipt = receipt(4, 9, 3);
    let line =
        Memory::of(8).signed().cosign(witness(4).name().clone(), &witness_secret(4), time(7));
    receipt.note.add(line).unwrap();
    let expected = ReceiptError::Cosignatures(NotTrusted::BadSignature(witness(4).name().clone()));
    assert_eq!(receipt.verify(&leaf(4), &log_key(), &policy()), Err(expected));
}

#[test]
fn what_is_no_receipt_is_refused() {
    let text = receipt(4, 9, 1).to_string();
    let check = |changed: String, expected: ReceiptError| {
        assert_eq!(Receipt::parse(changed.as_bytes()), Err(expected), "{changed}");
    };
    check(String::new(), ReceiptError::Version);
    check("c2sp.org/tlog-proof@v1".to_owned(), ReceiptError::Version);
    check(text.replace("@v1", "@v2"), ReceiptError::Version);
    check(text.replace("index 4", "index 04"), ReceiptError::Form);
    check(text.replace("index 4", "index +4"), ReceiptError::Form);
    check(text.replace("index 4", "Index 4"), ReceiptError::Form);
    check(text.replace("index 4\n", ""), ReceiptError::Form);
    check(text.replace("index 4", "index 9223372036854775808"), ReceiptError::Form);
    check(text.replace("index 4", "extra AA\nindex 4"), ReceiptError::Form);
    check(text.replace("index 4", "extra AAE=\nextra AAE=\nindex 4"), ReceiptError::Form);
    check(text.replace("index 4", "index 4\nextra AAE="), ReceiptError::Form);
    check(text.replacen('=', "", 1), ReceiptError::Form);
    check(text.replace("\n\n", "\n"), ReceiptError::Form);
    let many = format!("index 4\n{}", format!("{}\n", TreeHash::EMPTY).repeat(61));
    check(text.replace("index 4\n", &many), ReceiptError::Form);
    check(text.trim_end().to_owned(), ReceiptError::Note(NoteError::Form));
    check("a".repeat(RECEIPT_BYTES_MAX + 1), ReceiptError::TooLarge);
}
