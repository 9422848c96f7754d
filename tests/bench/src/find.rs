//! Searches for the records of a patient.

mod asked;
pub(crate) mod dead;
pub(crate) mod growth;
pub(crate) mod local;
pub(crate) mod network;
