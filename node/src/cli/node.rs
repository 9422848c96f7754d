//! Running the node, and asking it how it is.

use serde_json::Value;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

use super::args::{Peer, Run};
use super::table;
use super::terminal::{Terminal, wait};
use crate::control::client::Running;
use crate::control::message::Command;
use crate::failure::Failure;
use crate::runtime;
use crate::store::Progress;
use crate::telemetry::{self, Form};

pub(super) fn run(terminal: &Terminal, args: &Run) -> Result<(), Failure> {
    telemetry::start(if args.log_json { Form::Json } else { Form::Text });
    let async_runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let async_runtime = async_runtime
        .map_err(|error| Failure::of(&error, "the operating system gives no threads"))?;
    let outcome = async_runtime.block_on(async {
        let failure =
            |error: std::io::Error| Failure::of(&error, "the operating system gives no signals");
        let mut terminate = signal(SignalKind::terminate()).map_err(failure)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failure)?;
        let bar = terminal.output.progress("rebuilding the index");
        let (home, passphrase_file) = (terminal.home.clone(), terminal.passphrase_file.clone());
        // On a thread of its own: it reads the journal without a pause, and signals are listened to meanwhile.
        let starting = tokio::task::spawn_blocking(move || {
            let progress = move |progress: Progress| {
                bar.set_length(progress.total);
                bar.set_position(progress.done);
                if progress.done >= progress.total {
                    bar.finish_and_clear();
                }
            };
            Handle::current().block_on(runtime::start(&home, passphrase_file.as_deref(), progress))
        });
        let mut node = tokio::select! {
            // Nothing is served yet, and the index is rebuilt by the next start.
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            node = starting => node.map_err(|error| Failure::of(&error, "see the log"))??,
        };
        for address in node.listeners().await {
            terminal.output.note(&format!("listening on {address}"));
        }
        let outcome = tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
            () = node.ended() => {
                Err(Failure::new("a part of the node has ended by itself", "see the log; start it again"))
            }
        };
        node.stop().await;
        outcome
    });
    // Without waiting for a start that was told to stop.
    async_runtime.shutdown_background();
    outcome
}

pub(super) fn status(terminal: &Terminal) -> Result<(), Failure> {
    let value = ask(terminal, Command::Status)?;
    terminal.output.result(&value, || table::members(&value))?;
    Ok(())
}

pub(super) fn peer(terminal: &Terminal, verb: Peer) -> Result<(), Failure> {
    match verb {
        Peer::List => {
            let value = ask(terminal, Command::PeerList)?;
            let columns = [
                "organisation",
                "name",
                "kind",
                "status",
                "connected",
                "round_trip_ms",
                "clock_seconds_ahead",
            ];
            terminal.output.result(&value, || table::rows(&value, &columns))?;
        }
        Peer::Show { organisation } => {
            let value = ask(terminal, Command::PeerShow { organisation })?;
            terminal.output.result(&value, || table::members(&value))?;
        }
        Peer::Ping { organisation } => {
            let value = ask(terminal, Command::PeerPing { organisation })?;
            terminal.output.result(&value, || table::members(&value))?;
        }
    }
    Ok(())
}

/// Gives a command without a body to the running node, and waits for its result.
pub(super) fn ask(terminal: &Terminal, command: Command) -> Result<Value, Failure> {
    wait(async { Running::start(&terminal.home, &command).await?.result().await })
}
