//! The keys of a node or a steward, and the file that a passphrase seals.
//!
//! The file is an age v1 file with one scrypt recipient (C2SP `age`), so that any age tool opens it
//! in an emergency. Inside stands JSON:
//!
//! ```text
//! {"version":1,"kind":"node","node":"…","sign":"…","log":"…","witness":"…","storage":"…"}
//! {"version":1,"kind":"steward","key":"…"}
//! ```
//!
//! with 32 bytes each in base64url. This is the one place of the crate that is not pure: age draws
//! the file key, the salt and the nonce from the operating system, and times a small scrypt run
//! that nothing here depends on.

use std::io::Read as _;
use std::iter;

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, scrypt};
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::Zeroizing;

use crate::secret::{Passphrase, SecretKey, SymmetricKey};

/// scrypt with N = 2^15 (r = 8, p = 1): 32 MiB and about a tenth of a second, on a small machine
/// too. Fixed, because age's own choice depends on how fast the machine happens to be; and a file
/// that asks for more is refused, because the number stands in the file and is not yet
/// authenticated when the work is done.
const WORK_FACTOR: u8 = 15;

/// No key file comes near it: a node's has about 600 bytes.
const FILE_BYTES_MAX: usize = 65_536;

/// Room for every plaintext that this version writes, so that no buffer grows and leaves a copy
/// behind.
const PLAIN_BYTES: usize = 1024;

/// The version of the plaintext that this code reads and writes.
const VERSION: u64 = 1;

const NODE: &str = "node";
const STEWARD: &str = "steward";

/// The keys of a node.
#[derive(Debug)]
pub struct Keyring {
    /// The libp2p identity.
    pub node: SecretKey,
    /// The organisation's signature on statements.
    pub sign: SecretKey,
    /// Signs the checkpoints of the node's own log.
    pub log: SecretKey,
    /// Cosigns the checkpoints of others.
    pub witness: SecretKey,
    /// Encryption at rest; never announced.
    pub storage: SymmetricKey,
}

/// The key of a steward, who signs rosters.
#[derive(Debug)]
pub struct StewardKey {
    /// Signs rosters.
    pub key: SecretKey,
}

/// Why a key file does not open, or cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The passphrase is not the one that sealed the file.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The bytes are not a key file of ours, or not any more.
    #[error("the file is not a key file, or it is damaged")]
    NotAKeyFile,
    /// A later version of this program wrote the file.
    #[error("the key file has version {0}, which this program does not know")]
    UnknownVersion(u64),
    /// The file holds the keys of another sort of holder.
    #[error("the key file belongs to a {found}, not to a {expected}")]
    WrongKind {
        /// Whose keys were asked for: `node` or `steward`.
        expected: &'static str,
        /// Whose keys the file has.
        found: String,
    },
    /// The file could not be sealed.
    #[error("the key file could not be sealed")]
    NotSealed,
}

impl Keyring {
    /// Makes the keys of a new node of 160 random bytes, 32 a key in the order of the fields.
    pub fn from_entropy(entropy: Zeroizing<[u8; 160]>) -> Self {
        let mut seeds = Zeroizing::new([[0; 32]; 5]);
        seeds.as_flattened_mut().copy_from_slice(entropy.as_slice());
        let [node, sign, log, witness, storage] = &*seeds;
        let key = |seed: &[u8; 32]| SecretKey::from_seed(Zeroizing::new(*seed));
        Self {
            node: key(node),
            sign: key(sign),
            log: key(log),
            witness: key(witness),
            storage: SymmetricKey::from_bytes(Zeroizing::new(*storage)),
        }
    }

    /// Seals the keyring for its file.
    ///
    /// # Errors
    ///
    /// [`KeyringError::NotSealed`] when the cipher fails.
    pub fn seal(&self, passphrase: &Passphrase) -> Result<Vec<u8>, KeyringError> {
        let keys = NodeKeys {
            node: Seed(self.node.seed()),
            sign: Seed(self.sign.seed()),
            log: Seed(self.log.seed()),
            witness: Seed(self.witness.seed()),
            storage: Seed(self.storage.bytes()),
        };
        seal(NODE, keys, passphrase)
    }

    /// Opens a node's key file.
    ///
    /// # Errors
    ///
    /// [`KeyringError::WrongPassphrase`] is certain only as far as the file is whole: damage to the
    /// few bytes that hold the file's own key looks the same.
    pub fn open(file: &[u8], passphrase: &Passphrase) -> Result<Self, KeyringError> {
        let NodeKeys { node, sign, log, witness, storage } = open(NODE, file, passphrase)?;
        Ok(Self {
            node: SecretKey::from_seed(node.0),
            sign: SecretKey::from_seed(sign.0),
            log: SecretKey::from_seed(log.0),
            witness: SecretKey::from_seed(witness.0),
            storage: SymmetricKey::from_bytes(storage.0),
        })
    }
}

