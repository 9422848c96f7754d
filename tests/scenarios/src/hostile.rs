//! An adversary: whoever holds a key, and sends whatever it likes.
//!
//! It is no double of a node. It speaks TCP, multistream, Noise and Yamux by hand, so that it can stop, lie or stall at every
//! step; what it holds is either the key of a stranger or the keyring of a member whose node does not run.

pub mod custodian;
pub mod holder;
pub mod link;
pub mod log;
pub mod question;
pub mod roster;
pub mod streams;

use std::fs;
use std::io;

use budstikke_keys::keyring::Keyring;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::ids::OrganisationNumber;
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

use crate::site::Site;
use link::{Link, Serve};
use roster::passphrase;

/// Somebody with keys and an organisation to speak for.
#[derive(Debug)]
pub struct Adversary {
    /// The organisation that it claims to be.
    pub organisation: OrganisationNumber,
    /// What it signs and connects with.
    pub keys: Keyring,
    /// Where the node whose keys it has would listen.
    pub port: u16,
}

impl Adversary {
    /// A member, with the keys from the home of its site, whose node must not run.
    pub fn of(site: &Site) -> Self {
        let file = fs::read(site.home.join("keyring")).unwrap();
        let keys = Keyring::open(&file, &passphrase(site.home.parent().unwrap())).unwrap();
        Self { organisation: site.organisation.parse().unwrap(), keys, port: site.port }
    }

    /// Somebody of no federation, who claims to be `organisation`.
    pub fn stranger(organisation: &str) -> Self {
        let keys = Keyring::from_entropy(Zeroizing::new(std::array::from_fn(|at| {
            u8::try_from(at).unwrap()
        })));
        Self { organisation: organisation.parse().unwrap(), keys, port: 0 }
    }

    /// Connects to the node of `site`, and refuses every stream that the node opens.
    pub async fn dial(&self, site: &Site) -> io::Result<Link> {
        Link::dial(site.port, &self.keys.node, link::refuse()).await
    }

    /// Connects to the node of `site`, and serves the streams that the node opens.
    pub async fn dial_serving(&self, site: &Site, serve: Serve) -> io::Result<Link> {
        Link::dial(site.port, &self.keys.node, serve).await
    }

    /// Listens where the node of its organisation would, and serves every stream of whoever comes.
    pub async fn listen(&self, serve: Serve) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let key = self.keys.node.seed();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let key = SecretKey::from_seed(key.clone());
                tokio::spawn(keep(socket, key, serve.clone()));
            }
        });
    }
}

/// Keeps a connection until the other side ends it.
async fn keep(socket: TcpStream, key: SecretKey, serve: Serve) {
    if let Ok(link) = Link::accept(socket, &key, serve).await {
        link.closed().await;
    }
}
