//! Which roster the judgement goes by.

use budstikke_keys::time::Timestamp;

use super::check::Check;
use crate::federation::roster::Roster;
use crate::federation::standing::Standing;

/// The line of the checklist for the newest roster.
pub(crate) fn line(it: &Roster, now: Timestamp) -> Check {
    let standing = match Standing::of(it, now) {
        Standing::Current => format!("expires {}", it.expires),
        Standing::Grace { .. } | Standing::Expired | Standing::Forked { .. } => {
            format!("expired {}", it.expires)
        }
    };
    Check::passed(
        "federation",
        format!("{}, roster version {} of {}, {standing}", it.federation, it.version, it.issued),
    )
}
