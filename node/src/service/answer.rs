//! Answering peers: a signed question is admitted, decided and recorded before anything of the answer leaves.

use std::future::Future;
use std::mem::replace;
use std::time::Duration;

use budstikke_keys::public::PublicKey;
use budstikke_protocol::access::decide::{Facts, Known, Permit, Request, Subject, decide};
use budstikke_protocol::access::question::{Ask, Question};
use budstikke_protocol::access::reason::Reason;
use budstikke_protocol::access::record::Record;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::limits::{
    LIST_PAGE_MAX, QUESTION_BYTES_MAX, QUESTIONS_PER_MINUTE, STALL_MAX,
};
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::document::{Get, Head};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use tokio::join;
use tokio::task::block_in_place;
use tokio::time::timeout;
use tracing::{debug, info, warn};

use super::announce;
use super::context::Context;
use super::find;
use super::forks;
use super::heads;
use super::library::{known, opens};
use super::questions::Turn;
use super::receipts;
use super::recorded::{admitted, recorded, refusal, unreadable};
use super::referral;
use super::witness;
use crate::clock;
use crate::failure::chain;
use crate::net::DocumentStream;
use crate::store::{DocumentReader, Entry, Page, StoreError, Subtree};

/// How long a document stream may lie still between two documents before it is closed.
const IDLE_MAX: Duration = Duration::from_mins(2);

/// What a question is answered with; it is gathered before the access record is written, because the record names it.
enum Answer {
    /// The document of a `read` question.
    Document(Box<Entry>, Permit),
    /// A page of a `list` question.
    Page(Page),
}

/// How a question came; each way serves one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Via {
    /// `/budstikke/index/1`: lists.
    Index,
    /// The same protocol: the receipt of a document, which is for whoever may read that.
    Receipt,
    /// `/budstikke/document/1`: reads.
    Document,
}

/// Answers a question about the index.
pub async fn index(ctx: &Context, peer: &PublicKey, question: IndexQuestion) -> IndexAnswer {
    let (via, question) = match question {
        IndexQuestion::List(question) => (Via::Index, question),
        IndexQuestion::Receipt(question) => (Via::Receipt, question),
        IndexQuestion::Blind(question) => return find::blind::answer(ctx, peer, &question).await,
        IndexQuestion::Records(question) => {
            return find::records::answer(ctx, peer, &question).await;
        }
        IndexQuestion::Announce(announcement) => {
            return announce::take::answer(ctx, peer, &announcement).await;
        }
        question => return log(ctx, peer, question).await,
    };
    match ask(ctx, peer, via, &question).await {
        Ok(Answer::Page(page)) => IndexAnswer::List {
            manifests: page.found.iter().map(|entry| entry.manifest.compact().to_owned()).collect(),
            unreadable: u64::try_from(page.damaged.len()).unwrap_or(u64::MAX),
            next: page.next.map(|(_, document)| document),
        },
        Ok(Answer::Document(entry, _)) => receipts::answer(ctx, &entry).await,
        Err(refusal) => IndexAnswer::Refused(refusal),
    }
}

/// Answers a question about the logs of members. It concerns no patient, so it is counted but not recorded.
async fn log(ctx: &Context, peer: &PublicKey, question: IndexQuestion) -> IndexAnswer {
    let view = ctx.federation.view();
    let Some(member) = view.by_node(peer) else {
        return IndexAnswer::Refused(Refusal::NotPermitted);
    };
    let limit = member.limits.questions_per_minute.unwrap_or(QUESTIONS_PER_MINUTE);
    match ctx.log_questions.count(member.organisation, limit, clock::now()) {
        Turn::Now => {}
        Turn::First { seconds } | Turn::Later { seconds } => {
            return IndexAnswer::Refused(Refusal::Rate { retry_after: seconds });
        }
    }
    match question {
        IndexQuestion::Cosign(body) => witness::cosign(ctx, &body).await,
        IndexQuestion::Checkpoint(origin) => heads::checkpoint(ctx, &origin),
        IndexQuestion::Consistency { origin, from, to } => {
            heads::consistency(ctx, &origin, (from, to))
        }
        IndexQuestion::Fork(proof) => forks::handed(ctx, &proof).await,
        IndexQuestion::Event(question) => referral::receipts::answer(ctx, member, &question).await,
        IndexQuestion::State(question) => find::state::answer(ctx, question).await,
        IndexQuestion::List(_)
        | IndexQuestion::Receipt(_)
        | IndexQuestion::Blind(_)
        | IndexQuestion::Records(_)
        | IndexQuestion::Announce(_) => IndexAnswer::Refused(Refusal::NotPermitted),
    }
}

/// Serves the documents that a peer asks for on one stream, one after another, until it closes.
pub async fn documents(ctx: &Context, peer: &PublicKey, mut stream: DocumentStream) {
    loop {
        let get = match timeout(IDLE_MAX, stream.read_frame(QUESTION_BYTES_MAX)).await {
            Ok(Ok(Some(bytes))) => decode::<Get>(&bytes),
            Ok(Ok(None)) | Err(_) => break,
            Ok(Err(error)) => {
                debug!(error = chain(&error), "document stream ended");
                return;
            }
        };
        let Ok(get) = get else {
            debug!("a document stream carried something else than a question");
            return;
        };
        if let Err(stopped) = document(ctx, peer, &mut stream, &get).await {
            debug!(stopped, "document stream ended");
            return;
        }
    }
    stream.close().await;
}

