//! What the tests of the formats are made of: the vectors, who acts in them, and how each is judged.
//!
//! A vector is a file with one case. Its expectation is stated by hand, or computed by something
//! else than the code it judges; `write_vectors` writes all of them again, byte for byte.

pub mod cast;
pub mod definition;
pub mod export;
pub mod formats;
pub mod handmade;
pub mod holder;
pub mod leaves;
pub mod person;
pub mod rule;
pub mod sample;
pub mod simulator;
pub mod thread;
pub mod vector;
