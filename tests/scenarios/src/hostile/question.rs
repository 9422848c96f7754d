//! Questions, good ones and forged ones.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use budstikke_keys::jws::sign;
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::{Ask, Caller, Question};
use budstikke_protocol::ids::{Nonce, OrganisationNumber};
use budstikke_protocol::wire::codec::encode;
use budstikke_protocol::wire::document::Get;
use budstikke_protocol::wire::index::IndexQuestion;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// A question as an honest node of `from` asks it of `to` now.
pub fn question(from: OrganisationNumber, to: OrganisationNumber, ask: Ask) -> Question {
    let caller = Caller {
        organisation: from,
        person: "999000101".parse().unwrap(),
        role: "LE".parse().unwrap(),
        purpose: "TREAT".parse().unwrap(),
    };
    Question { caller, audience: to, time: now(), nonce: nonce(), ask }
}

/// A question in the form that is sent.
pub fn signed(question: Question, key: &SecretKey) -> String {
    sign(question, key).unwrap().compact().to_owned()
}

/// A compact JWS of any header and payload, with a right signature by `key`.
pub fn forged(header: &Value, payload: &[u8], key: &SecretKey) -> String {
    let input = format!(
        "{}.{}",
        BASE64URL_NOPAD.encode(header.to_string().as_bytes()),
        BASE64URL_NOPAD.encode(payload)
    );
    let signature = key.sign(input.as_bytes()).to_bytes();
    format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// The header that an honest node writes for a statement of type `typ`.
pub fn header(typ: &str, key: &SecretKey) -> Value {
    json!({"alg": "EdDSA", "kid": key.public().thumbprint(), "typ": typ})
}

/// The same header with one member more, or another value for one.
pub fn header_with(mut header: Value, member: &str, value: &str) -> Value {
    header[member] = json!(value);
    header
}

/// A compact JWS with one bit of its signature turned.
pub fn altered(compact: &str) -> String {
    let (input, signature) = compact.rsplit_once('.').unwrap();
    let mut signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    signature[7] ^= 1;
    format!("{input}.{}", BASE64URL_NOPAD.encode(&signature))
}

/// The bytes of a list question.
pub fn index_bytes(question: &str) -> Vec<u8> {
    encode(&IndexQuestion::List(question.to_owned())).unwrap()
}

/// The bytes of a question for a document.
pub fn get_bytes(question: &str, first: u64) -> Vec<u8> {
    encode(&Get { question: question.to_owned(), first }).unwrap()
}

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the adversary has no node whose clock it could ask")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).unwrap()).unwrap()
}

/// A nonce that was never used.
pub fn nonce() -> Nonce {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&now().unix_seconds().to_be_bytes());
    bytes[8..12].copy_from_slice(&std::process::id().to_be_bytes());
    bytes[12..].copy_from_slice(&NEXT.fetch_add(1, Ordering::SeqCst).to_be_bytes());
    Nonce::from_bytes(bytes)
}
