//! A segment read frame by frame, in the memory of one: whether it is whole, and no more.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use super::frame::{Frame, LENGTH_BYTES, counted_len};
use super::segment::{HEADER_BYTES, damaged_copies};
use crate::store::bytes::{count, length};

/// What is read from the file at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// A segment that is being read.
#[derive(Debug)]
pub(crate) struct Frames {
    file: BufReader<File>,
    /// The head, or the frame that was read last.
    bytes: Vec<u8>,
}

impl Frames {
    /// Opens a segment.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: BufReader::with_capacity(BUFFER_BYTES, File::open(path)?),
            bytes: Vec::new(),
        })
    }

    /// Reads the head, then a frame each time, and gives the bytes that it takes; nothing at the end.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidData`] when what comes next is damaged.
    pub(crate) fn next(&mut self) -> io::Result<Option<u64>> {
        let is_head = self.bytes.is_empty();
        self.bytes.clear();
        self.read(if is_head { count(HEADER_BYTES) } else { LENGTH_BYTES })?;
        let is_whole = if is_head {
            length(&self.bytes) == HEADER_BYTES && damaged_copies(&self.bytes).next().is_none()
        } else if self.bytes.is_empty() {
            return Ok(None);
        } else {
            self.read(counted_len(&self.bytes).unwrap_or_default())?;
            Frame::parse(&self.bytes).is_some()
        };
        if is_whole { Ok(Some(length(&self.bytes))) } else { Err(ErrorKind::InvalidData.into()) }
    }

    /// Reads so many bytes more, or fewer where the file ends.
    fn read(&mut self, bytes: usize) -> io::Result<()> {
        let most = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.file.by_ref().take(most).read_to_end(&mut self.bytes).map(drop)
    }
}
