//! The formats, one module each: what a case is, the cases, and the judge of them.

pub mod admission;
pub mod blind;
pub mod compact;
pub mod content;
pub mod decision;
pub mod erasure;
pub mod evidence;
pub mod fingerprint;
pub mod index;
pub mod jws_compact;
pub mod jws_json;
pub mod keyring;
pub mod kith;
pub mod log;
pub mod manifest;
pub mod many;
pub mod member_request;
pub mod person_number;
pub mod question;
pub mod referral;
pub mod roster;
pub mod roster_chain;
pub mod roster_fork;
pub mod seal;
pub mod sharing;
pub mod standing;
pub mod subtree;
pub mod subtree_list;
pub mod thumbprint;
pub mod unseal;
pub mod wire;

use std::io;
use std::path::Path;

use crate::vector::write;

/// Writes the vectors of every format that is written from fixed seeds: all but key files, whose
/// salt age draws itself.
pub fn write_all(root: &Path) -> io::Result<()> {
    write::<thumbprint::Thumbprints>(root)?;
    write::<jws_compact::JwsCompact>(root)?;
    write::<jws_json::JwsJson>(root)?;
    write::<manifest::Manifests>(root)?;
    write::<sharing::SharingChanges>(root)?;
    write::<erasure::Erasures>(root)?;
    write::<question::Questions>(root)?;
    write::<blind::BlindQuestions>(root)?;
    write::<member_request::MemberRequests>(root)?;
    write::<roster::Rosters>(root)?;
    write::<fingerprint::Fingerprints>(root)?;
    write::<roster_chain::RosterChains>(root)?;
    write::<roster_fork::RosterForks>(root)?;
    write::<standing::Standings>(root)?;
    write::<admission::Admissions>(root)?;
    write::<decision::Decisions>(root)?;
    write::<evidence::Evidences>(root)?;
    write::<content::Contents>(root)?;
    write::<subtree_list::SubtreeLists>(root)?;
    write::<subtree::Subtrees>(root)?;
    write::<seal::Seals>(root)?;
    write::<unseal::Unseals>(root)?;
    write::<wire::Messages>(root)?;
    write::<kith::Messages>(root)?;
    write::<person_number::PersonNumbers>(root)?;
    referral::write_all(root)?;
    log::write_all(root)?;
    index::write_all(root)
}
