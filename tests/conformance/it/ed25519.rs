//! Strictness of Ed25519, on the 914 edge cases of C2SP's CCTV, each of which some verifier takes.
//!
//! RFC 8032 leaves verifiers some freedom; evidence must not be good for one reader and bad for the
//! next. The collection marks in each case what is odd about it. With any of these we refuse:
//!
//! - `low_order_A`, `low_order_R`: the key or R is one of the eight points of small order. Such a
//!   key "signs" messages that nobody signed;
//! - `non_canonical_A`, `non_canonical_R`: the point has another encoding, below the prime. A
//!   second encoding is a second key or a second signature for the same thing;
//! - `low_order_residue`: the equation holds only when multiplied by the cofactor 8, so that batch
//!   and single verification would differ;
//! - `reencoded_k`: the hash was made over canonical encodings instead of over the bytes that came.
//!
//! `low_order_component_A` and `low_order_component_R` alone are no reason: the equation holds over
//! the whole group, and every verifier agrees.

use budstikke_keys::public::{PublicKey, Signature};
use data_encoding::HEXLOWER;
use serde::Deserialize;

use crate::collections::collection;

/// Each of these flags is a reason to refuse.
const REFUSED: [&str; 6] = [
    "low_order_A",
    "low_order_R",
    "non_canonical_A",
    "non_canonical_R",
    "low_order_residue",
    "reencoded_k",
];

/// These are none.
const TAKEN: [&str; 2] = ["low_order_component_A", "low_order_component_R"];

#[derive(Deserialize)]
struct Case {
    number: u32,
    key: String,
    sig: String,
    msg: String,
    flags: Option<Vec<String>>,
}

impl Case {
    fn is_taken(&self) -> bool {
        let bytes = |hex: &str| HEXLOWER.decode(hex.as_bytes()).unwrap();
        let signature = Signature::from_bytes(bytes(&self.sig).try_into().unwrap());
        let key = PublicKey::from_bytes(bytes(&self.key).try_into().unwrap());
        key.is_ok_and(|key| key.verify(self.msg.as_bytes(), &signature).is_ok())
    }

    fn should_be_taken(&self) -> bool {
        let mut flags = self.flags.iter().flatten().map(String::as_str);
        flags.all(|flag| {
            assert!(REFUSED.contains(&flag) || TAKEN.contains(&flag), "{flag} is a new one");
            !REFUSED.contains(&flag)
        })
    }
}

#[test]
fn signatures_that_some_verifier_would_refuse_are_refused() {
    let Some(text) = collection("vectors/ed25519/ed25519vectors.json") else { return };
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), 914);
    for case in &cases {
        assert_eq!(
            case.is_taken(),
            case.should_be_taken(),
            "case {}: {:?}",
            case.number,
            case.flags
        );
    }
    assert_eq!(cases.iter().filter(|case| case.is_taken()).count(), 43);
}
