//! Document files: written once, sealed, read subtree by subtree.

mod behind;
pub(crate) mod body;
mod bulk;
pub(crate) mod fetch;
pub(crate) mod name;
pub(crate) mod read;
pub(crate) mod sink;
pub(crate) mod source;
pub(crate) mod stray;
pub(crate) mod subtree;
pub(crate) mod write;
