//! `presence`: a presence file, and which tags are there.

use std::collections::BTreeMap;

use budstikke_protocol::index::label::LabelTag;
use budstikke_protocol::index::presence::Presence;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::{hex, sha256, unhex};
use crate::vector::{Cases, Format, Written};

/// Presence files.
pub struct PresenceFiles;

/// The pieces of a file as they came, and tags to look for, in hexadecimal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The pieces.
    pub pieces: Vec<String>,
    /// The tags.
    pub tags: Vec<String>,
}

/// What the file says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Its length.
    pub bytes: u64,
    /// SHA-256 over it, in hexadecimal.
    pub sha256: String,
    /// How many tags are there.
    pub count: usize,
    /// Of each tag, whether it is.
    pub present: BTreeMap<String, bool>,
}

impl Format for PresenceFiles {
    const NAME: &'static str = "presence";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { pieces, tags }: Input) -> Result<Accepted, String> {
        let mut presence = Presence::default();
        for piece in pieces {
            let bytes = HEXLOWER.decode(piece.as_bytes()).unwrap();
            presence.extend(&bytes).map_err(|_| "length".to_owned())?;
        }
        let has = |tag: String| (tag.clone(), presence.has(LabelTag::from_bytes(unhex(&tag))));
        Ok(Accepted {
            bytes: presence.bytes(),
            sha256: presence.sha256().to_string(),
            count: presence.count(),
            present: tags.into_iter().map(has).collect(),
        })
    }
}

impl Written for PresenceFiles {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let tag = |byte: u8| hex([byte; 8]);
        let mut add = |name: &str, shows: &str, pieces: &[&[u8]], there: &[u8], away: &[u8]| {
            let bytes: Vec<u8> = pieces.concat().iter().flat_map(|byte| [*byte; 8]).collect();
            let present = there.iter().map(|byte| (tag(*byte), true));
            let present: BTreeMap<_, _> =
                present.chain(away.iter().map(|byte| (tag(*byte), false))).collect();
            let input = Input {
                pieces: pieces
                    .iter()
                    .map(|piece| piece.iter().map(|byte| tag(*byte)).collect())
                    .collect(),
                tags: present.keys().cloned().collect(),
            };
            let accepted = Accepted {
                bytes: u64::try_from(bytes.len()).unwrap(),
                sha256: hex(sha256(&[&bytes])),
                count: there.len(),
                present,
            };
            cases.accepted(name, shows, input, accepted);
        };
        add("empty", "nobody yet", &[], &[], &[1]);
        add("good", "two patients", &[&[1, 2]], &[1, 2], &[3]);
        add("gone", "one has gone again", &[&[1, 2], &[1]], &[2], &[1]);
        add("back", "and has come back", &[&[1, 2], &[1], &[1, 3]], &[1, 2, 3], &[4]);
        add("unsorted", "whatever the order is", &[&[9, 4, 9, 9]], &[4, 9], &[1]);
        let pieces = vec![tag(1), tag(2)[..14].to_owned()];
        cases.refused("cut", "half a tag", Input { pieces, tags: Vec::new() }, "length");
        cases
    }
}
