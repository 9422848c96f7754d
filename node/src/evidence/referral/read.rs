//! Reads evidence of a referral: each member once, in order, bounded. Nothing is believed here.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::limits::{CHAIN_MAX, STATEMENT_BYTES_MAX};
use budstikke_protocol::log::receipt::RECEIPT_BYTES_MAX;
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::state::Side;
use serde_json::{Map, Value};
use tar::Archive;

use super::form::{
    DESCRIPTOR, Descriptor, FILE_BYTES_MAX, FORMAT, ROSTERS, VERSION, event, receipt,
};
use crate::evidence::archive::{
    BLOCK, DESCRIPTOR_BYTES_MAX, Unreadable, bytes, ends_with_empty_blocks, is_named, most, named,
    text, whole,
};
use crate::rosters::CHAIN_BYTES_MAX;

/// The most members behind the rosters: every event that both sides can have, and its receipt.
const MEMBERS_MAX: usize = 20_000;

/// The members of a file.
#[derive(Debug)]
pub struct Parts {
    /// The rosters, a line each.
    pub rosters: String,
    /// The referrer's events, each with its receipt.
    pub referrer: Vec<Signed>,
    /// The receiver's events, likewise.
    pub receiver: Vec<Signed>,
    /// What the file notes of itself.
    pub noted: Noted,
}

/// An event of a file.
#[derive(Debug)]
pub struct Signed {
    /// The event, a compact JWS.
    pub event: String,
    /// The receipt for it, unless there is none.
    pub receipt: Option<Vec<u8>>,
}

/// What `evidence.json` notes; none of it is proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// The federation whose rosters are in the file.
    pub federation: Fingerprint,
    /// The referral.
    pub name: ReferralName,
}

/// Whether a file begins as evidence of a referral does.
pub fn is_one(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut archive = Archive::new(file.take(DESCRIPTOR_BYTES_MAX.saturating_add(BLOCK)));
    let Ok(members) = archive.entries() else { return false };
    let first = members.raw(true).next().and_then(Result::ok);
    let first = first.filter(|first| is_named(first, DESCRIPTOR));
    let text = first.and_then(|first| text(first, DESCRIPTOR_BYTES_MAX).ok());
    let members = text.and_then(|text| serde_json::from_str::<Map<String, Value>>(&text).ok());
    members.is_some_and(|members| members.get("format").is_some_and(|format| format == FORMAT))
}

/// Reads the evidence in `path`.
///
/// # Errors
/// When the file ends too early, or is not evidence of a referral of a version that is known.
pub fn read(path: &Path) -> Result<Parts, Unreadable> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length > FILE_BYTES_MAX {
        return Err(Unreadable::damaged("the file is larger than evidence of a referral can be"));
    }
    let ends_well = ends_with_empty_blocks(&mut file, length)?;
    let mut archive = Archive::new(BufReader::new(file));
    // Raw, as for evidence of a document: no member belongs here that one of tar's dialects adds.
    let mut members = archive.entries()?.raw(true);
    let mut next = || members.next().ok_or_else(Unreadable::truncated)?.map_err(Unreadable::from);
    let descriptor = descriptor(&text(named(next()?, DESCRIPTOR)?, DESCRIPTOR_BYTES_MAX)?)?;
    if !ends_well {
        return Err(Unreadable::truncated());
    }
    let rosters = named(next()?, ROSTERS)?;
    let mut end = rosters.raw_file_position().saturating_add(rosters.size());
    let rosters = text(rosters, CHAIN_BYTES_MAX)?;
    let mut rest = VecDeque::new();
    for member in members {
        let member = member?;
        end = member.raw_file_position().saturating_add(member.size());
        let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
        rest.push_back((name, bytes(member, most(RECEIPT_BYTES_MAX))?));
        if rest.len() > MEMBERS_MAX {
            return Err(Unreadable::damaged("there are more members than a referral has events"));
        }
    }
    let referrer = chain(&mut rest, Side::Referrer, descriptor.referrer_events)?;
    let receiver = chain(&mut rest, Side::Receiver, descriptor.receiver_events)?;
    if let Some((name, _)) = rest.front() {
        return Err(Unreadable::damaged(format!("{name:?} does not belong where it stands")));
    }
    whole(length, end)?;
    let Descriptor { federation, referrer: organisation, referral, .. } = descriptor;
    let name = ReferralName { referrer: organisation, referral };
    Ok(Parts { rosters, referrer, receiver, noted: Noted { federation, name } })
}

/// The events of one side, taken from the front of the members.
fn chain(
    rest: &mut VecDeque<(String, Vec<u8>)>,
    side: Side,
    count: u32,
) -> Result<Vec<Signed>, Unreadable> {
    let mut chain = Vec::new();
    for number in 1..=count {
        let wanted = event(side, number);
        let (name, signed) = rest.pop_front().ok_or_else(Unreadable::truncated)?;
        if name != wanted || signed.len() > STATEMENT_BYTES_MAX {
            return Err(Unreadable::damaged(format!("there is no {wanted} where it should stand")));
        }
        let is_proven = rest.front().is_some_and(|(name, _)| *name == receipt(side, number));
        let proof = if is_proven { rest.pop_front() } else { None };
        // A changed event shall be told as such, also when the change made it something that is not text.
        let event = String::from_utf8_lossy(&signed).into_owned();
        chain.push(Signed { event, receipt: proof.map(|(_, bytes)| bytes) });
    }
    Ok(chain)
}

fn descriptor(text: &str) -> Result<Descriptor, Unreadable> {
    let unreadable =
        || Unreadable::damaged("evidence.json is not that of referral evidence version 1");
    // A map first: serde would take an array for a structure.
    let members: Map<String, Value> = serde_json::from_str(text).ok().ok_or_else(unreadable)?;
    let descriptor: Descriptor =
        serde_json::from_value(Value::Object(members)).ok().ok_or_else(unreadable)?;
    let fits = descriptor.referrer_events <= CHAIN_MAX && descriptor.receiver_events <= CHAIN_MAX;
    let is_known = descriptor.format == FORMAT && descriptor.version == VERSION;
    if is_known && fits { Ok(descriptor) } else { Err(unreadable()) }
}
