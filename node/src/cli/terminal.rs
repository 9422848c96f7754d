//! What every command works with, and how it waits for the node.

use std::io::{self, BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

use budstikke_keys::secret::Passphrase;

use super::output::{Output, complain};
use crate::failure::Failure;
use crate::home::{Home, can_be_read_by_others};
use crate::keyfile::{self, Chosen};

/// The most that is read of an answer: a word.
const ANSWER_BYTES_MAX: u64 = 64;

/// What every command works with.
#[derive(Debug)]
pub(super) struct Terminal {
    pub(super) home: Home,
    pub(super) passphrase_file: Option<PathBuf>,
    pub(super) output: Output,
}

impl Terminal {
    /// The passphrase, from `file` when it is named. A file that others can read is told, and read all the same.
    ///
    /// # Errors
    /// Those of [`keyfile::passphrase`].
    pub(super) fn passphrase(
        &self,
        file: Option<&Path>,
        chosen: Chosen,
    ) -> Result<Passphrase, Failure> {
        if let Some(path) = file.filter(|path| can_be_read_by_others(path)) {
            let path = path.display();
            self.output
                .note(&format!("WARNING: {path} can be read by others; say: chmod 600 {path}"));
        }
        keyfile::passphrase(file, chosen)
    }
}

/// Asks the person at the terminal whether something is meant that cannot be undone.
///
/// # Errors
/// When it is not, or nobody is there to ask.
pub(super) fn confirm(question: &str) -> Result<(), Failure> {
    let not_done = |why: &str| Failure::new(why, "say --yes to do it without being asked");
    if !io::stdin().is_terminal() {
        return Err(not_done("nobody is at the terminal to be asked whether this is meant"));
    }
    complain(&format!("{question} Type yes to go on:"));
    let mut typed = String::new();
    io::stdin()
        .lock()
        .take(ANSWER_BYTES_MAX)
        .read_line(&mut typed)
        .map_err(|error| Failure::of(&error, "say --yes to do it without being asked"))?;
    if typed.trim() == "yes" { Ok(()) } else { Err(not_done("nothing was done")) }
}

/// Runs a command that talks to the node. Ctrl-C ends it as a failure, so that what it has half written is removed.
pub(super) fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::of(&error, "the operating system gives no resources"))?;
    let outcome = runtime.block_on(async {
        let interrupted = async {
            // Without signals, Ctrl-C ends the process as it always has.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            outcome = work => outcome,
            () = interrupted => Err(Failure::new(
                "interrupted",
                "give the command again; a document that was being fetched goes on where it stopped",
            )),
        }
    });
    // Without waiting for the read of a pipe that Ctrl-C has left behind.
    runtime.shutdown_background();
    outcome
}
