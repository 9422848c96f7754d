//! `receipt`: whether an entry is in a log, and how far that is witnessed.

use budstikke_protocol::log::receipt::{Grade, Receipt};
use budstikke_protocol::log::tree::leaf_hash;
use serde::{Deserialize, Serialize};

use super::note::Raw;
use super::sample::{
    COSIGNED, ORIGIN, WITNESS, WITNESS_NAME, cosignature, cosigned, head, key_id, line, log_vkey,
    signed, witness_vkey,
};
use super::{hex, lines, unhex};
use crate::cast;
use crate::definition;
use crate::leaves::{entry, leaves};
use crate::vector::{Cases, Format, Written, refusal};

/// Receipts.
pub struct Receipts;

/// A receipt, and what its reader knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The receipt.
    pub receipt: Raw,
    /// The entry in hexadecimal.
    pub entry: String,
    /// The verifier key of the log.
    pub log: String,
    /// The policy.
    pub policy: String,
}

/// What it proves.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The place of the entry.
    pub index: u64,
    /// The size of the log that contains it.
    pub size: u64,
    /// `promised` or `witnessed`.
    pub grade: String,
    /// Since when it is witnessed, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<i64>,
}

impl Format for Receipts {
    const NAME: &'static str = "receipt";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let bytes = input.receipt.bytes();
        let receipt = Receipt::parse(&bytes).map_err(|error| refusal(&error))?;
        assert_eq!(receipt.to_string().into_bytes(), bytes);
        let leaf = leaf_hash(&unhex(&input.entry));
        let (log, policy) = (input.log.parse().unwrap(), input.policy.parse().unwrap());
        let proven = receipt.verify(&leaf, &log, &policy).map_err(|error| refusal(&error))?;
        let since = match proven.grade {
            Grade::Promised => None,
            Grade::Witnessed { since } => Some(since.unix_seconds()),
        };
        let (index, size) = (proven.index, proven.checkpoint.head().size);
        Ok(Accepted { index, size, grade: proven.grade.to_string(), since })
    }
}

/// A receipt for an entry of the log by rule.
fn text(index: usize, size: usize, note: &str) -> String {
    let lines = lines(&definition::path(index, &leaves(size)));
    format!("c2sp.org/tlog-proof@v1\nindex {index}\n{lines}\n{note}")
}

fn of(index: usize, receipt: String) -> Input {
    let policy = format!("witness w {}\nquorum w\n", witness_vkey());
    Input { receipt: Raw::Text(receipt), entry: hex(entry(index)), log: log_vkey(), policy }
}

impl Written for Receipts {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let now = i64::try_from(COSIGNED).unwrap();
        let promised =
            |index, size| Accepted { index, size, grade: "promised".to_owned(), since: None };
        let witnessed = |since| Accepted {
            index: 3,
            size: 7,
            grade: "witnessed".to_owned(),
            since: Some(since),
        };
        let good = text(3, 7, &cosigned(&head(7)));
        let mut accept = |name: &str, shows: &str, input: Input, result: Accepted| {
            cases.accepted(name, shows, input, result);
        };
        accept("promised", "the log alone", of(3, text(3, 7, &signed(&head(7)))), promised(3, 7));
        accept(
            "promised-only-entry",
            "a log of one entry needs no hash",
            of(0, text(0, 1, &signed(&head(1)))),
            promised(0, 1),
        );
        accept("witnessed", "log and witness", of(3, good.clone()), witnessed(now));
        let extra = good.replacen("index", "extra AAEC\nindex", 1);
        accept(
            "witnessed-extra",
            "what stands in extra is signed by nobody",
            of(3, extra),
            witnessed(now),
        );
        let none = Input { policy: "quorum none\n".to_owned(), ..of(3, good.clone()) };
        accept(
            "promised-no-quorum",
            "a policy that asks for nobody makes nothing witnessed",
            none,
            promised(3, 7),
        );
        accept(
            "promised-stranger",
            "a stranger is no witness",
            of(3, text(3, 7, &by_stranger())),
            promised(3, 7),
        );
        let again =
            cosigned(&head(7)) + &cosignature(&head(7), WITNESS_NAME, WITNESS, COSIGNED - 60);
        accept(
            "witnessed-again",
            "cosigned twice by one witness, the later first",
            of(3, text(3, 7, &again)),
            witnessed(now - 60),
        );
        let (since, input) = by_three();
        accept(
            "witnessed-two-of-three",
            "witnessed since the second of two",
            input,
            witnessed(since),
        );
        refused(&mut cases, &good);
        cases
    }
}

fn by_stranger() -> String {
    signed(&head(7)) + &cosignature(&head(7), "stranger.example/witness", "stranger", COSIGNED)
}

