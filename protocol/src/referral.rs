//! Referrals: what two organisations say to each other about one, signed, and what follows from it.
//!
//! Each side's events form a chain of their own, and each event names the last event of the other side that its author held.
//! Either side moves only its own part of the state, so two events that cross lead to the same state in either order.

pub mod calendar;
pub mod chain;
pub mod codes;
pub mod delivery;
pub mod event;
pub mod fault;
pub mod judge;
pub mod said;
pub mod state;
pub mod status;
pub mod step;
pub mod thread;

mod receiver;
mod reference;
mod referrer;
