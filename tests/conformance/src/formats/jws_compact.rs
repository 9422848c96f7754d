//! `jws-compact`: one statement of each kind, and every way to break the profile of the compact form.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::compact::{Accepted, Input, Kind, judge};
use crate::cast::{self, HOSPITAL_SIGN};
use crate::handmade::{compact, encode, header, sign};
use crate::sample::{self, Change as _};
use crate::vector::{Cases, Format, Written};

/// Signed statements in the compact form.
pub struct JwsCompact;

impl Format for JwsCompact {
    const NAME: &'static str = "jws-compact";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        judge(&input)
    }
}

impl Written for JwsCompact {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        good(&mut cases);
        headers(&mut cases);
        types(&mut cases);
        parts(&mut cases);
        signatures(&mut cases);
        cases
    }
}

fn good(cases: &mut Cases<JwsCompact>) {
    let kinds = [
        ("manifest", Kind::Manifest, sample::manifest()),
        ("sharing", Kind::Sharing, sample::sharing()),
        ("withdrawal", Kind::Withdrawal, sample::withdrawal()),
        ("question", Kind::Question, sample::question()),
    ];
    for (name, kind, statement) in kinds {
        let input = Input::of_payload(kind, &statement.bytes());
        let result = input.read_as(statement);
        cases.accepted(&format!("good-{name}"), "a good statement", input, result);
    }

    let statement = sample::sharing();
    let later = statement.clone().with("/later", json!({ "any": ["thing", 1, true] }));
    let input = Input::of_payload(Kind::Sharing, &later.bytes());
    let result = input.read_as(statement.clone());
    let shows = "a member that a later version may bring is signed over and passed by";
    cases.accepted("good-unknown-member", shows, input, result);

    let spaced = serde_json::to_string_pretty(&statement).unwrap();
    let input = Input::of_payload(Kind::Sharing, spaced.as_bytes());
    let result = input.read_as(statement.clone());
    let shows = "white space in the payload is signed over as it stands";
    cases.accepted("good-spaced-payload", shows, input, result);

    let input = with_header(good_header().with("/alg", "Ed25519"));
    let result = input.read_as(statement);
    let shows = "RFC 9864 calls the same algorithm Ed25519";
    cases.accepted("good-alg-ed25519", shows, input, result);
}

