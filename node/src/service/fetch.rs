//! Fetching a document from its custodian: streamed, checked subtree by subtree, kept as a copy, resumed after a break.

use std::time::Duration;

use budstikke_keys::jws::Verified;
use budstikke_protocol::access::question::{Ask, Caller};
use budstikke_protocol::access::reason::Reason;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::content::Subtrees;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::limits::{STALL_MAX, SUBTREE_BYTES};
use budstikke_protocol::wire::codec::{Message, decode, encode};
use budstikke_protocol::wire::document::{Get, Head, LIST_FRAME_BYTES_MAX};
use tokio::time::{sleep, timeout};
use tokio::try_join;
use tracing::{debug, info, warn};

use super::ask::{PeerFault, blame, manifest, question, refused};
use super::context::Context;
use crate::clock;
use crate::failure::{Failure, chain};
use crate::net::{DocumentStream, StreamError};
use crate::store::{Change, Commit, DocumentError, Fetch, Subtree, Written};

/// How many attempts in a row may end without getting further than any before.
const TRIES: u32 = 5;

/// How much longer it waits before each further attempt: ten seconds in all, in which a node can be started again.
const PAUSE: Duration = Duration::from_secs(1);

/// What ended one attempt.
enum Ended {
    /// The stream broke or stalled; what was verified is kept, another attempt goes on from there.
    Broken(String),
    /// There was no stream: the fault of a command that names a member that is down, but not of one that had begun.
    Unreachable(Failure),
    /// Another attempt would end the same way.
    Failed(Failure),
    /// The custodian signed two digests of different contents.
    TwoContents,
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a fetch has come to, over all its attempts.
struct Watch<'a> {
    /// Is told how many bytes of how many are verified and written.
    report: &'a mut (dyn FnMut(u64, u64) + Send),
    /// How many bytes an earlier fetch had left here.
    resumed_from: Option<u64>,
    /// How many bytes were verified when it had come furthest: a custodian that signs the document anew each time, and so
    /// has it begun anew, must not keep a fetch going for ever.
    furthest: u64,
    /// Attempts in a row that came no further than that.
    tries: u32,
}

impl Watch<'_> {
    fn resumed(&mut self, from: u64, size: u64) {
        self.resumed_from.get_or_insert(from);
        (self.report)(from, size);
    }

    fn verified(&mut self, done: u64, size: u64) {
        if done > self.furthest {
            self.furthest = done;
            self.tries = 0;
        }
        (self.report)(done, size);
    }
}

/// Fetches `document` from `from` and keeps it as a copy; `report` is told how many bytes of how many are verified and
/// written. Gives how many of them an earlier fetch had left here, and this one has not asked for again.
///
/// # Errors
/// When the member cannot be reached, refuses, sends what was not asked for, or the disk says no. What was verified of a
/// larger document is kept, and the next fetch goes on from there.
pub async fn fetch(
    ctx: &Context,
    caller: &Caller,
    from: OrganisationNumber,
    document: DocumentId,
    report: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<u64, Failure> {
    let record =
        Record::permitted(Action::Ask, caller, clock::now()).with_peer(from).about(document);
    ctx.store.commit(Commit::new(record)).await?;
    let mut watch = Watch { report, resumed_from: None, furthest: 0, tries: 0 };
    loop {
        let reason = match attempt(ctx, caller, from, document, &mut watch).await {
            Ok(()) => return Ok(watch.resumed_from.unwrap_or(0)),
            Err(Ended::Failed(failure)) => return Err(failure),
            Err(Ended::TwoContents) => {
                return Err(blame(ctx.federation.view().active(from)?, PeerFault::TwoContents));
            }
            Err(Ended::Unreachable(failure)) if watch.resumed_from.is_none() => {
                return Err(failure);
            }
            Err(Ended::Unreachable(failure)) => failure.error,
            Err(Ended::Broken(reason)) => reason,
        };
        watch.tries = watch.tries.saturating_add(1);
        if watch.tries >= TRIES {
            return Err(Failure::new(
                format!("the transfer from {from} broke off: {reason}"),
                "check with them that it runs, and that its roster has this organisation as an active member; \
                 given again, the command goes on from the last verified part",
            ));
        }
        warn!(%document, reason, "transfer broke off, trying again");
        sleep(PAUSE.saturating_mul(watch.tries)).await;
    }
}

async fn attempt(
    ctx: &Context,
    caller: &Caller,
    from: OrganisationNumber,
    document: DocumentId,
    watch: &mut Watch<'_>,
) -> Result<(), Ended> {
    let view = ctx.federation.view();
    let member = view.active(from)?;
    let begun = ctx.store.open_fetch(from, document).await.map_err(Failure::from)?;
    let first = begun.as_ref().map_or(0, Fetch::verified_subtrees);
    let stream = ctx.net.document_stream(member.keys.node).await;
    let mut stream = stream.map_err(|error| Ended::Unreachable(error.into()))?;
    let get = Get { question: question(ctx, caller, from, Ask::Read { document })?, first };
    let compact = head(&mut stream, &get, member).await?;
    let manifest = manifest(&compact, from, view.roster()).map_err(|fault| blame(member, fault))?;
    if manifest.statement().document != document {
        return Err(blame(member, PeerFault::Other).into());
    }
    let subtrees = list(&mut stream, &manifest, member).await?;
    let incoming = Incoming { manifest: &manifest, subtrees, member };
    let written = match begun {
        Some(begun) if begun.manifest() != compact => {
            return Err(restart(ctx, caller, &manifest, from).await);
        }
        Some(begun) => receive(&mut stream, incoming, begun, watch).await,
        None if incoming.subtrees.count() == 1 => small(ctx, &mut stream, incoming, watch).await,
        None => large(ctx, caller, &mut stream, incoming, watch).await,
    };
    stream.close().await;
    match written {
        Ok(written) => keep(ctx, caller, &manifest, written).await,
        Err(Ended::TwoContents) => Err(refuse(ctx, caller, &manifest, member).await),
        Err(ended) => Err(ended),
    }
}

/// A document on its way: what its custodian signed, and the list that leads to its root.
struct Incoming<'a> {
    manifest: &'a Verified<Manifest>,
    subtrees: Subtrees,
    member: &'a Member,
}

