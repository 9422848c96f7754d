//! Following the index of a member: it is asked how it stands, and its mirror goes there when that was verified.
//!
//! Whoever has the presence file of a member looks up there whether it has records of a patient, and asks no further where it has none: so
//! the member does not learn of whom was asked. A mirror only ever goes forward, and only by what was verified.

use std::sync::PoisonError;

use budstikke_keys::note::Note;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::index::state::fits;
use budstikke_protocol::index::stated::{Stated, Statement, verify_state};
use budstikke_protocol::log::tree::TreeHash;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion, StateAnswer, StateQuestion};
use serde_bytes::ByteArray;
use tokio::task::block_in_place;
use tracing::warn;

use super::mirrors::{Held, Looked, Slot, Stand};
use super::rosters::Rosters;
use super::trouble::Trouble;
use crate::clock;
use crate::failure::chain;
use crate::net::NetError;
use crate::service::context::Context;
use crate::store::Mirrored;

/// The most bytes of a presence file that is mirrored: all inhabitants, coming and going five times in an epoch.
const PRESENCE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The most parts of a presence file that are asked for at once; twice what the longest has.
const PARTS_MAX: usize = 512;

/// Takes from the disk what is kept of a member, unless this run has done so.
///
/// Whoever asks the member meanwhile has done so first.
pub async fn load(ctx: &Context, rosters: &Rosters, member: OrganisationNumber) {
    let slot = ctx.mirrors.slot(member);
    let mut looked = slot.asking.lock().await;
    look(ctx, rosters, member, (&slot, &mut looked));
}

fn look(
    ctx: &Context,
    rosters: &Rosters,
    member: OrganisationNumber,
    (slot, looked): (&Slot, &mut Looked),
) {
    if looked.0 {
        return;
    }
    looked.0 = true;
    let (origin, history) = (rosters.origin(member), rosters.history());
    let held = block_in_place(|| {
        let mut stated = None;
        let Mirrored { statement, presence } = ctx.mirrors.files().read(member, |statement| {
            let opened = statement.open(&origin, &history).ok()?;
            let length = (opened.state.epoch, opened.state.presence_bytes);
            stated = Some(opened);
            Some(length)
        })?;
        let stated = stated.filter(|stated| fits(&presence, &stated.state).is_ok())?;
        Some(Held { stand: Stand { stated, statement }, presence })
    });
    *slot.held.write().unwrap_or_else(PoisonError::into_inner) = held;
}

/// Asks a member how its index stands, and follows it there.
///
/// # Errors
/// [`Trouble`]; what was known before is known still, unless the presence file turned out to be another one.
pub async fn refresh(ctx: &Context, rosters: &Rosters, member: &Member) -> Result<(), Trouble> {
    let organisation = member.organisation;
    let slot = ctx.mirrors.slot(organisation);
    let mut looked = slot.asking.lock().await;
    look(ctx, rosters, organisation, (&slot, &mut looked));
    let last = ctx.mirrors.stand(organisation).map(|stand| stand.stated);
    let mut growth = Growth::behind(last.as_ref());
    for _ in 0..PARTS_MAX {
        let question = growth.question(last.as_ref().map_or(0, |last| last.head.size));
        let answer = state(ctx, member, question).await?;
        let (statement, consistency) = said(&answer).ok_or(Trouble::Answer)?;
        let (origin, history) = (rosters.origin(organisation), rosters.history());
        let last = last.as_ref().map(|last| (last, consistency.as_slice()));
        let stated =
            block_in_place(|| verify_state(&statement, (&origin, &history), last, clock::now()))?;
        if growth.take(&stated, &answer)? {
            let stand = Stand { stated, statement };
            return block_in_place(|| install(ctx, organisation, &slot, (stand, growth)));
        }
    }
    Err(Trouble::Presence)
}

/// What comes to a presence file that is mirrored.
#[derive(Debug, Default)]
struct Growth {
    epoch: u32,
    /// Up to where it is mirrored already.
    from: u64,
    more: Vec<u8>,
}

impl Growth {
    fn behind(last: Option<&Stated>) -> Self {
        let state = last.map(|last| &last.state);
        state.map_or_else(Self::default, |state| Self {
            epoch: state.epoch,
            from: state.presence_bytes,
            more: Vec::new(),
        })
    }

    fn length(&self) -> u64 {
        self.from.saturating_add(u64::try_from(self.more.len()).unwrap_or(u64::MAX))
    }

    fn question(&self, size: u64) -> StateQuestion {
        StateQuestion { size, epoch: self.epoch, presence: self.length() }
    }

    /// Takes what came, and says whether that is all of the file that the STATE speaks of.
    fn take(&mut self, stated: &Stated, answer: &StateAnswer) -> Result<bool, Trouble> {
        let whole = stated.state.presence_bytes;
        if stated.state.epoch != self.epoch {
            *self = Self { epoch: stated.state.epoch, ..Self::default() };
        }
        let part = answer.presence.as_slice();
        if (answer.from != self.length() && !part.is_empty()) || whole > PRESENCE_BYTES_MAX {
            return Err(Trouble::Presence);
        }
        self.more.extend_from_slice(part);
        match self.length() {
            length if length == whole => Ok(true),
            length if length < whole && !part.is_empty() => Ok(false),
            _ => Err(Trouble::Presence),
        }
    }
}

/// What an answer says, unchecked; nothing when it is no statement.
fn said(answer: &StateAnswer) -> Option<(Statement, Vec<TreeHash>)> {
    let hash = |hash: &ByteArray<32>| TreeHash::from_bytes(hash.into_array());
    let statement = Statement {
        checkpoint: Note::parse(answer.checkpoint.as_bytes()).ok()?,
        state: answer.state.into_array(),
        path: answer.path.iter().map(hash).collect(),
    };
    Some((statement, answer.consistency.iter().map(hash).collect()))
}

/// Has the mirror of a member stand where it was verified to stand.
fn install(
    ctx: &Context,
    member: OrganisationNumber,
    slot: &Slot,
    (stand, growth): (Stand, Growth),
) -> Result<(), Trouble> {
    let mut held = slot.held.write().unwrap_or_else(PoisonError::into_inner);
    let before = held.take().filter(|held| held.stand.stated.state.epoch == growth.epoch);
    let mut presence = before.map(|held| held.presence).unwrap_or_default();
    let is_it =
        presence.extend(&growth.more).is_ok() && fits(&presence, &stand.stated.state).is_ok();
    if !is_it {
        // What was there cannot be told from what came to it: all of it is asked for anew.
        if let Err(error) = ctx.mirrors.files().forget(member) {
            warn!(error = chain(&error), "a mirror of a presence file cannot be removed");
        }
        return Err(Trouble::Presence);
    }
    let more = (growth.epoch, growth.from, growth.more.as_slice());
    if let Err(error) = ctx.mirrors.files().write(member, &stand.statement, more) {
        warn!(
            error = chain(&error),
            "a mirror of an index cannot be kept; it is asked for anew at the next start"
        );
    }
    *held = Some(Held { stand, presence });
    Ok(())
}

async fn state(
    ctx: &Context,
    member: &Member,
    question: StateQuestion,
) -> Result<StateAnswer, Trouble> {
    let ask = || ctx.net.index(member.keys.node, IndexQuestion::State(question));
    let answer = match ask().await {
        // An idle connection may close under the question.
        Err(NetError::Closed) => ask().await,
        answer => answer,
    };
    match answer? {
        IndexAnswer::State(answer) => Ok(*answer),
        IndexAnswer::Refused(refusal) => Err(Trouble::Refused(refusal)),
        _ => Err(Trouble::Answer),
    }
}
