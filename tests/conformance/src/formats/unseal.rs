//! `unseal`: sealed chunks open where they were sealed, unchanged, and nowhere else.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::seal::{Place, seal};
use crate::rule::ByRule;
use crate::vector::{Cases, Format, Written, refusal};

/// Chunks to open.
pub struct Unseals;

/// A sealed chunk, and where the reader believes it to be.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Where.
    pub place: Place,
    /// The sealed chunk, in hexadecimal.
    pub sealed: String,
}

/// What was sealed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The plaintext, in hexadecimal.
    pub plaintext: String,
}

impl Format for Unseals {
    const NAME: &'static str = "unseal";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let (sealer, aad, last) = input.place.read();
        let mut buffer = HEXLOWER.decode(input.sealed.as_bytes()).unwrap();
        let plain = sealer.open(input.place.index, last, &aad, &mut buffer);
        Ok(Accepted { plaintext: HEXLOWER.encode(plain.map_err(|error| refusal(&error))?) })
    }
}

impl Written for Unseals {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let place = Place::new(3, true, b"segment 7");
        let plain = ByRule::new(16).bytes();
        let sealed = seal(&place, plain.clone()).unwrap();
        let good = Input { place: place.clone(), sealed: HEXLOWER.encode(&sealed) };
        let plaintext = HEXLOWER.encode(&plain);
        cases.accepted("good", "the fourth chunk, the last", good.clone(), Accepted { plaintext });

        let flipped = |at: usize| {
            let mut sealed = sealed.clone();
            sealed[at] ^= 1;
            Input { sealed: HEXLOWER.encode(&sealed), ..good.clone() }
        };
        let other = "00".repeat(32);
        let at = |place: Place| Input { place, ..good.clone() };
        let cut = |bytes: &[u8]| Input { sealed: HEXLOWER.encode(bytes), ..good.clone() };
        for (name, shows, input) in [
            ("another-key", "the key of another stream", at(Place { key: other, ..place.clone() })),
            ("another-index", "moved within the stream", at(Place { index: 2, ..place.clone() })),
            (
                "not-the-last",
                "said not to be the last",
                at(Place { is_last: false, ..place.clone() }),
            ),
            ("other-associated-data", "in another segment", at(Place::new(3, true, b"segment 8"))),
            ("ciphertext-changed", "one bit of the ciphertext", flipped(0)),
            ("tag-changed", "one bit of the tag", flipped(31)),
            ("cut-at-the-end", "the last byte is missing", cut(&sealed[..31])),
            ("cut-at-the-front", "the first byte is missing", cut(&sealed[1..])),
            ("no-tag", "there is not even a tag", cut(&sealed[..15])),
            ("nothing", "no bytes", cut(&[])),
        ] {
            cases.refused(name, shows, input, "unsealable");
        }
        cases
    }
}
