//! `witness`: what a witness answers to a log.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::witness::{Known, Refusal, Request, decide};
use serde::{Deserialize, Serialize};

use super::consistency::Head;
use super::lines;
use super::note::Raw;
use super::sample::{
    COSIGNED, ORIGIN, WITNESS, WITNESS_NAME, cosignature, head, log_vkey, signature, signed,
};
use crate::cast;
use crate::definition;
use crate::leaves::leaves;
use crate::vector::{Cases, Format, Written, refusal};

/// Requests to a witness.
pub struct Requests;

/// A request, and what the witness knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The request.
    pub request: Raw,
    /// The verifier key of the log that the witness cosigns.
    pub log: String,
    /// What it has cosigned last.
    pub last: Option<Head>,
    /// Whether it holds a fork proof.
    pub is_forked: bool,
    /// Its clock, in seconds since 1970.
    pub now: i64,
}

/// Its answer.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The cosignature of the municipality, without its line feed.
    pub line: String,
}

impl Format for Requests {
    const NAME: &'static str = "witness";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let bytes = input.request.bytes();
        let request =
            Request::parse(&bytes).map_err(|error| format!("400: {}", refusal(&error)))?;
        assert_eq!(request.to_string().into_bytes(), bytes);
        let log = input.log.parse().unwrap();
        let last = input.last.as_ref().map(Head::read);
        let known = Known { log: &log, last, is_forked: input.is_forked };
        let now = Timestamp::from_unix_seconds(input.now).unwrap();
        let accepted = decide(&request, Some(known), now).map_err(told)?;
        let line = accepted.cosign(WITNESS_NAME.parse().unwrap(), &cast::key(WITNESS));
        Ok(Accepted { line: line.to_string() })
    }
}

/// The status, and the size that goes with a conflict.
fn told(error: Refusal) -> String {
    match error {
        Refusal::Conflict(size) => format!("{}: {size}", error.status()),
        other => format!("{}: {}", error.status(), refusal(&other)),
    }
}

/// A request for the log by rule.
fn text(old: usize, new: usize, note: &str) -> String {
    let lines = if old == 0 { String::new() } else { lines(&definition::proof(old, &leaves(new))) };
    format!("old {old}\n{lines}\n{note}")
}

fn of(last: Option<usize>, request: String) -> Input {
    let (log, now) = (log_vkey(), i64::try_from(COSIGNED).unwrap());
    Input { request: Raw::Text(request), log, last: last.map(Head::of), is_forked: false, now }
}

fn good(old: usize, new: usize) -> String {
    text(old, new, &signed(&head(new)))
}

impl Written for Requests {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (name, shows, last, old, new) in [
            ("good-first", "the first checkpoint that it sees", None, 0, 5),
            ("good-next", "the log has grown", Some(6), 6, 11),
            ("good-by-one", "by one entry", Some(7), 7, 8),
            ("good-doubled", "from a size that is a power of two", Some(8), 8, 16),
            ("good-again", "the same checkpoint, for a fresh cosignature", Some(5), 5, 5),
            ("good-empty", "an empty log", None, 0, 0),
            ("good-from-empty", "after an empty log", Some(0), 0, 5),
        ] {
            let line =
                cosignature(&head(new), WITNESS_NAME, WITNESS, COSIGNED).trim_end().to_owned();
            cases.accepted(name, shows, of(last, good(old, new)), Accepted { line });
        }
        malformed(&mut cases);
        refused(&mut cases);
        cases
    }
}

fn malformed(cases: &mut Cases<Requests>) {
    let request = good(6, 11);
    let hash = request.lines().nth(1).unwrap();
    for (name, shows, request, refusal) in [
        ("empty", "nothing", String::new(), "400: form"),
        ("no-old", "no old size", request.replacen("old 6\n", "", 1), "400: form"),
        (
            "old-leading-zero",
            "numbers have no leading zeros",
            request.replacen("old 6", "old 06", 1),
            "400: form",
        ),
        ("old-plus", "numbers have no sign", request.replacen("old 6", "old +6", 1), "400: form"),
        (
            "old-2-63",
            "a size has 63 bits",
            request.replacen("old 6", "old 9223372036854775808", 1),
            "400: form",
        ),
        ("hash-short", "a hash has 32 bytes", request.replacen(hash, "AAAA", 1), "400: form"),
        (
            "64-hashes",
            "at most 63",
            request.replacen("old 6\n", &format!("old 6\n{}", format!("{hash}\n").repeat(60)), 1),
            "400: form",
        ),
        (
            "no-note",
            "the checkpoint is missing",
            request[..request.find("\n\n").unwrap() + 2].to_owned(),
            "400: note",
        ),
        ("not-signed", "the checkpoint has no signature", text(6, 11, &head(11)), "400: note"),
        (
            "no-checkpoint",
            "a note that is none",
            text(6, 11, &signed("A text.\n")),
            "400: malformed",
        ),
        (
            "extension",
            "a checkpoint with an extension line",
            text(6, 11, &signed(&format!("{}more\n", head(11)))),
            "400: malformed",
        ),
        (
            "old-beyond-new",
            "the old size is larger than the new one",
            good(6, 11).replacen("old 6", "old 12", 1),
            "400: malformed",
        ),
    ] {
        cases.refused(name, shows, of(Some(6), request), refusal);
    }
}