/// Asks, and takes the manifest from the answer.
async fn head(stream: &mut DocumentStream, get: &Get, member: &Member) -> Result<String, Ended> {
    let bytes =
        encode(get).map_err(|error| Failure::of(&error, "this is a fault of the program"))?;
    stream.write_frame(&bytes).await.map_err(broken)?;
    stream.flush().await.map_err(broken)?;
    let head = frame(stream, Head::BYTES_MAX).await?;
    match decode::<Head>(&head) {
        Ok(Head::Document { manifest }) => Ok(manifest),
        Ok(Head::Refused(refusal)) => Err(refused(member, refusal).into()),
        Err(_) => Err(blame(member, PeerFault::Malformed).into()),
    }
}

/// Takes the list of subtree hashes, which must lead to the signed root.
async fn list(
    stream: &mut DocumentStream,
    manifest: &Verified<Manifest>,
    member: &Member,
) -> Result<Subtrees, Ended> {
    let bytes = frame(stream, LIST_FRAME_BYTES_MAX).await?;
    let Manifest { blake3, size, .. } = manifest.statement();
    Subtrees::parse(*blake3, *size, &bytes)
        .ok()
        .ok_or_else(|| blame(member, PeerFault::Content).into())
}

/// A document of one subtree needs no record of having begun: it is asked for again as a whole.
async fn small(
    ctx: &Context,
    stream: &mut DocumentStream,
    incoming: Incoming<'_>,
    watch: &mut Watch<'_>,
) -> Result<Written, Ended> {
    let bytes = frame(stream, SUBTREE_BYTES).await?;
    incoming
        .subtrees
        .verify(0, &bytes)
        .ok()
        .ok_or_else(|| blame(incoming.member, PeerFault::Content))?;
    let mut writer = ctx.store.document_writer().map_err(Failure::from)?;
    writer.push(&bytes).await.map_err(Failure::from)?;
    let size = incoming.manifest.statement().size;
    watch.verified(size, size);
    let written = writer.finish().await.map_err(Failure::from)?;
    if written.content.sha256 == incoming.manifest.statement().sha256 {
        Ok(written)
    } else {
        Err(Ended::TwoContents)
    }
}

/// A larger document: that it has begun is durable before its first byte, so that it can go on after a crash.
async fn large(
    ctx: &Context,
    caller: &Caller,
    stream: &mut DocumentStream,
    incoming: Incoming<'_>,
    watch: &mut Watch<'_>,
) -> Result<Written, Ended> {
    let begun = ctx.store.new_fetch(incoming.manifest).map_err(Failure::from)?;
    let record = Record::permitted(Action::Fetch, caller, clock::now());
    let record = record.with_peer(incoming.member.organisation).of(incoming.manifest.statement());
    ctx.store
        .commit(Commit::new(record).with(Change::FetchStarted(&begun)))
        .await
        .map_err(Failure::from)?;
    receive(stream, incoming, begun, watch).await
}

