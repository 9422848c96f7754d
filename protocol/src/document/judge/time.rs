//! What is known of when something was signed: the signer's claim, and the witnesses' word, which bounds it.

use budstikke_keys::time::Timestamp;

use super::check::{Check, Failure};
use crate::limits::CREATED_AHEAD_MAX;

/// The line of the checklist for a statement that says it was signed at `created`.
pub(crate) fn line(created: Timestamp, witnessed: Option<Timestamp>) -> Check {
    let Some(witnessed) = witnessed else {
        return Check::passed("time", format!("signed {created} as claimed by the signer"));
    };
    if created > witnessed.plus(CREATED_AHEAD_MAX) {
        let found = format!(
            "signed {created} as claimed by the signer, but it was there {witnessed}: witnesses saw it"
        );
        return Check::failed("time", Failure::TimeContradiction, found);
    }
    let found = format!(
        "witnessed by {witnessed}: it existed then at the latest; signed {created} as claimed by the signer"
    );
    Check::passed("time", found)
}
