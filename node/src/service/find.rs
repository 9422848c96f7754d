//! Looking for the records of a patient at every member: the half of whoever asks.

pub mod begin;
pub mod behind;
pub mod evidence;
pub mod fresh;
pub mod kept;
pub mod local;
pub mod member;
pub mod mirror;
pub mod named;
pub mod outcomes;
pub mod own;
pub mod rosters;
pub mod said;
pub mod search;
pub mod trouble;
