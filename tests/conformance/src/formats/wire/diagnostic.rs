//! CBOR for people to read: the diagnostic notation of RFC 8949 section 8.

use ciborium::Value;
use data_encoding::HEXLOWER;

/// One CBOR item as text.
pub(super) fn of(bytes: &[u8]) -> String {
    text(&ciborium::from_reader(bytes).unwrap())
}

fn text(value: &Value) -> String {
    match value {
        Value::Integer(number) => i128::from(*number).to_string(),
        Value::Bytes(bytes) => format!("h'{}'", HEXLOWER.encode(bytes)),
        Value::Text(text) => serde_json::to_string(text).unwrap(),
        Value::Bool(is_true) => is_true.to_string(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(text).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(members) => {
            let member = |(name, value)| format!("{}: {}", text(name), text(value));
            let members: Vec<_> = members.iter().map(|(n, v)| (n, v)).map(member).collect();
            format!("{{{}}}", members.join(", "))
        }
        other => panic!("no message holds {other:?}"),
    }
}
