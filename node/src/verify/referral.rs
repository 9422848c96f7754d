//! Verifying evidence of a referral offline: the file and the fingerprint are all that is needed.

use std::path::Path;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::judge::{Check, Expected, Failure as Named};
use budstikke_protocol::federation::accept::Accepted;
use budstikke_protocol::log::history::History;
use budstikke_protocol::referral::judge::{Evidence, Judgement, Signature, judge};

use super::rosters::{Trust, followed};
use crate::evidence::referral::{Noted, Signed, read};

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
    let (referrer, receiver) = (signatures(&parts.referrer), signatures(&parts.receiver));
    let history = History::new(earlier.iter().map(Accepted::roster), newest.roster());
    let evidence = Evidence { referrer: &referrer, receiver: &receiver, history };
    let mut judgement = judge(&evidence, expected, now);
    if let Some(thread) = &judgement.thread {
        let Noted { federation: noted, name } = parts.noted;
        if noted != federation || name != thread.state().name() {
            let found = "evidence.json names something else than what is in the file";
            judgement.checks.push(Check::failed("file", Named::Damaged, found));
        }
    }
    judgement
}

fn signatures(chain: &[Signed]) -> Vec<Signature<'_>> {
    let chain = chain.iter();
    chain
        .map(|signed| Signature { event: &signed.event, receipt: signed.receipt.as_deref() })
        .collect()
}

fn failed(check: Check) -> Judgement {
    Judgement { checks: vec![check], events: Vec::new(), thread: None }
}
