//! Yamux with longer frames than libp2p's own wrapper lets it send: each costs a copy, two turns of a queue and two
//! wake-ups, whatever its length. On the wire and in everything else it is the same.

use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::io;
use std::iter;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::UpgradeInfo;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
use yamux::{Connection, ConnectionError, Mode, Stream};

/// Streams that the peer has opened and that wait to be taken; yamux lets no more than this many be opened unacknowledged.
const WAITING_MAX: usize = 256;

/// The most bytes of a frame: a chunk of a document. It holds up a small message beside it by half a millisecond at
/// 1 Gbit/s, and is nothing beside what TCP buffers on a slower line.
const FRAME_BYTES: usize = 64 * 1024;

/// The upgrade.
#[derive(Debug, Clone)]
pub(crate) struct Yamux;

/// A connection that carries many streams.
pub(crate) struct Muxer<C> {
    connection: Connection<C>,
    /// Streams that arrived while something else was asked for: yamux gets on only by being asked for the next one.
    waiting: VecDeque<Stream>,
    taker: Option<Waker>,
}

impl Yamux {
    fn over<C: AsyncRead + AsyncWrite + Unpin>(socket: C, mode: Mode) -> Muxer<C> {
        let mut config = yamux::Config::default();
        config.set_split_send_size(FRAME_BYTES);
        Muxer {
            connection: Connection::new(socket, config, mode),
            waiting: VecDeque::new(),
            taker: None,
        }
    }
}

impl UpgradeInfo for Yamux {
    type Info = &'static str;
    type InfoIter = iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        iter::once("/yamux/1.0.0")
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> InboundConnectionUpgrade<C> for Yamux {
    type Output = Muxer<C>;
    type Error = io::Error;
    type Future = Ready<io::Result<Muxer<C>>>;

    fn upgrade_inbound(self, socket: C, _: &'static str) -> Self::Future {
        ready(Ok(Self::over(socket, Mode::Server)))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> OutboundConnectionUpgrade<C> for Yamux {
    type Output = Muxer<C>;
    type Error = io::Error;
    type Future = Ready<io::Result<Muxer<C>>>;

    fn upgrade_outbound(self, socket: C, _: &'static str) -> Self::Future {
        ready(Ok(Self::over(socket, Mode::Client)))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> Muxer<C> {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Stream, ConnectionError>> {
        let next = self.connection.poll_next_inbound(cx);
        next.map(|stream| stream.unwrap_or(Err(ConnectionError::Closed)))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> StreamMuxer for Muxer<C> {
    type Substream = Stream;
    type Error = ConnectionError;

    fn poll_inbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Stream, ConnectionError>> {
        if let Some(stream) = self.waiting.pop_front() {
            return Poll::Ready(Ok(stream));
        }
        let next = self.poll_next(cx);
        if next.is_pending() {
            self.taker = Some(cx.waker().clone());
        }
        next
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Stream, ConnectionError>> {
        self.connection.poll_new_outbound(cx)
    }

    fn poll_close(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), ConnectionError>> {
        self.connection.poll_close(cx)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<StreamMuxerEvent, ConnectionError>> {
        let Poll::Ready(stream) = self.poll_next(cx)? else { return Poll::Pending };
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(stream);
            self.taker.take().into_iter().for_each(Waker::wake);
        } else {
            tracing::debug!("stream dropped: too many wait");
        }
        // There may be more.
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
