//! `checkpoint`: the signed heads of a log.

use budstikke_keys::note::Note;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use serde::{Deserialize, Serialize};

use super::note::Raw;
use super::sample::{
    COSIGNED, LOG, ORIGIN, WITNESS, WITNESS_NAME, cosignature, cosigned, head, log_vkey, signature,
    signed, vkey,
};
use super::texts;
use crate::cast;
use crate::vector::{Cases, Format, Written, refusal};

/// Checkpoints.
pub struct Checkpoints;

/// A note, and the log whose checkpoint it should be.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The note.
    pub note: Raw,
    /// The verifier key of the log.
    pub log: String,
}

/// What the log has signed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Its size.
    pub size: u64,
    /// Its root in base64.
    pub root: String,
}

impl Format for Checkpoints {
    const NAME: &'static str = "checkpoint";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let note = Note::parse(&input.note.bytes()).map_err(|error| refusal(&error))?;
        let opened = SignedCheckpoint::open(note, &input.log.parse().unwrap());
        let opened = opened.map_err(|error| refusal(&error))?;
        Ok(Accepted { size: opened.head().size, root: texts(&[opened.head().root]).remove(0) })
    }
}

fn of(note: String) -> Input {
    Input { note: Raw::Text(note), log: log_vkey() }
}

impl Written for Checkpoints {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (name, shows, note, size) in [
            ("good", "five entries", signed(&head(5)), 5),
            ("good-cosigned", "the same with a cosignature", cosigned(&head(5)), 5),
            ("good-empty", "no entries", signed(&head(0)), 0),
            (
                "good-largest",
                "the largest size there is",
                signed(&sized("9223372036854775807")),
                i64::MAX.unsigned_abs(),
            ),
        ] {
            let root = note.lines().nth(2).unwrap().to_owned();
            cases.accepted(name, shows, of(note), Accepted { size, root });
        }
        let text = head(5);
        for (name, shows, text) in [
            ("extension", "an extension line", format!("{text}extension\n")),
            ("empty-extension", "an empty line as an extension", format!("{text}\n")),
            ("no-root", "the root is missing", format!("{ORIGIN}\n5\n")),
            ("size-leading-zero", "numbers have no leading zeros", sized("05")),
            ("size-plus", "numbers have no sign", sized("+5")),
            ("size-minus", "numbers have no sign", sized("-5")),
            ("size-space", "nothing but digits", sized("5 ")),
            ("size-hex", "decimal", sized("0x5")),
            ("size-empty", "no digit", sized("")),
            ("size-2-63", "a size has 63 bits", sized("9223372036854775808")),
            ("size-very-long", "a size has 63 bits", sized(&"9".repeat(100))),
            ("root-short", "a byte is missing", format!("{ORIGIN}\n5\n{}\n", "A".repeat(40))),
            ("root-long", "a byte too many", format!("{ORIGIN}\n5\n{}\n", "A".repeat(44))),
            (
                "root-stray-bits",
                "the bits behind the last byte are zero",
                format!("{ORIGIN}\n5\n{}B=\n", "A".repeat(42)),
            ),
            ("root-no-padding", "base64 has padding", format!("{ORIGIN}\n5\n{}\n", "A".repeat(43))),
            (
                "root-padding-within",
                "two padded texts are not one",
                format!("{ORIGIN}\n5\nAAA={}\n", "A".repeat(40)),
            ),
            (
                "origin-no-name",
                "a name that no log has",
                text.replacen("310000019", "310000018", 1),
            ),
            (
                "origin-space",
                "a space behind the origin",
                text.replacen(ORIGIN, &format!("{ORIGIN} "), 1),
            ),
        ] {
            cases.refused(name, shows, of(signed(&text)), "form");
        }
        trust(&mut cases);
        cases
    }
}

/// The text of a checkpoint with this for a size.
fn sized(size: &str) -> String {
    head(5).replacen("\n5\n", &format!("\n{size}\n"), 1)
}

/// What is well-formed, and not the log's.
fn trust(cases: &mut Cases<Checkpoints>) {
    let text = head(5);
    let good = signed(&text);
    let other = "vectors.example/310000027";
    let access = format!("{ORIGIN}/access");
    for (name, shows, note, refusal) in [
        (
            "other-origin",
            "the log's key, for another log",
            signed(&text.replacen(ORIGIN, other, 1)),
            "other-log",
        ),
        (
            "other-log-of-its",
            "the log's key, for the log of accesses",
            signed(&text.replacen(ORIGIN, &access, 1)),
            "other-log",
        ),
        ("other-size", "the size was changed", good.replacen("\n5\n", "\n6\n", 1), "not-trusted"),
        (
            "other-root",
            "the root was changed",
            good.replacen(text.lines().nth(2).unwrap(), head(6).lines().nth(2).unwrap(), 1),
            "not-trusted",
        ),
        (
            "other-key",
            "another key signed in the log's name",
            format!("{text}\n{}", signature(&text, ORIGIN, "another log")),
            "not-trusted",
        ),
        (
            "witness-alone",
            "the log itself has not signed",
            format!("{text}\n{}", cosignature(&text, WITNESS_NAME, WITNESS, COSIGNED)),
            "not-trusted",
        ),
    ] {
        cases.refused(name, shows, of(note), refusal);
    }
    // The kind is hashed into the key id, so that this is the line of a key that the log has not announced.
    let note = Raw::Text(format!("{text}\n{}", cosignature(&text, ORIGIN, LOG, COSIGNED)));
    let log = vkey(ORIGIN, 4, &cast::public(LOG));
    let shows = "a cosignature by the log's key is no signature of the log";
    cases.refused("cosigned-by-log", shows, Input { note, log }, "other-log");
}
