//! `keyring`: sealed key files. age draws their salt itself, so they are read here and never written again.

use std::collections::BTreeMap;

use budstikke_keys::keyring::{Keyring, StewardKey};
use budstikke_keys::public::Thumbprint;
use budstikke_keys::secret::{Passphrase, SecretKey};
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use crate::vector::{Format, refusal};

/// Key files.
pub struct Keyrings;

/// A key file, and who opens it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Whose keys are asked for.
    pub expect: Holder,
    /// The passphrase.
    pub passphrase: String,
    /// The file, in base64.
    pub file: String,
}

/// Who holds a key file.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holder {
    /// A node.
    Node,
    /// A steward.
    Steward,
}

/// What the file holds.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The thumbprint of each key that has one.
    pub keys: BTreeMap<String, Thumbprint>,
    /// BLAKE3's keyed hash of nothing under the storage key, in hexadecimal.
    pub storage: Option<String>,
}

impl Format for Keyrings {
    const NAME: &'static str = "keyring";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let file = BASE64.decode(input.file.as_bytes()).unwrap();
        let passphrase = Passphrase::from_string(input.passphrase).unwrap();
        match input.expect {
            Holder::Node => {
                let keys = Keyring::open(&file, &passphrase).map_err(|error| refusal(&error))?;
                Ok(of_node(&keys))
            }
            Holder::Steward => {
                let keys = StewardKey::open(&file, &passphrase).map_err(|error| refusal(&error))?;
                Ok(Accepted { keys: named([("key", &keys.key)]), storage: None })
            }
        }
    }
}

fn of_node(keys: &Keyring) -> Accepted {
    let Keyring { node, sign, log, witness, storage } = keys;
    let keys = named([("node", node), ("sign", sign), ("log", log), ("witness", witness)]);
    Accepted { keys, storage: Some(HEXLOWER.encode(&storage.mac(b""))) }
}

fn named<const N: usize>(keys: [(&str, &SecretKey); N]) -> BTreeMap<String, Thumbprint> {
    keys.into_iter().map(|(name, key)| (name.to_owned(), key.public().thumbprint())).collect()
}