fn headers(cases: &mut Cases<JwsCompact>) {
    let key = cast::key(HOSPITAL_SIGN);
    let jwk = serde_json::to_value(key.public()).unwrap();
    let good = good_header();
    let besides = "header: has a member besides alg, kid and typ";
    let texts = "header: is not a JSON object of distinct texts";
    let broken = [
        ("alg-none", good.clone().with("/alg", "none"), "header: has an alg that is not EdDSA"),
        ("alg-es256", good.clone().with("/alg", "ES256"), "header: has an alg that is not EdDSA"),
        ("no-alg", good.clone().without("/alg"), "header: has no alg"),
        ("no-kid", good.clone().without("/kid"), "header: has no kid"),
        ("no-typ", good.clone().without("/typ"), "header: has no typ"),
        ("cty", good.clone().with("/cty", "json"), besides),
        ("crit", good.clone().with("/crit", json!(["b64"])), texts),
        ("b64", good.clone().with("/b64", false), texts),
        ("jwk", good.clone().with("/jwk", jwk), texts),
        (
            "kid-is-no-thumbprint",
            good.with("/kid", "1"),
            "header: has a kid that is not a thumbprint",
        ),
    ];
    for (name, header, refusal) in broken {
        let shows = "the header has alg, kid and typ, and nothing else";
        cases.refused(&format!("header-{name}"), shows, with_header(header), refusal);
    }
    let twice = good_header().to_string().replacen('{', r#"{"alg":"EdDSA","#, 1);
    let shows = "no member of the header stands twice";
    cases.refused("header-member-twice", shows, with_header_text(&twice), texts);
    let long = " ".repeat(1024) + &good_header().to_string();
    let shows = "a header has at most 1024 characters as encoded";
    cases.refused("header-too-long", shows, with_header_text(&long), "header: is too long");
}

fn types(cases: &mut Cases<JwsCompact>) {
    let later = good_header().with("/typ", "budstikke-sharing-v2");
    let shows = "a version that is not known is refused, even if all else is as in version 1";
    cases.refused("type-unknown-version", shows, with_header(later), "wrong-type");
    let other = good_header().with("/typ", Kind::Withdrawal.typ());
    let shows = "the reader says which kind it expects";
    cases.refused("type-other-kind", shows, with_header(other), "wrong-type");
    let media = good_header().with("/typ", "application/budstikke-sharing-v1");
    let shows = "the type has one spelling, without application/";
    cases.refused("type-as-media-type", shows, with_header(media), "wrong-type");
}

fn parts(cases: &mut Cases<JwsCompact>) {
    let good = with_header(good_header()).compact;
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (first, payload) = signed.split_once('.').unwrap();
    let mut add = |name: &str, shows: &str, compact: String, refusal: &str| {
        cases.refused(name, shows, Input { compact, ..with_header(good_header()) }, refusal);
    };
    add("parts-two", "the signature is missing", signed.to_owned(), "not-three-parts");
    add("parts-four", "a fourth part follows", format!("{good}."), "not-three-parts");
    add("parts-none", "there is nothing", String::new(), "not-three-parts");
    let padded = format!("{signed}.{signature}==");
    add("encoding-padding", "base64url has no padding", padded, "encoding");
    let stray = format!("{signed}.{}", stray_bits(signature));
    add("encoding-stray-bits", "the bits after the last byte are zero", stray, "encoding");
    let broken = format!("{first}.{payload}\n.{signature}");
    add("encoding-line-break", "base64url has no line breaks", broken, "encoding");
    let alphabet = good.replace('_', "/").replace('-', "+");
    add("encoding-other-alphabet", "the alphabet is that of URLs", alphabet, "encoding");
    let short = encode(&BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap()[..63]);
    add("signature-short", "a signature has 64 bytes", format!("{signed}.{short}"), "encoding");
    let large = sample::sharing().with("/later", "x".repeat(24 * 1024));
    let large = Input::of_payload(Kind::Sharing, &large.bytes()).compact;
    add("too-large", "a compact statement has at most 32 KiB", large, "too-large");
}

fn signatures(cases: &mut Cases<JwsCompact>) {
    let key = cast::key(HOSPITAL_SIGN);
    let other = cast::key("another sign");
    let good = with_header(good_header());
    let (signed, signature) = good.compact.rsplit_once('.').unwrap();
    let (first, _) = signed.split_once('.').unwrap();
    let mut add = |name: &str, shows: &str, compact: String| {
        cases.refused(
            name,
            shows,
            Input { compact, ..with_header(good_header()) },
            "bad-signature",
        );
    };
    let payload = encode(&sample::sharing().with("/sequence", 2).bytes());
    let changed = format!("{first}.{payload}.{signature}");
    add("signature-payload-changed", "the sequence was changed after signing", changed);
    let header = encode(good_header().with("/alg", "Ed25519").to_string().as_bytes());
    let payload = encode(&sample::sharing().bytes());
    let changed = format!("{header}.{payload}.{signature}");
    add("signature-header-changed", "the header was changed after signing", changed);
    let by_other = format!("{signed}.{}", sign(signed, &other));
    add("signature-by-another-key", "another key signed in this one's name", by_other);
    let named = compact(&header_of(&other).to_string(), &sample::sharing().bytes(), &key);
    add("signature-names-another-key", "the kid is not that of the key that signed", named);
    let malleable = format!("{signed}.{}", with_s_plus_order(signature));
    add("signature-s-not-reduced", "S is not below the order of the group", malleable);
    let small = format!("{signed}.{R_OF_SMALL_ORDER}");
    add("signature-r-of-small-order", "R is the neutral element; OpenSSL takes it", small);
    let zero = format!("{signed}.{}", encode(&[0; 64]));
    add("signature-zero", "a signature of nothing but zeros", zero);
}

/// A signature over the good statement for which RFC 8032's equation holds with R = 1, so S is the
/// hash times the secret scalar. It was computed apart; openssl tells when it no longer fits.
const R_OF_SMALL_ORDER: &str =
    "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACZJtQFXZDFlXSwfQWQPy-WWcupMgdmFJVqjJ1L8IK5AQ";

fn good_header() -> Value {
    header_of(&cast::key(HOSPITAL_SIGN))
}

fn header_of(key: &budstikke_keys::secret::SecretKey) -> Value {
    header(Kind::Sharing.typ(), key)
}

fn with_header(header: Value) -> Input {
    with_header_text(&header.to_string())
}

fn with_header_text(header: &str) -> Input {
    let key = cast::key(HOSPITAL_SIGN);
    let compact = compact(header, &sample::sharing().bytes(), &key);
    Input { expect: Kind::Sharing, key: key.public(), compact }
}

/// The same bytes with a bit set that belongs to none of them.
fn stray_bits(encoded: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = encoded.split_at(encoded.len() - 1);
    let place = ALPHABET.find(last).unwrap();
    format!("{rest}{}", &ALPHABET[place + 1..place + 2])
}

/// The signature with the order of the group (RFC 8032 section 5.1) added to S: the same number
/// modulo the order, so that a lenient verifier takes it.
fn with_s_plus_order(encoded: &str) -> String {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = BASE64URL_NOPAD.decode(encoded.as_bytes()).unwrap();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        carry = sum >> 8;
        *byte = u8::try_from(sum & 0xff).unwrap();
    }
    assert_eq!(carry, 0);
    encode(&bytes)
}
