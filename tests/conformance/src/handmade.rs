//! Signed statements put together by hand, so that each can break one rule.

use budstikke_keys::secret::SecretKey;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// The header that the profile asks for.
pub fn header(typ: &str, key: &SecretKey) -> Value {
    json!({ "alg": "EdDSA", "kid": key.public().thumbprint(), "typ": typ })
}

/// A statement in the compact form, signed with `key` whatever it says.
pub fn compact(header: &str, payload: &[u8], key: &SecretKey) -> String {
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(payload));
    format!("{signed}.{}", sign(&signed, key))
}

/// A statement of the type `typ` in the compact form, right in everything but perhaps its payload.
pub fn stated(typ: &str, payload: &[u8], key: &SecretKey) -> String {
    compact(&header(typ, key).to_string(), payload, key)
}

/// A statement in the JSON form, with a signature by each of `keys`.
pub fn many(typ: &str, payload: &[u8], keys: &[SecretKey]) -> Value {
    let signatures: Vec<_> =
        keys.iter().map(|key| signature(&header(typ, key).to_string(), payload, key)).collect();
    json!({ "payload": encode(payload), "signatures": signatures })
}

/// One signature of the JSON form.
pub fn signature(header: &str, payload: &[u8], key: &SecretKey) -> Value {
    let protected = encode(header.as_bytes());
    let signed = format!("{protected}.{}", encode(payload));
    json!({ "protected": protected, "signature": sign(&signed, key) })
}

/// base64url without padding.
pub fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// The signature over `signed`, encoded.
pub fn sign(signed: &str, key: &SecretKey) -> String {
    encode(&key.sign(signed.as_bytes()).to_bytes())
}
