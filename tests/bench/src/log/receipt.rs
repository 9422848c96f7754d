//! A witnessed receipt of a log of ten million entries: its bytes, and how long it takes to verify.

use std::convert::Infallible;
use std::iter::once;
use std::time::Instant;

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::receipt::{Grade, Receipt};
use budstikke_protocol::log::tree::{
    Nodes, TreeHash, TreeHead, node_hash, prove_inclusion, root_of,
};
use zeroize::Zeroizing;

use super::cosignatures::{cosigned, log_key, policy};
use crate::finding::Finding;
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

const ENTRIES: u64 = 10_000_000;

/// An entry whose proof is as long as any.
const INDEX: u64 = 1_234_567;

/// The salt and the digest of the statement.
const SALT: [u8; 32] = [7; 32];
const STATEMENT: [u8; 32] = [8; 32];

/// A tree whose entries are all the same: the complete subtrees of a level have one hash. The bytes of a receipt and the work on
/// it depend on how many hashes there are, and not on what they are.
struct Uniform(Vec<TreeHash>);

impl Uniform {
    fn of(leaf: TreeHash) -> Self {
        Self(
            std::iter::successors(Some(leaf), |hash| Some(node_hash(hash, hash)))
                .take(64)
                .collect(),
        )
    }
}

impl Nodes for Uniform {
    type Error = Infallible;

    fn node(&self, level: u8, _: u64) -> Result<TreeHash, Infallible> {
        Ok(self.0[usize::from(level)])
    }
}

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let tree = Uniform::of(leaf());
    let Ok(root) = root_of(&tree, ENTRIES);
    let checkpoint = cosigned(TreeHead { size: ENTRIES, root });
    let proof = prove_inclusion(&tree, INDEX, ENTRIES).unwrap();
    let text = Receipt::new(INDEX, proof, &checkpoint).with_extra(SALT.to_vec()).to_string();
    let (log, policy) = (log_key(), policy());
    let [verified] = rounds("log-receipt", setting.rounds(300), || {
        let began = Instant::now();
        let receipt = Receipt::parse(text.as_bytes()).unwrap();
        let proven = receipt.verify(&leaf(), &log, &policy).unwrap();
        let verified = began.elapsed();
        assert!(matches!(proven.grade, Grade::Witnessed { .. }), "{proven:?}");
        [verified.as_secs_f64() * 1000.0]
    });
    let bytes: Sample = once(text.len() as f64).collect();
    vec![
        Finding::new("a receipt of 10 000 000 entries, 5 cosignatures", "bytes", bytes)
            .at_most(2500.0),
        Finding::new("the same read and verified", "ms", verified).at_most(1.0),
    ]
}

/// The leaf, from what its holder knows.
fn leaf() -> TreeHash {
    let salt = Salt::from_bytes(Zeroizing::new(SALT));
    Entry::Record(Commitment::to(Sha256Digest::from_bytes(STATEMENT), &salt)).leaf_hash()
}
