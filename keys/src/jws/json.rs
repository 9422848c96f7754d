//! JSON objects read strictly: an object at the top, no member twice and no null at any depth, and one form for each value.
//!
//! RFC 7515 section 4 asks it of the header, and for the payload the reason is the same: two
//! readers that take different ones of two equal members read two different statements under one
//! signature. serde alone refuses a repeated member only where it knows the name.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::Value;
use serde_json::error::Category;

/// Reads a JSON object, in UTF-8 and without a byte order mark.
///
/// The error says where and of which sort, but never what: its text may be logged, and the object
/// may hold anything.
pub(super) fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // serde's derive would take an array for an object.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err("not a JSON object".to_owned());
    }
    let _: Distinct = serde_json::from_slice(bytes).map_err(redacted)?;
    serde_json::from_slice(bytes).map_err(redacted)
}

/// Whether `read` says what `written` says in the same form, and maybe more in members that the type does not know.
///
/// serde takes several forms for one value (an array for a structure, an object for a plain name, a list with an entry
/// twice for a set). Another reader may take another meaning from them, so only the form that we write ourselves counts.
pub(super) fn holds(read: &Value, written: &Value) -> bool {
    match (read, written) {
        (Value::Object(read), Value::Object(written)) => written
            .iter()
            .all(|(name, value)| read.get(name).is_some_and(|read| holds(read, value))),
        (Value::Array(read), Value::Array(written)) => {
            read.len() == written.len()
                && read.iter().zip(written).all(|(read, written)| holds(read, written))
        }
        (read, written) => read == written,
    }
}

fn redacted(error: serde_json::Error) -> String {
    let sort = match error.classify() {
        Category::Io => "unreadable",
        Category::Syntax => "not well-formed",
        Category::Data => "not of the expected shape",
        Category::Eof => "cut short",
    };
    format!("{sort} at line {} column {}", error.line(), error.column())
}

/// Any JSON value in which no object has a member twice and nothing is null; the value itself is dropped.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without null and without repeated members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a member stands twice"));
            }
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_unit<E: Error>(self) -> Result<Self, E> {
        Err(E::custom("null, where an absent member would do"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
}
