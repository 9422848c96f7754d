//! The key file: that nobody else can read it, and that it opens.

use std::path::Path;

use budstikke_protocol::federation::roster::MemberKeys;

use super::node::Node;
use crate::failure::Failure;
use crate::finding::Finding;
use crate::home::{Home, can_be_read_by_others};
use crate::keyfile::{self, Chosen};
use crate::request;

const CHECK: &str = "keys";

/// The public keys, if the file was opened, and what is found of it.
pub(super) fn findings(
    home: &Home,
    passphrase_file: Option<&Path>,
    node: &Node,
) -> (Option<MemberKeys>, Vec<Finding>) {
    let file = keyfile::passphrase_file(passphrase_file);
    let mut findings = Vec::new();
    if let Some(path) = file.as_deref().filter(|path| can_be_read_by_others(path)) {
        let path = path.display();
        let why = Failure::new(
            format!("the passphrase file {path} can be read by others"),
            format!("chmod 600 {path}"),
        );
        findings.push(Finding::warning(CHECK, why));
    }
    let (keys, finding) = opened(home, file.as_deref(), node);
    findings.push(finding);
    (keys, findings)
}

fn opened(
    home: &Home,
    passphrase_file: Option<&Path>,
    node: &Node,
) -> (Option<MemberKeys>, Finding) {
    // Before anybody is asked for its passphrase.
    if let Err(why) = keyfile::read(home) {
        return (None, Finding::fault(CHECK, why));
    }
    if passphrase_file.is_none() && node.runs() {
        // Nobody is asked for a passphrase that the node has been given already.
        let found =
            "the key file is its owner's alone; it was not opened, for want of a passphrase file";
        return (None, Finding::ok(CHECK, found));
    }
    let passphrase = match keyfile::passphrase(passphrase_file, Chosen::Before) {
        Ok(passphrase) => passphrase,
        // Where the service manager has it, only the node is given it.
        Err(why) if passphrase_file.is_none() => return (None, Finding::warning(CHECK, why)),
        Err(why) => return (None, Finding::fault(CHECK, why)),
    };
    match keyfile::open(home, &passphrase) {
        Ok(keyring) => {
            let found = "the key file is its owner's alone, and opens";
            (Some(request::public(&keyring)), Finding::ok(CHECK, found))
        }
        Err(why) => (None, Finding::fault(CHECK, why)),
    }
}
