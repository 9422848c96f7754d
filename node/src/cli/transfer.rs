//! Files in and out of a command: streamed, with a progress bar, and visible only when whole.

use std::io::{self, Write};
use std::path::Path;

use indicatif::ProgressBar;
use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::control::client::{Running, Step};
use crate::failure::Failure;

/// How many bytes go to the node at a time.
const PART_BYTES: usize = 1024 * 1024;

/// Sends a file as the body of a command; it may be a pipe.
///
/// # Errors
/// When the file cannot be read. That the node has refused the command is not told here but by its next step.
pub(super) async fn send(
    running: &mut Running,
    path: &Path,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let fail = |error: io::Error| {
        Failure::new(
            format!("cannot read {}: {error}", path.display()),
            "check the path and its permissions",
        )
    };
    // Not the blocking kind: Ctrl-C shall end the wait for a pipe too.
    let mut file = File::open(path).await.map_err(fail)?;
    let metadata = file.metadata().await.map_err(fail)?;
    if metadata.is_dir() {
        return Err(Failure::new(format!("{} is a folder", path.display()), "name a file"));
    }
    bar.set_length(metadata.len());
    let mut buffer = vec![0; PART_BYTES];
    loop {
        let read = file.read(&mut buffer).await.map_err(fail)?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
        if running.send(part).await.is_err() {
            return Ok(());
        }
        bar.inc(u64::try_from(read).unwrap_or(0));
    }
    // An error here means the same as above.
    drop(running.end().await);
    Ok(())
}

/// Where the body of an answer goes.
pub(super) enum Sink {
    /// Straight to standard output.
    Stdout(io::Stdout),
    /// To a file that gets its name when it is whole.
    File(NamedTempFile, std::path::PathBuf),
}

impl Sink {
    /// Opens the sink: the file at `path`, which must not be there, or standard output.
    ///
    /// # Errors
    /// When the file is there, or its folder cannot be written.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Stdout(io::stdout())) };
        if path.exists() {
            return Err(Failure::new(
                format!("{} exists already", path.display()),
                "name another file, or remove that one",
            ));
        }
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".budstikke-").tempfile_in(dir);
        let file = file.map_err(|error| {
            Failure::new(
                format!("cannot write in {}: {error}", dir.display()),
                "name another folder",
            )
        })?;
        Ok(Self::File(file, path.to_owned()))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = match self {
            Self::Stdout(stdout) => stdout.write_all(bytes),
            Self::File(file, _) => file.write_all(bytes),
        };
        written.map_err(|error| {
            Failure::new(
                format!("cannot write the answer: {error}"),
                "look at the disk, and give the command again",
            )
        })
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(mut stdout) => {
                stdout.flush().map_err(|error| Failure::of(&error, "look at where it goes"))
            }
            Self::File(file, path) => {
                let persisted = file.persist_noclobber(&path);
                persisted.map(drop).map_err(|error| {
                    Failure::new(
                        format!("cannot write {}: {}", path.display(), error.error),
                        "name another file",
                    )
                })
            }
        }
    }
}

/// Receives the answer of a command, its body into `sink`.
///
/// # Errors
/// The failure of the command, or of the sink.
pub(super) async fn receive(
    mut running: Running,
    mut sink: Sink,
    bar: &ProgressBar,
) -> Result<Value, Failure> {
    loop {
        match running.next().await? {
            Step::Progress { done, total } => {
                bar.set_length(total);
                bar.set_position(done);
            }
            Step::Data(bytes) => sink.write(&bytes)?,
            Step::News(_) => {}
            Step::Done(value) => {
                bar.finish_and_clear();
                sink.finish()?;
                return Ok(value);
            }
        }
    }
}
