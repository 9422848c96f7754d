//! The addresses that members are dialled at and that this node listens on: TCP on an IP address or a DNS name.

use std::fmt;
use std::net::SocketAddr;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use thiserror::Error;

/// Why a text is not an address that this node can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not a multiaddr at all.
    #[error("not a multiaddr such as /ip4/192.0.2.1/tcp/4510 or /dns4/node.example.org/tcp/4510")]
    Malformed,
    /// A multiaddr that names a peer: the roster says whose address it is, and must not be contradicted.
    #[error("the address names a peer; leave out /p2p")]
    NamesPeer,
    /// A multiaddr of something else than ip4, ip6, dns4 or dns6, then tcp.
    #[error("the address is not ip4, ip6, dns4 or dns6 followed by tcp")]
    Unsupported,
}

/// Checks that `text` is an address that a member can be dialled at.
///
/// # Errors
/// [`AddressError`] says what else it is.
pub fn check_address(text: &str) -> Result<(), AddressError> {
    parse(text).map(drop)
}

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To a port of an IP address.
    Socket(SocketAddr),
    /// To a port of whatever the name stands for.
    Name {
        /// The name.
        host: String,
        /// The port.
        port: u16,
        /// Which of its addresses.
        family: Family,
    },
}

/// Which addresses of a name are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Those of IPv4.
    Four,
    /// Those of IPv6.
    Six,
}

impl Family {
    /// Whether `socket` is at such an address.
    pub fn has(self, socket: &SocketAddr) -> bool {
        match self {
            Self::Four => socket.is_ipv4(),
            Self::Six => socket.is_ipv6(),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Four => "IPv4",
            Self::Six => "IPv6",
        })
    }
}

/// Where an address leads.
///
/// # Errors
/// As [`check_address`].
pub fn place(text: &str) -> Result<Place, AddressError> {
    let address = parse(text)?;
    let mut parts = address.iter();
    let (Some(host), Some(Protocol::Tcp(port))) = (parts.next(), parts.next()) else {
        return Err(AddressError::Unsupported);
    };
    let name = |host: &str, family| Place::Name { host: host.to_owned(), port, family };
    match host {
        Protocol::Ip4(ip) => Ok(Place::Socket((ip, port).into())),
        Protocol::Ip6(ip) => Ok(Place::Socket((ip, port).into())),
        Protocol::Dns4(host) => Ok(name(&host, Family::Four)),
        Protocol::Dns6(host) => Ok(name(&host, Family::Six)),
        _ => Err(AddressError::Unsupported),
    }
}

/// Parses an address.
///
/// # Errors
/// [`AddressError`] when it is anything but ip4, ip6, dns4 or dns6, then tcp.
pub(crate) fn parse(text: &str) -> Result<Multiaddr, AddressError> {
    let address: Multiaddr = text.parse().ok().ok_or(AddressError::Malformed)?;
    if address.iter().any(|part| matches!(part, Protocol::P2p(_))) {
        return Err(AddressError::NamesPeer);
    }
    let mut parts = address.iter();
    let host = parts.next();
    let port = parts.next();
    match (host, port, parts.next()) {
        (
            Some(Protocol::Ip4(_) | Protocol::Ip6(_) | Protocol::Dns4(_) | Protocol::Dns6(_)),
            Some(Protocol::Tcp(_)),
            None,
        ) => Ok(address),
        _ => Err(AddressError::Unsupported),
    }
}

/// `address` without the peer id that libp2p appends to those that it has dialled.
pub(crate) fn without_peer(address: &Multiaddr) -> Multiaddr {
    address.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect()
}

#[cfg(test)]
mod tests;
