//! This machine's clock beside those of the members.

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::limits::QUESTION_TOLERANCE;

use crate::failure::Failure;
use crate::finding::Finding;
use crate::service::status::DRIFT_TOLD;

const CHECK: &str = "clock";

/// What the clocks of those who answered, in seconds ahead of this one, say of this one and of theirs.
pub(super) fn findings(ahead: &[(OrganisationNumber, i64)]) -> Vec<Finding> {
    let Some(middle) = median(ahead.iter().map(|(_, seconds)| *seconds).collect()) else {
        let why = Failure::new(
            "no member has told the time, so this clock was compared with none",
            "let the machine keep its time by NTP",
        );
        return vec![Finding::warning(CHECK, why)];
    };
    if is_off(middle) {
        return vec![own(middle, ahead)];
    }
    let off = ahead.iter().filter(|(_, seconds)| is_off(*seconds));
    let theirs: Vec<Finding> = off.map(|(whose, seconds)| other(*whose, *seconds)).collect();
    let fine = format!(
        "within {} s of the clocks of {} members",
        DRIFT_TOLD,
        ahead.len().saturating_sub(theirs.len())
    );
    std::iter::once(Finding::ok(CHECK, fine)).chain(theirs).collect()
}

fn own(seconds: i64, ahead: &[(OrganisationNumber, i64)]) -> Finding {
    let off = seconds.unsigned_abs();
    let way = if seconds > 0 { "behind" } else { "ahead of" };
    let whose = match ahead {
        [(only, _)] => format!("that of {only}, the only member that answered"),
        several => format!("those of most members ({} answered)", several.len()),
    };
    let why = Failure::new(
        format!("this clock is {off} s {way} {whose}"),
        "set the clock, preferably by NTP: questions that are more than 120 s off are refused",
    );
    if off > QUESTION_TOLERANCE.as_secs() {
        Finding::fault(CHECK, why)
    } else {
        Finding::warning(CHECK, why)
    }
}

fn other(whose: OrganisationNumber, seconds: i64) -> Finding {
    let off = seconds.unsigned_abs();
    let way = if seconds > 0 { "ahead of" } else { "behind" };
    let why = Failure::new(
        format!("the clock of {whose} is {off} s {way} this one"),
        "tell that member; others agree with this clock",
    );
    Finding::warning(CHECK, why)
}

fn is_off(seconds: i64) -> bool {
    seconds.unsigned_abs() >= DRIFT_TOLD
}

/// The middle one; of an even number, the one that is nearer to zero, so that one clock of two has to prove nothing.
fn median(mut seconds: Vec<i64>) -> Option<i64> {
    seconds.sort_unstable();
    let half = seconds.len() / 2;
    let upper = *seconds.get(half)?;
    let lower =
        if seconds.len().is_multiple_of(2) { *seconds.get(half.checked_sub(1)?)? } else { upper };
    Some(if lower.unsigned_abs() < upper.unsigned_abs() { lower } else { upper })
}

#[cfg(test)]
mod tests;
