//! `content`: both digests of a document and its list of subtree hashes, at the edges of chunks and subtrees.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::document::content::{Content, ContentHasher};
use budstikke_protocol::ids::ContentRoot;
use serde::{Deserialize, Serialize};

use crate::rule::ByRule;
use crate::vector::{Cases, Format, Written, refusal};

/// Digests of documents.
pub struct Contents;

/// A document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its bytes.
    pub document: ByRule,
}

/// What a manifest says of it, and the list that travels with it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// What `sha256sum` prints.
    pub sha256: Sha256Digest,
    /// What `b3sum` prints.
    pub blake3: ContentRoot,
    /// The hash of each subtree, when there are several. A hash has the form of a root.
    pub subtrees: Vec<ContentRoot>,
}

impl Format for Contents {
    const NAME: &'static str = "content";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let content = hash(&input.document.bytes())?;
        let (sha256, blake3) = (content.sha256, content.subtrees.root());
        Ok(Accepted { sha256, blake3, subtrees: list(&content) })
    }
}

fn hash(bytes: &[u8]) -> Result<Content, String> {
    let mut hasher = ContentHasher::default();
    hasher.update(bytes).map_err(|error| refusal(&error))?;
    hasher.finish().map_err(|error| refusal(&error))
}

/// The hashes of a document's subtrees, one by one.
pub(super) fn list(content: &Content) -> Vec<ContentRoot> {
    let bytes = content.subtrees.to_bytes();
    bytes.as_chunks::<32>().0.iter().map(|hash| ContentRoot::from_bytes(*hash)).collect()
}

/// What is known of a document of `size` bytes.
pub(super) fn content(size: u64) -> Content {
    hash(&ByRule::new(size).bytes()).unwrap()
}

impl Written for Contents {
    fn cases() -> Cases<Self> {
        const MIB: u64 = 1024 * 1024;
        let mut cases = Cases::default();
        for (name, shows, size) in [
            ("0000001", "the smallest document", 1),
            ("0001023", "a chunk less a byte", 1023),
            ("0001024", "a chunk of BLAKE3", 1024),
            ("0001025", "a chunk and a byte", 1025),
            ("1048575", "a subtree less a byte", MIB - 1),
            ("1048576", "a subtree, which is the whole tree", MIB),
            ("1048577", "a subtree and a byte", MIB + 1),
            ("2097152", "two subtrees", 2 * MIB),
            ("2097153", "two subtrees and a byte: the left half is two subtrees high", 2 * MIB + 1),
            ("3145728", "three subtrees", 3 * MIB),
            ("4194305", "four subtrees and a byte", 4 * MIB + 1),
            ("5243905", "five subtrees, a chunk and a byte", 5 * MIB + 1025),
        ] {
            let document = ByRule::new(size);
            let bytes = document.bytes();
            let result = Accepted {
                sha256: Sha256Digest::of(&bytes),
                blake3: ContentRoot::from_bytes(*blake3::hash(&bytes).as_bytes()),
                subtrees: list(&content(size)),
            };
            cases.accepted(&format!("size-{name}"), shows, Input { document }, result);
        }
        let nothing = Input { document: ByRule::new(0) };
        cases.refused("size-0000000", "a document has at least one byte", nothing, "size");
        cases
    }
}
