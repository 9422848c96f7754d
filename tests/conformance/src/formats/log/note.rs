//! `note`: texts with signatures, judged by somebody who knows some keys.

use budstikke_keys::note::{NotTrusted, Note, VerifierKey};
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::sample::{
    COSIGNED, LOG, ORIGIN, WITNESS, WITNESS_NAME, cosignature, key_id, line, log_vkey, signature,
    witness_vkey,
};
use super::unhex;
use crate::cast;
use crate::vector::{Cases, Format, Written, refusal};

/// Notes.
pub struct Notes;

/// A note, and the keys that its reader knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The note.
    pub note: Raw,
    /// Verifier keys.
    pub keys: Vec<String>,
}

/// Bytes that are text, or are not.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Raw {
    /// As text.
    Text(String),
    /// In hexadecimal.
    Hex(String),
}

impl Raw {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Hex(text) => unhex(text),
        }
    }
}

/// What a note says that can be believed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The text.
    pub text: String,
    /// Which of the keys have signed it, in the order of the lines.
    pub signers: Vec<Signer>,
}

/// A key that has signed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// Its name.
    pub name: String,
    /// When it saw the text, in seconds since 1970: of a cosignature only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub time: Option<i64>,
}

impl Format for Notes {
    const NAME: &'static str = "note";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let keys: Vec<VerifierKey> = input.keys.iter().map(|key| key.parse().unwrap()).collect();
        let bytes = input.note.bytes();
        let note = Note::parse(&bytes).map_err(|error| refusal(&error))?;
        assert_eq!(note.to_string().into_bytes(), bytes);
        let verified = note.verify(&keys).map_err(|error| match error {
            // Whose signature it is, the case says.
            NotTrusted::BadSignature(_) => "bad-signature".to_owned(),
            other => refusal(&other),
        })?;
        let signers = verified.signatures().iter().map(|checked| Signer {
            name: checked.key.name().to_string(),
            time: checked.time.map(Timestamp::unix_seconds),
        });
        Ok(Accepted { text: verified.text().to_owned(), signers: signers.collect() })
    }
}

pub(super) const TEXT: &str = "A text\nof two lines.\n";

/// A note of [`TEXT`], to a reader who knows log and witness.
pub(super) fn of(lines: &[String]) -> Input {
    raw(Raw::Text(format!("{TEXT}\n{}", lines.concat())))
}

pub(super) fn raw(note: Raw) -> Input {
    Input { note, keys: vec![log_vkey(), witness_vkey()] }
}

pub(super) fn by_log() -> String {
    signature(TEXT, ORIGIN, LOG)
}

pub(super) fn by_witness() -> String {
    cosignature(TEXT, WITNESS_NAME, WITNESS, COSIGNED)
}

pub(super) fn by_stranger() -> String {
    signature(TEXT, "stranger.example", "stranger")
}

impl Written for Notes {
    #[expect(clippy::too_many_lines, reason = "one row a case")]
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        others(&mut cases);
        let log = || Signer { name: ORIGIN.to_owned(), time: None };
        let witness = |time| Signer { name: WITNESS_NAME.to_owned(), time: Some(time) };
        let now = i64::try_from(COSIGNED).unwrap();
        let mut accept = |name: &str, shows: &str, lines: &[String], signers: Vec<Signer>| {
            let result = Accepted { text: TEXT.to_owned(), signers };
            cases.accepted(name, shows, of(lines), result);
        };
        accept("good", "signed by the log", &[by_log()], vec![log()]);
        accept(
            "good-cosigned",
            "and by its witness",
            &[by_log(), by_witness()],
            vec![log(), witness(now)],
        );
        accept(
            "good-turned",
            "the order of the lines is free",
            &[by_witness(), by_log()],
            vec![witness(now), log()],
        );
        accept(
            "good-stranger",
            "a stranger's line counts for nothing",
            &[by_stranger(), by_log()],
            vec![log()],
        );
        let forged = line("stranger.example", [1, 2, 3, 4], &[0; 64]);
        accept("good-stranger-forged", "nor does a forged one", &[by_log(), forged], vec![log()]);
        let other_kind = line(ORIGIN, key_id(ORIGIN, 6, &cast::public(LOG).to_bytes()), &[7; 2428]);
        accept(
            "good-other-kind",
            "a kind that is not known, under a known name",
            &[by_log(), other_kind],
            vec![log()],
        );
        let renamed = signature(TEXT, "vectors.example/310000035", LOG);
        accept(
            "good-renamed",
            "a known key under another name is a stranger",
            &[by_log(), renamed],
            vec![log()],
        );
        let one_byte = line("stranger.example", [1, 2, 3, 4], &[0]);
        accept(
            "good-short-stranger",
            "a stranger's signature may be short",
            &[by_log(), one_byte],
            vec![log()],
        );
        let last = cosignature(TEXT, WITNESS_NAME, WITNESS, 253_402_300_799);
        accept(
            "good-year-9999",
            "the last second there is",
            &[by_log(), last],
            vec![log(), witness(253_402_300_799)],
        );
        let many: Vec<_> =
            (0..31).map(|n| line("stranger.example", [9, 9, 9, n], &[0; 64])).collect();
        accept(
            "good-32-lines",
            "as many lines as there may be",
            &[many, vec![by_log()]].concat(),
            vec![log()],
        );
        texts(&mut cases);
        super::bad_note::signatures(&mut cases);
        super::bad_note::forms(&mut cases);
        cases
    }
}

/// The notes of C2SP's and Go's documentation.
fn others(cases: &mut Cases<Notes>) {
    for (case, key, name, text, signature) in [
        (
            "good-c2sp",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo",
            "This is an example message.\n",
            "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=",
        ),
        (
            "good-go",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann",
            "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
            "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=",
        ),
    ] {
        let note = Raw::Text(format!("{text}\n\u{2014} {name} {signature}\n"));
        let input = Input { note, keys: vec![key.to_owned()] };
        let signers = vec![Signer { name: name.to_owned(), time: None }];
        cases.accepted(
            case,
            "from the documentation of others",
            input,
            Accepted { text: text.to_owned(), signers },
        );
    }
}

/// Texts that are unlike others.
fn texts(cases: &mut Cases<Notes>) {
    for (name, shows, text) in [
        ("good-empty-line", "a text may have empty lines", "One.\n\nTwo.\n"),
        ("good-empty-lines", "also at its end", "One.\n\n\n"),
        ("good-empty-text", "also nothing else", "\n"),
        ("good-wide", "a text is UTF-8", "Bodø 🩺\u{7f}\u{85}\u{2028}\n"),
        (
            "good-like-a-line",
            "a text may look like a signature line",
            "\u{2014} a.example AAAAAAA=\n",
        ),
    ] {
        let note = Raw::Text(format!("{text}\n{}", signature(text, ORIGIN, LOG)));
        let signers = vec![Signer { name: ORIGIN.to_owned(), time: None }];
        cases.accepted(name, shows, raw(note), Accepted { text: text.to_owned(), signers });
    }
}
