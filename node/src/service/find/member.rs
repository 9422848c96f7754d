//! Asking one member for the records of a patient: how its index stands, blindly for the label, and by name only on a hit.

use std::time::Instant;

use budstikke_keys::jws::sign;
use budstikke_protocol::access::blind::{BlindElement, BlindQuestion};
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::{Nonce, OrganisationNumber};
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::outcome::{Outcome, Unknown};
use budstikke_protocol::index::ticket::TicketSeed;
use budstikke_protocol::index::transcript::{Transcript, element};
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use serde_bytes::ByteArray;
use tokio::task::block_in_place;

use super::mirror;
use super::mirrors::Stand;
use super::named::{self, Named};
use super::said::{Said, Search, basis};
use super::trouble::Trouble;
use crate::clock;
use crate::entropy;
use crate::failure::{Failure, chain};
use crate::net::NetError;
use crate::service::context::Context;
use crate::store::{FoundProof, FoundState};

/// How often a member may change its epoch, or what it has of the patient, while it is asked.
const TRIES: usize = 3;

/// Asks a member, whatever comes of it.
pub async fn ask(ctx: &Context, search: &Search<'_>, member: &Member) -> Said {
    let began = Instant::now();
    let not_yet = Outcome::Unknown(Unknown::NotReached);
    let mut said = Said::nothing(member.organisation, not_yet);
    if let Err(trouble) = answer(ctx, search, member, &mut said).await {
        said.outcome = trouble.outcome();
        said.why = Some(chain(&trouble));
    }
    said.took = began.elapsed();
    said
}

/// What the member of a warm mirror has evaluated while it was asked how its index stands.
enum Blind {
    Evaluated(Transcript),
    OtherEpoch,
}

async fn answer(
    ctx: &Context,
    search: &Search<'_>,
    member: &Member,
    said: &mut Said,
) -> Result<(), Trouble> {
    let organisation = member.organisation;
    mirror::load(ctx, search.rosters, organisation).await;
    let warm = ctx.mirrors.stand(organisation).map(|stand| stand.stated.state.epoch);
    let refresh = mirror::refresh(ctx, search.rosters, member);
    let mut early = match warm.filter(|epoch| *epoch != 0) {
        None => {
            refresh.await?;
            None
        }
        Some(epoch) => {
            let (refreshed, blind) = tokio::join!(refresh, blind(ctx, search, member, epoch));
            refreshed?;
            Some((epoch, blind))
        }
    };
    for _ in 0..TRIES {
        let stand = ctx.mirrors.stand(organisation).ok_or(Trouble::Presence)?;
        let epoch = stand.stated.state.epoch;
        if epoch == 0 {
            // An index that never held anything has no key, and nothing to ask.
            said.outcome = Outcome::None(basis(&stand.stated));
            said.proof = Some(kept(&stand, &Transcript::empty(), &[]));
            return Ok(());
        }
        let evaluated = match early.take().filter(|(asked, _)| *asked == epoch) {
            Some((_, blind)) => blind?,
            None => blind(ctx, search, member, epoch).await?,
        };
        if let Blind::Evaluated(transcript) = evaluated
            && judged(ctx, search, member, (&stand, transcript), said).await?
        {
            return Ok(());
        }
        mirror::refresh(ctx, search.rosters, member).await?;
    }
    Err(Trouble::Moving)
}

