//! Evidence of a search: what each member said, with everything that shows it.

mod form;
mod read;
mod write;

pub use read::{Noted, Parts, is_one, read};
pub use write::{About, Piece, write};
