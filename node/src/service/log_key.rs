//! The key of the log of a member.

use budstikke_keys::note::{KeyKind, VerifierKey};
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::log::origin::{LogKind, Origin};

/// The key of a log of a member. So far each has one log, that of its records.
pub fn log_key(roster: &Roster, origin: &Origin) -> Option<VerifierKey> {
    let is_known = origin.kind() == LogKind::Records
        && origin.generation() == 1
        && *origin.federation() == roster.federation;
    let member = roster.member(origin.organisation()).filter(|_| is_known)?;
    Some(VerifierKey::new(origin.key_name(), KeyKind::Signature, member.keys.log))
}
