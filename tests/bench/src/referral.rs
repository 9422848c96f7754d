//! Referrals: how long until one is stored at the other side, how many at a time, and what a day without the other side leaves.

pub(crate) mod backlog;
pub(crate) mod many;
mod order;
pub(crate) mod peak;
mod request;
mod statements;
pub(crate) mod stored;
