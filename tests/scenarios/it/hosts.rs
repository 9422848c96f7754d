//! Organisations on hosts of their own, which are cut off, slowed down, paused, moved and stopped.
//!
//! Containers need Docker, and both containers and network namespaces need root: where they are missing these tests say that
//! they did not run.

mod containers;
mod misfits;
mod namespaces;
mod pages;
mod referrals;

use std::io::{Write, stderr};
use std::path::Path;

use budstikke_scenarios::hosts::container::Host;
use budstikke_scenarios::hosts::docker;
use budstikke_scenarios::hosts::federation::{Federation, SECRETS};

use crate::privacy::forms;
use crate::program;

/// Where tests remember their image.
fn kept() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// Plays a scenario with so many organisations in containers; whatever happens in it, no log may hold patient data.
fn on_hosts(count: usize, play: impl FnOnce(&mut Federation)) {
    if is_missing(docker::missing()) {
        return;
    }
    let mut federation = Federation::start(program(), kept(), count);
    play(&mut federation);
    assert_logs_are_clean(&federation.hosts);
}

/// No container has logged a patient, a document or a passphrase in any form.
fn assert_logs_are_clean(hosts: &[Host]) {
    let secrets: Vec<_> =
        SECRETS.iter().flat_map(|secret| forms(secret, secret.as_bytes())).collect();
    for host in hosts {
        let log = host.log();
        assert!(log.contains("node started"), "nothing was logged:\n{log}");
        for (what, form) in &secrets {
            assert!(!log.contains(form), "the log of the {} holds {what} as {form}", host.address);
        }
    }
}

/// Says that a test has not run, and why, when something is missing.
fn is_missing(what: Option<&str>) -> bool {
    // Not `eprintln!`: the harness would swallow it, and the test would look as if it had run.
    if let Some(what) = what {
        stderr().write_all(format!("NOT RUN: {what}\n").as_bytes()).unwrap();
    }
    what.is_some()
}
