//! Thirty-two bytes as statements have them: base64url without padding, one text for each value.

use data_encoding::BASE64URL_NOPAD;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes the text.
pub(super) fn serialize<T: Into<[u8; 32]> + Copy, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64URL_NOPAD.encode(&(*value).into()))
}

/// Reads exactly 32 bytes.
pub(super) fn deserialize<'de, T: From<[u8; 32]>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes: Option<[u8; 32]> = match text.len() {
        43 => BASE64URL_NOPAD.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok()),
        _ => None,
    };
    bytes.map(T::from).ok_or_else(|| D::Error::custom("32 bytes are 43 characters of base64url"))
}
