//! The demo: a hospital, two municipalities and two GP offices on this machine, with synthetic patients, playing an exchange.
//!
//! It does what a person would do with the commands: makes homes, has two of three stewards sign a roster, joins, runs the
//! nodes, and gives them their orders through their control sockets.

mod documents;
mod find;
mod orders;
mod organisations;
mod referral;
mod story;

use std::fs;
use std::path::{Path, PathBuf};

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;
use crate::home::create_private_dir;

/// Whether the demo waits when the story is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Keeps the nodes running until Ctrl-C.
    Wait,
    /// Ends.
    Exit,
}

/// Plays the demo in `folder`, which must not be there and is removed at the end; `say` prints a line.
///
/// # Errors
/// When the folder is there, or a step fails.
pub fn demo(folder: &Path, then: Then, say: &dyn Fn(&str)) -> Result<(), Failure> {
    if folder.exists() {
        let hint = format!("remove it (rm -r {}), or name another with --folder", folder.display());
        return Err(Failure::new(format!("{} exists already", folder.display()), hint));
    }
    create_private_dir(folder)?;
    let folder = Folder(folder.to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::of(&error, "the operating system gives no threads"))?;
    runtime.block_on(async {
        let failure =
            |error: std::io::Error| Failure::of(&error, "the operating system gives no signals");
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failure)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failure)?;
        let mut running = organisations::start(&folder.0, say).await?;
        let outcome = tokio::select! {
            outcome = play(&folder.0, &mut running, then, say) => outcome,
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        };
        running.stop_all().await;
        outcome
    })?;
    drop(runtime);
    let path = folder.0.clone();
    drop(folder);
    if path.exists() {
        say(&format!(
            "\nThe nodes are down. The folder could not be removed: rm -r {}",
            path.display()
        ));
    } else {
        say("\nThe nodes are down, and the folder is gone.");
    }
    Ok(())
}

async fn play(
    folder: &Path,
    running: &mut organisations::Running,
    then: Then,
    say: &dyn Fn(&str),
) -> Result<(), Failure> {
    story::tell(folder, running, say).await?;
    if then == Then::Wait {
        story::suggest(folder, running, say);
        std::future::pending::<()>().await;
    }
    Ok(())
}

/// Removes the demo's folder when the demo is over, however it ends.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
