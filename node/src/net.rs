//! The network: the only room that knows libp2p.
//!
//! Nodes connect over TCP with Noise and Yamux, and only active members of the federation get through ([`Members`]; the
//! check is part of the handshake). The services hold a [`Net`], through which they ask others, and receive what others
//! ask as [`Incoming`]. Peers are named by the public key of their node; libp2p's peer ids stay in here.

mod address;
mod behaviour;
mod codec;
mod command;
mod dial_back;
mod exchange;
mod gate;
mod handle;
mod identity;
mod incoming;
mod limits;
mod members;
mod muxer;
mod stream;
mod streams;
mod swarm;
mod task;
mod unreached;

use std::sync::Arc;

use budstikke_keys::secret::SecretKey;
use libp2p::core::transport::TransportError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::error::Elapsed;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use dial_back::Dialler;
use gate::Gate;
use task::{Queues, Task};

pub use address::{AddressError, Family, Place, check_address, place};
pub use command::{NetError, PeerState};
pub use handle::Net;
pub use incoming::{Answer, Incoming, Role};
pub use members::Members;
pub use stream::{DocumentStream, StreamError};

/// Starts the network of the node whose node key is `key`, and returns when it listens on all of `listen`.
///
/// It runs until `stop` is cancelled or the receiver is dropped; then the task behind the join handle ends, and with it
/// all connections.
///
/// # Errors
/// [`NetError::Address`] and [`NetError::Listen`] name the address; [`NetError::Setup`] when there is no swarm at all.
pub async fn start(
    key: &SecretKey,
    listen: &[String],
    members: Members,
    stop: CancellationToken,
) -> Result<(Net, mpsc::Receiver<Incoming>, JoinHandle<()>), NetError> {
    let lengths =
        QueueLengths { orders: limits::ORDERS_WAITING, incoming: limits::INCOMING_WAITING };
    start_with(key, listen, members, stop, lengths).await
}

/// How many may wait in each queue.
struct QueueLengths {
    orders: usize,
    incoming: usize,
}

async fn start_with(
    key: &SecretKey,
    listen: &[String],
    members: Members,
    stop: CancellationToken,
    lengths: QueueLengths,
) -> Result<(Net, mpsc::Receiver<Incoming>, JoinHandle<()>), NetError> {
    let gate = Gate::default();
    let keypair = identity::keypair(key).map_err(|error| NetError::Setup(Arc::new(error)))?;
    let setup = |error| NetError::Setup(Arc::from(error));
    let dialler = Dialler::new(&keypair).map_err(setup)?;
    let swarm = swarm::build(keypair, gate.clone()).map_err(setup)?;
    let (order, orders) = mpsc::channel(lengths.orders);
    let (incoming, receiver) = mpsc::channel(lengths.incoming);
    let mut task = Task::new(swarm, gate, Queues { orders, order: order.clone(), incoming });
    task.set_members(members);
    for text in listen {
        let address = address::parse(text)
            .map_err(|source| NetError::Address { address: text.clone(), source })?;
        let listening = timeout(limits::CONNECT_TIMEOUT, task.listen(address)).await;
        let late = |late: Elapsed| Err(TransportError::Other(late.into()));
        listening
            .unwrap_or_else(late)
            .map_err(|error| NetError::Listen { address: text.clone(), source: Arc::new(error) })?;
    }
    Ok((Net::new(order, dialler), receiver, tokio::spawn(task.run(stop))))
}

#[cfg(test)]
mod tests;
