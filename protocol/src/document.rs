//! Documents: what a custodian says of one, how its bytes are checked, and how evidence of it is judged.

pub mod codes;
pub mod content;
pub mod erasure;
pub mod judge;
pub mod manifest;
pub mod sharing;
