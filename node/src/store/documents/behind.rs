//! Syncing behind the writer: what is written of a long document goes to the disk while more of it is coming, so that little is
//! left to wait for at its end, and little of a fetch is lost by a power cut.

use std::path::Path;
use std::thread::{Builder, JoinHandle};

use crate::store::bytes::length;
use crate::store::files::{self, FileError};

/// How many bytes are written between the beginnings of two syncs: half a second of a fast line, and a short wait at the end.
const BYTES: u64 = 64 * 1024 * 1024;

/// The sync behind a writer. It makes nothing visible and nothing certain: the sync at the end is the one that counts.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    unsynced: u64,
    running: Option<JoinHandle<Result<(), FileError>>>,
}

impl Behind {
    /// Takes note that `bytes` were written to the file at `path`. A disk that does not keep up is waited for.
    pub(crate) fn wrote(&mut self, bytes: &[u8], path: &Path) -> Result<(), FileError> {
        self.unsynced = self.unsynced.saturating_add(length(bytes));
        if self.unsynced < BYTES {
            return Ok(());
        }
        self.end()?;
        self.unsynced = 0;
        let file = path.to_owned();
        // Opened anew: a sync that outlives its writer must not hold the lock on the file.
        let sync = move || files::sync(&files::open(&file)?, &file);
        let thread = Builder::new().name("behind".to_owned()).spawn(sync);
        self.running = Some(thread.map_err(FileError::on("start a thread that syncs", path))?);
        Ok(())
    }

    /// Waits for the sync that runs.
    pub(crate) fn end(&mut self) -> Result<(), FileError> {
        // A thread that has panicked has not synced, and the sync at the end will.
        self.running.take().map_or(Ok(()), |running| running.join().unwrap_or(Ok(())))
    }
}
