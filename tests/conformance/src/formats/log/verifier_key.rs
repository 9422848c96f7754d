//! `verifier-key`: the text in which a key for notes is handed on.

use budstikke_keys::note::VerifierKey;
use budstikke_keys::public::PublicKey;
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};

use super::hex;
use super::sample::{LOG, ORIGIN, WITNESS, vkey};
use crate::cast;
use crate::vector::{Cases, Format, Written, refusal};

/// Verifier keys.
pub struct VerifierKeys;

/// A text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The text.
    pub vkey: String,
}

/// The key.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Its name.
    pub name: String,
    /// Its id in hexadecimal.
    pub id: String,
    /// The byte of its kind.
    pub kind: u8,
    /// The public key in hexadecimal.
    pub key: String,
}

impl Format for VerifierKeys {
    const NAME: &'static str = "verifier-key";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let key: VerifierKey = input.vkey.parse().map_err(|error| refusal(&error))?;
        assert_eq!(key.to_string(), input.vkey);
        Ok(Accepted {
            name: key.name().to_string(),
            id: key.id().to_string(),
            kind: key.kind().code(),
            key: hex(key.key().to_bytes()),
        })
    }
}

/// Keys of others: name of the case, key, name, id, kind, bytes.
const OTHERS: [(&str, &str, &str, &str); 2] = [
    (
        "good-c2sp",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo",
        "530d903a",
    ),
    (
        "good-go",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann",
        "c74f20a3",
    ),
];

impl Written for VerifierKeys {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (case, text, name, id) in OTHERS {
            let bytes = BASE64.decode(
                text.rsplit_once('+').map(|_| &text[name.len() + 10..]).unwrap().as_bytes(),
            );
            let result = accepted(name, id, &bytes.unwrap());
            let input = Input { vkey: text.to_owned() };
            cases.accepted(case, "from the documentation of others", input, result);
        }
        for (case, kind, name, key) in [
            ("good-log", 1, ORIGIN, LOG),
            ("good-witness", 4, "vectors.example/310000027/witness", WITNESS),
        ] {
            let vkey = vkey(name, kind, &cast::public(key));
            let id = vkey[name.len() + 1..][..8].to_owned();
            let bytes = [&[kind][..], &cast::public(key).to_bytes()].concat();
            cases.accepted(
                case,
                "a key of the vectors",
                Input { vkey },
                accepted(name, &id, &bytes),
            );
        }
        refused(&mut cases);
        cases
    }
}

fn accepted(name: &str, id: &str, bytes: &[u8]) -> Accepted {
    let (kind, key) = bytes.split_first().unwrap();
    Accepted { name: name.to_owned(), id: id.to_owned(), kind: *kind, key: hex(key) }
}

fn refused(cases: &mut Cases<VerifierKeys>) {
    let key = cast::public(LOG);
    let good = vkey(ORIGIN, 1, &key);
    let (start, encoded) = good.split_at(ORIGIN.len() + 10);
    let id = &good[ORIGIN.len() + 1..][..8];
    let bytes = [&[1][..], &key.to_bytes()].concat();
    let short = BASE64.encode(&bytes[..32]);
    let long = BASE64.encode(&[&bytes[..], &[0]].concat());
    let named = |name: &str| vkey(name, 1, &key);
    let small = small_order();
    for (name, shows, vkey, refusal) in [
        ("empty", "nothing", String::new(), "form"),
        ("two-parts", "the key is missing", format!("{ORIGIN}+{id}"), "form"),
        (
            "not-base64",
            "the key is not base64",
            format!("{start}{}", encoded.replace('A', "-")),
            "form",
        ),
        (
            "base64-cut",
            "base64 comes in fours",
            format!("{start}{}", &encoded[..encoded.len() - 1]),
            "form",
        ),
        ("stray-line-feed", "nothing stands behind", format!("{good}\n"), "kind"),
        ("name-empty", "a name is not empty", named(""), "name"),
        ("name-with-space", "a name has no space", named("vectors example"), "name"),
        (
            "name-with-wide-space",
            "a name has no space of Unicode",
            named("vectors\u{3000}example"),
            "name",
        ),
        (
            "name-with-control",
            "a name has no control characters",
            named("vectors\u{1b}example"),
            "name",
        ),
        ("name-too-long", "a name has at most 255 bytes", named(&"a".repeat(256)), "name"),
        ("id-of-another", "the id is another", good.replacen(id, "00000000", 1), "id"),
        (
            "id-in-capitals",
            "the id is in small letters",
            good.replacen(id, &id.to_uppercase(), 1),
            "id",
        ),
        ("kind-2", "a kind that is not known", vkey(ORIGIN, 2, &key), "kind"),
        ("kind-255", "a kind of somebody's own", vkey(ORIGIN, 255, &key), "kind"),
        ("key-short", "a byte is missing", format!("{start}{short}"), "kind"),
        ("key-long", "a byte too many", format!("{start}{long}"), "kind"),
        ("key-of-small-order", "a key under which everything is signed", small, "key"),
    ] {
        cases.refused(name, shows, Input { vkey }, refusal);
    }
}

/// A key that is the neutral element, with its right id.
fn small_order() -> String {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    assert!(PublicKey::from_bytes(bytes).is_err());
    super::sample::vkey_of_bytes(ORIGIN, 1, &bytes)
}
