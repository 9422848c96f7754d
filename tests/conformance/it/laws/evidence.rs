//! Evidence: whatever is done to a receipt, it vouches for no other time than the witnesses said.

use budstikke_conformance::formats::evidence::{File, Input};
use budstikke_conformance::formats::log::note::Raw;
use budstikke_conformance::formats::log::sample::COSIGNED;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::judge::Failure;
use proptest::prelude::*;
use proptest::sample::Index;

fn good() -> Input {
    File::witnessed(COSIGNED + 60).input()
}

fn receipt(input: &Input) -> Vec<u8> {
    input.receipt.as_ref().unwrap().bytes()
}

/// What the evidence shows of time with these bytes as its receipt, and whether it is good.
fn with(input: &Input, receipt: Vec<u8>) -> (Option<Timestamp>, Vec<Failure>) {
    let receipt = match String::from_utf8(receipt) {
        Ok(text) => Raw::Text(text),
        Err(error) => Raw::Hex(data_encoding::HEXLOWER.encode(error.as_bytes())),
    };
    let judgement = Input { receipt: Some(receipt), ..input.clone() }.judgement();
    let failures = judgement.checks.iter().filter_map(|check| check.failure).collect();
    (judgement.witnessed, failures)
}

#[test]
fn every_changed_bit_of_a_receipt_takes_its_word_away() {
    let input = good();
    let bytes = receipt(&input);
    let since = with(&input, bytes.clone());
    assert_eq!(since.0.map(Timestamp::unix_seconds), i64::try_from(COSIGNED + 60).ok());
    assert_eq!(since.1, []);
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            let (witnessed, failures) = with(&input, changed);
            assert_eq!(witnessed, None, "byte {at}, bit {bit}");
            assert!(failures.is_empty() || failures == [Failure::ReceiptInvalid], "{failures:?}");
        }
    }
    // Without the last line, it is a whole receipt that nobody has witnessed.
    let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for length in 0..bytes.len() {
        let invalid = if length == last { vec![] } else { vec![Failure::ReceiptInvalid] };
        assert_eq!(with(&input, bytes[..length].to_vec()), (None, invalid), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_no_receipt(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(with(&good(), bytes), (None, vec![Failure::ReceiptInvalid]));
    }

    #[test]
    fn a_receipt_with_parts_of_itself_elsewhere_says_the_same_or_nothing(
        from: Index, length in 0_usize..200, to: Index,
    ) {
        let input = good();
        let mut bytes = receipt(&input);
        let known = with(&input, bytes.clone()).0;
        let from = from.index(bytes.len());
        let part = bytes[from..(from + length).min(bytes.len())].to_vec();
        let to = to.index(bytes.len());
        bytes.splice(to..to, part);
        let (witnessed, _) = with(&input, bytes);
        prop_assert!(witnessed.is_none() || witnessed == known);
    }

    /// The witnesses of more rosters never make it later; and nobody's word reaches back before the roster that asks for it.
    #[test]
    fn the_time_is_bounded_by_cosignature_and_roster(ahead in -4000_i64..4000) {
        let time = COSIGNED.checked_add_signed(ahead).unwrap();
        let input = File::witnessed(time).input();
        let (witnessed, _) = with(&input, receipt(&input));
        prop_assert_eq!(
            witnessed.map(Timestamp::unix_seconds),
            i64::try_from(time.max(COSIGNED)).ok()
        );
    }
}
