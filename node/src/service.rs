//! The use cases: free functions over a small context. Each gathers facts, lets the core decide, commits, then tells.

pub mod answer;
pub mod ask;
pub mod caller;
pub mod checkup;
pub mod context;
pub mod dial_backs;
pub mod drift;
pub mod erase;
pub mod evidence;
pub mod federation;
pub mod fetch;
pub mod library;
pub mod membership;
pub mod publish;
pub mod questions;
pub mod reach;
pub mod status;
pub mod walks;
