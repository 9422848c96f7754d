//! Whose cosignatures make a checkpoint a witnessed one, in the text form of C2SP `tlog-policy`.
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> all|any|<k> <name>…
//! quorum <name>|none
//! ```
//!
//! A name is defined before it is used and stands in one group at most, so that a group is decided by looking at each line
//! once. What a roster says of a log's witnesses is such a policy too ([`Policy::of`]), and third parties judge by it with
//! tools of their own.

mod model;
mod text;

pub use model::{Group, Policy, PolicyLog, PolicyMember, PolicyWitness};
pub use text::{POLICY_BYTES_MAX, POLICY_LINES_MAX, PolicyError};

#[cfg(test)]
mod tests;
