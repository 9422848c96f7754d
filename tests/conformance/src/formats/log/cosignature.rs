//! `cosignature`: the line with which a witness answers, which is the same whoever computes it.

use budstikke_keys::note::NoteSignature;
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::sample::{COSIGNED, WITNESS, WITNESS_NAME, cosignature, head};
use crate::cast;
use crate::vector::{Cases, Format, Written};

/// Cosignatures.
pub struct Cosignatures;

/// What is cosigned.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The text of the checkpoint.
    pub text: String,
    /// The name under which the witness cosigns.
    pub name: String,
    /// The name of its key, of which the seed is made.
    pub key: String,
    /// When, in seconds since 1970.
    pub time: i64,
}

/// The answer.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Without its line feed.
    pub line: String,
}

impl Format for Cosignatures {
    const NAME: &'static str = "cosignature";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { text, name, key, time }: Input) -> Result<Accepted, String> {
        let time = Timestamp::from_unix_seconds(time).unwrap();
        let line = NoteSignature::cosign(&text, name.parse().unwrap(), &cast::key(&key), time);
        Ok(Accepted { line: line.to_string() })
    }
}

impl Written for Cosignatures {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (case, shows, size, time) in [
            ("good", "of a checkpoint of five entries", 5, COSIGNED),
            ("first-second", "the first second that counts", 5, 1),
            ("year-9999", "the last second there is", 5, 253_402_300_799),
            ("empty", "of an empty log", 0, COSIGNED),
        ] {
            let text = head(size);
            let line = cosignature(&text, WITNESS_NAME, WITNESS, time).trim_end().to_owned();
            let (name, key) = (WITNESS_NAME.to_owned(), WITNESS.to_owned());
            let time = i64::try_from(time).unwrap();
            cases.accepted(case, shows, Input { text, name, key, time }, Accepted { line });
        }
        cases
    }
}
