//! `subtree`: whether bytes are the subtree of a document that they are said to be.

use budstikke_protocol::ids::ContentRoot;
use serde::{Deserialize, Serialize};

use super::subtree_list;
use crate::rule::ByRule;
use crate::vector::{Cases, Format, Written, refusal};

/// Subtrees as they arrive.
pub struct Subtrees;

/// A document by its list, and bytes that are said to be its subtree `index`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// How many bytes the document has.
    pub size: u64,
    /// Its content root.
    pub blake3: ContentRoot,
    /// Its list of subtree hashes.
    pub list: Vec<ContentRoot>,
    /// Which subtree, from 0.
    pub index: u64,
    /// The bytes.
    pub bytes: ByRule,
    /// The byte whose lowest bit is not as the rule has it.
    pub flipped: Option<usize>,
}

/// Bytes that are what they are said to be.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// How many there are.
    pub bytes: usize,
}

impl Format for Subtrees {
    const NAME: &'static str = "subtree";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let Input { size, blake3, list, index, bytes, flipped } = input;
        let mut bytes = bytes.bytes();
        if let Some(at) = flipped {
            bytes[at] ^= 1;
        }
        let subtrees = subtree_list::Input { size, blake3, list }.parse()?;
        subtrees.verify(index, &bytes).map_err(|error| refusal(&error))?;
        Ok(Accepted { bytes: bytes.len() })
    }
}

impl Written for Subtrees {
    fn cases() -> Cases<Self> {
        const MIB: u64 = 1024 * 1024;
        let mut cases = Cases::default();
        for (name, shows, size, index, from, bytes) in [
            ("good-first", "the first of three", 2 * MIB + 1, 0, 0, MIB),
            ("good-second", "the second of three", 2 * MIB + 1, 1, MIB, MIB),
            ("good-last", "the last of three, one byte", 2 * MIB + 1, 2, 2 * MIB, 1),
            ("good-only", "the only one, which is checked against the root", 1000, 0, 0, 1000),
        ] {
            let input = Input { index, bytes: ByRule::part(from, bytes), ..of(size) };
            let bytes = usize::try_from(bytes).unwrap();
            cases.accepted(name, shows, input, Accepted { bytes });
        }
        let of_three = of(2 * MIB + 1);
        let mut refuse = |name: &str, shows: &str, input: Input, refusal: &str| {
            cases.refused(name, shows, input, refusal);
        };
        let at = |index, from, bytes| Input {
            index,
            bytes: ByRule::part(from, bytes),
            ..of_three.clone()
        };
        let last = usize::try_from(MIB).unwrap() - 1;
        let changed = Input { flipped: Some(last), ..at(0, 0, MIB) };
        refuse("changed", "one bit of the last byte", changed, "subtree");
        refuse(
            "in-another-place",
            "the first where the second should be",
            at(1, 0, MIB),
            "subtree",
        );
        refuse("shifted", "the bytes from the second byte on", at(0, 1, MIB), "subtree");
        refuse("short", "a byte too few", at(0, 0, MIB - 1), "subtree-length");
        refuse("long", "a byte too many", at(2, 2 * MIB, 2), "subtree-length");
        refuse("nothing", "no bytes", at(2, 2 * MIB, 0), "subtree-length");
        refuse("beyond-the-end", "there is no fourth", at(3, 3 * MIB, MIB), "subtree-length");
        let only = Input { bytes: ByRule::part(0, 1000), flipped: Some(0), ..of(1000) };
        refuse("only-changed", "one bit of the only subtree", only, "subtree");
        cases
    }
}

fn of(size: u64) -> Input {
    let subtree_list::Input { size, blake3, list } = subtree_list::Input::of(size);
    Input { size, blake3, list, index: 0, bytes: ByRule::part(0, 0), flipped: None }
}
