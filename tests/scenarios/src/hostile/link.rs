//! One connection of the adversary: TCP, Noise and Yamux, with everything on top left to its owner.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use budstikke_keys::secret::SecretKey;
use futures::future::{BoxFuture, poll_fn};
use futures::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, FutureExt as _};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt as _, SubstreamBox};
use libp2p::core::upgrade::{InboundConnectionUpgrade as _, OutboundConnectionUpgrade as _};
use libp2p::identity::Keypair;
use libp2p::{noise, yamux};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt as _};

use super::streams::{in_time, proposal, propose, read_all, respond};

const NOISE: &str = "/noise";
const YAMUX: &str = "/yamux/1.0.0";

/// How long a stream may take to open: a node that does not let more streams be opened just leaves them waiting.
const OPEN_MAX: Duration = Duration::from_secs(10);

/// What is done with a stream that the other side opens, once its protocol is known.
pub type Serve =
    Arc<dyn Fn(String, SubstreamBox) -> BoxFuture<'static, io::Result<()>> + Send + Sync>;

/// Ends every stream at once.
pub fn refuse() -> Serve {
    Arc::new(|_, _| async { Ok(()) }.boxed())
}

/// A connection; it ends when this is dropped.
pub struct Link {
    orders: mpsc::Sender<Order>,
}

enum Order {
    /// Open a stream.
    Open(oneshot::Sender<SubstreamBox>),
    /// Neither read nor write any more, and keep the socket.
    Freeze,
}

/// A socket that counts what it reads.
struct Counted {
    socket: Compat<TcpStream>,
    read: Arc<AtomicU64>,
}

impl Link {
    /// Connects to a port of this machine; fails when the other side does not go on behind the Noise handshake.
    pub async fn dial(port: u16, key: &SecretKey, serve: Serve) -> io::Result<Self> {
        let (mut secured, _) = secured(port, key).await?;
        propose(&mut secured, YAMUX).await?;
        let muxer = yamux::Config::default().upgrade_outbound(secured, YAMUX).await?;
        Ok(Self::over(StreamMuxerBox::new(muxer), serve))
    }

    /// Takes a connection.
    pub async fn accept(socket: TcpStream, key: &SecretKey, serve: Serve) -> io::Result<Self> {
        let mut socket = counted(socket);
        respond(&mut socket, |protocol| protocol == NOISE).await?;
        let (_, mut secured) =
            noise(key).upgrade_inbound(socket, NOISE).await.map_err(io::Error::other)?;
        respond(&mut secured, |protocol| protocol == YAMUX).await?;
        let muxer = yamux::Config::default().upgrade_inbound(secured, YAMUX).await?;
        Ok(Self::over(StreamMuxerBox::new(muxer), serve))
    }

    fn over(muxer: StreamMuxerBox, serve: Serve) -> Self {
        let (orders, receiver) = mpsc::channel(1);
        tokio::spawn(drive(muxer, receiver, serve));
        Self { orders }
    }

    /// Opens a stream on which nothing has been said.
    pub async fn open(&self) -> io::Result<SubstreamBox> {
        let (opened, stream) = oneshot::channel();
        let gone = || io::Error::from(io::ErrorKind::NotConnected);
        self.orders.send(Order::Open(opened)).await.map_err(|_| gone())?;
        timeout(OPEN_MAX, stream).await?.map_err(|_| gone())
    }

    /// Opens a stream of `protocol`.
    pub async fn talk(&self, protocol: &str) -> io::Result<SubstreamBox> {
        let mut stream = self.open().await?;
        propose(&mut stream, protocol).await?;
        Ok(stream)
    }

    /// Sends `bytes` on a stream of `protocol` and ends its side; gives whatever comes back, nothing when the other side ends
    /// the stream without an answer.
    pub async fn ask(&self, protocol: &str, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = self.talk(protocol).await?;
        // A node that has seen enough does not take the rest, and ends the stream.
        drop(async { stream.write_all(bytes).await.and(stream.close().await) }.await);
        Ok(read_all(&mut stream).await)
    }

    /// Stops reading and writing, and keeps the socket open.
    pub async fn freeze(&self) {
        self.orders.send(Order::Freeze).await.ok();
    }

    /// Waits until the other side has ended the connection.
    pub async fn closed(&self) {
        self.orders.closed().await;
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(..)")
    }
}

