//! `referral-thread`: what both chains together come to, whatever crossed.

use budstikke_keys::jws::{Claimed, Verified};
use budstikke_keys::time::{Date, Timestamp};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::referral::event::{Event, Kept};
use budstikke_protocol::referral::said::Answer;
use budstikke_protocol::referral::state::Side;
use budstikke_protocol::referral::thread::Thread;
use serde::{Deserialize, Serialize};

use crate::thread::{Play, acknowledged, example, refused};
use crate::vector::{Cases, Format, Written, refusal};

/// Both chains of referrals.
pub struct Threads;

/// Both chains, each in order. Whose keys signed them is not asked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The referrer's events.
    pub referrer: Vec<String>,
    /// The receiver's events.
    pub receiver: Vec<String>,
}

/// What they come to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// How the referral stands.
    pub status: String,
    /// The events in the order of the thread; a cross behind those that crossed others.
    pub order: Vec<String>,
    /// From when waiting counts.
    pub seniority: Date,
    /// The last day for the assessment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
}

/// What a crossing means, by hand: the status that both sides knew, what each of them said then, and the status after both,
/// in whichever order they came. The referral on hold was accepted, and care had not begun.
pub const CROSSINGS: [(&str, &str, &str, &str); 39] = [
    ("sent", "withdrawn", "acknowledged", "withdrawn"),
    ("received", "withdrawn", "accepted", "withdrawn"),
    ("received", "withdrawn", "rejected", "rejected"),
    ("received", "withdrawn", "redirected", "redirected"),
    ("received", "withdrawn", "more-information-wanted", "withdrawn"),
    ("received", "withdrawn", "refused", "refused"),
    ("received", "withdrawn", "message", "withdrawn"),
    ("information-wanted", "withdrawn", "accepted", "withdrawn"),
    ("accepted", "withdrawn", "scheduled", "withdrawn"),
    ("accepted", "withdrawn", "started", "started"),
    ("accepted", "withdrawn", "on-hold", "withdrawn"),
    ("accepted", "withdrawn", "completed", "completed"),
    ("accepted", "withdrawn", "rejected", "rejected"),
    ("accepted", "withdrawn", "redirected", "redirected"),
    ("accepted", "withdrawn", "more-information-wanted", "withdrawn"),
    ("scheduled", "withdrawn", "scheduled", "withdrawn"),
    ("scheduled", "withdrawn", "started", "started"),
    ("scheduled", "withdrawn", "completed", "completed"),
    ("on-hold", "withdrawn", "scheduled", "withdrawn"),
    ("on-hold", "withdrawn", "started", "started"),
    ("on-hold", "withdrawn", "completed", "completed"),
    ("sent", "supplemented", "acknowledged", "received"),
    ("received", "supplemented", "accepted", "accepted"),
    ("received", "supplemented", "rejected", "rejected"),
    ("received", "supplemented", "redirected", "redirected"),
    ("received", "supplemented", "refused", "refused"),
    ("received", "supplemented", "more-information-wanted", "information-wanted"),
    ("information-wanted", "supplemented", "accepted", "accepted"),
    ("information-wanted", "supplemented", "rejected", "rejected"),
    ("information-wanted", "supplemented", "more-information-wanted", "information-wanted"),
    ("accepted", "supplemented", "scheduled", "scheduled"),
    ("scheduled", "supplemented", "started", "started"),
    ("started", "supplemented", "completed", "completed"),
    ("started", "supplemented", "on-hold", "on-hold"),
    ("received", "message", "rejected", "rejected"),
    ("started", "message", "completed", "completed"),
    ("rejected", "message", "reopened", "received"),
    ("completed", "message", "reopened", "received"),
    ("completed", "message", "message", "completed"),
];

/// A crossing of the list, played in the order in which the referrer's event comes first.
pub fn crossed(base: &str, referrer: &str, receiver: &str) -> Play {
    let receiver = match receiver {
        "refused" => acknowledged(1, refused()),
        "acknowledged" => acknowledged(1, Answer::Stored),
        other => example(other),
    };
    let referrer = (Side::Referrer, example(referrer));
    Play::at(base).crossing(referrer, (Side::Receiver, receiver)).unwrap()
}

impl Input {
    fn of(play: &Play) -> Self {
        let compact = |events: &[Verified<Event>]| {
            events.iter().map(|event| event.compact().to_owned()).collect()
        };
        Self { referrer: compact(&play.referrer), receiver: compact(&play.receiver) }
    }
}

impl Format for Threads {
    const NAME: &'static str = "referral-thread";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let read = |chain: Vec<String>| -> Result<Vec<_>, _> {
            let parse = |event: &String| Claimed::<Event>::parse(event, STATEMENT_BYTES_MAX);
            chain.iter().map(|event| parse(event).map(|event| Kept::from(&event))).collect()
        };
        let chains = read(input.referrer).and_then(|one| Ok((one, read(input.receiver)?)));
        let (referrer, receiver) = chains.map_err(|error| refusal(&error))?;
        let thread = Thread::merge(referrer, receiver).map_err(|fault| fault.code().to_owned())?;
        let state = thread.state();
        let order = thread.lines().iter().map(|line| {
            let kind = line.kept.event.said.kind().name();
            told(line.side, line.kept.event.number, kind, line.crossed)
        });
        Ok(Accepted {
            status: state.status().to_string(),
            order: order.collect(),
            seniority: state.seniority(),
            due: state.due(),
            ended: state.ended(),
        })
    }
}

