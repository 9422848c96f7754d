//! `accusation`: two heads of which nobody has shown that one continues the other, and what the log answers.

use budstikke_protocol::log::fork::Accusation;
use serde::{Deserialize, Serialize};

use super::fork::{rewritten, signed_of};
use super::note::Raw;
use super::sample::{ORIGIN, head, log_vkey, signed};
use super::{hashes, texts};
use crate::definition;
use crate::leaves::leaves;
use crate::vector::{Cases, Format, Written, refusal};

/// Accusations.
pub struct Accusations;

/// An accusation, and what the log answers.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The accusation.
    pub accusation: Raw,
    /// The verifier key of the log.
    pub log: String,
    /// A consistency proof, its hashes in base64.
    pub answer: Vec<String>,
}

/// What it comes to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The smaller size.
    pub older: u64,
    /// The larger one.
    pub newer: u64,
    /// Whether the answer clears the log.
    pub is_cleared: bool,
}

impl Format for Accusations {
    const NAME: &'static str = "accusation";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let bytes = input.accusation.bytes();
        let accusation = Accusation::parse(&bytes).map_err(|error| refusal(&error))?;
        assert_eq!(accusation.to_string().into_bytes(), bytes);
        let accused =
            accusation.verify(&input.log.parse().unwrap()).map_err(|error| refusal(&error))?;
        let is_cleared = accused.answer(&hashes(&input.answer)).is_ok();
        Ok(Accepted {
            older: accused.older.head().size,
            newer: accused.newer.head().size,
            is_cleared,
        })
    }
}

fn text(older: &str, newer: &str) -> String {
    format!("budstikke/accusation/v1\n\n{older}\n{newer}")
}

impl Written for Accusations {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let (seven, eleven) = (signed(&head(7)), signed(&head(11)));
        let other = signed_of(&rewritten(11));
        let answer = || texts(&definition::proof(7, &leaves(11)));
        let of = |accusation: String, answer| Input {
            accusation: Raw::Text(accusation),
            log: log_vkey(),
            answer,
        };
        for (name, shows, newer, answer, is_cleared) in [
            ("good-cleared", "the log shows that it has grown", &eleven, answer(), true),
            ("good-silent", "the log has no answer", &eleven, Vec::new(), false),
            ("good-forked", "the log has no good answer", &other, answer(), false),
        ] {
            let result = Accepted { older: 7, newer: 11, is_cleared };
            cases.accepted(name, shows, of(text(&seven, newer), answer), result);
        }
        let elsewhere = signed(&head(11).replacen(ORIGIN, "vectors.example/310000027", 1));
        let good = text(&seven, &eleven);
        for (name, shows, accusation, refusal) in [
            ("empty", "nothing", String::new(), "version"),
            ("version-2", "a version that is not known", good.replacen("/v1", "/v2", 1), "version"),
            (
                "fork-proof",
                "a fork proof is no accusation",
                good.replacen("accusation", "fork", 1),
                "version",
            ),
            (
                "line",
                "a line behind the version",
                good.replacen("/v1\n", "/v1\nsame-size\n", 1),
                "form",
            ),
            (
                "one-note",
                "a checkpoint is missing",
                format!("budstikke/accusation/v1\n\n{seven}"),
                "form",
            ),
            ("turned", "the smaller stands first", text(&eleven, &seven), "no-contradiction"),
            (
                "one-size",
                "two roots of one size are more than an accusation",
                text(&eleven, &other),
                "no-contradiction",
            ),
            (
                "from-empty",
                "everything continues an empty log",
                text(&signed(&head(0)), &eleven),
                "no-contradiction",
            ),
            ("other-log", "the checkpoint of another log", text(&seven, &elsewhere), "checkpoint"),
        ] {
            cases.refused(name, shows, of(accusation, Vec::new()), refusal);
        }
        cases
    }
}
