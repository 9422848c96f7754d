//! Proofs of what was said in a referral: the receipt of each event, and the file that holds them all.

use std::collections::BTreeMap;

use budstikke_keys::jws::Claimed;
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::record::Action;
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::referral::event::{Event, ReferralName};
use budstikke_protocol::referral::state::Side;

use super::find::ReferralRef;
use super::receipts;
use super::show::{Shown, show_as};
use crate::clock;
use crate::evidence::referral::{Piece, write};
use crate::failure::Failure;
use crate::service::context::Context;
use crate::service::receipts::Fitting;

/// The receipts of events, each by its side and its number there.
pub type Receipts = BTreeMap<(Side, u32), Result<Fitting, Failure>>;

/// Evidence of a referral, whole.
#[derive(Debug)]
pub struct Export {
    /// Which.
    pub name: ReferralName,
    /// Whom it is about.
    pub patient: Identifier,
    /// The file.
    pub file: Vec<u8>,
    /// How many events are in it.
    pub events: usize,
    /// Of how many there is no receipt in it, and why of the first of them.
    pub unproven: usize,
    /// Why there is none of the first of them.
    pub reason: Option<Failure>,
}

/// The receipts of the newest `most` events of each side. Whoever was not reached once is not asked again meanwhile.
pub async fn receipts(ctx: &Context, shown: &Shown, most: usize) -> Receipts {
    let mut found = BTreeMap::new();
    for (side, chain) in [(Side::Referrer, &shown.referrers), (Side::Receiver, &shown.receivers)] {
        let mut unreached: Option<Failure> = None;
        for event in chain.iter().rev().take(most) {
            let fitting = match &unreached {
                Some(failure) => Err(failure.clone()),
                None => receipts::of(ctx, event).await,
            };
            if let Err(failure) = &fitting {
                unreached = Some(failure.clone()).filter(|_| side != shown.summary.here);
            }
            found.insert((side, event.claimed().number), fitting);
        }
    }
    found
}

/// Makes evidence of a referral, after the look has been recorded.
///
/// # Errors
/// As for showing it.
pub async fn export(ctx: &Context, caller: &Caller, which: ReferralRef) -> Result<Export, Failure> {
    let shown = show_as(ctx, caller, which, Action::Export).await?;
    // Evidence without a receipt is worth less, and evidence all the same: a side that is away keeps nobody from it.
    let receipts = receipts(ctx, &shown, usize::MAX).await;
    let rosters = ctx.federation.to_chain().await;
    let federation = ctx.federation.view().fingerprint;
    let chain = |side, events: &[Claimed<Event>]| -> Vec<Piece> {
        events.iter().map(|event| piece(side, event, &receipts)).collect()
    };
    let chains = (chain(Side::Referrer, &shown.referrers), chain(Side::Receiver, &shown.receivers));
    let name = shown.summary.name;
    let file = write(name, (&chains.0, &chains.1), (federation, &rosters), clock::now())
        .map_err(|error| Failure::of(&error, "this is a fault of the program"))?;
    let mut unproven = receipts.into_values().filter_map(Result::err);
    let reason = unproven.next();
    Ok(Export {
        name,
        patient: shown.summary.state.request().patient.clone(),
        file,
        events: shown.thread.lines().len(),
        unproven: unproven.count().saturating_add(usize::from(reason.is_some())),
        reason,
    })
}

fn piece(side: Side, event: &Claimed<Event>, receipts: &Receipts) -> Piece {
    let receipt = receipts.get(&(side, event.claimed().number));
    let receipt = receipt.and_then(|receipt| receipt.as_ref().ok());
    Piece {
        event: event.compact().to_owned(),
        receipt: receipt.map(|fitting| fitting.text.clone()),
    }
}
