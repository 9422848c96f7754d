//! The log of this organisation: its entries follow from the journal, and so does every tile.
//!
//! The writer gives an index to each entry as it puts the commit into the journal. A thread of the log reads what was written
//! back from the disk, makes entries, hashes and tiles of it, and gives a head out to be signed only when the root is the one
//! that the writer has put down. So neither a fault in memory nor one of the disk is ever signed.
//!
//! | what | truth or derived | trusted or checked |
//! |---|---|---|
//! | `tiles/` | derived from `journal/` | checked: against the tile above, up to the head, whenever it is read |
//! | rows of entries in `db/` | derived from `journal/` | checked at the start: their root must be that of the head |

pub(crate) mod edge;
pub(crate) mod error;
pub(crate) mod follower;
pub(crate) mod handle;
pub(crate) mod head;
pub(crate) mod opening;
pub(crate) mod reader;
pub(crate) mod rebuild;
pub(crate) mod records;
pub(crate) mod shared;
pub(crate) mod synced;
pub(crate) mod tiles;
