//! `seal`: the chunks of a sealed stream, from plaintext to ciphertext.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::seal::{CHUNK_BYTES, Last, Sealer, TAG_BYTES};
use budstikke_keys::secret::SymmetricKey;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::rule::ByRule;
use crate::vector::{Cases, Format, Written, refusal};

/// Chunks to seal.
pub struct Seals;

/// A chunk of a stream and its place.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The key of the stream, 32 bytes in hexadecimal.
    pub key: String,
    /// Which chunk, from 0.
    pub index: u64,
    /// Whether it is the last.
    pub is_last: bool,
    /// What else is authenticated, in hexadecimal.
    pub associated_data: String,
}

/// A chunk to seal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Where.
    pub place: Place,
    /// The plaintext.
    pub plaintext: ByRule,
}

/// The sealed chunk.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// How many bytes it has.
    pub bytes: usize,
    /// SHA-256 of it.
    pub sha256: Sha256Digest,
    /// Its last 16 bytes, in hexadecimal.
    pub tag: String,
}

impl Place {
    /// A place in the stream of the key of the vectors.
    pub(super) fn new(index: u64, is_last: bool, associated_data: &[u8]) -> Self {
        let key = HEXLOWER.encode(Sha256Digest::of(b"budstikke test vectors: a stream").as_bytes());
        Self { key, index, is_last, associated_data: HEXLOWER.encode(associated_data) }
    }

    /// The sealer, the associated data, and whether more follows.
    pub(super) fn read(&self) -> (Sealer, Vec<u8>, Last) {
        let hex = |text: &str| HEXLOWER.decode(text.as_bytes()).unwrap();
        let key = Zeroizing::new(hex(&self.key).try_into().unwrap());
        let last = if self.is_last { Last::Final } else { Last::More };
        (Sealer::new(&SymmetricKey::from_bytes(key)), hex(&self.associated_data), last)
    }
}

/// Seals a chunk.
pub(super) fn seal(place: &Place, mut buffer: Vec<u8>) -> Result<Vec<u8>, String> {
    let (sealer, aad, last) = place.read();
    sealer.seal(place.index, last, &aad, &mut buffer).map_err(|error| refusal(&error))?;
    Ok(buffer)
}

impl Format for Seals {
    const NAME: &'static str = "seal";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let sealed = seal(&input.place, input.plaintext.bytes())?;
        let tag = HEXLOWER.encode(&sealed[sealed.len() - TAG_BYTES..]);
        Ok(Accepted { bytes: sealed.len(), sha256: Sha256Digest::of(&sealed), tag })
    }
}

impl Written for Seals {
    /// The expectations are what the code gives; a third party's cipher checks them.
    fn cases() -> Cases<Self> {
        let chunk = u64::try_from(CHUNK_BYTES).unwrap();
        let mut cases = Cases::default();
        for (name, shows, place, size) in [
            ("empty-last", "an empty stream", Place::new(0, true, b""), 0),
            ("short-last", "a stream of one short chunk", Place::new(0, true, b""), 1025),
            ("full-more", "the first chunk of several", Place::new(0, false, b""), chunk),
            ("full-last", "a last chunk that is full", Place::new(1, true, b""), chunk),
            ("large-index", "an index of more than four bytes", Place::new(1 << 40, true, b""), 16),
            ("associated-data", "with associated data", Place::new(0, true, b"segment 7"), 16),
        ] {
            let input = Input { place, plaintext: ByRule::new(size) };
            let result = Self::judge(Input {
                place: input.place.clone(),
                plaintext: input.plaintext.clone(),
            });
            cases.accepted(name, shows, input, result.unwrap());
        }
        for (name, shows, size) in [
            ("short-more", "a chunk that others follow is full", chunk - 1),
            ("long-more", "and has no byte more", chunk + 1),
        ] {
            let input = Input { place: Place::new(0, false, b""), plaintext: ByRule::new(size) };
            cases.refused(name, shows, input, "chunk-length");
        }
        cases
    }
}
