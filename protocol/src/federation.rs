//! The federation: who belongs to it, who says so, and how one roster follows another.

pub mod accept;
pub mod chain;
pub mod fingerprint;
pub mod request;
pub mod roster;
pub mod standing;
