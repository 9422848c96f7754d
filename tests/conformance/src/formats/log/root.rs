//! `log-root`: the root over entries.

use budstikke_protocol::log::tree::{Frontier, TreeHash, leaf_hash};
use serde::{Deserialize, Serialize};

use super::{texts, unhex};
use crate::definition;
use crate::leaves;
use crate::vector::{Cases, Format, Written, refusal};

/// Roots of logs.
pub struct Roots;

/// Entries, in hexadecimal or by rule.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub enum Input {
    /// One by one.
    Listed {
        /// In hexadecimal.
        entries: Vec<String>,
    },
    /// `entry 0`, `entry 1` and so on.
    ByRule {
        /// How many.
        entries_by_rule: usize,
    },
}

/// What they lead to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// How many there are.
    pub size: u64,
    /// The root in base64.
    pub root: String,
}

impl Format for Roots {
    const NAME: &'static str = "log-root";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let entries = match input {
            Input::Listed { entries } => entries.iter().map(|entry| unhex(entry)).collect(),
            Input::ByRule { entries_by_rule } => {
                (0..entries_by_rule).map(leaves::entry).collect::<Vec<_>>()
            }
        };
        let mut frontier = Frontier::default();
        for entry in entries {
            frontier.append(leaf_hash(&entry)).map_err(|error| refusal(&error))?;
        }
        let head = frontier.head();
        Ok(Accepted { size: head.size, root: text(head.root) })
    }
}

/// The entries for which RFC 6962's own tests have roots, from Certificate Transparency's repository.
const ENTRIES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

/// Those roots, of the first 0 to 8 of the entries.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

impl Written for Roots {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (count, root) in ROOTS.iter().enumerate() {
            let entries = ENTRIES.iter().take(count).map(|&entry| entry.to_owned()).collect();
            let root = TreeHash::from_bytes(unhex(root).try_into().unwrap());
            let result = Accepted { size: u64::try_from(count).unwrap(), root: text(root) };
            let shows = "entries and root of the tests of Certificate Transparency";
            cases.accepted(&format!("listed-{count}"), shows, Input::Listed { entries }, result);
        }
        for count in [255, 256, 257, 1000, 65_536, 70_000] {
            let root = text(definition::root(&leaves::leaves(count)));
            let result = Accepted { size: u64::try_from(count).unwrap(), root };
            let shows = "entry i is the text `entry i`, with i in decimal";
            let input = Input::ByRule { entries_by_rule: count };
            cases.accepted(&format!("by-rule-{count:05}"), shows, input, result);
        }
        cases
    }
}

fn text(root: TreeHash) -> String {
    texts(&[root]).remove(0)
}
