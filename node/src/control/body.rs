//! The body of a command or of an answer, in parts.

use std::time::Duration;

use tokio::time::timeout;

use super::channel::{Channel, Received};
use super::message::Command;
use crate::failure::Failure;

/// How long the next part of a command's body may take; whoever stops longer does not hold the node's place for a command.
const PART_WAIT: Duration = Duration::from_mins(1);

/// The most bytes of one part.
const PART_BYTES: usize = 1024 * 1024;

/// Sends a part of the answer's body.
pub(super) async fn send(channel: &mut Channel, bytes: &[u8]) -> Result<(), Failure> {
    for part in bytes.chunks(PART_BYTES) {
        let sent = channel.send_data(part).await;
        sent.map_err(|error| Failure::of(&error, "the command's sender is gone"))?;
    }
    Ok(())
}

/// Receives the next part of the command's body; `None` at its end.
pub(super) async fn receive(channel: &mut Channel) -> Result<Option<Vec<u8>>, Failure> {
    let broken = "give the command again";
    let received = timeout(PART_WAIT, channel.receive::<Command>())
        .await
        .map_err(|error| Failure::of(&error, broken))?;
    match received.map_err(|error| Failure::of(&error, broken))? {
        Some(Received::Data(bytes)) => Ok(Some(bytes)),
        Some(Received::End) => Ok(None),
        Some(Received::Message(_)) | None => Err(Failure::new("the command broke off", broken)),
    }
}
