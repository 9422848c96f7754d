//! `commitment`: what a record says of a statement.

use budstikke_keys::digest::Sha256Digest;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{hex, unhex};
use crate::vector::{Cases, Format, Written};

/// Commitments.
pub struct Commitments;

/// What is committed to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The salt, 32 bytes in hexadecimal.
    pub salt: String,
    /// The signed bytes, as text.
    pub signed: String,
}

/// The commitment.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// In hexadecimal.
    pub commitment: String,
}

impl Format for Commitments {
    const NAME: &'static str = "commitment";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { salt, signed }: Input) -> Result<Accepted, String> {
        let salt = Salt::from_bytes(Zeroizing::new(unhex(&salt).try_into().unwrap()));
        let digest = Sha256Digest::of(signed.as_bytes());
        let commitment = Commitment::to(digest, &salt);
        assert!(commitment.is_to(digest, &salt));
        assert!(!commitment.is_to(Sha256Digest::of(digest.as_bytes()), &salt));
        Ok(Accepted { commitment: hex(commitment.as_bytes()) })
    }
}

impl Written for Commitments {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        // The first was computed by another program; the others by the formula.
        let known = "1f25931670bb04fb97b8a48d0dec029ca0a25dd628ebdd6757fd23313c5e50a0";
        for (name, shows, salt, signed, known) in [
            ("good", "a salt and signed bytes", [0x10; 32], "signed document 0\n", Some(known)),
            (
                "another-salt",
                "the same under another salt",
                [0x11; 32],
                "signed document 0\n",
                None,
            ),
            (
                "another-statement",
                "another statement under the first salt",
                [0x10; 32],
                "signed document 1\n",
                None,
            ),
            ("nothing", "no bytes at all, and a salt of zeros", [0; 32], "", None),
        ] {
            let commitment = by_formula(&salt, signed.as_bytes());
            assert!(known.is_none_or(|known| known == commitment));
            let input = Input { salt: hex(salt), signed: signed.to_owned() };
            cases.accepted(name, shows, input, Accepted { commitment });
        }
        cases
    }
}

/// `T("budstikke/record/v1", salt, SHA-256(signed))`, written out.
pub(super) fn by_formula(salt: &[u8], signed: &[u8]) -> String {
    let digest = Sha256Digest::of(signed);
    let parts: [&[u8]; 4] = [&[19], b"budstikke/record/v1", salt, digest.as_bytes()];
    hex(Sha256Digest::of(&parts.concat()).as_bytes())
}
