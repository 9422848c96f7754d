//! `access-anchor`: what the log of records says of the checkpoint of the access log.

use budstikke_protocol::log::checkpoint::Checkpoint;
use serde::{Deserialize, Serialize};

use super::{hex, sha256};
use crate::vector::{Cases, Format, Written};

/// Anchors.
pub struct AccessAnchors;

/// The checkpoint of an access log, without signatures.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its three lines.
    pub checkpoint: String,
}

/// What follows.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The entry, in hexadecimal.
    pub entry: String,
}

impl Format for AccessAnchors {
    const NAME: &'static str = "access-anchor";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { checkpoint }: Input) -> Result<Accepted, String> {
        let checkpoint: Checkpoint = checkpoint.parse().map_err(|error| format!("{error}"))?;
        Ok(Accepted { entry: format!("01{}", hex(checkpoint.anchor().as_bytes())) })
    }
}

impl Written for AccessAnchors {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let text = |origin: &str, size: u64| format!("{origin}\n{size}\n{root}\n");
        for (name, shows, checkpoint) in [
            ("good", "an access log", text("helse.example/974760673/access", 7)),
            ("grown", "the same when it has grown", text("helse.example/974760673/access", 8)),
            ("another", "that of another node", text("helse.example/983974910/access", 7)),
        ] {
            let hashed = sha256(&[checkpoint.as_bytes()]);
            let anchor = sha256(&[&[19], b"budstikke/access/v1", &hashed]);
            let accepted = Accepted { entry: format!("01{}", hex(anchor)) };
            cases.accepted(name, shows, Input { checkpoint }, accepted);
        }
        let short = Input { checkpoint: format!("helse.example/974760673/access\n{root}\n") };
        let why = "a checkpoint is an origin, a size and a root on three lines";
        cases.refused("short", "a line is missing", short, why);
        cases
    }
}
