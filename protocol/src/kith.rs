//! Messages of the Norwegian message network, as documents carry them: recognised, their headers read, their bytes left alone.

mod check;
mod encoding;
mod error;
mod header;
mod kind;
mod recognise;
mod scan;
mod tree;

pub use check::Mismatch;
pub use error::KithError;
pub use header::{Conversation, Header, PartyId, PatientId, Scheme};
pub use kind::{Kind, What};
pub use recognise::recognise;
