//! Asking a member by name for the records of a patient, once its presence file has said that there are some.

use std::collections::{BTreeMap, BTreeSet};

use budstikke_keys::jws::Verified;
use budstikke_keys::note::Note;
use budstikke_protocol::access::question::Ask;
use budstikke_protocol::access::record::{Action, Record};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::roster::Member;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list_proof::ListProof;
use budstikke_protocol::index::outcome::Basis;
use budstikke_protocol::index::records::{Records, RecordsError, Shown, Sought, verify_records};
use budstikke_protocol::index::stated::{Stated, Statement};
use budstikke_protocol::limits::{LIST_PAGE_MAX, LISTED_MAX};
use budstikke_protocol::log::commitment::Salt;
use budstikke_protocol::log::tree::TreeHash;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion, RecordsAnswer};
use serde_bytes::{ByteArray, ByteBuf};
use tokio::task::block_in_place;
use zeroize::Zeroizing;

use super::mirrors::Stand;
use super::said::{Search, basis};
use super::trouble::Trouble;
use crate::clock;
use crate::failure::Failure;
use crate::net::NetError;
use crate::service::ask::question;
use crate::service::context::Context;
use crate::store::{Answer, Commit, ShownRecord};

/// The most pages of one list.
const PAGES_MAX: usize = LISTED_MAX / LIST_PAGE_MAX + 2;

/// What a member has shown, of all identifiers together. Where a record of the patient stands in the log tells it from others.
#[derive(Debug, Default)]
pub struct Named {
    /// All open records.
    pub listed: BTreeSet<u64>,
    /// Those that were not shown.
    pub withheld: BTreeSet<u64>,
    /// Those that were shown.
    pub records: BTreeMap<u64, Verified<Manifest>>,
    /// Those that were shown and are not trusted.
    pub doubted: BTreeSet<u64>,
    /// Those that were shown under other identifiers.
    pub foreign: BTreeSet<u64>,
    /// On what it rests.
    pub basis: Option<Basis>,
    /// What shows it.
    pub answers: Vec<Answer>,
}

/// One page of a list.
enum Page {
    Records(Box<RecordsAnswer>),
    /// There is no such list any more, or there never was.
    Nothing,
    OtherEpoch,
}

/// What comes of a list.
enum Listed {
    Whole,
    Nothing,
    OtherEpoch,
}

/// Asks a member for the lists of these labels, and says whether that is an answer, or its index is in another epoch by now.
///
/// # Errors
/// [`Trouble`]; what was shown until then is among the answers.
pub async fn ask(
    ctx: &Context,
    search: &Search<'_>,
    (member, stand): (&Member, &Stand),
    hits: &[(u16, Label)],
    named: &mut Named,
) -> Result<bool, Trouble> {
    let record = Record::permitted(Action::Ask, search.caller, clock::now());
    let record = search.patients.iter().fold(record, Record::of_patient);
    let record = record.with_peer(member.organisation);
    ctx.store.commit(Commit::new(record)).await.map_err(Failure::from)?;
    for hit in hits {
        match list(ctx, search, (member, stand), hit, named).await? {
            Listed::Whole => {}
            Listed::OtherEpoch => return Ok(false),
            Listed::Nothing => return Err(Trouble::Inflated),
        }
    }
    Ok(true)
}

/// Asks for one list, page by page. What holds is what the last page says; the pages before it show records of it.
async fn list(
    ctx: &Context,
    search: &Search<'_>,
    (member, stand): (&Member, &Stand),
    (number, label): &(u16, Label),
    named: &mut Named,
) -> Result<Listed, Trouble> {
    let (mut after, mut shown) = (None, Vec::new());
    for _ in 0..PAGES_MAX {
        let answer = match page(ctx, search, member, (label, after)).await? {
            Page::Records(answer) => *answer,
            Page::Nothing => return Ok(Listed::Nothing),
            Page::OtherEpoch => return Ok(Listed::OtherEpoch),
        };
        named.answers.push(kept(*number, &answer));
        let (statement, proof) = proof(&answer)?;
        if proof.records.is_empty() {
            return Ok(Listed::Nothing);
        }
        let stated = follow(ctx, search, (member, stand), &statement).await?;
        if stated.state.epoch != stand.stated.state.epoch {
            return Ok(Listed::OtherEpoch);
        }
        let next = answer.next;
        shown.extend(answer.shown.into_iter().map(|record| Shown {
            index: record.index,
            salt: Salt::from_bytes(Zeroizing::new(record.salt.into_array())),
            manifest: record.manifest,
        }));
        if next.is_some_and(|next| after.is_some_and(|after| next <= after)) {
            return Err(Trouble::Records(RecordsError::Order));
        }
        if next.is_none() {
            let sought = Sought {
                custodian: member.organisation,
                label,
                patients: search.patients,
                roster: search.rosters.newest(),
            };
            let records = block_in_place(|| verify_records(&stated.head, &sought, &proof, &shown))?;
            named.take(records, basis(&stated));
            return Ok(Listed::Whole);
        }
        after = next;
    }
    Err(Trouble::Records(RecordsError::Order))
}

