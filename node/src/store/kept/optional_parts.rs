//! A statement that may be absent, as it stands in the journal: as [`parts`] has it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::parts;

/// A statement that is there.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct There(#[serde(with = "parts")] String);

/// Writes a statement, if it is there.
#[expect(clippy::ref_option, reason = "serde hands over the member as it is")]
pub(crate) fn serialize<S: Serializer>(
    compact: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    compact.clone().map(There).serialize(serializer)
}

/// Reads a statement, if it is there.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Ok(Option::<There>::deserialize(deserializer)?.map(|There(compact)| compact))
}
