//! Heads that a quorum has cosigned, and who may.

use std::fmt::Write as _;

use budstikke_keys::note::{KeyKind, VerifierKey};
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::origin::witness_name;
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::tree::TreeHead;
use zeroize::Zeroizing;

use super::in_memory::{key, origin, signed};
use crate::federation::numbers;

/// The witnesses of a log, and how many make a quorum.
const WITNESSES: u8 = 7;
const QUORUM: u8 = 5;

/// A head that its log has signed and a quorum cosigned.
pub(crate) fn cosigned(head: TreeHead) -> SignedCheckpoint {
    let mut checkpoint = signed(head);
    let time = budstikke::clock::now();
    for place in 0..QUORUM {
        let (name, secret) = (witness(place).name().clone(), witness_key(place));
        let line = checkpoint.cosign(name, &secret, time);
        checkpoint.add(line, &witness(place)).unwrap();
    }
    checkpoint
}

/// The key of the log.
pub(crate) fn log_key() -> VerifierKey {
    VerifierKey::new(origin().key_name(), KeyKind::Signature, key().public())
}

/// What a verifier asks of its heads.
pub(crate) fn policy() -> Policy {
    let mut text = format!("log {}\n", log_key());
    let mut group = format!("group witnesses {QUORUM}");
    for place in 0..WITNESSES {
        writeln!(text, "witness W{place} {}", witness(place)).unwrap();
        write!(group, " W{place}").unwrap();
    }
    format!("{text}{group}\nquorum witnesses\n").parse().unwrap()
}

fn witness_key(place: u8) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([20 + place; 32]))
}

fn witness(place: u8) -> VerifierKey {
    let organisation = numbers().nth(usize::from(place)).unwrap();
    let name = witness_name(origin().federation(), organisation.parse().unwrap());
    VerifierKey::new(name, KeyKind::Cosignature, witness_key(place).public())
}
