//! Verifying evidence offline: the file and the fingerprint are all that is needed.

pub mod checks;
pub mod find;
pub mod fork;
pub mod log;
pub mod referral;
mod rosters;
mod tiles;

use std::path::Path;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::judge::{
    Check, Evidence, Expected, Failure as Named, Judgement, judge,
};
use budstikke_protocol::federation::accept::Accepted;
use budstikke_protocol::log::history::History;

pub use self::rosters::Trust;
use self::rosters::followed;
use crate::evidence::read::{Noted, read};

/// Verifies the evidence in `path`, as of `now`. What cannot be read is a failed check like any other.
pub fn verify(
    path: &Path,
    trust: Trust,
    expected: &Expected<'_>,
    now: Timestamp,
    progress: &mut dyn FnMut(u64, u64),
) -> Judgement {
    let parts = match read(path, progress) {
        Ok(parts) => parts,
        Err(unreadable) => {
            return failed(Check::failed("file", unreadable.failure, unreadable.found));
        }
    };
    let federation = trust.federation;
    let rosters = match followed(&parts.rosters, trust) {
        Ok(rosters) => rosters,
        Err(check) => return failed(check),
    };
    let Some((newest, earlier)) = rosters.split_last() else {
        let found = "the file holds no roster";
        return failed(Check::failed("federation", Named::RosterChain, found));
    };
    let history = History::new(earlier.iter().map(Accepted::roster), newest.roster());
    let evidence = Evidence {
        manifest: &parts.manifest,
        signing_input: parts.noted.signing_input,
        content: &parts.content,
        history,
        receipt: parts.receipt.as_deref(),
    };
    let mut judgement = judge(&evidence, expected, now);
    if let Some(manifest) = &judgement.manifest {
        let Noted { federation: noted, organisation, document, .. } = parts.noted;
        let fits = noted == federation
            && organisation == manifest.organisation
            && document == manifest.document;
        if !fits {
            let found = "evidence.json names something else than what is in the file";
            judgement.checks.push(Check::failed("file", Named::Damaged, found));
        }
    }
    judgement
}

fn failed(check: Check) -> Judgement {
    Judgement { checks: vec![check], manifest: None, witnessed: None }
}
