//! `list-value`: what the map holds of the list of a patient.

use budstikke_protocol::index::list::{Listed, list_value};
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::tree::TreeHash;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{hex, sha256, unhex};
use crate::definition;
use crate::vector::{Cases, Format, Written};

/// Values of lists.
pub struct ListValues;

/// A list.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The salt of the list, 32 bytes in hexadecimal.
    pub salt: String,
    /// How often something was taken out of it.
    pub generation: u32,
    /// The places in the log, and the commitments there in hexadecimal.
    pub records: Vec<(u64, String)>,
}

/// Its value.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// In hexadecimal.
    pub value: String,
}

impl Format for ListValues {
    const NAME: &'static str = "list-value";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { salt, generation, records }: Input) -> Result<Accepted, String> {
        let salt = Salt::from_bytes(Zeroizing::new(unhex(&salt)));
        let listed = records.iter().map(|(index, commitment)| Listed {
            index: *index,
            commitment: Commitment::from_bytes(unhex(commitment)),
        });
        let value = list_value(&salt, generation, &listed.collect::<Vec<_>>());
        value.map(|value| Accepted { value: hex(value) }).map_err(|_| "order".to_owned())
    }
}

/// `T("budstikke/list/v1", salt, u32 generation, u64 count, MTH(leaves))`, written out.
pub(super) fn by_formula(
    salt: &[u8; 32],
    generation: u32,
    records: &[(u64, [u8; 32])],
) -> [u8; 32] {
    let leaf = |(index, commitment): &(u64, [u8; 32])| {
        definition::leaf(&[&index.to_be_bytes()[..], commitment].concat())
    };
    let leaves: Vec<TreeHash> = records.iter().map(leaf).collect();
    let count = u64::try_from(records.len()).unwrap().to_be_bytes();
    let root = definition::root(&leaves);
    let tag = b"budstikke/list/v1";
    sha256(&[&[17], tag, salt, &generation.to_be_bytes(), &count, root.as_bytes()])
}

impl Written for ListValues {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let input = |salt: u8, generation, records: &[(u64, [u8; 32])]| Input {
            salt: hex([salt; 32]),
            generation,
            records: records.iter().map(|(index, bytes)| (*index, hex(bytes))).collect(),
        };
        let records = [(0, [1; 32]), (2, [2; 32]), (1 << 40, [3; 32])];
        for (name, shows, salt, generation, count) in [
            ("good-1", "one record", 0x20, 0, 1),
            ("good-3", "three records", 0x20, 0, 3),
            ("another-salt", "the same under another salt", 0x21, 0, 3),
            ("another-generation", "the same, made anew once", 0x20, 1, 3),
        ] {
            let records = &records[..count];
            let value = hex(by_formula(&[salt; 32], generation, records));
            cases.accepted(name, shows, input(salt, generation, records), Accepted { value });
        }
        let [first, second, _] = records;
        for (name, shows, records) in [
            ("swapped", "not in the order of the log", [second, first]),
            ("twice", "one place twice", [first, first]),
        ] {
            cases.refused(name, shows, input(0x20, 0, &records), "order");
        }
        cases
    }
}
