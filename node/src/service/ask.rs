//! Asking other nodes: a signed question goes out only after the look has been recorded here.

use budstikke_keys::jws::{Claimed, Verified, sign};
use budstikke_protocol::access::question::{Ask, Caller, Question};
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::roster::{KeyState, Member, Roster};
use budstikke_protocol::federation::standing::Standing;
use budstikke_protocol::ids::{DocumentId, Nonce, OrganisationNumber};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use thiserror::Error;

use super::context::Context;
use crate::clock;
use crate::entropy;
use crate::failure::Failure;
use crate::net::NetError;
use crate::store::Commit;

/// The most pages that are asked of one node for one list: 16 000 documents, and fewer questions than a minute allows.
const PAGES_MAX: usize = 250;

/// The most bytes of the manifests of one list; ten times what that many usually have.
const LIST_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Why what a peer sent is not what was asked for. It is the peer's fault, so nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PeerFault {
    /// Not a manifest.
    #[error("sent something that is not a manifest")]
    Malformed,
    /// Not a receipt.
    #[error("sent something that is no receipt")]
    NoReceipt,
    /// Another document, or another custodian's.
    #[error("sent another document than was asked for")]
    Other,
    /// Signed by a key that is not its own, or not trusted.
    #[error("sent a manifest that is not signed with its key")]
    Signature,
    /// The patient's identifier is not one of this federation's.
    #[error("sent a manifest with a patient identifier that this federation does not use")]
    Patient,
    /// Bytes that are not those of the document.
    #[error("sent bytes that are not those of the signed document")]
    Content,
    /// A manifest whose two digests are of different bytes.
    #[error("signed a manifest whose SHA-256 and BLAKE3 are of different contents")]
    TwoContents,
    /// Documents out of order, so that a list would never end.
    #[error("sent a list out of order")]
    Order,
}

/// What another organisation has shared with this one by name.
#[derive(Debug, Default)]
pub struct Shared {
    /// The manifests, checked.
    pub manifests: Vec<Verified<Manifest>>,
    /// How many documents that organisation could not read for its answer.
    pub unreadable: u64,
    bytes: usize,
}

/// The manifests that `from` has shared with this organisation by name.
///
/// # Errors
/// When the member cannot be reached, refuses, or sends what is not asked for.
pub async fn list(
    ctx: &Context,
    caller: &Caller,
    from: OrganisationNumber,
) -> Result<Shared, Failure> {
    let record = Record::permitted(Action::Ask, caller, clock::now()).with_peer(from);
    ctx.store.commit(Commit::new(record)).await?;
    let mut shared = Shared::default();
    let mut after = None;
    for _ in 0..PAGES_MAX {
        after = page(ctx, caller, (from, after), &mut shared).await?;
        if after.is_none() {
            return Ok(shared);
        }
        if shared.bytes > LIST_BYTES_MAX {
            break;
        }
    }
    Err(Failure::new(
        format!("{from} has shared more documents than one list holds"),
        "ask them to narrow what they share",
    ))
}

/// Asks for the page behind `after`, adds it to `shared`, and gives the document behind which the next page begins.
async fn page(
    ctx: &Context,
    caller: &Caller,
    (from, after): (OrganisationNumber, Option<DocumentId>),
    shared: &mut Shared,
) -> Result<Option<DocumentId>, Failure> {
    let view = ctx.federation.view();
    let member = view.active(from)?;
    let question = || question(ctx, caller, from, Ask::List { after }).map(IndexQuestion::List);
    let answer = match ctx.net.index(member.keys.node, question()?).await {
        // An idle connection may close under the question; the peer may have seen its nonce, so it is signed anew.
        Err(NetError::Closed) => ctx.net.index(member.keys.node, question()?).await,
        answer => answer,
    };
    let (manifests, unreadable, next) = match answer? {
        IndexAnswer::List { manifests, unreadable, next } => (manifests, unreadable, next),
        IndexAnswer::Refused(reason) => return Err(refused(member, reason)),
        IndexAnswer::Cosigned(_)
        | IndexAnswer::Declined { .. }
        | IndexAnswer::Checkpoint(_)
        | IndexAnswer::Consistency(_)
        | IndexAnswer::Receipt(_)
        | IndexAnswer::State(_)
        | IndexAnswer::Blind { .. }
        | IndexAnswer::Epoch { .. }
        | IndexAnswer::Records(_)
        | IndexAnswer::Announced
        | IndexAnswer::Kept
        | IndexAnswer::Unknown => return Err(blame(member, PeerFault::Malformed)),
    };
    let mut last = after;
    for compact in &manifests {
        let manifest =
            manifest(compact, from, view.roster()).map_err(|fault| blame(member, fault))?;
        last =
            ascending(last, manifest.statement().document).map_err(|fault| blame(member, fault))?;
        shared.bytes = shared.bytes.saturating_add(compact.len());
        shared.manifests.push(manifest);
    }
    shared.unreadable = shared.unreadable.saturating_add(unreadable);
    if next.is_some_and(|next| {
        last.is_some_and(|last| next < last) || after.is_some_and(|after| next <= after)
    }) {
        return Err(blame(member, PeerFault::Order));
    }
    Ok(next)
}

