//! What the scenarios are played with: a federation of real nodes, each a process with a home of its own, on loopback.

pub mod archive;
pub mod cluster;
pub mod go;
pub mod hostile;
pub mod hosts;
pub mod inside;
pub mod laboratory;
pub mod namespace;
pub mod program;
pub mod reviewer;
pub mod site;
pub mod steps;
pub mod until;
