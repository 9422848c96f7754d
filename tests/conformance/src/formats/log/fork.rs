//! `fork`: proof that a log has shown two histories.

use budstikke_protocol::log::fork::{ForkKind, ForkProof};
use budstikke_protocol::log::tree::TreeHash;
use serde::{Deserialize, Serialize};

use super::note::Raw;
use super::sample::{ORIGIN, head, log_vkey, signature, signed};
use super::{lines, texts};
use crate::definition;
use crate::leaves::leaves;
use crate::vector::{Cases, Format, Written, refusal};

/// Fork proofs.
pub struct Forks;

/// A proof, and the log that it is said to be about.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The proof.
    pub proof: Raw,
    /// The verifier key of the log.
    pub log: String,
}

/// What it shows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Accepted {
    /// Two roots for one size.
    SameSize(u64),
    /// Two contents for one part.
    Subtree {
        /// 2^level leaves …
        level: u8,
        /// … from index · 2^level on.
        index: u64,
    },
}

impl Format for Forks {
    const NAME: &'static str = "fork";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let bytes = input.proof.bytes();
        let proof = ForkProof::parse(&bytes).map_err(|error| refusal(&error))?;
        assert_eq!(proof.to_string().into_bytes(), bytes);
        let fork = proof.verify(&input.log.parse().unwrap()).map_err(|error| refusal(&error))?;
        assert_eq!(fork.origin().to_string(), ORIGIN);
        Ok(match fork.kind {
            ForkKind::SameSize(size) => Accepted::SameSize(size),
            ForkKind::Subtree(subtree) => {
                Accepted::Subtree { level: subtree.level, index: subtree.index }
            }
        })
    }
}

/// The leaves by rule, and from the sixth on other ones.
pub(super) fn rewritten(count: usize) -> Vec<TreeHash> {
    let other =
        |i: usize, leaf: TreeHash| if i < 5 { leaf } else { definition::leaf(leaf.as_bytes()) };
    leaves(count).into_iter().enumerate().map(|(i, leaf)| other(i, leaf)).collect()
}

/// The checkpoint of these leaves, signed.
pub(super) fn signed_of(leaves: &[TreeHash]) -> String {
    let root = texts(&[definition::root(leaves)]).remove(0);
    signed(&format!("{ORIGIN}\n{}\n{root}\n", leaves.len()))
}

/// The lines of a leaf in a log: its hash and its proof.
fn branch(index: usize, leaves: &[TreeHash]) -> String {
    let lines = lines(&definition::path(index, leaves));
    format!("hash {}\n{lines}", texts(&[leaves[index]])[0])
}

fn of(proof: String) -> Input {
    Input { proof: Raw::Text(proof), log: log_vkey() }
}

fn same_size(first: &str, second: &str) -> String {
    format!("budstikke/fork/v1\nsame-size\n\n{first}\n{second}")
}

/// The fork at leaf 5 between the log by rule at size 7 and the rewritten one at size 11.
fn of_leaf() -> String {
    let (ours, theirs) = (leaves(7), rewritten(11));
    let branches = branch(5, &ours) + &branch(5, &theirs);
    let (first, second) = (signed_of(&ours), signed_of(&theirs));
    format!("budstikke/fork/v1\nsubtree 0 5\n{branches}\n{first}\n{second}")
}

/// The fork in the leaves 4 to 7, between the two logs at sizes 8 and 16: a subtree of two levels.
fn of_subtree() -> String {
    let (ours, theirs) = (leaves(8), rewritten(16));
    let hash = |leaves: &[TreeHash]| texts(&[definition::root(&leaves[4..8])]).remove(0);
    let path = |leaves: &[TreeHash]| definition::path(4, leaves).split_off(2);
    let lines = |leaves: &[TreeHash]| {
        let proof = super::lines(&path(leaves));
        format!("hash {}\n{proof}", hash(leaves))
    };
    let (first, second) = (signed_of(&ours), signed_of(&theirs));
    format!("budstikke/fork/v1\nsubtree 2 1\n{}{}\n{first}\n{second}", lines(&ours), lines(&theirs))
}

impl Written for Forks {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let (ours, theirs) = (signed_of(&leaves(7)), signed_of(&rewritten(7)));
        let same = same_size(&ours, &theirs);
        for (name, shows, proof, result) in [
            ("good-same-size", "two roots for one size", same.clone(), Accepted::SameSize(7)),
            ("good-turned", "in the other order", same_size(&theirs, &ours), Accepted::SameSize(7)),
            (
                "good-leaf",
                "two entries in one place, at different sizes",
                of_leaf(),
                Accepted::Subtree { level: 0, index: 5 },
            ),
            (
                "good-subtree",
                "two contents of four entries",
                of_subtree(),
                Accepted::Subtree { level: 2, index: 1 },
            ),
        ] {
            cases.accepted(name, shows, of(proof), result);
        }
        refused(&mut cases, &same);
        forms(&mut cases, &same);
        cases
    }
}

