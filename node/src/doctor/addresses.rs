//! The addresses of the configuration, as far as this machine alone can tell: whether it can listen, and where names lead.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;

use super::node::Node;
use crate::config::{Config, Loopback};
use crate::failure::Failure;
use crate::finding::Finding;
use crate::net::{Family, Place, place};

/// How long a name may take to be looked up.
const LOOKUP_MAX: Duration = Duration::from_secs(5);

/// Whether the node could listen, unless it does already, and whether the names that it announces lead anywhere.
pub(super) async fn findings(config: &Config, node: &Node) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !node.runs() {
        let sockets = config.listen.iter().filter_map(|address| match place(address.as_str()) {
            Ok(Place::Socket(socket)) => Some(socket),
            _ => None,
        });
        let http = config.http.map(Loopback::socket);
        findings.extend(sockets.chain(http).map(listening));
    }
    for address in config.announced() {
        if let Ok(Place::Name { host, port, family }) = place(address.as_str()) {
            findings.push(name(&host, port, family).await);
        }
    }
    findings
}

fn listening(socket: SocketAddr) -> Finding {
    const CHECK: &str = "listening";
    match TcpListener::bind(socket) {
        Ok(_) => Finding::ok(CHECK, format!("{socket} is free to listen on")),
        Err(error) => {
            let why = format!("cannot listen on {socket}: {error}");
            let hint = "choose an address of this machine, and a port that nothing else uses";
            Finding::fault(CHECK, Failure::new(why, hint))
        }
    }
}

async fn name(host: &str, port: u16, family: Family) -> Finding {
    const CHECK: &str = "name";
    let late = |_| Err(io::ErrorKind::TimedOut.into());
    let found = timeout(LOOKUP_MAX, lookup_host((host, port))).await.unwrap_or_else(late);
    let why = match found {
        Ok(sockets) => {
            let found: Vec<String> = sockets
                .filter(|socket| family.has(socket))
                .map(|socket| socket.ip().to_string())
                .collect();
            if !found.is_empty() {
                return Finding::ok(CHECK, format!("{host} leads to {}", found.join(", ")));
            }
            format!("{host} has no {family} address, as this machine sees it")
        }
        Err(error) => format!("{host} leads nowhere, as this machine sees it: {error}"),
    };
    // The others may ask another name server; whether they get here is found out by those that dial back.
    let hint = "enter the name in the DNS that the other members ask, or announce an IP address";
    Finding::warning(CHECK, Failure::new(why, hint))
}
