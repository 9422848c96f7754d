//! The transport and the swarm: TCP, Noise, Yamux, and the gate between the last two.

use std::convert::Infallible;
use std::error::Error;

use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{Swarm, SwarmBuilder, noise, tcp};

use super::behaviour::Behaviour;
use super::gate::{Gate, Gated};
use super::limits;
use super::muxer::Yamux;

/// Makes the swarm of the node with the identity `keypair`; whoever comes has to pass `gate`.
///
/// # Errors
/// When Noise cannot make its keys, or the machine's DNS configuration cannot be read.
pub(crate) fn build(
    keypair: Keypair,
    gate: Gate,
) -> Result<Swarm<Behaviour>, Box<dyn Error + Send + Sync>> {
    let secure = |keypair: &Keypair| -> Result<_, noise::Error> {
        Ok(Gated { upgrade: noise::Config::new(keypair)?, gate })
    };
    let swarm = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), secure, || Yamux)?
        .with_dns()?
        .with_behaviour(|keypair| Behaviour::new(keypair.public()))
        .unwrap_or_else(|never: Infallible| match never {})
        .with_swarm_config(|config| {
            config
                .with_idle_connection_timeout(limits::IDLE_TIMEOUT)
                // The protocol's name travels with the first bytes, which saves a round trip on every stream. The price:
                // a refused stream opens, and ends before the first byte of an answer.
                .with_substream_upgrade_protocol_override(Version::V1Lazy)
        })
        .with_connection_timeout(limits::CONNECT_TIMEOUT)
        .build();
    Ok(swarm)
}
