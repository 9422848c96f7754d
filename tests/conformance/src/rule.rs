//! Bytes by rule, so that a vector need not hold a document.

use serde::{Deserialize, Serialize};

/// The one rule there is. 251 is prime, so no two subtrees or chunks are equal; BLAKE3's own test
/// vectors use the same.
const RULE: &str = "byte i = i mod 251";

/// The bytes of a document from `from` on, `size` of them, as the rule makes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByRule {
    rule: String,
    /// The number of the first byte.
    pub from: u64,
    /// How many bytes.
    pub size: u64,
}

impl ByRule {
    /// The first `size` bytes.
    pub fn new(size: u64) -> Self {
        Self::part(0, size)
    }

    /// The `size` bytes from `from` on.
    pub fn part(from: u64, size: u64) -> Self {
        Self { rule: RULE.to_owned(), from, size }
    }

    /// The bytes themselves.
    pub fn bytes(&self) -> Vec<u8> {
        assert_eq!(self.rule, RULE);
        (self.from..self.from + self.size).map(|i| u8::try_from(i % 251).unwrap()).collect()
    }
}
