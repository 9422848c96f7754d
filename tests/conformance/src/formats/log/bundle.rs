//! `bundle`: the entries of a tile in one file.

use budstikke_protocol::log::tile::{add_entry, entries};
use serde::{Deserialize, Serialize};

use super::{hex, unhex};
use crate::vector::{Cases, Format, Written, refusal};

/// Entry bundles.
pub struct Bundles;

/// A bundle.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its bytes in hexadecimal.
    pub bundle: String,
    /// How many entries the tile has.
    pub width: u16,
}

/// What stands in it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The entries in hexadecimal.
    pub entries: Vec<String>,
}

impl Format for Bundles {
    const NAME: &'static str = "bundle";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { bundle, width }: Input) -> Result<Accepted, String> {
        let bytes = unhex(&bundle);
        let entries = entries(&bytes, width).map_err(|error| refusal(&error))?;
        let mut again = Vec::new();
        for entry in &entries {
            add_entry(&mut again, entry).unwrap();
        }
        assert_eq!(again, bytes);
        Ok(Accepted { entries: entries.iter().map(hex).collect() })
    }
}

impl Written for Bundles {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let long = "ab".repeat(258);
        let long_bundle = format!("0102{long}");
        for (name, shows, bundle, entries) in [
            ("good-one", "an entry of three bytes", "0003010203", &["010203"][..]),
            (
                "good-three",
                "entries of different lengths",
                "000101000200020001ff",
                &["01", "0002", "ff"],
            ),
            ("good-empty-entry", "an entry may be empty", "00000001aa", &["", "aa"]),
            ("good-length-in-two-bytes", "258 bytes, big-endian", &long_bundle, &[&long]),
            ("good-nothing", "a tile without entries", "", &[]),
        ] {
            let entries: Vec<_> = entries.iter().map(|&entry| entry.to_owned()).collect();
            let width = u16::try_from(entries.len()).unwrap();
            let input = Input { bundle: bundle.to_owned(), width };
            cases.accepted(name, shows, input, Accepted { entries });
        }
        for (name, shows, bundle, width, refusal) in [
            ("too-few", "an entry is missing", "0003010203", 2, "short"),
            ("half-a-length", "the second length is cut", "000301020300", 2, "short"),
            ("half-an-entry", "the entry is cut", "00030102", 1, "short"),
            ("little-endian", "the length has its low byte first", "0300010203", 1, "short"),
            ("too-many", "another entry follows", "000301020300010f", 1, "trailing"),
            ("trailing-byte", "a byte follows", "000301020300", 1, "trailing"),
            ("not-empty", "a bundle of no entries is empty", "00", 0, "trailing"),
        ] {
            cases.refused(name, shows, Input { bundle: bundle.to_owned(), width }, refusal);
        }
        cases
    }
}
