//! Questions and answers on a stream: one message, then the end of that direction.

use std::io;
use std::marker::PhantomData;

use budstikke_protocol::wire::codec::{Message, decode, encode};
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use libp2p::StreamProtocol;
use libp2p::request_response;

/// The codec of a protocol with questions `Q` and answers `A`.
///
/// libp2p's own CBOR codec has one bound for all messages and other bytes on the wire.
pub(crate) struct Codec<Q, A>(PhantomData<fn() -> (Q, A)>);

impl<Q, A> Default for Codec<Q, A> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<Q, A> Clone for Codec<Q, A> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<Q, A> request_response::Codec for Codec<Q, A>
where
    Q: Message + Send + 'static,
    A: Message + Send + 'static,
{
    type Protocol = StreamProtocol;
    type Request = Q;
    type Response = A;

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Q>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(stream).await
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<A>
    where
        T: AsyncRead + Unpin + Send,
    {
        read(stream).await
    }

    async fn write_request<T>(
        &mut self,
        _: &StreamProtocol,
        stream: &mut T,
        question: Q,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(stream, question).await
    }

    async fn write_response<T>(
        &mut self,
        _: &StreamProtocol,
        stream: &mut T,
        answer: A,
    ) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write(stream, answer).await
    }
}

/// Reads to the end, but never more than one byte over the bound, by which [`decode`] knows that there is too much.
async fn read<M: Message>(stream: &mut (impl AsyncRead + Unpin + Send)) -> io::Result<M> {
    let most = u64::try_from(M::BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    stream.take(most).read_to_end(&mut bytes).await?;
    if bytes.is_empty() {
        // No message is empty: the other side ended the stream without one.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    decode(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Writes the whole message; the caller, libp2p, then closes the stream's direction.
async fn write<M: Message>(
    stream: &mut (impl AsyncWrite + Unpin + Send),
    message: M,
) -> io::Result<()> {
    let bytes =
        encode(&message).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    drop(message);
    stream.write_all(&bytes).await
}
