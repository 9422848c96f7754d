//! `log-consistency`: whether a log begins with what it was before.

use budstikke_protocol::log::tree::{TreeHead, verify_consistency};
use serde::{Deserialize, Serialize};

use super::inclusion::flip;
use super::{hash, hashes, texts};
use crate::definition;
use crate::leaves::leaves;
use crate::vector::{Cases, Format, Written, refusal};

/// Consistency proofs.
pub struct Consistencies;

/// The size and the root of a log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// How many entries.
    pub size: u64,
    /// The root in base64.
    pub root: String,
}

impl Head {
    /// The head of the log by rule.
    pub(super) fn of(size: usize) -> Self {
        let root = texts(&[definition::root(&leaves(size))]).remove(0);
        Self { size: u64::try_from(size).unwrap(), root }
    }

    /// As the tree has it.
    pub(super) fn read(&self) -> TreeHead {
        TreeHead { size: self.size, root: hash(&self.root) }
    }
}

/// A proof and the two heads that it is about.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What the log was.
    pub old: Head,
    /// What it is.
    pub new: Head,
    /// The hashes in base64.
    pub proof: Vec<String>,
}

/// What a good proof shows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// By how many entries the log has grown.
    pub grown: u64,
}

impl Format for Consistencies {
    const NAME: &'static str = "log-consistency";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let (old, new) = (input.old.read(), input.new.read());
        verify_consistency(&old, &hashes(&input.proof), &new).map_err(|error| refusal(&error))?;
        Ok(Accepted { grown: new.size - old.size })
    }
}

impl Input {
    fn of(old: usize, new: usize) -> Self {
        let proof = texts(&definition::proof(old, &leaves(new)));
        Self { old: Head::of(old), new: Head::of(new), proof }
    }
}

impl Written for Consistencies {
    #[expect(clippy::too_many_lines, reason = "one row a case")]
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (old, new) in [
            (1, 1),
            (1, 2),
            (2, 3),
            (3, 3),
            (3, 4),
            (4, 5),
            (6, 8),
            (7, 8),
            (8, 16),
            (255, 257),
            (256, 600),
        ] {
            let input = Input::of(old, new);
            let result = Accepted { grown: input.new.size - input.old.size };
            let name = format!("good-{old:03}-to-{new:03}");
            cases.accepted(&name, "the log by rule at two sizes", input, result);
        }
        let good = Input::of(6, 11);
        let mut refuse = |name: &str, shows: &str, change: fn(&mut Input), refusal: &str| {
            let mut input = good.clone();
            change(&mut input);
            cases.refused(name, shows, input, refusal);
        };
        refuse(
            "another-old-root",
            "one bit of the old root",
            |i| flip(&mut i.old.root),
            "old-root",
        );
        refuse("another-new-root", "one bit of the new root", |i| flip(&mut i.new.root), "root");
        refuse(
            "changed",
            "one bit of the last hash",
            |i| flip(i.proof.last_mut().unwrap()),
            "root",
        );
        refuse("changed-first", "one bit of the first hash", |i| flip(&mut i.proof[0]), "old-root");
        refuse("short", "the last hash is missing", |i| drop(i.proof.pop()), "length");
        refuse("long", "a hash too many", |i| i.proof.push(i.new.root.clone()), "length");
        refuse("none", "no hash at all", |i| i.proof.clear(), "length");
        refuse("very-long", "64 hashes", |i| i.proof = vec![i.new.root.clone(); 64], "length");
        let shrinks = |i: &mut Input| std::mem::swap(&mut i.old, &mut i.new);
        refuse("shrinks", "the log has become smaller", shrinks, "out-of-range");
        let both = |i: &mut Input| (i.old.size, i.new.size) = (1 << 63, 1 << 63);
        refuse("size-2-63", "sizes of 2^63", both, "out-of-range");
        let empty = |i: &mut Input| (i.old, i.proof) = (Head::of(0), Vec::new());
        refuse("from-empty", "nothing can be proven of an empty log", empty, "from-empty");
        let equal = |i: &mut Input| (i.new.size, i.proof) = (6, Vec::new());
        refuse("two-roots-of-one-size", "two roots of one size", equal, "root");
        let proof = |i: &mut Input| i.new = i.old.clone();
        refuse("equal-with-proof", "one head twice needs no proof", proof, "length");
        let whole =
            |i: &mut Input| *i = Input { proof: vec![i.old.root.clone()], ..Input::of(8, 16) };
        refuse(
            "old-root-in-proof",
            "a whole subtree as the old log, and another hash",
            whole,
            "root",
        );
        cases
    }
}
