//! What comes of asking one member.

use std::time::Duration;

use budstikke_keys::jws::Verified;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::index::outcome::{Basis, Outcome};
use budstikke_protocol::index::stated::Stated;
use budstikke_protocol::index::ticket::TicketSeed;
use budstikke_protocol::log::receipt::Grade;
use budstikke_protocol::patient::Identifier;

use super::rosters::Rosters;
use crate::store::FoundProof;

/// A search that goes on.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// Who searches.
    pub caller: &'a Caller,
    /// Every identifier that is known of the patient.
    pub patients: &'a [Identifier],
    /// The seed that was drawn for each.
    pub seeds: &'a [(Identifier, TicketSeed)],
    /// By which rosters answers are judged.
    pub rosters: &'a Rosters,
}

/// What came of asking one member.
#[derive(Debug)]
pub struct Said {
    /// Who.
    pub member: OrganisationNumber,
    /// What came of it.
    pub outcome: Outcome,
    /// Why, when it is no answer.
    pub why: Option<String>,
    /// The records that it showed.
    pub records: Vec<Verified<Manifest>>,
    /// How many it showed that are signed with a key that is not trusted.
    pub doubted: usize,
    /// How many it showed under identifiers of which nothing is known here.
    pub foreign: usize,
    /// What shows all of it.
    pub proof: Option<FoundProof>,
    /// How long it took.
    pub took: Duration,
}

impl Said {
    /// Nothing but an outcome.
    pub fn nothing(member: OrganisationNumber, outcome: Outcome) -> Self {
        let (why, records, proof) = Default::default();
        Self { member, outcome, why, records, doubted: 0, foreign: 0, proof, took: Duration::ZERO }
    }
}

/// On what an answer rests that follows from this.
pub fn basis(stated: &Stated) -> Basis {
    let is_witnessed = matches!(stated.grade, Grade::Witnessed { .. });
    Basis { as_of: stated.as_of, is_witnessed }
}