/// Makes of a transcript what it says of the patient; says whether that is an answer, or the index was another by then.
async fn judged(
    ctx: &Context,
    search: &Search<'_>,
    member: &Member,
    (stand, transcript): (&Stand, Transcript),
    said: &mut Said,
) -> Result<bool, Trouble> {
    let organisation = member.organisation;
    let origin = search.rosters.origin(organisation);
    let epoch = stand.stated.state.epoch;
    let labels =
        block_in_place(|| transcript.labels(search.patients, &origin, &stand.stated.state))?;
    let Some((stand, present)) = ctx.mirrors.look_up(organisation, epoch, &labels) else {
        return Ok(false);
    };
    let hits: Vec<(u16, Label)> = (0..)
        .zip(&labels)
        .zip(&present)
        .filter(|(_, is_present)| **is_present)
        .map(|((number, label), _)| (number, *label))
        .collect();
    let mut proof = kept(&stand, &transcript, &labels);
    if hits.is_empty() {
        (said.outcome, said.proof) = (Outcome::None(basis(&stand.stated)), Some(proof));
        return Ok(true);
    }
    let inflated = block_in_place(|| ctx.store.finds().inflated()).map_err(Failure::from)?;
    if inflated.get(&organisation).is_some_and(|caught| epoch <= *caught) {
        return Err(Trouble::NotTrusted);
    }
    let mut named = Named::default();
    let asked = named::ask(ctx, search, (member, &stand), &hits, &mut named).await;
    proof.answers = std::mem::take(&mut named.answers);
    said.proof = Some(proof);
    match asked {
        Ok(true) => {}
        Ok(false) => return Ok(false),
        // Its last record may have gone meanwhile; then its presence file says so too.
        Err(Trouble::Inflated) => {
            mirror::refresh(ctx, search.rosters, member).await?;
            let now = ctx.mirrors.look_up(organisation, epoch, &labels);
            let is_still_there = now.is_some_and(|(_, now)| {
                present.iter().zip(now).any(|(before, now)| *before && now)
            });
            return if is_still_there { Err(Trouble::Inflated) } else { Ok(false) };
        }
        Err(trouble) => return Err(trouble),
    }
    (said.doubted, said.foreign) = (named.doubted.len(), named.foreign.len());
    said.outcome = Outcome::Records {
        listed: count(named.listed.len()),
        withheld: count(named.withheld.len()),
        basis: named.basis.unwrap_or_else(|| basis(&stand.stated)),
    };
    said.records = named.records.into_values().collect();
    Ok(true)
}

/// Has the member evaluate the identifiers, of which it does not see whose they are.
async fn blind(
    ctx: &Context,
    search: &Search<'_>,
    member: &Member,
    epoch: u32,
) -> Result<Blind, Trouble> {
    let asked = || async {
        let question = block_in_place(|| question(ctx, search, member.organisation, epoch))?;
        let answer = ctx.net.index(member.keys.node, IndexQuestion::Blind(question)).await;
        Ok::<_, Trouble>(answer)
    };
    let answer = match asked().await? {
        // An idle connection may close under the question; the peer may have seen its nonce, so it is signed anew.
        Err(NetError::Closed) => asked().await?,
        answer => answer,
    };
    match answer? {
        IndexAnswer::Blind { evaluated, proof } => {
            let origin = search.rosters.origin(member.organisation);
            let evaluated = evaluated.iter().map(|element| element.into_array()).collect();
            let seeds = search.seeds.iter().map(|(_, seed)| seed);
            let answer = (evaluated, proof.into_array());
            Ok(Blind::Evaluated(Transcript::new(&origin, seeds, answer)))
        }
        IndexAnswer::Epoch { .. } => Ok(Blind::OtherEpoch),
        IndexAnswer::Refused(refusal) => Err(Trouble::Refused(refusal)),
        _ => Err(Trouble::Answer),
    }
}

fn question(
    ctx: &Context,
    search: &Search<'_>,
    audience: OrganisationNumber,
    epoch: u32,
) -> Result<String, Trouble> {
    let origin = search.rosters.origin(audience);
    let element = |(patient, seed): &(Identifier, TicketSeed)| {
        Ok(BlindElement { element: element(patient, seed, &origin)?, tag: seed.tag(&origin) })
    };
    let elements = search.seeds.iter().map(element).collect::<Result<Vec<_>, Trouble>>()?;
    let nonce = entropy::draw::<16>()
        .map_err(|error| Failure::of(&error, "the operating system gives no random bytes"))?;
    let question = BlindQuestion {
        organisation: ctx.here(),
        audience,
        time: clock::now(),
        nonce: Nonce::from_bytes(*nonce),
        epoch,
        elements,
    };
    let signed = sign(question, &ctx.sign)
        .map_err(|error| Failure::of(&error, "this is a fault of the program"))?;
    Ok(signed.compact().to_owned())
}

/// What is kept of a blind question and its answer.
fn kept(stand: &Stand, transcript: &Transcript, labels: &[Label]) -> FoundProof {
    let bytes = |element: &[u8; 32]| ByteArray::new(*element);
    FoundProof {
        state: FoundState::of(&stand.statement),
        epoch: stand.stated.state.epoch,
        labels: labels.iter().map(|label| ByteArray::new(*label.as_bytes())).collect(),
        blindings: transcript.blindings.iter().map(|blinding| ByteArray::new(**blinding)).collect(),
        evaluated: transcript.evaluated.iter().map(bytes).collect(),
        evaluation: ByteArray::new(transcript.proof),
        answers: Vec::new(),
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
