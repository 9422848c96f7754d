//! What this node knows of the logs of all members by their heads: what it has cosigned, the largest that it has seen, and what
//! is wrong with one. Of its own log it keeps the checkpoints that were witnessed.
//!
//! All of it is news: a frame of the journal each, before anything is said of it, and a row of the index. A witness that
//! forgot what it has cosigned would cosign a second history, so the rows are counted like those of documents.

pub(crate) mod handle;
pub(crate) mod known;
pub(crate) mod news;

pub use handle::Heads;
pub use known::{KnownHead, KnownLog};
pub use news::HeadNews;
