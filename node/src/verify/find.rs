//! Verifying evidence of a search offline: the file and the fingerprint are all that is needed.

use std::path::Path;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::judge::{Check, Expected, Failure as Named};
use budstikke_protocol::federation::accept::Accepted;
use budstikke_protocol::index::judge::{Evidence, Judgement, judge};
use budstikke_protocol::log::history::History;

use super::rosters::{Trust, followed};
use crate::evidence::find::read;

/// Verifies the evidence in `path`, as of `now`. What cannot be read is a failed check like any other.
pub fn verify(path: &Path, trust: Trust, expected: &Expected<'_>, now: Timestamp) -> Judgement {
    let parts = match read(path) {
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
    let evidence = Evidence { patients: &parts.noted.patients, members: &parts.members, history };
    let mut judgement = judge(&evidence, expected, now);
    if parts.noted.federation != federation {
        let found = "evidence.json names something else than what is in the file";
        judgement.checks.push(Check::failed("file", Named::Damaged, found));
    }
    judgement
}

fn failed(check: Check) -> Judgement {
    Judgement { checks: vec![check], members: Vec::new() }
}