/// What is well-formed and proves nothing.
#[expect(clippy::too_many_lines, reason = "one row a case")]
fn refused(cases: &mut Cases<Forks>, same: &str) {
    let (ours, theirs) = (leaves(7), rewritten(11));
    let honest = signed_of(&ours);
    let leaf = of_leaf();
    let lines: Vec<_> = leaf.lines().collect();
    let agree = branch(2, &ours) + &branch(2, &theirs);
    let agreeing =
        format!("budstikke/fork/v1\nsubtree 0 2\n{agree}\n{honest}\n{}", signed_of(&theirs));
    let other = signed(&head(7).replacen(ORIGIN, "vectors.example/310000027", 1));
    let text = head(8);
    let forged = format!("{text}\n{}", signature(&text, ORIGIN, "another log"));
    let second = format!("{}\n", lines[3]);
    for (name, shows, proof, refusal) in [
        ("one-root", "one checkpoint twice", same_size(&honest, &honest), "no-contradiction"),
        (
            "two-sizes",
            "a log that has grown",
            same_size(&honest, &signed(&head(8))),
            "no-contradiction",
        ),
        ("agreeing-leaf", "the two agree about the leaf", agreeing, "no-contradiction"),
        (
            "hash-changed",
            "another hash for the leaf",
            leaf.replacen(lines[2], &format!("hash {}", lines[3]), 1),
            "proof",
        ),
        ("proof-short", "a hash is missing", leaf.replacen(&second, "", 1), "proof"),
        ("proof-long", "a hash too many", leaf.replacen(&second, &second.repeat(2), 1), "proof"),
        (
            "other-index",
            "the leaf beside it",
            leaf.replacen("subtree 0 5", "subtree 0 4", 1),
            "proof",
        ),
        (
            "outside",
            "a leaf that the smaller log has not",
            leaf.replacen("subtree 0 5", "subtree 0 8", 1),
            "proof",
        ),
        (
            "level-63",
            "no log has such a subtree",
            leaf.replacen("subtree 0 5", "subtree 63 0", 1),
            "proof",
        ),
        ("other-log", "the checkpoint of another log", same_size(&honest, &other), "checkpoint"),
        (
            "forged",
            "a checkpoint that the log did not sign",
            same_size(&honest, &forged),
            "checkpoint",
        ),
        (
            "size-changed",
            "a checkpoint that was changed",
            same.replacen("\n7\n", "\n6\n", 1),
            "checkpoint",
        ),
    ] {
        cases.refused(name, shows, of(proof), refusal);
    }
    let stranger = Input {
        log: super::sample::vkey(ORIGIN, 1, &crate::cast::public("another log")),
        ..of(same.to_owned())
    };
    cases.refused("other-key", "the reader knows another key of the log", stranger, "checkpoint");
}

/// What is no fork proof.
fn forms(cases: &mut Cases<Forks>, same: &str) {
    let leaf = of_leaf();
    let hash = leaf.lines().nth(3).unwrap();
    let lines: Vec<_> = leaf.lines().collect();
    let last_hash = lines.iter().rposition(|line| line.starts_with("hash ")).unwrap();
    let one_branch = leaf.replacen(&format!("{}\n", lines[last_hash]), "", 1);
    for (name, shows, proof, refusal) in [
        ("empty", "nothing", String::new(), "version"),
        ("version-2", "a version that is not known", same.replacen("/v1", "/v2", 1), "version"),
        (
            "accusation",
            "an accusation is no proof",
            same.replacen("fork", "accusation", 1),
            "version",
        ),
        ("version-alone", "nothing behind the version", "budstikke/fork/v1\n".to_owned(), "form"),
        ("no-kind", "no kind of difference", same.replacen("same-size\n", "", 1), "form"),
        (
            "other-kind",
            "a kind that is not known",
            same.replacen("same-size", "other-size", 1),
            "form",
        ),
        (
            "kind-and-more",
            "a line behind the kind",
            same.replacen("same-size\n", &format!("same-size\n{hash}\n"), 1),
            "form",
        ),
        (
            "one-note",
            "a checkpoint is missing",
            format!("budstikke/fork/v1\nsame-size\n\n{}", signed(&head(7))),
            "form",
        ),
        ("three-notes", "a checkpoint too many", format!("{same}\n{}", signed(&head(7))), "form"),
        ("one-branch", "a hash is missing", one_branch, "form"),
        (
            "level-leading-zero",
            "numbers have no leading zeros",
            leaf.replacen("subtree 0", "subtree 00", 1),
            "form",
        ),
        ("level-256", "a level is small", leaf.replacen("subtree 0", "subtree 256", 1), "form"),
        (
            "index-2-63",
            "an index has 63 bits",
            leaf.replacen("0 5", "0 9223372036854775808", 1),
            "form",
        ),
        ("64-hashes", "at most 63", leaf.replacen(hash, &[hash; 62].join("\n"), 1), "form"),
        ("not-signed", "a checkpoint has no signature", same.replacen('\u{2014}', "-", 1), "note"),
    ] {
        cases.refused(name, shows, of(proof), refusal);
    }
}
