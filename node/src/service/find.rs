//! Where are a patient's records? What this node answers when others ask it.

pub mod rate;
