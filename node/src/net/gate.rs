//! Only active members connect: the check inside the security upgrade of every connection, and the leash that cuts one.
//!
//! The upgrade is the earliest moment at which the other side's identity is proven, and nothing above it (no muxer, no
//! behaviour, no stream) has seen the connection yet. A stranger learns our peer id, because Noise XX sends the
//! responder's identity first, and nothing else.
//!
//! Closing through the swarm would not do for a member that is revoked: that is an orderly close, which waits for the
//! peer to take what is buffered, and yamux 0.14 does not wake the readers of open streams after it. So every admitted
//! connection is on a leash, and pulling the leash is an error of the socket at once: no byte more, in or out, and all
//! streams end. There is no moment between check and cut: whoever passed the check holds the leash that is pulled.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use futures::{AsyncRead, AsyncWrite, FutureExt as _, TryFutureExt as _};
use libp2p::PeerId;
use libp2p::core::UpgradeInfo;
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
use thiserror::Error as ThisError;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Who may connect; all clones are the same gate.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    leashes: Arc<RwLock<BTreeMap<PeerId, CancellationToken>>>,
}

/// Why a connection did not get through.
#[derive(Debug, ThisError)]
pub(crate) enum GateError<E: Error + 'static> {
    #[error("the handshake failed")]
    Handshake(#[source] E),
    #[error("{0} is not an active member")]
    Stranger(PeerId),
}

impl Gate {
    /// Opens the gate for `peers` alone; everyone else's connections are cut before this returns.
    pub(crate) fn open_for(&self, peers: &BTreeSet<PeerId>) {
        let mut leashes = self.leashes.write().unwrap_or_else(PoisonError::into_inner);
        leashes.retain(|peer, leash| {
            let stays = peers.contains(peer);
            if !stays {
                leash.cancel();
            }
            stays
        });
        for peer in peers {
            leashes.entry(*peer).or_default();
        }
    }

    /// Cuts the connections of `peer`, which may connect again.
    pub(crate) fn cut(&self, peer: &PeerId) {
        let mut leashes = self.leashes.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(leash) = leashes.get_mut(peer) {
            std::mem::take(leash).cancel();
        }
    }

    fn admit<S, E: Error>(
        &self,
        peer: PeerId,
        stream: S,
    ) -> Result<(PeerId, Leashed<S>), GateError<E>> {
        let leashes = self.leashes.read().unwrap_or_else(PoisonError::into_inner);
        let leash = leashes.get(&peer).ok_or(GateError::Stranger(peer))?;
        Ok((peer, Leashed { stream, pulled: Box::pin(leash.clone().cancelled_owned()) }))
    }
}

/// A security upgrade with the gate behind it.
#[derive(Clone)]
pub(crate) struct Gated<U> {
    pub(crate) upgrade: U,
    pub(crate) gate: Gate,
}

impl<U: UpgradeInfo> UpgradeInfo for Gated<U> {
    type Info = U::Info;
    type InfoIter = U::InfoIter;

    fn protocol_info(&self) -> U::InfoIter {
        self.upgrade.protocol_info()
    }
}

impl<T, S, U> InboundConnectionUpgrade<T> for Gated<U>
where
    U: InboundConnectionUpgrade<T, Output = (PeerId, S)>,
    U::Future: Send + 'static,
    U::Error: Error + 'static,
{
    type Output = (PeerId, Leashed<S>);
    type Error = GateError<U::Error>;
    type Future = BoxFuture<'static, Result<Self::Output, Self::Error>>;

    fn upgrade_inbound(self, socket: T, info: U::Info) -> Self::Future {
        let Self { upgrade, gate } = self;
        let secured = upgrade.upgrade_inbound(socket, info).map_err(GateError::Handshake);
        secured.map(move |done| done.and_then(|(peer, stream)| gate.admit(peer, stream))).boxed()
    }
}

impl<T, S, U> OutboundConnectionUpgrade<T> for Gated<U>
where
    U: OutboundConnectionUpgrade<T, Output = (PeerId, S)>,
    U::Future: Send + 'static,
    U::Error: Error + 'static,
{
    type Output = (PeerId, Leashed<S>);
    type Error = GateError<U::Error>;
    type Future = BoxFuture<'static, Result<Self::Output, Self::Error>>;

    fn upgrade_outbound(self, socket: T, info: U::Info) -> Self::Future {
        let Self { upgrade, gate } = self;
        let secured = upgrade.upgrade_outbound(socket, info).map_err(GateError::Handshake);
        secured.map(move |done| done.and_then(|(peer, stream)| gate.admit(peer, stream))).boxed()
    }
}

/// A secured connection that fails from the moment its leash is pulled.
pub(crate) struct Leashed<S> {
    stream: S,
    /// One waiting future serves reading and writing: both are polled by the connection's one task.
    pulled: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<S> Leashed<S> {
    fn held(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match self.pulled.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Leashed<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.held(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Leashed<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.held(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.held(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.held(cx)?;
        Pin::new(&mut self.stream).poll_close(cx)
    }
}
