//! Where are a patient's records? What this node asks every member, and what it answers when others ask it.

pub mod begin;
pub mod behind;
pub mod blind;
pub mod checkpoint;
pub mod evidence;
pub mod fresh;
pub mod kept;
pub mod local;
pub mod member;
pub mod mirror;
pub mod mirrors;
pub mod named;
pub mod outcomes;
pub mod own;
pub mod rate;
pub mod records;
pub mod rosters;
pub mod said;
pub mod search;
pub mod state;
pub mod trouble;
