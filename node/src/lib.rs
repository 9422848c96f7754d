//! The node: the shell around what `budstikke-keys` can prove and `budstikke-protocol` has agreed.
//!
//! The rooms, from the roof down; each imports only rooms that stand below it:
//!
//! | room | what it holds |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`demo`] | three organisations on one machine |
//! | [`doctor`] | what is in order and what is not |
//! | [`runtime`] | the running node, its tasks and its end |
//! | [`control`] | the control socket |
//! | [`service`] | the use cases |
//! | [`verify`], [`evidence`], [`index_export`] | evidence files, and the export of a log |
//! | [`net`] | the other nodes: the only room that knows libp2p |
//! | [`store`] | journal, documents and index: the only room that knows sled |
//! | [`keyfile`], [`request`], [`roster_file`], [`rosters`], [`place`], [`home`] | the other files of a home |
//! | [`config`], [`entropy`], [`clock`], [`telemetry`], [`finding`], [`failure`] | what everything stands on |

pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod demo;
pub mod doctor;
pub mod entropy;
pub mod evidence;
pub mod failure;
pub mod finding;
pub mod home;
pub mod index_export;
pub mod keyfile;
pub mod net;
pub mod place;
pub mod request;
pub mod roster_file;
pub mod rosters;
pub mod runtime;
pub mod service;
pub mod store;
pub mod telemetry;
pub mod verify;

pub use cli::main;

/// Chunks of 64 KiB to 1 MiB pass through every transfer; this allocator keeps them instead of giving them back each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
