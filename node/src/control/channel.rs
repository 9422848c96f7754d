//! The frames on the control socket: a kind, a length, and that many bytes.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::UnixStream;

/// The socket's name in the home folder.
pub const SOCKET: &str = "node.sock";

/// The most bytes of one frame; a body of any size travels in many.
const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

const MESSAGE: u8 = b'm';
const DATA: u8 = b'd';
const END: u8 = b'e';

/// What is read and written at once: a command with a small document is one read of the node, and one wake of its thread, in
/// place of two for each frame. Longer frames pass by the buffers.
const BUFFER_BYTES: usize = 16 * 1024;

/// One connection between a command and the node.
#[derive(Debug)]
pub struct Channel {
    stream: BufStream<UnixStream>,
}

/// What arrived.
#[derive(Debug)]
pub enum Received<T> {
    /// A message.
    Message(T),
    /// A part of a body.
    Data(Vec<u8>),
    /// The end of a body.
    End,
}

impl Channel {
    /// Frames on this stream.
    pub fn new(stream: UnixStream) -> Self {
        Self { stream: BufStream::with_capacity(BUFFER_BYTES, BUFFER_BYTES, stream) }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the other side is gone; [`io::ErrorKind::InvalidInput`] when the message is too long, of which nothing is sent.
    pub async fn send<T: Serialize>(&mut self, message: &T) -> io::Result<()> {
        let bytes = serde_json::to_vec(message).map_err(io::Error::other)?;
        self.frame(MESSAGE, &bytes).await
    }

    /// Sends a part of a body.
    ///
    /// # Errors
    /// When the other side is gone.
    pub async fn send_data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.frame(DATA, bytes).await
    }

    /// Ends a body.
    ///
    /// # Errors
    /// When the other side is gone.
    pub async fn end_data(&mut self) -> io::Result<()> {
        self.frame(END, &[]).await
    }

    /// Receives the next frame; `None` when the other side has closed.
    ///
    /// # Errors
    /// When the frame is cut short, too long, of an unknown kind, or not the expected message.
    pub async fn receive<T: DeserializeOwned>(&mut self) -> io::Result<Option<Received<T>>> {
        let mut head = [0; 5];
        match self.stream.read_exact(&mut head).await {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let [kind, length @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > FRAME_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a frame on the control socket is too long",
            ));
        }
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await?;
        match kind {
            MESSAGE => Ok(Some(Received::Message(serde_json::from_slice(&bytes)?))),
            DATA => Ok(Some(Received::Data(bytes))),
            END => Ok(Some(Received::End)),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a frame on the control socket is of an unknown kind",
            )),
        }
    }

    async fn frame(&mut self, kind: u8, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).ok().filter(|_| bytes.len() <= FRAME_BYTES_MAX);
        // Before the first byte is sent, so that a shorter frame can be sent instead.
        let length = length.ok_or(io::ErrorKind::InvalidInput)?;
        let [a, b, c, d] = length.to_be_bytes();
        self.stream.write_all(&[kind, a, b, c, d]).await?;
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }
}