/// Three cosignatures, of which a policy asks for two, and when the second was made.
fn by_three() -> (i64, Input) {
    let names = ["a", "b", "c"];
    let times = [COSIGNED + 60, COSIGNED, COSIGNED + 30];
    let full = |name: &str| format!("{name}.example/witness");
    let lines: String = names
        .iter()
        .zip(times)
        .map(|(name, time)| cosignature(&head(7), &full(name), name, time))
        .collect();
    let key = |name| super::sample::vkey(&full(name), 4, &cast::public(name));
    let [a, b, c] = names.map(key);
    let witnesses = format!("witness a {a}\nwitness b {b}\nwitness c {c}\n");
    let policy = format!("{witnesses}group two 2 a b c\nquorum two\n");
    let receipt = text(3, 7, &(signed(&head(7)) + &lines));
    (i64::try_from(COSIGNED + 30).unwrap(), Input { policy, ..of(3, receipt) })
}

#[expect(clippy::too_many_lines, reason = "one row a case")]
fn refused(cases: &mut Cases<Receipts>, good: &str) {
    let version = "c2sp.org/tlog-proof@v1";
    let hash = good.lines().nth(2).unwrap();
    let without = |line: &str| good.replacen(&format!("{line}\n"), "", 1);
    let with = |line: &str| good.replacen("index 3\n", &format!("index 3\n{line}\n"), 1);
    let forged =
        line(WITNESS_NAME, key_id(WITNESS_NAME, 4, &cast::public(WITNESS).to_bytes()), &[1; 72]);
    let other = cosigned(&head(7).replacen(ORIGIN, "vectors.example/310000027", 1));
    for (name, shows, receipt, refusal) in [
        ("empty", "nothing", String::new(), "version"),
        ("other-version", "a version that is not known", good.replacen("@v1", "@v2", 1), "version"),
        (
            "version-with-space",
            "a version that is not known",
            good.replacen("@v1", "@v1 ", 1),
            "version",
        ),
        ("version-alone", "nothing behind the version", format!("{version}\n"), "form"),
        ("no-index", "no index", without("index 3"), "form"),
        (
            "index-leading-zero",
            "numbers have no leading zeros",
            good.replacen("index 3", "index 03", 1),
            "form",
        ),
        (
            "index-2-63",
            "an index has 63 bits",
            good.replacen("index 3", "index 9223372036854775808", 1),
            "form",
        ),
        (
            "extra-not-base64",
            "extra is base64",
            good.replacen("index", "extra A\nindex", 1),
            "form",
        ),
        (
            "extra-padding-within",
            "two padded texts are not one",
            good.replacen("index", "extra AA==AA==\nindex", 1),
            "form",
        ),
        (
            "extra-twice",
            "extra stands once",
            good.replacen("index", "extra AA==\nextra AA==\nindex", 1),
            "form",
        ),
        ("extra-late", "extra stands before the index", with("extra AA=="), "form"),
        ("hash-short", "a hash has 32 bytes", good.replacen(hash, "AAAA", 1), "form"),
        ("64-hashes", "at most 63", with(&[hash; 61].join("\n")), "form"),
        (
            "no-empty-line",
            "no empty line before the checkpoint",
            good.replacen("\n\n", "\n", 1),
            "form",
        ),
        (
            "no-note",
            "the checkpoint is missing",
            good[..good.find("\n\n").unwrap() + 2].to_owned(),
            "note",
        ),
        ("not-signed", "the checkpoint has no signature", text(3, 7, &head(7)), "note"),
        ("hash-missing", "the proof is too short", without(hash), "proof"),
        ("hash-again", "the proof is too long", with(hash), "proof"),
        ("other-index", "the neighbour's place", good.replacen("index 3", "index 2", 1), "proof"),
        ("beyond", "the index is the size", good.replacen("index 3", "index 7", 1), "proof"),
        (
            "smaller-log",
            "the checkpoint of a smaller log",
            text(3, 7, &cosigned(&head(6))),
            "proof",
        ),
        (
            "changed-log",
            "the checkpoint was changed",
            good.replacen("\n7\n", "\n8\n", 1),
            "checkpoint",
        ),
        ("other-log", "the checkpoint of another log", text(3, 7, &other), "checkpoint"),
        (
            "forged-witness",
            "a cosignature of the witness that it did not make",
            text(3, 7, &(signed(&head(7)) + &forged)),
            "cosignatures",
        ),
    ] {
        cases.refused(name, shows, of(3, receipt), refusal);
    }
    let entry = Input { entry: hex(entry(4)), ..of(3, good.to_owned()) };
    cases.refused("other-entry", "another entry", entry, "proof");
}
