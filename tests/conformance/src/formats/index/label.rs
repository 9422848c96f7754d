//! `label`: what stands for a patient at an organisation during an epoch.

use budstikke_protocol::index::label::Label;
use serde::{Deserialize, Serialize};

use super::{hex, sha256, unhex};
use crate::vector::{Cases, Format, Written};

/// Labels.
pub struct Labels;

/// What a label is of.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The origin of the log.
    pub origin: String,
    /// The epoch of the key.
    pub epoch: u32,
    /// What the VOPRF gives for the patient, 64 bytes in hexadecimal.
    pub output: String,
}

/// The label.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// In hexadecimal.
    pub label: String,
    /// Its first eight bytes, as presence files have them.
    pub tag: String,
}

impl Format for Labels {
    const NAME: &'static str = "label";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { origin, epoch, output }: Input) -> Result<Accepted, String> {
        let label = Label::new(&origin.parse().unwrap(), epoch, &unhex(&output));
        Ok(Accepted { label: hex(label.as_bytes()), tag: hex(label.tag().as_bytes()) })
    }
}

impl Written for Labels {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let origin = "helse.example/974760673";
        for (name, shows, origin, epoch, byte) in [
            ("good", "a patient in the first epoch", origin, 1, 0x5a),
            ("another-epoch", "the same in the next epoch", origin, 2, 0x5a),
            ("another-patient", "another patient", origin, 1, 0x5b),
            ("another-organisation", "another organisation", "helse.example/983974910", 1, 0x5a),
            ("last-epoch", "the highest epoch", origin, u32::MAX, 0),
        ] {
            let output = [byte; 64];
            let length = u16::try_from(origin.len()).unwrap().to_be_bytes();
            let tag = b"budstikke/label/v1";
            let parts: [&[u8]; 6] =
                [&[18], tag, &length, origin.as_bytes(), &epoch.to_be_bytes(), &output];
            let label = sha256(&parts);
            let input = Input { origin: origin.to_owned(), epoch, output: hex(output) };
            let accepted = Accepted { label: hex(label), tag: hex(&label[..8]) };
            cases.accepted(name, shows, input, accepted);
        }
        cases
    }
}
