//! The documents that are here: listed, shown and read by people on this machine.

use std::iter;

use budstikke_protocol::access::decide::{Facts, Known, Permit, Request, Subject, decide};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::reason::Reason;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::ids::{DocumentId, ManifestDigest, OrganisationNumber};

use super::caller::Which;
use super::context::Context;
use super::erase::gone;
use crate::clock;
use crate::failure::Failure;
use crate::store::{Commit, DocumentReader, Entry, Page, StoreError};

/// How many documents one page of a local list has, and one access record names.
const PAGE: usize = 256;

/// A page of the documents and copies that are here, after the look at each has been recorded.
///
/// # Errors
/// When it is not permitted, or the record cannot be written; nothing is listed then.
pub async fn list(
    ctx: &Context,
    caller: &Caller,
    after: Option<(OrganisationNumber, DocumentId)>,
) -> Result<Page, Failure> {
    let record = Record::permitted(Action::List, caller, clock::now());
    let permit = match decide(&facts(ctx, caller), Request::List) {
        Ok(permit) => permit,
        Err(reason) => return Err(denied(ctx, record, reason).await),
    };
    let page = tokio::task::block_in_place(|| ctx.store.entries(&permit, after, PAGE))?;
    let record =
        page.found.iter().fold(record, |record, entry| record.of(entry.manifest.claimed()));
    ctx.store.commit(Commit::new(record)).await?;
    Ok(page)
}

/// One document that is here, after the look has been recorded, whether or not it was permitted.
///
/// # Errors
/// When it is not here, is not permitted, or the record cannot be written.
pub async fn show(
    ctx: &Context,
    caller: &Caller,
    which: Which,
    action: Action,
) -> Result<(Entry, Permit), Failure> {
    let entry = here(ctx, which)?;
    let record = Record::permitted(action, caller, clock::now());
    let record = match &entry {
        Some(entry) => record.of(entry.manifest.claimed()),
        None => record.about(which.document),
    };
    let subject = Subject { document: which.document, known: entry.as_ref().map(known) };
    match (decide(&facts(ctx, caller), Request::Read(&subject)), entry) {
        (Ok(permit), Some(entry)) => {
            ctx.store.commit(Commit::new(record)).await?;
            Ok((entry, permit))
        }
        (Ok(_), None) | (Err(Reason::Unknown), _) => {
            ctx.store.commit(Commit::new(record.denied(Reason::Unknown))).await?;
            Err(missing(ctx, which)?)
        }
        (Err(reason), _) => Err(denied(ctx, record, reason).await),
    }
}

/// Records that a look was denied, and says so.
async fn denied(ctx: &Context, record: Record, reason: Reason) -> Failure {
    if let Err(error) = ctx.store.commit(Commit::new(record.denied(reason))).await {
        return error.into();
    }
    Failure::new(
        format!("the policy of this node does not permit it ({reason:?})"),
        "see docs/operate.md, Access",
    )
}

/// Why a document is not here.
fn missing(ctx: &Context, which: Which) -> Result<Failure, Failure> {
    for custodian in custodians(ctx, which) {
        if let Some(erased) = gone(ctx, custodian, which.document)? {
            return Ok(erased);
        }
    }
    Ok(Failure::new(
        "the document is not here",
        "check its id; when another organisation has it, say which: --from ORG",
    ))
}

/// The bytes of one document that is here, after the look has been recorded.
///
/// # Errors
/// As [`show`], or when the file is damaged.
pub async fn read(
    ctx: &Context,
    caller: &Caller,
    which: Which,
    action: Action,
) -> Result<(Entry, DocumentReader), Failure> {
    let (entry, permit) = show(ctx, caller, which, action).await?;
    let reader = ctx.store.read(&entry, &permit)?;
    Ok((entry, reader))
}

/// The document, if it is here: of the organisation that is named, else this organisation's own, else any copy.
///
/// # Errors
/// When the store cannot be read.
pub fn here(ctx: &Context, which: Which) -> Result<Option<Entry>, Failure> {
    for custodian in custodians(ctx, which) {
        if let Some(entry) = ctx.store.entry(custodian, which.document)? {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

fn custodians(ctx: &Context, which: Which) -> Vec<OrganisationNumber> {
    if let Some(from) = which.from {
        return vec![from];
    }
    let view = ctx.federation.view();
    let members = view.roster().members.iter().map(|member| member.organisation);
    iter::once(ctx.here()).chain(members).collect()
}

/// What is known of a stored document, for the decision about a caller on this machine.
pub fn known(entry: &Entry) -> Known<'_> {
    Known {
        manifest: ManifestDigest::new(entry.manifest.digest()),
        custodian: entry.manifest.claimed().organisation,
        sharing: &entry.sharing,
        is_opened: false,
        is_withdrawn: entry.withdrawal.is_some(),
    }
}

/// Whether a referral to which this organisation has attached the document opens it to `asker`.
///
/// # Errors
/// When the referrals cannot be read.
pub fn opens(
    ctx: &Context,
    document: DocumentId,
    asker: OrganisationNumber,
) -> Result<bool, StoreError> {
    let (referrals, now) = (ctx.store.referrals().attaching(ctx.here(), document)?, clock::now());
    Ok(referrals.iter().any(|referral| referral.state.opens(ctx.here(), asker, now)))
}

fn facts<'a>(ctx: &Context, caller: &'a Caller) -> Facts<'a> {
    Facts { here: ctx.here(), caller, standing: ctx.federation.view().standing(clock::now()) }
}
