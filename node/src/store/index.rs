//! The index: where in the journal each thing stands. It is derived from the journal, and rebuilt when it is in doubt.
//!
//! | folder | truth or derived | trusted or checked |
//! |---|---|---|
//! | `db/` | derived from `journal/` | checked when it is opened: every row is read, and they must be as many as was noted |
//! | `db.broken-<n>/` | derived: an index that did not pass, kept for whoever wants to know why | neither: it is never read |

pub(crate) mod announce_rows;
pub(crate) mod bundle;
pub(crate) mod bundles;
mod check;
pub(crate) mod db;
pub(crate) mod draft;
pub(crate) mod error;
pub(crate) mod find_rows;
pub(crate) mod find_tables;
pub(crate) mod head_row;
pub(crate) mod head_rows;
pub(crate) mod live;
pub(crate) mod log_rows;
pub(crate) mod mode;
pub(crate) mod patient_tables;
pub(crate) mod referral_rows;
pub(crate) mod referral_tables;
pub(crate) mod row_list;
pub(crate) mod rows;
pub(crate) mod shared_tables;
pub(crate) mod tables;
pub(crate) mod ticket_row;
pub(crate) mod ticket_rows;
pub(crate) mod work;