fn ascending(
    last: Option<DocumentId>,
    document: DocumentId,
) -> Result<Option<DocumentId>, PeerFault> {
    if last.is_some_and(|last| document <= last) {
        Err(PeerFault::Order)
    } else {
        Ok(Some(document))
    }
}

/// A signed question to `audience`.
///
/// # Errors
/// When patient data may not be exchanged now.
pub fn question(
    ctx: &Context,
    caller: &Caller,
    audience: OrganisationNumber,
    ask: Ask,
) -> Result<String, Failure> {
    let now = clock::now();
    stopped(ctx.federation.view().standing(now))?;
    let nonce = entropy::draw::<16>()
        .map_err(|error| Failure::of(&error, "the operating system gives no random bytes"))?;
    let question = Question {
        caller: caller.clone(),
        audience,
        time: now,
        nonce: Nonce::from_bytes(*nonce),
        ask,
    };
    let signed = sign(question, &ctx.sign)
        .map_err(|error| Failure::of(&error, "this is a fault of the program"))?;
    Ok(signed.compact().to_owned())
}

/// Checks a manifest that `custodian` sent about its own document.
///
/// # Errors
/// [`PeerFault`]; nothing of the manifest may be used then.
pub fn manifest(
    compact: &str,
    custodian: OrganisationNumber,
    roster: &Roster,
) -> Result<Verified<Manifest>, PeerFault> {
    let claimed = Claimed::<Manifest>::parse(compact, STATEMENT_BYTES_MAX)
        .ok()
        .ok_or(PeerFault::Malformed)?;
    if claimed.claimed().organisation != custodian {
        return Err(PeerFault::Other);
    }
    claimed.claimed().patient.check(roster.environment).ok().ok_or(PeerFault::Patient)?;
    let (member, key, state) = roster.signing_key(claimed.kid()).ok_or(PeerFault::Signature)?;
    let is_trusted = matches!(state, KeyState::Current | KeyState::Retired { .. });
    if member.organisation != custodian || !is_trusted {
        return Err(PeerFault::Signature);
    }
    claimed.verify(&key).ok().ok_or(PeerFault::Signature)
}

/// A peer's refusal, for people.
pub fn refused(member: &Member, refusal: Refusal) -> Failure {
    let (organisation, name) = (member.organisation, &member.name);
    match refusal {
        Refusal::NotPermitted => Failure::new(
            format!("{organisation} {name} does not permit it, or has no such document"),
            "ask them to share it: budstikke document share ID --to this organisation",
        ),
        Refusal::Rate { retry_after } => Failure::new(
            format!("{organisation} {name} gets too many questions from this organisation"),
            format!("ask again in {retry_after} seconds"),
        ),
        Refusal::Clock { time } => {
            let off = time.saturating_sub(clock::now().unix_seconds());
            Failure::new(
                format!(
                    "{organisation} {name} refused the question for its time (clock): their clock is {off} s from ours"
                ),
                "set the clock that is wrong; budstikke status shows how far each member's clock is away",
            )
        }
        Refusal::Technical => Failure::new(
            format!("{organisation} {name} cannot answer now"),
            "ask again later; their operator sees the reason in their log and status",
        ),
    }
}

/// The failure that a peer's fault is for people.
pub fn blame(member: &Member, fault: PeerFault) -> Failure {
    Failure::new(
        format!("{} {} {fault}", member.organisation, member.name),
        "nothing of it was kept; tell their operator, it is a fault or an attack",
    )
}

fn stopped(standing: Standing) -> Result<(), Failure> {
    match standing {
        Standing::Current | Standing::Grace { .. } => Ok(()),
        Standing::Expired => Err(Failure::new(
            "the roster has expired, and its grace period is over: no patient data is exchanged",
            "ask the stewards for a new roster, then: budstikke roster import FILE",
        )),
        Standing::Forked { version } => Err(Failure::new(
            format!(
                "there are two rosters of version {version}: no patient data is exchanged until that is settled"
            ),
            "find out from the stewards which one is right, then: budstikke roster settle",
        )),
    }
}
