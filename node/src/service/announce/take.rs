//! Taking what another organisation announces: it is checked to be its own, shared with this one, and in its log; then it is kept.

use budstikke_keys::jws::{Claimed, Verified};
use budstikke_keys::public::PublicKey;
use budstikke_protocol::access::reason::Reason;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::judge::{Signed, proven};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{Sharing, SharingChange};
use budstikke_protocol::federation::roster::{KeyState, Member, Roster};
use budstikke_protocol::ids::{ManifestDigest, OrganisationNumber};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::log::history::History;
use budstikke_protocol::log::receipt::RECEIPT_BYTES_MAX;
use budstikke_protocol::wire::index::{Announcement, IndexAnswer};
use budstikke_protocol::wire::refusal::Refusal;
use tokio::task::block_in_place;
use tracing::{info, warn};

use crate::failure::chain;
use crate::service::ask::{PeerFault, manifest};
use crate::service::context::Context;
use crate::service::index::history;
use crate::service::recorded::{begin, end, refusal, unreadable};
use crate::store::{Change, Commit};

/// An announcement that is what it says.
struct Checked {
    manifest: Verified<Manifest>,
    sharing: Option<Verified<SharingChange>>,
}

/// Answers whoever announces a document.
pub async fn answer(ctx: &Context, peer: &PublicKey, announcement: &Announcement) -> IndexAnswer {
    let view = ctx.federation.view();
    let Some(member) = view.by_node(peer) else {
        return IndexAnswer::Refused(Refusal::NotPermitted);
    };
    let (record, turn) = match begin(ctx, member) {
        Ok(begun) => begun,
        Err(refusal) => return IndexAnswer::Refused(refusal),
    };
    let record = Record { action: Action::Announce, ..record };
    let now = record.time;
    let (earlier, newest) = ctx.federation.all().await;
    let history = history(&earlier, &newest);
    let judged = turn.and_then(|()| {
        let denied = |reason| (reason, refusal(reason, now));
        if !view.standing(now).permits_exchange() {
            return Err(denied(Reason::ExchangeStopped));
        }
        let about = (ctx.here(), member, view.roster());
        let checked = block_in_place(|| check(about, announcement, &history)).map_err(denied)?;
        let has = block_in_place(|| ctx.store.announcements().has(checked.manifest.statement()));
        Ok((checked, has.map_err(|error| denied(unreadable(error)))?))
    });
    match judged {
        // It was written down when it was kept.
        Ok((_, true)) => IndexAnswer::Announced,
        Ok((checked, false)) => keep(ctx, record, &checked, &announcement.receipt).await,
        Err(denial) => match end(ctx, record, Err::<(), _>(denial)).await {
            Ok(()) => IndexAnswer::Announced,
            Err(refusal) => IndexAnswer::Refused(refusal),
        },
    }
}

async fn keep(ctx: &Context, record: Record, checked: &Checked, receipt: &str) -> IndexAnswer {
    let manifest = &checked.manifest;
    let change = Change::Announced { manifest, sharing: checked.sharing.as_ref(), receipt };
    let commit = Commit::new(record.of(manifest.statement())).with(change);
    match ctx.store.commit(commit).await {
        Ok(()) => {
            let Manifest { document, organisation, .. } = manifest.statement();
            info!(%document, from = %organisation, "an announced document is known");
            IndexAnswer::Announced
        }
        Err(error) => {
            warn!(error = chain(&error), "an announcement could not be kept");
            IndexAnswer::Refused(Refusal::Technical)
        }
    }
}

/// Checks that what `peer` announces is a document of its own, shared with this organisation by name, and that its log has it.
fn check(
    (here, peer, roster): (OrganisationNumber, &Member, &Roster),
    announcement: &Announcement,
    history: &History<'_>,
) -> Result<Checked, Reason> {
    let custodian = peer.organisation;
    let manifest = manifest(&announcement.manifest, custodian, roster).map_err(reason)?;
    let sharing = announcement.sharing.as_deref();
    let sharing = sharing.map(|text| change(text, &manifest, roster)).transpose()?;
    let said = sharing.as_ref().map_or(&manifest.statement().sharing, |it| &it.statement().sharing);
    if !matches!(said, Sharing::Organisations(named) if named.contains(&here)) {
        return Err(Reason::NotShared);
    }
    let receipt = announcement.receipt.as_bytes();
    if receipt.len() > RECEIPT_BYTES_MAX {
        return Err(Reason::Malformed);
    }
    proven(receipt, &Signed::from(&manifest), history).ok().ok_or(Reason::Receipt)?;
    Ok(Checked { manifest, sharing })
}

/// Checks that the custodian has said anew who may read the document of `manifest`.
fn change(
    text: &str,
    manifest: &Verified<Manifest>,
    roster: &Roster,
) -> Result<Verified<SharingChange>, Reason> {
    let claimed = Claimed::<SharingChange>::parse(text, STATEMENT_BYTES_MAX);
    let claimed = claimed.ok().ok_or(Reason::Malformed)?;
    let (about, said) = (manifest.statement(), claimed.claimed());
    let is_of_it = said.organisation == about.organisation
        && said.document == about.document
        && said.manifest == ManifestDigest::new(manifest.digest());
    if !is_of_it {
        return Err(Reason::Malformed);
    }
    let (member, key, state) = roster.signing_key(claimed.kid()).ok_or(Reason::Signature)?;
    let is_trusted = matches!(state, KeyState::Current | KeyState::Retired { .. });
    if member.organisation != about.organisation || !is_trusted {
        return Err(Reason::Signature);
    }
    claimed.verify(&key).ok().ok_or(Reason::Signature)
}

fn reason(fault: PeerFault) -> Reason {
    match fault {
        PeerFault::Other => Reason::NotThePeer,
        PeerFault::Signature => Reason::Signature,
        _ => Reason::Malformed,
    }
}
