//! Announcements: an organisation with which a document is shared by name is told of it, and keeps that in its own index.
//!
//! What waits stands in the store, put there by the commit that shares and removed by the one that notes that it was told. So nothing is
//! lost when the other side is away, and nothing is said of what is not shared any more.

pub mod calls;
pub mod courier;
pub mod take;
