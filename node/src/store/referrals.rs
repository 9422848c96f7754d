//! Referrals as they are kept: the events as they were signed, in the journal; how far each has come, in the index.

mod census;
mod events;
mod handle;
mod read;

pub use census::Census;
pub use events::Events;
pub use handle::Referrals;
pub use read::{Outgoing, Referral};
