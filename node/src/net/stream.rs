//! One stream of the document protocol: frames both ways.

use std::io;
use std::iter;

use budstikke_protocol::wire::document::FRAME_LENGTH_BYTES;
use futures::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use libp2p::Stream;
use thiserror::Error;
use tokio::sync::OwnedSemaphorePermit;

/// A stream of frames to or from one peer; a frame is its length, four bytes big-endian, and that many bytes.
///
/// Nothing here has a time limit: the caller knows how long it is ready to wait. Dropping the stream before
/// [`DocumentStream::close`] resets it, which the other side sees as its end. While the stream exists, its connection is
/// kept; when the connection ends, so does the stream.
#[derive(Debug)]
pub struct DocumentStream {
    stream: Stream,
    /// The place among the bounded number of streams that the peer may have open; `None` for our own.
    _place: Option<OwnedSemaphorePermit>,
}

/// Why a frame did not pass.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The frame is longer than may be.
    #[error("a frame of {bytes} bytes where {max} are the most")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The most that it may have.
        max: usize,
    },
    /// The stream ended inside a frame.
    #[error("the stream ended inside a frame")]
    Truncated,
    /// The stream failed.
    #[error("the stream failed")]
    Io(#[source] io::Error),
}

impl DocumentStream {
    /// A stream that we opened.
    pub(crate) fn ours(stream: Stream) -> Self {
        Self { stream, _place: None }
    }

    /// A stream that the peer opened and that takes one of its places.
    pub(crate) fn theirs(stream: Stream, place: OwnedSemaphorePermit) -> Self {
        Self { stream, _place: Some(place) }
    }

    /// Reads the next frame, of at most `max` bytes; `None` when the stream has ended between two frames.
    ///
    /// A peer that refuses a stream ends it before the first frame. A connection that breaks looks the same as an end, so
    /// whoever expects more must not take `None` for success.
    ///
    /// # Errors
    /// [`StreamError`]; nothing can be read after one.
    pub async fn read_frame(&mut self, max: usize) -> Result<Option<Vec<u8>>, StreamError> {
        read(&mut self.stream, max).await
    }

    /// Begins to read the next frame, of at most `max` bytes, and gives its length; `None` as in
    /// [`DocumentStream::read_frame`]. Its bytes are then to be taken with [`DocumentStream::read_part`].
    ///
    /// # Errors
    /// [`StreamError`]; nothing can be read after one.
    pub async fn begin_frame(&mut self, max: usize) -> Result<Option<usize>, StreamError> {
        begin(&mut self.stream, max).await
    }

    /// Reads the next bytes of a frame that was begun, which must have as many, into `part`.
    ///
    /// # Errors
    /// [`StreamError`]; nothing can be read after one.
    pub async fn read_part(&mut self, part: &mut [u8]) -> Result<(), StreamError> {
        self.stream.read_exact(part).await.map_err(ended)
    }

    /// Writes one frame; the bytes may stay in buffers until [`DocumentStream::flush`].
    ///
    /// # Errors
    /// [`StreamError`]; nothing can be written after one.
    pub async fn write_frame(&mut self, frame: &[u8]) -> Result<(), StreamError> {
        self.write_parts(iter::once(frame)).await
    }

    /// Writes one frame of `parts`, one after another.
    ///
    /// # Errors
    /// As [`DocumentStream::write_frame`].
    pub async fn write_parts<'a>(
        &mut self,
        parts: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<(), StreamError> {
        let max = usize::try_from(u32::MAX).unwrap_or(usize::MAX);
        let bytes = parts.clone().map(<[u8]>::len).fold(0, usize::saturating_add);
        let length = u32::try_from(bytes).ok().ok_or(StreamError::TooLarge { bytes, max })?;
        self.stream.write_all(&length.to_be_bytes()).await.map_err(StreamError::Io)?;
        for part in parts {
            self.stream.write_all(part).await.map_err(StreamError::Io)?;
        }
        Ok(())
    }

    /// Sends what was written.
    ///
    /// # Errors
    /// [`StreamError::Io`] when the connection is gone.
    pub async fn flush(&mut self) -> Result<(), StreamError> {
        self.stream.flush().await.map_err(StreamError::Io)
    }

    /// Sends what was written and ends the stream in order. A peer that is already gone is no failure.
    pub async fn close(mut self) {
        if let Err(error) = self.stream.close().await {
            tracing::debug!(%error, "document stream not closed in order");
        }
    }
}

async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    max: usize,
) -> Result<Option<Vec<u8>>, StreamError> {
    let Some(bytes) = begin(stream, max).await? else { return Ok(None) };
    let mut frame = vec![0; bytes];
    stream.read_exact(&mut frame).await.map_err(ended)?;
    Ok(Some(frame))
}

/// Reads the length of the next frame.
async fn begin(
    stream: &mut (impl AsyncRead + Unpin),
    max: usize,
) -> Result<Option<usize>, StreamError> {
    let mut length = [0; FRAME_LENGTH_BYTES];
    let (first, rest) = length.split_at_mut(1);
    match stream.read(first).await {
        Ok(0) => return Ok(None),
        Ok(_) => {}
        // How a stream ends whose protocol the other side has not even confirmed.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(StreamError::Io(error)),
    }
    stream.read_exact(rest).await.map_err(ended)?;
    let bytes = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if bytes > max { Err(StreamError::TooLarge { bytes, max }) } else { Ok(Some(bytes)) }
}

fn ended(error: io::Error) -> StreamError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => StreamError::Truncated,
        _ => StreamError::Io(error),
    }
}

#[cfg(test)]
mod tests;