#[expect(clippy::too_many_lines, reason = "one row a case")]
fn refused(cases: &mut Cases<Requests>) {
    let request = good(6, 11);
    let hash = request.lines().nth(1).unwrap();
    let by_another = format!("{}\n{}", head(11), signature(&head(11), ORIGIN, "another log"));
    let and_forged = signed(&head(11)) + &signature(&head(12), ORIGIN, super::sample::LOG);
    let elsewhere = signed(&head(11).replacen(ORIGIN, "vectors.example/310000035", 1));
    let full = head(5).lines().nth(2).unwrap().to_owned();
    let no_empty_root = signed(&head(0).replacen(head(0).lines().nth(2).unwrap(), &full, 1));
    let other_root = signed(&head(6).replacen(head(6).lines().nth(2).unwrap(), &full, 1));
    let stray = format!("{full}\n");
    for (name, shows, last, request, refusal) in [
        (
            "unknown-origin",
            "a log that it does not cosign",
            Some(6),
            text(6, 11, &elsewhere),
            "404: unknown-origin",
        ),
        (
            "other-key",
            "another key signed in the log's name",
            Some(6),
            text(6, 11, &by_another),
            "403: not-signed",
        ),
        (
            "and-forged",
            "a bad signature of the log beside a good one",
            Some(6),
            text(6, 11, &and_forged),
            "403: not-signed",
        ),
        ("behind", "it has cosigned more than the log thinks", Some(8), request.clone(), "409: 8"),
        ("ahead", "it has cosigned less than the log thinks", Some(3), request.clone(), "409: 3"),
        ("never", "it has cosigned nothing", None, request.clone(), "409: 0"),
        (
            "shrinks",
            "the log has become smaller",
            Some(11),
            good(6, 6).replacen("old 6", "old 0", 1),
            "409: 11",
        ),
        (
            "shrinks-and-knows",
            "and says so",
            Some(11),
            good(6, 6).replacen("old 6", "old 11", 1),
            "400: malformed",
        ),
        (
            "empty-with-root",
            "the root of an empty log is another",
            None,
            text(0, 0, &no_empty_root),
            "422: empty-root",
        ),
        (
            "first-with-proof",
            "there is nothing to prove at first",
            None,
            good(0, 5).replacen("old 0\n", &format!("old 0\n{stray}"), 1),
            "422: proof-not-empty",
        ),
        (
            "again-with-proof",
            "there is nothing to prove of one head",
            Some(6),
            good(6, 6).replacen("old 6\n", &format!("old 6\n{stray}"), 1),
            "422: proof-not-empty",
        ),
        (
            "other-root",
            "two roots for one size",
            Some(6),
            text(6, 6, &other_root),
            "422: other-root",
        ),
        (
            "hash-missing",
            "the proof is too short",
            Some(6),
            request.replacen(&format!("{hash}\n"), "", 1),
            "422: proof",
        ),
        (
            "hash-again",
            "the proof is too long",
            Some(6),
            request.replacen("old 6\n", &format!("old 6\n{hash}\n"), 1),
            "422: proof",
        ),
        (
            "no-proof",
            "no proof at all",
            Some(6),
            text(0, 0, &signed(&head(11))).replacen("old 0", "old 6", 1),
            "422: proof",
        ),
        (
            "other-proof",
            "the proof of another size",
            Some(6),
            good(7, 11).replacen("old 7", "old 6", 1),
            "422: proof",
        ),
    ] {
        cases.refused(name, shows, of(last, request), refusal);
    }
    let forked = Input { is_forked: true, ..of(Some(6), request.clone()) };
    cases.refused("forked", "it holds a fork proof against the log", forked, "403: forked");
    let last = Some(Head { size: 6, root: full });
    let rewritten = Input { last, ..of(None, request) };
    cases.refused(
        "rewritten",
        "the log does not begin with what it has cosigned",
        rewritten,
        "422: proof",
    );
}
