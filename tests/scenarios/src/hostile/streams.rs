//! Bytes on one stream: multistream lines, and frames of documents.

use std::io;
use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;

/// How long the adversary waits for a node, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// How multistream begins.
const MULTISTREAM: &str = "/multistream/1.0.0";

/// A stream of any kind.
pub trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Bytes for T {}

/// One line of multistream: its length, and a line feed at its end.
pub fn line(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len() + 1)
        .ok()
        .filter(|length| *length < 128)
        .expect("a line that short");
    [&[length], text.as_bytes(), b"\n"].concat()
}

/// The first bytes of a side that wants `protocol`.
pub fn proposal(protocol: &str) -> Vec<u8> {
    [line(MULTISTREAM), line(protocol)].concat()
}

/// Proposes `protocol`, and fails unless it is taken.
pub async fn propose(stream: &mut impl Bytes, protocol: &str) -> io::Result<()> {
    stream.write_all(&proposal(protocol)).await?;
    stream.flush().await?;
    agreed(stream, protocol).await
}

/// Reads that `protocol` is taken.
pub async fn agreed(stream: &mut impl Bytes, protocol: &str) -> io::Result<()> {
    let is_agreed = read_line(stream).await? == MULTISTREAM && read_line(stream).await? == protocol;
    if is_agreed { Ok(()) } else { Err(io::ErrorKind::Unsupported.into()) }
}

/// Takes the proposal if it `accepts` that protocol.
pub async fn respond(
    stream: &mut impl Bytes,
    accepts: impl Fn(&str) -> bool,
) -> io::Result<String> {
    if read_line(stream).await? != MULTISTREAM {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let protocol = read_line(stream).await?;
    let is_taken = accepts(&protocol);
    let answer = [line(MULTISTREAM), line(if is_taken { &protocol } else { "na" })].concat();
    stream.write_all(&answer).await?;
    stream.flush().await?;
    if is_taken { Ok(protocol) } else { Err(io::ErrorKind::Unsupported.into()) }
}

async fn read_line(stream: &mut impl Bytes) -> io::Result<String> {
    let mut length = [0];
    in_time(stream.read_exact(&mut length)).await?;
    let mut text = vec![0; usize::from(length[0])];
    in_time(stream.read_exact(&mut text)).await?;
    assert_eq!(text.pop(), Some(b'\n'));
    Ok(String::from_utf8(text).unwrap())
}

/// A frame: its length, four bytes big-endian, and the bytes.
pub fn frame(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// Sends a frame.
pub async fn send_frame(stream: &mut impl Bytes, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(&frame(bytes)).await?;
    stream.flush().await
}

/// Reads a frame.
pub async fn read_frame(stream: &mut impl Bytes) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    in_time(stream.read_exact(&mut length)).await?;
    let mut bytes = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap()];
    in_time(stream.read_exact(&mut bytes)).await?;
    Ok(bytes)
}

/// Reads whatever comes until the stream ends in one way or another.
pub async fn read_all(stream: &mut impl Bytes) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut part = vec![0; 65_536];
    loop {
        match in_time(stream.read(&mut part)).await {
            Ok(0) | Err(_) => return bytes,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
        }
    }
}

/// What takes longer than [`PATIENCE`] is a hung node.
pub async fn in_time<T>(act: impl Future<Output = T>) -> T {
    timeout(PATIENCE, act).await.expect("the node neither answers nor ends the stream")
}
