//! The index: what finding a patient costs whoever asks and whoever is asked.

pub(crate) mod blind;
pub(crate) mod list;
pub(crate) mod map;
