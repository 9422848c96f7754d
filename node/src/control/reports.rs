//! Reports of how far a command has come, sent to whoever gave it while the work goes on.

use tokio::sync::mpsc;

use super::channel::Channel;
use super::message::Reply;

/// How many reports may wait for a slow reader; more are dropped, because the next says more.
const WAITING: usize = 4;

/// Where work reports how far it has come.
pub(super) struct Reports(mpsc::Sender<(u64, u64)>);

impl Reports {
    /// So many of so many are done.
    pub(super) fn tell(&self, done: u64, total: u64) {
        // When the reader is slow, this report is left out: the next says more.
        self.0.try_send((done, total)).unwrap_or(());
    }
}

/// Runs `work`, and tells the command's sender what it reports.
pub(super) async fn reported<W: Future>(
    channel: &mut Channel,
    work: impl FnOnce(Reports) -> W,
) -> W::Output {
    let (reports, mut reported) = mpsc::channel(WAITING);
    let reporting = async {
        // Ends with the work, which then lets go of its end of the queue.
        while let Some((done, total)) = reported.recv().await {
            // A sender that is slow or gone does not end the work: what is fetched is kept for the next command.
            if channel.send(&Reply::Progress { done, total }).await.is_err() {
                break;
            }
        }
    };
    let (outcome, ()) = tokio::join!(work(Reports(reports)), reporting);
    outcome
}
