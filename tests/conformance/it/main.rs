//! Laws and vectors of what can be proven and of what nodes agree on.

mod collections;
mod ed25519;
mod exports;
mod ids;
mod kith;
mod laws;
mod log_page;
mod merkle;
mod person_numbers;
mod reference_index;
mod reference_log;
mod referral_page;
mod simulator;
mod strategy;
mod third_party;
mod tidy;
mod vectors;
