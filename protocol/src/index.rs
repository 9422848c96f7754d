//! The index: of which patients an organisation has records, so that others can ask it without telling it of whom.
//!
//! A **label** stands for one patient at one organisation during one epoch; nobody computes it without the organisation's help,
//! which does not see for whom. A **map** leads from labels to **lists** of records; its root stands in every checkpoint of the
//! organisation's log, so that a list is all there is. The **presence file** holds the first bytes of every label: whoever has it asks no further
//! where there is nothing.

pub mod judge;
pub mod label;
pub mod list;
pub mod list_proof;
pub mod map;
pub mod outcome;
pub mod presence;
pub mod records;
pub mod state;
pub mod stated;
pub mod ticket;
pub mod transcript;
