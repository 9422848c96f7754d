//! `subtree-list`: whether a list of subtree hashes leads to the signed root, before the first byte.

use budstikke_protocol::document::content::Subtrees;
use budstikke_protocol::ids::ContentRoot;
use budstikke_protocol::limits::DOCUMENT_BYTES_MAX;
use serde::{Deserialize, Serialize};

use super::content::{content, list};
use crate::vector::{Cases, Format, Written, refusal};

/// Lists of subtree hashes.
pub struct SubtreeLists;

/// What a manifest says of a document, and the list that a peer sends.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// How many bytes the document has.
    pub size: u64,
    /// Its content root.
    pub blake3: ContentRoot,
    /// The list.
    pub list: Vec<ContentRoot>,
}

/// A list that fits.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// How many subtrees the document has.
    pub subtrees: u64,
    /// How many bytes the last of them has.
    pub last_bytes: usize,
}

impl Input {
    /// The good list of the document by rule with so many bytes.
    pub(super) fn of(size: u64) -> Self {
        let content = content(size);
        Self { size, blake3: content.subtrees.root(), list: list(&content) }
    }

    /// Reads the list as a node does.
    pub(super) fn parse(&self) -> Result<Subtrees, String> {
        let bytes: Vec<u8> = self.list.iter().flat_map(|hash| *hash.as_bytes()).collect();
        Subtrees::parse(self.blake3, self.size, &bytes).map_err(|error| refusal(&error))
    }
}

impl Format for SubtreeLists {
    const NAME: &'static str = "subtree-list";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let subtrees = input.parse()?;
        let last_bytes = subtrees.subtree_len(subtrees.count() - 1);
        Ok(Accepted { subtrees: subtrees.count(), last_bytes })
    }
}

impl Written for SubtreeLists {
    fn cases() -> Cases<Self> {
        const MIB: u64 = 1024 * 1024;
        let mut cases = Cases::default();
        for (name, shows, size, subtrees, last_bytes) in [
            ("good-one", "a document of one subtree has no list", MIB, 1, 1024 * 1024),
            ("good-two", "one byte more needs two hashes", MIB + 1, 2, 1),
            ("good-five", "five hashes, unevenly parted", 4 * MIB + 1025, 5, 1025),
        ] {
            cases.accepted(name, shows, Input::of(size), Accepted { subtrees, last_bytes });
        }
        let good = Input::of(4 * MIB + 1025);
        let mut refuse = |name: &str, shows: &str, input: Input, refusal: &str| {
            cases.refused(name, shows, input, refusal);
        };
        let mut changed = good.clone();
        let mut bytes = *changed.list[4].as_bytes();
        bytes[31] ^= 1;
        changed.list[4] = ContentRoot::from_bytes(bytes);
        refuse("changed", "one bit of the last hash", changed, "list-root");
        let mut swapped = good.clone();
        swapped.list.swap(1, 2);
        refuse("swapped", "two hashes changed places", swapped, "list-root");
        let other = Input { blake3: Input::of(1).blake3, ..good.clone() };
        refuse("another-root", "the list of another document", other, "list-root");
        let resized = Input { size: good.size - 1024 * 1024 + 1, ..good.clone() };
        refuse("another-size", "the list of a longer document", resized, "list-length");
        let mut short = good.clone();
        short.list.pop();
        refuse("short", "a hash is missing", short, "list-length");
        let mut long = good.clone();
        long.list.push(long.list[0]);
        refuse("long", "a hash too many", long, "list-length");
        let one = Input::of(MIB);
        let listed = Input { list: vec![one.blake3], ..one };
        refuse("list-of-one", "a document of one subtree has no list", listed, "list-length");
        let empty = Input { size: 0, ..Input::of(1) };
        refuse("empty", "a document has at least one byte", empty, "size");
        let large = Input { size: DOCUMENT_BYTES_MAX + 1, ..good };
        refuse("too-large", "a document has at most 16 GiB", large, "size");
        cases
    }
}