/// Completes the Noise handshake, then sends, without waiting for a word, what opens a stream of each of `protocols` with
/// `bytes` on it. Gives how many bytes came back behind the handshake until the first that can be decrypted, or the end.
pub async fn knock(port: u16, key: &SecretKey, protocols: &[&str], bytes: &[u8]) -> u64 {
    let (mut secured, read) = secured(port, key).await.unwrap();
    let before = read.load(Ordering::SeqCst);
    let mut said = proposal(YAMUX);
    for (number, protocol) in (0..).zip(protocols) {
        let payload = [proposal(protocol), bytes.to_vec()].concat();
        said.extend(syn(2 * number + 1, &payload));
    }
    // A node that has hung up already does not take them.
    drop(async { secured.write_all(&said).await.and(secured.flush().await) }.await);
    drop(in_time(secured.read(&mut [0])).await);
    read.load(Ordering::SeqCst) - before
}

/// A Yamux frame that opens stream `id` with data on it.
fn syn(id: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    [&[0, 0, 0, 1][..], &id.to_be_bytes(), &length.to_be_bytes(), payload].concat()
}

async fn secured(
    port: u16,
    key: &SecretKey,
) -> io::Result<(noise::Output<Counted>, Arc<AtomicU64>)> {
    let mut socket = counted(TcpStream::connect(("127.0.0.1", port)).await?);
    let read = Arc::clone(&socket.read);
    propose(&mut socket, NOISE).await?;
    let (_, secured) =
        noise(key).upgrade_outbound(socket, NOISE).await.map_err(io::Error::other)?;
    Ok((secured, read))
}

fn counted(socket: TcpStream) -> Counted {
    socket.set_nodelay(true).unwrap();
    Counted { socket: socket.compat(), read: Arc::default() }
}

fn noise(key: &SecretKey) -> noise::Config {
    noise::Config::new(&Keypair::ed25519_from_bytes(key.seed().as_mut_slice()).unwrap()).unwrap()
}

/// What happened on a connection.
enum Happened {
    Ordered(Order),
    Opened(SubstreamBox),
    Arrived(SubstreamBox),
    Ended,
}

async fn drive(mut muxer: StreamMuxerBox, mut orders: mpsc::Receiver<Order>, serve: Serve) {
    let mut wanted: Option<oneshot::Sender<SubstreamBox>> = None;
    loop {
        match poll_fn(|cx| poll(&mut muxer, &mut orders, wanted.is_some(), cx)).await {
            Happened::Ordered(Order::Open(opened)) => wanted = Some(opened),
            Happened::Ordered(Order::Freeze) => {
                // Until the owner drops the connection.
                while orders.recv().await.is_some() {}
                return;
            }
            Happened::Opened(stream) => drop(wanted.take().map(|opened| opened.send(stream))),
            Happened::Arrived(mut stream) => {
                let serve = Arc::clone(&serve);
                tokio::spawn(async move {
                    let protocol =
                        respond(&mut stream, |protocol| protocol.starts_with("/budstikke/"))
                            .await?;
                    serve(protocol, stream).await
                });
            }
            Happened::Ended => return,
        }
    }
}

fn poll(
    muxer: &mut StreamMuxerBox,
    orders: &mut mpsc::Receiver<Order>,
    is_opening: bool,
    cx: &mut Context<'_>,
) -> Poll<Happened> {
    if !is_opening && let Poll::Ready(order) = orders.poll_recv(cx) {
        return Poll::Ready(order.map_or(Happened::Ended, Happened::Ordered));
    }
    if is_opening && let Poll::Ready(opened) = muxer.poll_outbound_unpin(cx) {
        return Poll::Ready(opened.map_or(Happened::Ended, Happened::Opened));
    }
    if let Poll::Ready(arrived) = muxer.poll_inbound_unpin(cx) {
        return Poll::Ready(arrived.map_or(Happened::Ended, Happened::Arrived));
    }
    match muxer.poll_unpin(cx) {
        Poll::Ready(Err(_)) => Poll::Ready(Happened::Ended),
        Poll::Ready(Ok(_)) | Poll::Pending => Poll::Pending,
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.socket).poll_read(cx, buffer);
        if let Poll::Ready(Ok(read)) = polled {
            self.read.fetch_add(u64::try_from(read).unwrap(), Ordering::SeqCst);
        }
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(cx)
    }
}
