//! The lists: of each patient the open records, behind labels that nobody computes alone, as every head of the log commits to them.
//!
//! A commit only marks whose lists it changes, in the index. The writer computes these lists anew when it makes a head, and puts what
//! follows into the head: so one moment of the log has one map. In memory stand the map, of each list how long it is, and the presence file; the
//! records themselves stand in the index, under their patients.
//!
//! | what | truth or derived | trusted or checked |
//! |---|---|---|
//! | rows of patients in `db/` | derived from `journal/` | checked: a list is shown only when it has the value that the map has |
//! | the map and `lists`, in which it is kept | derived from `db/`, under the keys of its epoch | checked: its root stands in the head |

pub(crate) mod book;
pub(crate) mod build;
pub(crate) mod epoch;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod handle;
pub(crate) mod keeper;
pub(crate) mod opening;
pub(crate) mod shared;
pub(crate) mod source;
