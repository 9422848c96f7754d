//! What the nodes of a federation agree on: pure, deterministic, without input or output.
//!
//! The rooms, from the roof down; each imports only rooms that stand below it:
//!
//! | room | what it holds |
//! |---|---|
//! | [`wire`] | the messages between nodes, and their bytes |
//! | [`access`] | the signed question, the decision, the access record |
//! | [`referral`] | referral events, the thread they make, its states and clocks, when a delivery is tried |
//! | [`document`] | manifest, sharing, content digests, judgement of evidence, code lists |
//! | [`index`] | labels of patients, their lists, the map over them, presence files |
//! | [`log`] | the Merkle log, its checkpoints, witnesses, receipts and fork proofs |
//! | [`federation`] | the roster, how one follows another, who is a member |
//! | [`kith`] | messages of the Norwegian message network: recognised, and their headers |
//! | [`patient`] | person numbers and patient identifiers |
//! | [`ids`] | organisation numbers, document ids, digests |
//! | [`text`] | short checked texts |
//! | [`limits`] | every bound of the protocol |
#![warn(clippy::wildcard_enum_match_arm)]

pub mod access;
pub mod document;
pub mod federation;
pub mod ids;
pub mod index;
pub mod kith;
pub mod limits;
pub mod log;
pub mod patient;
pub mod referral;
pub mod text;
pub mod wire;
