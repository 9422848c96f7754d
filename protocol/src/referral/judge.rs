//! The judgement of a referral's evidence, offline: who said what in it, and since when it was there.
//!
//! Each event has a checklist of its own: its signature, its signer's key, its receipt, its time. All of them together must
//! make a thread, and that says how the referral stands.

use budstikke_keys::jws::Claimed;
use budstikke_keys::time::Timestamp;

use super::event::{Event, Kept};
use super::said::Kind;
use super::state::Side;
use super::thread::Thread;
use crate::document::judge::{Check, Expected, Failure, Signed, key, receipt, roster, time};
use crate::federation::roster::Roster;
use crate::ids::EventDigest;
use crate::limits::STATEMENT_BYTES_MAX;
use crate::log::history::History;

/// What evidence of a referral holds, read but not judged.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The referrer's events, in order.
    pub referrer: &'a [Signature<'a>],
    /// The receiver's events, in order.
    pub receiver: &'a [Signature<'a>],
    /// The rosters, followed from the fingerprint.
    pub history: History<'a>,
}

/// A signed event, and what proves that it is in the log of its author.
#[derive(Debug, Clone, Copy)]
pub struct Signature<'a> {
    /// The event, a compact JWS.
    pub event: &'a str,
    /// Its receipt, unless there is none.
    pub receipt: Option<&'a [u8]>,
}

/// The outcome of all checks.
#[derive(Debug)]
pub struct Judgement {
    /// What was checked of the referral as a whole, in order.
    pub checks: Vec<Check>,
    /// What was checked of each event, the referrer's first.
    pub events: Vec<EventJudgement>,
    /// The thread as its authors claim it; present when the events make one.
    pub thread: Option<Thread>,
}

/// The outcome of the checks of one event.
#[derive(Debug)]
pub struct EventJudgement {
    /// Whose chain it stands in.
    pub side: Side,
    /// Its place there, from 1.
    pub number: u32,
    /// What kind of event it is, and its digest; present when it could be read.
    pub event: Option<(Kind, EventDigest)>,
    /// A line for each check made, in order.
    pub checks: Vec<Check>,
    /// When it existed at the latest, as a quorum of witnesses says.
    pub witnessed: Option<Timestamp>,
}

impl Judgement {
    /// Whether every check passed.
    pub fn is_good(&self) -> bool {
        self.failures().next().is_none()
    }

    /// Every way in which a check failed, those of the events last.
    pub fn failures(&self) -> impl Iterator<Item = Failure> {
        let events = self.events.iter().flat_map(|event| &event.checks);
        self.checks.iter().chain(events).filter_map(|check| check.failure)
    }
}

/// Judges `evidence`, as of `now`.
pub fn judge(evidence: &Evidence<'_>, expected: &Expected<'_>, now: Timestamp) -> Judgement {
    let newest = evidence.history.newest();
    let mut checks = vec![roster::line(newest, now)];
    let mut events = Vec::new();
    let mut read = |side, chain: &[Signature<'_>]| {
        let mut kept = Vec::with_capacity(chain.len());
        for (number, signature) in (1..).zip(chain) {
            let (event, judgement) = one(side, number, signature, &evidence.history);
            kept.extend(event);
            events.push(judgement);
        }
        kept
    };
    let (referrer, receiver) =
        (read(Side::Referrer, evidence.referrer), read(Side::Receiver, evidence.receiver));
    // An event that cannot be read has its own line; without it there is no thread to speak of.
    let is_whole = events.iter().all(|event| event.event.is_some());
    let thread = is_whole.then(|| Thread::merge(referrer, receiver)).transpose();
    let thread = match thread {
        Ok(thread) => thread,
        Err(fault) => {
            checks.push(Check::failed("thread", Failure::ThreadBroken, fault.to_string()));
            None
        }
    };
    if let Some(thread) = &thread {
        checks.push(Check::passed("thread", told(thread)));
        checks.extend(expected_lines(thread, expected, newest));
    }
    Judgement { checks, events, thread }
}

/// One event: what it says when it can be read, and what was checked of it.
fn one(
    side: Side,
    number: u32,
    signature: &Signature<'_>,
    history: &History<'_>,
) -> (Option<Kept>, EventJudgement) {
    let claimed = match Claimed::<Event>::parse(signature.event, STATEMENT_BYTES_MAX) {
        Ok(claimed) => claimed,
        Err(error) => {
            let line = Check::failed("event", Failure::EventRefused, error.to_string());
            let checks = vec![line];
            return (None, EventJudgement { side, number, event: None, checks, witnessed: None });
        }
    };
    let kept = Kept::from(&claimed);
    let signed =
        Signed { organisation: kept.event.author, kid: claimed.kid(), digest: claimed.digest() };
    let line = signature_line(claimed, history);
    // A receipt is for an event that is signed; that it is for no other would tell nothing new.
    let receipt = signature.receipt.filter(|_| line.failure.is_none());
    let receipt = receipt.map(|bytes| receipt::line(bytes, &signed, history));
    let (receipt, witnessed) = receipt.unzip();
    let witnessed = witnessed.flatten();
    let mut checks = vec![key::line(&signed, history, witnessed), line];
    checks.extend(receipt);
    checks.push(time::line(kept.event.time, witnessed));
    let event = Some((kept.event.said.kind(), kept.digest));
    (Some(kept), EventJudgement { side, number, event, checks, witnessed })
}

fn signature_line(event: Claimed<Event>, history: &History<'_>) -> Check {
    let Some((_, key, _)) = history.newest().signing_key(event.kid()) else {
        return Check::failed("signature", Failure::UnknownKey, "there is no key to check it with");
    };
    match event.verify(&key) {
        Ok(verified) => Check::passed(
            "signature",
            format!("Ed25519 by {}, event {}", verified.signer(), verified.digest()),
        ),
        Err(_) => Check::failed(
            "signature",
            Failure::SignatureChanged,
            "the signature does not fit the event",
        ),
    }
}

/// What the thread comes to.
fn told(thread: &Thread) -> String {
    let state = thread.state();
    let due = state.due().map_or_else(String::new, |due| format!(", due {due}"));
    let late = if state.is_withdrawal_overtaken() { ", withdrawn too late" } else { "" };
    format!(
        "{} from {} to {}: {} events, {}{late}{due}",
        state.name().referral,
        state.referrer(),
        state.receiver(),
        thread.lines().len(),
        state.status(),
    )
}

fn expected_lines(thread: &Thread, expected: &Expected<'_>, roster: &Roster) -> Vec<Check> {
    let state = thread.state();
    let patient = &state.request().patient;
    let environment = roster.environment;
    let mut checks = vec![match patient.check(environment) {
        Ok(()) => Check::passed("patient", format!("an identifier of a {environment} federation")),
        Err(error) => Check::failed("patient", Failure::PatientIdentifier, error.to_string()),
    }];
    if let Some(wanted) = expected.patient {
        checks.push(if patient.reveal() == wanted {
            Check::passed("expected patient", "the patient asked for")
        } else {
            let found = "another patient than asked for";
            Check::failed("expected patient", Failure::WrongPatient, found)
        });
    }
    if let Some(organisation) = expected.organisation {
        let parties = format!("{} and {}", state.referrer(), state.receiver());
        checks.push(if state.side(organisation).is_some() {
            Check::passed("expected organisation", parties)
        } else {
            Check::failed("expected organisation", Failure::WrongOrganisation, parties)
        });
    }
    checks
}
