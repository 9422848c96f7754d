//! A simulator of organisations that refer patients to each other over a network that does its worst.
//!
//! Everything in a run follows from its seed: who says what and when, which messages are lost, doubled or late, which links are
//! cut, who crashes between two commits, whose clock is wrong. After a while the network calms down, and then both sides of every
//! referral must have come to the same thread. The core decides as in a node; only disks, clocks and the network are played.

mod books;
mod laws;
mod plan;
mod random;
mod says;
mod site;
mod world;

pub use random::Random;
pub use says::{Referral, key_of};
pub use world::{Tally, run};

/// What is broken on purpose, to see that a run can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// Nothing.
    Nothing,
    /// After a crash nobody remembers what was to be delivered.
    ForgetsOutbox,
    /// Messages leave before what they say is on the disk.
    SendsUncommitted,
    /// An event is judged by all that is known, not by what its author had seen.
    IgnoresSeen,
    /// What was sent counts as delivered.
    TrustsTheNetwork,
}
