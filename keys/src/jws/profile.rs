//! What both forms of a signed statement share: header, payload, and what can be wrong with them.

use std::collections::BTreeMap;

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::json;
use crate::public::{Signature, Thumbprint};

/// Something that can be signed: a JSON object with a type.
pub trait Statement: Serialize + DeserializeOwned {
    /// The `typ` of the header, which names the kind of statement and its version.
    const TYP: &'static str;

    /// What its fields must fulfil together, beyond what each type demands by itself.
    ///
    /// # Errors
    ///
    /// What is wrong, in words that quote nothing.
    fn check(&self) -> Result<(), &'static str> {
        Ok(())
    }
}

/// Why a text is not a signed statement of the expected type, or cannot become one.
///
/// No message quotes from a payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwsError {
    /// The text is longer than the reader allows.
    #[error("the statement is too large")]
    TooLarge,
    /// The text is not a header, a payload and a signature with dots between.
    #[error("the statement does not have three parts")]
    NotThreeParts,
    /// A part is not base64url without padding, or the signature is not 64 bytes.
    #[error("the statement is not encoded in base64url")]
    Encoding,
    /// The header breaks a rule of the profile: which one.
    #[error("the header of the statement {0}")]
    Header(&'static str),
    /// The statement is of another kind or version.
    #[error("the statement is of type {found:?}, not {expected:?}")]
    WrongType {
        /// The type that the reader asked for.
        expected: &'static str,
        /// The type that the header names.
        found: String,
    },
    /// The payload does not fit the type: how and where, without its content.
    #[error("the payload of the statement is {0}")]
    Payload(String),
    /// The fields do not fit each other: why.
    #[error("the statement is refused: {0}")]
    Refused(&'static str),
    /// The text is not the JSON form: how and where.
    #[error("the JSON form of the statement is {0}")]
    JsonForm(String),
    /// Two signatures carry the same `kid`.
    #[error("two signatures are by the same key")]
    SameKey,
    /// There are more signatures than a statement may carry.
    #[error("the statement has too many signatures")]
    TooManySignatures,
    /// The two sets of signatures are over different payloads.
    #[error("the signatures are over another payload")]
    OtherPayload,
}

/// The algorithms that are accepted: two names of the same one (RFC 8037 section 3.1, RFC 9864
/// section 2.2).
const ALGORITHMS: [&str; 2] = ["EdDSA", "Ed25519"];

/// The longest encoded header that is read, five times what is written: its `typ` may end up in a
/// log line.
const HEADER_BYTES_MAX: usize = 1024;

/// Writes the encoded header of a statement of type `T` by the key `kid`.
pub(super) fn header<T: Statement>(kid: Thumbprint) -> Result<String, JwsError> {
    #[derive(Serialize)]
    struct Header {
        alg: &'static str,
        kid: Thumbprint,
        typ: &'static str,
    }
    let header = Header { alg: "EdDSA", kid, typ: T::TYP };
    let json = serde_json::to_vec(&header).ok().ok_or(JwsError::Header("cannot be written"))?;
    Ok(BASE64URL_NOPAD.encode(&json))
}

/// Reads an encoded header, which must be of type `T`, and returns its `kid`.
pub(super) fn kid<T: Statement>(encoded: &str) -> Result<Thumbprint, JwsError> {
    if encoded.len() > HEADER_BYTES_MAX {
        return Err(JwsError::Header("is too long"));
    }
    // A map of texts, so that a member of another sort (`crit`, `jwk`, `b64`) is refused whatever
    // its name.
    let mut members: BTreeMap<String, String> = json::object(&decode(encoded)?)
        .ok()
        .ok_or(JwsError::Header("is not a JSON object of distinct texts"))?;
    let alg = members.remove("alg").ok_or(JwsError::Header("has no alg"))?;
    let kid = members.remove("kid").ok_or(JwsError::Header("has no kid"))?;
    let typ = members.remove("typ").ok_or(JwsError::Header("has no typ"))?;
    if !members.is_empty() {
        return Err(JwsError::Header("has a member besides alg, kid and typ"));
    }
    if !ALGORITHMS.contains(&alg.as_str()) {
        return Err(JwsError::Header("has an alg that is not EdDSA"));
    }
    if typ != T::TYP {
        return Err(JwsError::WrongType { expected: T::TYP, found: typ });
    }
    kid.parse().ok().ok_or(JwsError::Header("has a kid that is not a thumbprint"))
}

/// Writes the payload of a statement; what a reader would refuse is never signed.
pub(super) fn payload<T: Statement>(statement: &T) -> Result<Vec<u8>, JwsError> {
    let payload =
        serde_json::to_vec(statement).ok().ok_or(JwsError::Payload("not JSON".to_owned()))?;
    self::statement::<T>(&payload)?;
    Ok(payload)
}

/// Reads a payload.
pub(super) fn statement<T: Statement>(payload: &[u8]) -> Result<T, JwsError> {
    let statement: T = json::object(payload).map_err(JwsError::Payload)?;
    let other_form = || JwsError::Payload("not in the one form that its type has".to_owned());
    let read = serde_json::from_slice(payload).ok().ok_or_else(other_form)?;
    let written = serde_json::to_value(&statement).ok().ok_or_else(other_form)?;
    if !json::holds(&read, &written) {
        return Err(other_form());
    }
    statement.check().map_err(JwsError::Refused)?;
    Ok(statement)
}

/// Decodes a part: no padding, no other alphabet, no stray bits, no line breaks.
pub(super) fn decode(part: &str) -> Result<Vec<u8>, JwsError> {
    BASE64URL_NOPAD.decode(part.as_bytes()).ok().ok_or(JwsError::Encoding)
}

/// Decodes the signature part.
pub(super) fn signature(part: &str) -> Result<Signature, JwsError> {
    decode(part)?.try_into().map(Signature::from_bytes).ok().ok_or(JwsError::Encoding)
}
