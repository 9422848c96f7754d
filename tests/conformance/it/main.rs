//! Laws and vectors of what can be proven and of what nodes agree on.

mod collections;
mod ed25519;
mod ids;
mod laws;
mod person_numbers;
mod strategy;
mod third_party;
mod tidy;
mod vectors;
