//! The rosters of an evidence file, followed from the fingerprint that the reviewer knows.

use budstikke_protocol::document::judge::{Check, Failure as Named};
use budstikke_protocol::federation::accept::{Accepted, RosterError};
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::ids::Fingerprint;

/// What the reviewer trusts.
#[derive(Debug)]
pub struct Trust {
    /// The federation's fingerprint, known out of band.
    pub federation: Fingerprint,
    /// Rosters that the evidence may not know of yet; checked like those in it.
    pub newer: Option<Chain>,
}

/// Follows the rosters of the file from the fingerprint, then those that the reviewer has.
pub(super) fn followed(rosters: &str, trust: Trust) -> Result<Vec<Accepted>, Check> {
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
