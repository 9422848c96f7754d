//! The control socket: how a command talks to the running node on the same machine.
//!
//! A Unix socket in the home folder, mode 0600: who may open the file may give orders. One connection is one command:
//! the command as JSON, its body if it has one, then progress, the answer's body, and the outcome.

mod body;
pub mod channel;
pub mod client;
mod described;
mod documents;
mod find;
mod index;
pub mod message;
mod referrals;
mod reports;
mod rosters;
pub mod server;
mod shapes;
pub mod timeline;
mod watch;