fn told(side: Side, number: u32, kind: &str, crossed: bool) -> String {
    let side = if side == Side::Referrer { "referrer" } else { "receiver" };
    format!("{side} {number} {kind}{}", if crossed { " ×" } else { "" })
}

impl Written for Threads {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for (base, referrer, receiver, status) in CROSSINGS {
            let play = crossed(base, referrer, receiver);
            let is_spoken = !["acknowledged", "refused"].contains(&receiver);
            let mut order = played(&Play::at(base));
            for (side, kind) in [(Side::Referrer, referrer), (Side::Receiver, receiver)] {
                let number = u32::try_from(play.chain(side).len()).unwrap();
                let kind = if kind == "refused" { "acknowledged" } else { kind };
                order.push(told(side, number, kind, is_spoken));
            }
            let name = format!("{base}-{referrer}-{receiver}");
            let shows = "neither side has seen the other's word";
            add(&mut cases, (&name, shows), &play, (status, order));
        }
        whole(&mut cases);
        broken(&mut cases);
        cases
    }
}

/// The events of a play in which each has seen all before it, in the order in which they were played.
fn played(play: &Play) -> Vec<String> {
    let of = |side| move |event: &Verified<Event>| (side, event.clone());
    let mut events: Vec<_> = play.referrer.iter().map(of(Side::Referrer)).collect();
    events.extend(play.receiver.iter().map(of(Side::Receiver)));
    // Whoever has seen more, or stands further on in its own chain, came later.
    events.sort_by_key(|(side, event)| {
        let statement = event.statement();
        let seen = statement.seen.map_or(0, |seen| seen.number);
        (statement.number + seen, *side)
    });
    let told = |(side, event): &(Side, Verified<Event>)| {
        told(*side, event.statement().number, event.statement().said.kind().name(), false)
    };
    events.iter().map(told).collect()
}

fn add(
    cases: &mut Cases<Threads>,
    (name, shows): (&str, &str),
    play: &Play,
    (status, order): (&str, Vec<String>),
) {
    let is_ended =
        ["withdrawn", "rejected", "refused", "completed", "redirected"].contains(&status);
    let is_stored = order.iter().any(|line| line.starts_with("receiver 1 acknowledged"));
    // Only an acceptance says another day than the request.
    let is_accepted = order.iter().any(|line| line.contains(" accepted"));
    let result = Accepted {
        status: status.to_owned(),
        order,
        seniority: if is_accepted { "2026-11-02" } else { "2026-11-20" }.parse().unwrap(),
        // Received on Sunday the 22nd: ten working days without a holiday.
        due: is_stored.then(|| "2026-12-04".parse().unwrap()),
        ended: is_ended.then(|| crate::cast::time(crate::cast::NOW)),
    };
    cases.accepted(name, shows, Input::of(play), result);
}

/// Threads from beginning to end.
fn whole(cases: &mut Cases<Threads>) {
    let play = Play::at("information-wanted")
        .then(Side::Referrer, example("supplemented"))
        .then(Side::Receiver, example("accepted"))
        .then(Side::Receiver, example("scheduled"))
        .then(Side::Receiver, example("started"))
        .then(Side::Receiver, example("completed"));
    let order = played(&play);
    add(cases, ("whole", "from the request to the discharge"), &play, ("completed", order));
    let alone = Play::new();
    add(cases, ("request", "nothing but the request"), &alone, ("sent", played(&alone)));
    let overtaken = crossed("scheduled", "withdrawn", "started")
        .then(Side::Receiver, example("completed"))
        .then(Side::Referrer, example("message"));
    let mut order = played(&Play::at("scheduled"));
    order.extend(
        [
            "referrer 2 withdrawn ×",
            "receiver 4 started ×",
            "receiver 5 completed",
            "referrer 3 message",
        ]
        .map(str::to_owned),
    );
    let shows = "care that had begun goes on after a withdrawal that came too late";
    add(cases, ("overtaken", shows), &overtaken, ("completed", order));
}

/// Chains that make no thread.
fn broken(cases: &mut Cases<Threads>) {
    let good = || crossed("received", "supplemented", "accepted");
    let mut refuse = |name: &str, shows: &str, change: fn(&mut Input), fault: &str| {
        let mut input = Input::of(&good());
        change(&mut input);
        cases.refused(name, shows, input, fault);
    };
    refuse("empty", "a thread begins", |input| input.referrer.clear(), "not-requested");
    refuse(
        "no-request",
        "it begins with a request",
        |input| drop(input.referrer.remove(0)),
        "not-requested",
    );
    refuse("one-missing", "chains are whole", |input| drop(input.receiver.remove(0)), "gap");
    refuse("swapped", "chains are in order", |input| input.receiver.swap(0, 1), "gap");
    refuse(
        "twice",
        "nothing stands in it twice",
        |input| input.referrer.push(input.referrer[1].clone()),
        "known",
    );
    refuse(
        "other-side",
        "each event stands in its author's chain",
        |input| {
            let moved = input.receiver.pop().unwrap();
            input.referrer.push(moved);
        },
        "wrong-party",
    );
    let stop = |input: &mut Input| input.referrer.truncate(1);
    let ahead = Play::at("withdrawn").then(Side::Receiver, example("message"));
    let mut input = Input::of(&ahead);
    stop(&mut input);
    cases.refused("ahead", "what was seen is there", input, "not-held");
}
