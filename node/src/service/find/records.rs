//! The records of a patient, for whoever has found the label: the proof that they are all, and the manifests that the asker may read.
//!
//! Everything that is to leave is gathered first and decided document by document; then the record of it is written, and then it leaves.

use std::collections::BTreeSet;

use budstikke_keys::public::PublicKey;
use budstikke_protocol::access::decide::{Facts, Known, Request, Subject, decide};
use budstikke_protocol::access::question::{Ask, Question};
use budstikke_protocol::access::reason::Reason;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list::Listed;
use budstikke_protocol::limits::LIST_PAGE_MAX;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::wire::index::{IndexAnswer, RecordsAnswer, Shown};
use budstikke_protocol::wire::refusal::Refusal;
use serde_bytes::{ByteArray, ByteBuf};
use tokio::task::{block_in_place, spawn_blocking};
use tracing::warn;

use super::checkpoint::{self, Signature, TRIES};
use crate::failure::chain;
use crate::service::context::Context;
use crate::service::library::{known, opens};
use crate::service::recorded::{Denial, admitted, begin, end, refusal, unreadable};
use crate::store::{About, Entry, ListsError, LoggedRecord, ProvenList, StoreError};

/// Records of a list that are looked at for one page: their manifests are read from the disk, and whoever asks waits for it.
const LOOKED_AT_MAX: usize = 1024;

/// A list with what leaves of it.
struct Gathered {
    list: ProvenList,
    signed: SignedCheckpoint,
    shown: Vec<Shown>,
    next: Option<u64>,
}

/// Answers a question by label.
pub async fn answer(ctx: &Context, peer: &PublicKey, question: &str) -> IndexAnswer {
    let view = ctx.federation.view();
    let Some(member) = view.by_node(peer) else {
        return IndexAnswer::Refused(Refusal::NotPermitted);
    };
    let (mut record, turn) = match begin(ctx, member) {
        Ok(begun) => begun,
        Err(refusal) => return IndexAnswer::Refused(refusal),
    };
    let judged = match turn {
        Ok(()) => judge(ctx, member, question, &mut record).await,
        Err(denial) => Err(denial),
    };
    match end(ctx, record, judged).await {
        Ok(Some(Gathered { list, signed, shown, next })) => {
            IndexAnswer::Records(Box::new(RecordsAnswer {
                checkpoint: signed.note().to_string(),
                proof: ByteBuf::from(list.proof.to_bytes()),
                shown,
                next,
            }))
        }
        // That there is nothing under a label concerns nobody.
        Ok(None) => IndexAnswer::Unknown,
        Err(refusal) => IndexAnswer::Refused(refusal),
    }
}

async fn judge(
    ctx: &Context,
    member: &Member,
    text: &str,
    record: &mut Record,
) -> Result<Option<Gathered>, Denial> {
    let now = record.time;
    let denied = |reason| (reason, refusal(reason, now));
    let question = admitted(ctx, member, text, record).map_err(denied)?;
    let Question { caller, ask, .. } = question.statement();
    let Ask::Records { label, after } = *ask else { return Err(denied(Reason::Malformed)) };
    let standing = ctx.federation.view().standing(now);
    let facts = Facts { here: ctx.here(), caller, standing };
    decide(&facts, Request::Records).map_err(denied)?;
    let Some(proven) = proven(ctx, label).await.map_err(denied)? else {
        record.denied = Some(Reason::Unknown);
        return Ok(None);
    };
    let gathered = block_in_place(|| gather(ctx, &facts, (proven, after), record));
    Ok(Some(gathered.map_err(|error| denied(unreadable(error)))?))
}

/// The list of a label, and the checkpoint to which its proof leads.
async fn proven(
    ctx: &Context,
    label: Label,
) -> Result<Option<(ProvenList, SignedCheckpoint)>, Reason> {
    for attempt in 1..=TRIES {
        let store = ctx.store.clone();
        let list = spawn_blocking(move || store.lists().prove(&label)).await;
        let list = match list {
            Ok(Ok(Some(list))) => list,
            Ok(Ok(None)) => return Ok(None),
            // The next head has it in order.
            Ok(Err(ListsError::Changing)) => continue,
            Ok(Err(error)) => {
                warn!(error = chain(&error), "a list cannot be proven");
                return Err(Reason::Unreadable);
            }
            Err(_) => return Err(Reason::Unreadable),
        };
        match checkpoint::of(ctx, list.head).await {
            Signature::Whole(signed) => return Ok(Some((list, signed))),
            Signature::Over(Some(signed)) if attempt == TRIES => return Ok(Some((list, signed))),
            Signature::Over(_) => {}
        }
    }
    // The log goes on faster than it is signed, or is not signed at all.
    Err(Reason::Unreadable)
}

/// What the asker may read of a list, from behind the place `after` in the log on. Whom it is about goes into the record, also where the asker
/// sees no more than that there is something.
fn gather(
    ctx: &Context,
    facts: &Facts<'_>,
    ((list, signed), after): ((ProvenList, SignedCheckpoint), Option<u64>),
    record: &mut Record,
) -> Result<Gathered, StoreError> {
    let (mut shown, mut next, mut withheld) = (Vec::new(), None, BTreeSet::new());
    let mut behind = list.proof.records.iter().zip(&list.documents).peekable();
    while behind.next_if(|(listed, _)| after.is_some_and(|after| listed.index <= after)).is_some() {
    }
    for (listed, document) in behind.by_ref().take(LOOKED_AT_MAX) {
        next = Some(listed.index);
        let Some(entry) = readable(ctx, *document)? else { continue };
        let asker = facts.caller.organisation;
        let is_opened = opens(ctx, *document, asker)?;
        let known = Some(Known { is_opened, ..known(&entry) });
        let may = decide(facts, Request::Read(&Subject { document: *document, known }));
        match may.ok().and(salted(ctx, listed, &entry)?) {
            Some(it) => {
                *record = record.clone().of(entry.manifest.claimed());
                shown.push(it);
            }
            None => drop(withheld.insert(entry.manifest.claimed().patient.clone())),
        }
        if shown.len() == LIST_PAGE_MAX {
            break;
        }
    }
    *record = withheld.iter().fold(record.clone(), Record::of_patient);
    let next = next.filter(|_| behind.peek().is_some());
    Ok(Gathered { list, signed, shown, next })
}

/// A document of the list. One that was erased meanwhile, or that is damaged, counts as withheld: the proof says that there is something.
fn readable(ctx: &Context, document: DocumentId) -> Result<Option<Entry>, StoreError> {
    match ctx.store.entry(ctx.here(), document) {
        Err(StoreError::Journal(error)) => {
            warn!(error = chain(&error), %document, "a listed document is damaged");
            Ok(None)
        }
        entry => entry,
    }
}

/// A record as it is shown; nothing when the log has it elsewhere, or no more.
fn salted(ctx: &Context, listed: &Listed, entry: &Entry) -> Result<Option<Shown>, StoreError> {
    let records = ctx.store.log().records(ctx.here(), entry.manifest.claimed().document)?;
    let is_it = |record: &LoggedRecord| {
        record.about == About::Manifest && record.commitment == listed.commitment
    };
    Ok(records.into_iter().find(is_it).map(|record| Shown {
        index: listed.index,
        salt: ByteArray::new(*record.salt.bytes()),
        manifest: entry.manifest.compact().to_owned(),
    }))
}
