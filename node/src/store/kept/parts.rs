//! A statement in compact form as it stands in the journal: as the bytes of its three parts, which are a quarter fewer.
//!
//! A part has one form in base64url, so the text that was signed comes back to the byte. Of a statement that was erased no part is
//! left, and its text is empty.

use data_encoding::BASE64URL_NOPAD;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteBuf;

/// Writes a statement; one that would not come back as it is is refused.
pub(crate) fn serialize<S: Serializer>(compact: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let refused = || S::Error::custom("this is no statement in compact form");
    parts(compact).ok_or_else(refused)?.serialize(serializer)
}

/// Reads a statement.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let parts = Vec::<ByteBuf>::deserialize(deserializer)?;
    if !matches!(parts.len(), 0 | PARTS) {
        return Err(D::Error::invalid_length(parts.len(), &"the three parts of a statement"));
    }
    let parts: Vec<_> = parts.iter().map(|part| BASE64URL_NOPAD.encode(part)).collect();
    Ok(parts.join("."))
}

/// How many parts a statement has: header, payload and signature.
const PARTS: usize = 3;

fn parts(compact: &str) -> Option<Vec<ByteBuf>> {
    if compact.is_empty() {
        return Some(Vec::new());
    }
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).ok().map(ByteBuf::from);
    let parts: Vec<_> = compact.split('.').map(decode).collect::<Option<_>>()?;
    Some(parts).filter(|parts| parts.len() == PARTS)
}
