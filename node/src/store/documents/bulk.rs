//! Work on the subtrees of long documents: off the async threads, and behind everything else that wants a processor. Each piece takes
//! a millisecond or more, and beside a few of them a small document, a question or a commit would wait its turn at every step.

use std::io;
use std::sync::LazyLock;

use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Runtime};
use tracing::debug;

use super::source::DocumentError;

/// How far the threads stand back, as `nice` counts: with this they get a tenth of a processor that somebody else wants too.
const NICENESS: i32 = 10;

/// Has the threads. Nothing else runs there: a thread that has stood back cannot step forward again.
static THREADS: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    let stand_back = || {
        // A program that was started with less stays behind.
        let nice = getpriority_process(None).map_or(NICENESS, |nice| nice.max(NICENESS));
        if let Err(error) = setpriority_process(None, nice) {
            debug!(%error, "a thread for long documents has the priority of the others");
        }
    };
    Builder::new_current_thread().thread_name("bulk").on_thread_start(stand_back).build()
});

/// Carries out `work` on one of the threads. A call that is given up does not end it.
///
/// # Errors
/// [`DocumentError::Interrupted`] when there is no thread, or the work has panicked.
pub(crate) async fn run<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, DocumentError> {
    let threads = THREADS.as_ref().ok().ok_or(DocumentError::Interrupted)?;
    threads.spawn_blocking(work).await.ok().ok_or(DocumentError::Interrupted)
}

#[cfg(test)]
mod tests;