/// Goes on from the first subtree that is missing.
async fn receive(
    stream: &mut DocumentStream,
    incoming: Incoming<'_>,
    begun: Fetch,
    watch: &mut Watch<'_>,
) -> Result<Written, Ended> {
    let size = incoming.manifest.statement().size;
    let mut writer = begun.resume(incoming.subtrees.clone()).map_err(Failure::from)?;
    let bytes_before = |index: u64| index.saturating_mul(length(SUBTREE_BYTES)).min(size);
    watch.resumed(bytes_before(writer.verified_subtrees()), size);
    let first = writer.verified_subtrees();
    let mut coming = subtree(stream, &incoming.subtrees, first, Subtree::default()).await?;
    let mut memory = Subtree::default();
    // One is received while the one before it is verified and written.
    for index in first..incoming.subtrees.count() {
        let after = index.saturating_add(1);
        let writing = async {
            let pushed = writer.push_subtree(index, coming).await;
            let memory = pushed.map_err(|error| not_written(incoming.member, error))?;
            watch.verified(bytes_before(after), size);
            Ok::<_, Ended>(memory)
        };
        // A stream that breaks leaves what has come to be written; what cannot be written ends both at once.
        let receiving = async { Ok(subtree(stream, &incoming.subtrees, after, memory).await) };
        let received;
        (memory, received) = try_join!(writing, receiving)?;
        coming = received?;
    }
    writer.finish().await.map_err(|error| not_written(incoming.member, error))
}

/// Takes the subtree at `index` into `memory`; nothing behind the last.
async fn subtree(
    stream: &mut DocumentStream,
    subtrees: &Subtrees,
    index: u64,
    mut memory: Subtree,
) -> Result<Subtree, Ended> {
    if index >= subtrees.count() {
        return Ok(memory);
    }
    in_time(async {
        let Some(bytes) = stream.begin_frame(SUBTREE_BYTES).await? else { return Ok(None) };
        memory.resize(bytes);
        for chunk in memory.chunks_mut() {
            stream.read_part(chunk).await?;
        }
        Ok(Some(memory))
    })
    .await
}

/// Whose fault it is that bytes were not taken: the peer's, or this machine's.
fn not_written(member: &Member, error: DocumentError) -> Ended {
    match error {
        DocumentError::Content(_) => Ended::Failed(blame(member, PeerFault::Content)),
        DocumentError::Sha256 => Ended::TwoContents,
        error => Ended::Failed(error.into()),
    }
}

/// Takes the next frame.
async fn frame(stream: &mut DocumentStream, max: usize) -> Result<Vec<u8>, Ended> {
    in_time(stream.read_frame(max)).await
}

/// A peer that sends nothing whole for [`STALL_MAX`] is given up.
async fn in_time<T>(
    frame: impl Future<Output = Result<Option<T>, StreamError>>,
) -> Result<T, Ended> {
    match timeout(STALL_MAX, frame).await {
        Ok(Ok(Some(frame))) => Ok(frame),
        Ok(Ok(None)) => Err(Ended::Broken("the peer ended the stream".to_owned())),
        Ok(Err(error)) => Err(broken(error)),
        Err(_) => Err(Ended::Broken(format!("nothing arrived for {} s", STALL_MAX.as_secs()))),
    }
}

/// Both digests are those that were signed: only now is the copy visible.
async fn keep(
    ctx: &Context,
    caller: &Caller,
    manifest: &Verified<Manifest>,
    written: Written,
) -> Result<(), Ended> {
    let statement = manifest.statement();
    let from = statement.organisation;
    let record =
        Record::permitted(Action::Keep, caller, clock::now()).with_peer(from).of(statement);
    let kept = Change::CopyKept { manifest, body: written.body };
    ctx.store.commit(Commit::new(record).with(kept)).await.map_err(Failure::from)?;
    info!(document = %statement.document, %from, bytes = statement.size, "document fetched");
    Ok(())
}

/// The bytes verify against one of the signed digests and not against the other: nothing of them is kept.
async fn refuse(
    ctx: &Context,
    caller: &Caller,
    manifest: &Verified<Manifest>,
    member: &Member,
) -> Ended {
    let statement = manifest.statement();
    let record = Record::permitted(Action::Keep, caller, clock::now())
        .with_peer(statement.organisation)
        .of(statement);
    let ended =
        Change::FetchEnded { custodian: statement.organisation, document: statement.document };
    match ctx.store.commit(Commit::new(record.denied(Reason::Content)).with(ended)).await {
        Ok(()) => Ended::Failed(blame(member, PeerFault::TwoContents)),
        Err(error) => Ended::Failed(error.into()),
    }
}

/// The custodian signed another manifest for the document since the fetch began: what was kept of the old one goes.
async fn restart(
    ctx: &Context,
    caller: &Caller,
    manifest: &Verified<Manifest>,
    from: OrganisationNumber,
) -> Ended {
    let statement = manifest.statement();
    let record =
        Record::permitted(Action::Fetch, caller, clock::now()).with_peer(from).of(statement);
    let ended = Change::FetchEnded { custodian: from, document: statement.document };
    match ctx.store.commit(Commit::new(record).with(ended)).await {
        Ok(()) => Ended::Broken("the custodian signed the document anew".to_owned()),
        Err(error) => Ended::Failed(error.into()),
    }
}

/// What the transport says of a lost connection is for the log; people are told that it was lost.
fn broken(error: StreamError) -> Ended {
    debug!(error = chain(&error), "document stream broke");
    Ended::Broken(match error {
        StreamError::Io(_) => "the connection was lost".to_owned(),
        error => error.to_string(),
    })
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
