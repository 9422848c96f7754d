//! Evidence of a referral: the events of both sides, each with the receipt that shows it in the log of its author.

mod form;
mod read;
mod write;

pub use read::{Noted, Parts, Signed, is_one, read};
pub use write::{Piece, write};