async fn document(
    ctx: &Context,
    peer: &PublicKey,
    stream: &mut DocumentStream,
    get: &Get,
) -> Result<(), String> {
    match open(ctx, peer, get).await {
        Ok((entry, reader)) => {
            let head = Head::Document { manifest: entry.manifest.compact().to_owned() };
            send(stream, &encode(&head).map_err(|e| chain(&e))?).await?;
            serve(stream, &reader, get.first).await?;
            info!(document = %entry.manifest.claimed().document, "document served");
        }
        Err(refusal) => {
            send(stream, &encode(&Head::Refused(refusal)).map_err(|e| chain(&e))?).await?;
        }
    }
    in_time(stream.flush()).await
}

async fn open(
    ctx: &Context,
    peer: &PublicKey,
    get: &Get,
) -> Result<(Box<Entry>, DocumentReader), Refusal> {
    let Answer::Document(entry, permit) = ask(ctx, peer, Via::Document, &get.question).await?
    else {
        return Err(Refusal::NotPermitted);
    };
    let reader = ctx.store.read(&entry, &permit).map_err(|error| match error {
        StoreError::Erased => Refusal::NotPermitted,
        error => {
            warn!(error = chain(&error), document = %entry.manifest.claimed().document, "cannot read a document");
            Refusal::Technical
        }
    })?;
    Ok((entry, reader))
}

async fn serve(
    stream: &mut DocumentStream,
    reader: &DocumentReader,
    first: u64,
) -> Result<(), String> {
    send(stream, &reader.subtrees().to_bytes()).await?;
    let mut next = subtree(reader, first, Subtree::default()).await?;
    let mut memory = Subtree::default();
    // One is read and opened while the one before it is sent.
    for index in first..reader.subtrees().count() {
        let reading = async { subtree(reader, index.saturating_add(1), memory).await };
        let (sent, read) = join!(in_time(stream.write_parts(next.chunks())), reading);
        sent?;
        memory = replace(&mut next, read?);
    }
    Ok(())
}

/// Reads the subtree at `index` into `memory`; nothing behind the last.
async fn subtree(reader: &DocumentReader, index: u64, memory: Subtree) -> Result<Subtree, String> {
    if index >= reader.subtrees().count() {
        return Ok(memory);
    }
    reader.subtree(index, memory).await.map_err(|error| {
        warn!(error = chain(&error), "a document is damaged");
        chain(&error)
    })
}

/// A receiver that takes nothing for [`STALL_MAX`] is given up.
async fn send(stream: &mut DocumentStream, frame: &[u8]) -> Result<(), String> {
    in_time(stream.write_frame(frame)).await
}

async fn in_time<E: std::error::Error>(
    act: impl Future<Output = Result<(), E>>,
) -> Result<(), String> {
    match timeout(STALL_MAX, act).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("the peer takes nothing".to_owned()),
    }
}

/// Admits, decides and records one question; the record is durable when this returns.
async fn ask(ctx: &Context, peer: &PublicKey, via: Via, question: &str) -> Result<Answer, Refusal> {
    let view = ctx.federation.view();
    let Some(member) = view.by_node(peer) else { return Err(Refusal::NotPermitted) };
    recorded(ctx, member, |record| {
        let now = record.time;
        judge(ctx, member, (via, question), record).map_err(|reason| (reason, refusal(reason, now)))
    })
    .await
}

/// Judges a question; what is learnt of it on the way goes into the record, also when it is denied.
fn judge(
    ctx: &Context,
    member: &Member,
    (via, text): (Via, &str),
    record: &mut Record,
) -> Result<Answer, Reason> {
    let question = admitted(ctx, member, text, record)?;
    let Question { caller, ask, .. } = question.statement();
    let standing = ctx.federation.view().standing(record.time);
    let facts = Facts { here: ctx.here(), caller, standing };
    match (via, *ask) {
        (Via::Document | Via::Receipt, Ask::Read { document }) => {
            read(ctx, &facts, document, record)
        }
        (Via::Index, Ask::List { after }) => list(ctx, &facts, after, record),
        (_, Ask::Records { .. })
        | (Via::Document | Via::Receipt, Ask::List { .. })
        | (Via::Index, Ask::Read { .. }) => Err(Reason::Malformed),
    }
}

fn read(
    ctx: &Context,
    facts: &Facts<'_>,
    document: DocumentId,
    record: &mut Record,
) -> Result<Answer, Reason> {
    let entry = block_in_place(|| ctx.store.entry(ctx.here(), document)).map_err(unreadable)?;
    *record = match &entry {
        Some(entry) => record.clone().of(entry.manifest.claimed()),
        None => record.clone().about(document),
    };
    let asker = facts.caller.organisation;
    let is_opened = block_in_place(|| opens(ctx, document, asker)).map_err(unreadable)?;
    let known = entry.as_ref().map(|entry| Known { is_opened, ..known(entry) });
    let permit = decide(facts, Request::Read(&Subject { document, known }))?;
    Ok(Answer::Document(Box::new(entry.ok_or(Reason::Unknown)?), permit))
}

fn list(
    ctx: &Context,
    facts: &Facts<'_>,
    after: Option<DocumentId>,
    record: &mut Record,
) -> Result<Answer, Reason> {
    let permit = decide(facts, Request::List)?;
    let page = block_in_place(|| ctx.store.shared_with(&permit, after, LIST_PAGE_MAX));
    let page = page.map_err(unreadable)?;
    *record =
        page.found.iter().fold(record.clone(), |record, entry| record.of(entry.manifest.claimed()));
    Ok(Answer::Page(page))
}
