//! Verifying evidence offline: the file and the fingerprint are all that is needed.

pub mod checks;
pub mod fork;
pub mod log;
mod tiles;

use std::path::Path;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::judge::{
    Check, Evidence, Expected, Failure as Named, Judgement, judge,
};
use budstikke_protocol::federation::accept::{Accepted, RosterError};
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::log::history::History;

use crate::evidence::read::{Noted, read};

/// What the reviewer trusts.
#[derive(Debug)]
pub struct Trust {
    /// The federation's fingerprint, known out of band.
    pub federation: Fingerprint,
    /// Rosters that the evidence may not know of yet; checked like those in it.
    pub newer: Option<Chain>,
}

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

/// Follows the rosters of the file from the fingerprint, then those that the reviewer has.
fn followed(rosters: &str, trust: Trust) -> Result<Vec<Accepted>, Check> {
    let chain = Chain::parse(rosters)
        .map_err(|error| Check::failed("federation", Named::RosterChain, error.to_string()))?;
    let federation = trust.federation;
    let mut accepted = chain.walk(federation).map_err(broken)?;
    for signed in trust.newer.map(Chain::into_rosters).unwrap_or_default() {
        let at = signed.statement().version.checked_sub(1).and_then(|at| usize::try_from(at).ok());
        let known = at.and_then(|at| accepted.get(at));
        if known.is_some_and(|known| known.digest() == signed.payload_digest()) {
            continue;
        }
        let before = match known {
            Some(_) => at.and_then(|at| at.checked_sub(1)).and_then(|at| accepted.get(at)),
            None => accepted.last(),
        };
        if let Some(known) = known.filter(|known| known.is_fork(before, &signed)) {
            return Err(broken(RosterError::Fork { version: known.roster().version }));
        }
        // Another roster of a known version that makes no fork is refused for its signatures or its federation.
        let next = Accepted::after(before, signed, federation).map_err(broken)?;
        accepted.push(next);
    }
    Ok(accepted)
}

fn broken(error: RosterError) -> Check {
    let failure = match error {
        RosterError::OtherFederation { .. } => Named::WrongFederation,
        _ => Named::RosterChain,
    };
    Check::failed("federation", failure, error.to_string())
}
