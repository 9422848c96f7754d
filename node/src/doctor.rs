//! The doctor: looks at a home, at its running node and through that at the other members, and says of each thing what to do.
//!
//! What lies in the home is looked at directly, so that a node that does not start is looked at too. What needs the network is
//! found out by the node itself; when none runs, that is said.

mod addresses;
mod disk;
mod folder;
mod keys;
mod node;
mod roster;
mod settings;

use std::path::Path;

use self::node::Node;
use crate::finding::Finding;
use crate::home::Home;

/// Looks at `home`, and at the node that runs on it. `progress` is told how many of how many members have answered.
pub async fn doctor(
    home: &Home,
    passphrase_file: Option<&Path>,
    progress: impl FnMut(u64, u64),
) -> Vec<Finding> {
    let mut findings = match folder::findings(home) {
        Ok(findings) => findings,
        Err(no_home) => return vec![no_home],
    };
    // It asks the others while the home is looked at.
    let node = Node::ask(home).await;
    let (config, found) = settings::findings(home);
    findings.push(found);
    let passphrase_file =
        passphrase_file.or(config.as_ref().and_then(|config| config.passphrase_file.as_deref()));
    let (keys, found) = keys::findings(home, passphrase_file, &node);
    findings.extend(found);
    findings.extend(roster::findings(home, config.as_ref(), keys.as_ref()));
    findings.extend(disk::findings(home));
    if let Some(config) = &config {
        findings.extend(addresses::findings(config, &node).await);
    }
    findings.extend(node.findings(home, progress).await);
    findings
}
