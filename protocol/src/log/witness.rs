//! The duty of a witness: to cosign a checkpoint only when it continues the last one that it cosigned (C2SP
//! `tlog-witness`).
//!
//! A decision, in two steps: [`decide()`] says whether the head may be cosigned, and [`Accepted::cosign`] makes the
//! cosignature. Between the two the head is persisted, in one step with the comparison: a witness that answers first and
//! is killed would cosign a second history.

mod decide;
mod hand_over;
mod request;

pub use decide::{Accepted, Known, Refusal, decide};
pub use hand_over::{HandOverError, hand_over};
pub use request::{REQUEST_BYTES_MAX, Request, RequestError};

#[cfg(test)]
mod tests;
