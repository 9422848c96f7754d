//! What searches have found, as it is kept: with its proofs, in the journal, so that it can be shown later what a member said when.
//!
//! A later answer of a member takes the place of an earlier one when nobody is asked; as evidence both stay. Who was sought stands in
//! the keys of the index as a keyed hash only.

pub(crate) mod found;
mod handle;

pub use found::{Answer, Found, FoundMember, Proof, ShownRecord, State};
pub use handle::{Finds, Last};