impl StewardKey {
    /// Makes the key of a new steward of 32 random bytes.
    pub fn from_entropy(entropy: Zeroizing<[u8; 32]>) -> Self {
        Self { key: SecretKey::from_seed(entropy) }
    }

    /// Seals the key for its file.
    ///
    /// # Errors
    ///
    /// [`KeyringError::NotSealed`] when the cipher fails.
    pub fn seal(&self, passphrase: &Passphrase) -> Result<Vec<u8>, KeyringError> {
        seal(STEWARD, StewardKeys { key: Seed(self.key.seed()) }, passphrase)
    }

    /// Opens a steward's key file.
    ///
    /// # Errors
    ///
    /// As [`Keyring::open`].
    pub fn open(file: &[u8], passphrase: &Passphrase) -> Result<Self, KeyringError> {
        let StewardKeys { key } = open(STEWARD, file, passphrase)?;
        Ok(Self { key: SecretKey::from_seed(key.0) })
    }
}

#[derive(Serialize, Deserialize)]
struct NodeKeys {
    node: Seed,
    sign: Seed,
    log: Seed,
    witness: Seed,
    storage: Seed,
}

#[derive(Serialize, Deserialize)]
struct StewardKeys {
    key: Seed,
}

/// The plaintext as it is written.
#[derive(Serialize)]
struct Plain<T> {
    version: u64,
    kind: &'static str,
    #[serde(flatten)]
    keys: T,
}

/// What a plaintext of any version has, so that a later one is told from a damaged one.
#[derive(Deserialize)]
struct Head {
    version: u64,
    kind: String,
}

fn seal<T: Serialize>(
    kind: &'static str,
    keys: T,
    passphrase: &Passphrase,
) -> Result<Vec<u8>, KeyringError> {
    let mut plain = Zeroizing::new(Vec::with_capacity(PLAIN_BYTES));
    let written = serde_json::to_writer(&mut *plain, &Plain { version: VERSION, kind, keys });
    written.ok().ok_or(KeyringError::NotSealed)?;
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.reveal()));
    recipient.set_work_factor(WORK_FACTOR);
    age::encrypt(&recipient, &plain).ok().ok_or(KeyringError::NotSealed)
}

fn open<T: DeserializeOwned>(
    kind: &'static str,
    file: &[u8],
    passphrase: &Passphrase,
) -> Result<T, KeyringError> {
    let plain = unseal(file, passphrase)?;
    // In two readings, because serde's flatten would keep copies of the seeds while it looks for
    // the rest.
    let head: Head = serde_json::from_slice(&plain).ok().ok_or(KeyringError::NotAKeyFile)?;
    if head.version != VERSION {
        return Err(KeyringError::UnknownVersion(head.version));
    }
    if head.kind != kind {
        return Err(KeyringError::WrongKind { expected: kind, found: head.kind });
    }
    serde_json::from_slice(&plain).ok().ok_or(KeyringError::NotAKeyFile)
}

fn unseal(file: &[u8], passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    if file.len() > FILE_BYTES_MAX {
        return Err(KeyringError::NotAKeyFile);
    }
    let decryptor = Decryptor::new_buffered(file).ok().ok_or(KeyringError::NotAKeyFile)?;
    let mut identity = scrypt::Identity::new(SecretString::from(passphrase.reveal()));
    identity.set_max_work_factor(WORK_FACTOR);
    // Of all that can fail here, only unwrapping the file's own key depends on the passphrase.
    let refused = |error: DecryptError| {
        let wrong_key = matches!(error, DecryptError::DecryptionFailed);
        if wrong_key { KeyringError::WrongPassphrase } else { KeyringError::NotAKeyFile }
    };
    let mut reader =
        decryptor.decrypt(iter::once::<&dyn age::Identity>(&identity)).map_err(refused)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(file.len()));
    reader.read_to_end(&mut plain).ok().ok_or(KeyringError::NotAKeyFile)?;
    Ok(plain)
}

/// A seed on its way into the file or out of it; no copy of it stays behind.
struct Seed(Zeroizing<[u8; 32]>);

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(BASE64URL_NOPAD.encode(self.0.as_slice())))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        let bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map(Zeroizing::new)
            .map_err(de::Error::custom)?;
        let seed = bytes.as_slice().try_into().map_err(de::Error::custom)?;
        Ok(Self(Zeroizing::new(seed)))
    }
}

#[cfg(test)]
mod tests;
