//! The key file: that nobody else can read it, and that it opens.

use std::path::Path;

use budstikke_keys::keyring::Keyring;
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
    if file.is_none() && node.runs() {
        // Nobody is asked for a passphrase that the node has been given already.
        findings.push(match keyfile::read(home) {
            Ok(_) => Finding::ok(CHECK, "the key file is its owner's alone; it was not opened, for want of a passphrase file"),
            Err(why) => Finding::fault(CHECK, why),
        });
        return (None, findings);
    }
    match open(home, file.as_deref()) {
        Ok(keyring) => {
            findings.push(Finding::ok(CHECK, "the key file is its owner's alone, and opens"));
            (Some(request::public(&keyring)), findings)
        }
        Err(why) => {
            findings.push(Finding::fault(CHECK, why));
            (None, findings)
        }
    }
}

fn open(home: &Home, passphrase_file: Option<&Path>) -> Result<Keyring, Failure> {
    // Before anybody is asked for its passphrase.
    keyfile::read(home)?;
    keyfile::open(home, &keyfile::passphrase(passphrase_file, Chosen::Before)?)
}
