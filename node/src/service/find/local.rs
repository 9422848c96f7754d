//! What is known of a patient's records without asking anybody: what was verified before, each part with its age.
//!
//! A label that was found in an earlier search leads to the mirror of the member's presence file, which is newer. It says whether that
//! still holds; nothing is said of a member that was not asked for this patient in the epoch that it is in.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::codes::Confidentiality;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::ids::{FindId, OrganisationNumber};
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list_proof::ListProof;
use budstikke_protocol::index::outcome::{Outcome, Unknown};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::log::entry::Entry as LogEntry;
use tokio::task::block_in_place;

use super::begin::begin;
use super::outcomes::Order;
use super::own;
use super::said::basis;
use crate::clock;
use crate::failure::Failure;
use crate::service::context::Context;
use crate::store::{Answer, Entry, FoundMember, FoundProof, KnownRecord};

/// What is known without asking.
#[derive(Debug)]
pub struct Known {
    /// Which search.
    pub find: FindId,
    /// As of now.
    pub time: Timestamp,
    /// This organisation's own records.
    pub own: Vec<Entry>,
    /// What is known of each other member.
    pub members: Vec<KnownMember>,
    /// What others have announced, and have not shown otherwise since.
    pub announced: Vec<KnownRecord>,
}

/// What is known of one member.
#[derive(Debug)]
pub struct KnownMember {
    /// Who.
    pub member: OrganisationNumber,
    /// What is known.
    pub outcome: Outcome,
    /// When it was asked last.
    pub asked: Option<Timestamp>,
    /// The records that it showed then.
    pub records: Vec<Claimed<Manifest>>,
}

/// What is known of a patient's records, after the look has been recorded.
///
/// # Errors
/// When the number is none, it cannot be recorded, or what is kept cannot be read.
pub async fn known(ctx: &Context, caller: &Caller, order: &Order) -> Result<Known, Failure> {
    let begun = begin(ctx, caller, order).await?;
    let own = own::records(ctx, caller, &begun.patients)?;
    let mut last = block_in_place(|| ctx.store.finds().last(&begun.patients))?;
    let view = ctx.federation.view();
    let others = view.roster().active().filter(|member| member.organisation != ctx.here());
    let members = others.map(|member| match last.remove(&member.organisation) {
        None => KnownMember {
            member: member.organisation,
            outcome: Outcome::Unknown(Unknown::NotAsked),
            asked: None,
            records: Vec::new(),
        },
        Some((asked, said)) => of(ctx, asked, said),
    });
    let members: Vec<_> = members.collect();
    let announced = own::announced(ctx, caller, &begun.patients)?;
    let announced = announced.into_iter().filter(|record| is_news(record, &members)).collect();
    Ok(Known { find: begun.find, time: clock::now(), own, members, announced })
}

/// Whether an announced document is one that its custodian was not asked for since. One that is not open to all stands in no list, so that no
/// answer says anything of it.
fn is_news(record: &KnownRecord, members: &[KnownMember]) -> bool {
    let manifest = record.manifest.claimed();
    let member = members.iter().find(|known| known.member == manifest.organisation);
    let was_asked = member.and_then(|known| known.asked).is_some_and(|asked| asked > record.at);
    let is_listed = manifest.confidentiality == Confidentiality::N && manifest.blocks.is_empty();
    !(was_asked && is_listed)
        && member.is_none_or(|known| {
            known.records.iter().all(|shown| shown.claimed().document != manifest.document)
        })
}

/// What holds of what a member said, by what is known of its index since.
fn of(ctx: &Context, asked: Timestamp, said: FoundMember) -> KnownMember {
    let outcome = said
        .proof
        .as_ref()
        .map_or(said.outcome, |proof| now(ctx, said.member, said.outcome, proof));
    let records = match (&outcome, &said.proof) {
        (Outcome::Records { .. }, Some(proof)) => records(proof, said.member),
        _ => Vec::new(),
    };
    KnownMember { member: said.member, outcome, asked: Some(asked), records }
}

fn now(ctx: &Context, member: OrganisationNumber, said: Outcome, proof: &FoundProof) -> Outcome {
    let Some(stand) = ctx.mirrors.stand(member) else { return said };
    let labels: Vec<Label> =
        proof.labels.iter().map(|label| Label::from_bytes(label.into_array())).collect();
    let Some((stand, present)) = ctx.mirrors.look_up(member, proof.epoch, &labels) else {
        // In the epoch that it is in now, the patient's label is not known. Records that it had then it may have still.
        let is_later = stand.stated.state.epoch > proof.epoch;
        return match said {
            Outcome::None(_) if is_later => Outcome::Unknown(Unknown::NotAsked),
            said => said,
        };
    };
    let is_present = present.contains(&true);
    match said {
        Outcome::None(before) if !is_present => {
            let now = basis(&stand.stated);
            Outcome::None(if now.as_of > before.as_of { now } else { before })
        }
        Outcome::None(_) => Outcome::Unknown(Unknown::Changed),
        Outcome::Records { .. } if !is_present => Outcome::None(basis(&stand.stated)),
        Outcome::Records { listed, withheld, basis: before } => {
            // The same map: the list in it is the same too.
            let now = basis(&stand.stated);
            let is_same = map_of(proof).is_some_and(|map| map == stand.stated.state.map_root);
            let basis = if is_same && now.as_of > before.as_of { now } else { before };
            Outcome::Records { listed, withheld, basis }
        }
        said => said,
    }
}

/// The root of the map that the last answer is a list of.
fn map_of(proof: &FoundProof) -> Option<Sha256Digest> {
    let proof = ListProof::parse(&proof.answers.last()?.proof).ok()?;
    match LogEntry::parse(&proof.state).ok()? {
        LogEntry::State(state) => Some(state.map_root),
        _ => None,
    }
}

/// The manifests that a member showed. They were verified before they were kept.
fn records(proof: &FoundProof, member: OrganisationNumber) -> Vec<Claimed<Manifest>> {
    let shown = proof.answers.iter().flat_map(|answer: &Answer| &answer.shown);
    let mut shown: Vec<_> = shown.collect();
    shown.sort_by_key(|record| record.index);
    shown.dedup_by_key(|record| record.index);
    let manifests = shown.into_iter().filter_map(|record| {
        Claimed::<Manifest>::parse(&record.manifest, STATEMENT_BYTES_MAX).ok()
    });
    manifests.filter(|manifest| manifest.claimed().organisation == member).collect()
}