impl Named {
    /// Adds the list of one identifier. A record may stand in several, and was shown if one of them shows it.
    fn take(&mut self, records: Records, basis: Basis) {
        self.listed.extend(records.listed);
        self.doubted.extend(records.doubted);
        self.foreign.extend(records.foreign);
        self.records.extend(records.shown);
        self.withheld.extend(records.withheld);
        let (records, doubted, foreign) = (&self.records, &self.doubted, &self.foreign);
        self.withheld.retain(|index| {
            !records.contains_key(index) && !doubted.contains(index) && !foreign.contains(index)
        });
        // Both hold at the earlier time.
        self.basis = Some(match self.basis {
            None => basis,
            Some(before) => Basis {
                as_of: before.as_of.min(basis.as_of),
                is_witnessed: before.is_witnessed && basis.is_witnessed,
            },
        });
    }
}

async fn page(
    ctx: &Context,
    search: &Search<'_>,
    member: &Member,
    (label, after): (&Label, Option<u64>),
) -> Result<Page, Trouble> {
    let ask = || {
        let ask = Ask::Records { label: *label, after };
        question(ctx, search.caller, member.organisation, ask).map(IndexQuestion::Records)
    };
    let answer = match ctx.net.index(member.keys.node, ask()?).await {
        // An idle connection may close under the question; the peer may have seen its nonce, so it is signed anew.
        Err(NetError::Closed) => ctx.net.index(member.keys.node, ask()?).await,
        answer => answer,
    };
    match answer? {
        IndexAnswer::Records(answer) => Ok(Page::Records(answer)),
        IndexAnswer::Unknown => Ok(Page::Nothing),
        IndexAnswer::Epoch { .. } => Ok(Page::OtherEpoch),
        IndexAnswer::Refused(refusal) => Err(Trouble::Refused(refusal)),
        _ => Err(Trouble::Answer),
    }
}

/// The statement that an answer rests on, and the proof; both unchecked.
fn proof(answer: &RecordsAnswer) -> Result<(Statement, ListProof), Trouble> {
    let proof = ListProof::parse(&answer.proof)
        .map_err(|error| Trouble::Records(RecordsError::List(error)))?;
    let checkpoint = Note::parse(answer.checkpoint.as_bytes()).ok().ok_or(Trouble::Answer)?;
    Ok((Statement { checkpoint, state: proof.state, path: proof.path.clone() }, proof))
}

/// Follows the index from where its mirror stands to where an answer says that it stands.
async fn follow(
    ctx: &Context,
    search: &Search<'_>,
    (member, stand): (&Member, &Stand),
    statement: &Statement,
) -> Result<Stated, Trouble> {
    let (origin, history) = (search.rosters.origin(member.organisation), search.rosters.history());
    let stated = block_in_place(|| statement.open(&origin, &history))?;
    let (from, to) = (stand.stated.head.size, stated.head.size);
    let mut consistency = Vec::new();
    if from < to && from > 0 {
        let question = IndexQuestion::Consistency { origin, from, to };
        let IndexAnswer::Consistency(hashes) = ctx.net.index(member.keys.node, question).await?
        else {
            return Err(Trouble::Answer);
        };
        let hash = |hash: &ByteArray<32>| TreeHash::from_bytes(hash.into_array());
        consistency = hashes.iter().map(hash).collect();
    }
    stated.follows(&stand.stated, &consistency)?;
    stated.is_current(clock::now())?;
    Ok(stated)
}

fn kept(label: u16, answer: &RecordsAnswer) -> Answer {
    let shown = answer.shown.iter().map(|record| ShownRecord {
        index: record.index,
        salt: record.salt,
        manifest: record.manifest.clone(),
    });
    Answer {
        label,
        checkpoint: answer.checkpoint.clone(),
        proof: ByteBuf::from(answer.proof.to_vec()),
        shown: shown.collect(),
        unkept: 0,
    }
}
