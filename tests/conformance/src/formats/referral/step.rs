//! `referral-step`: what each event leads to, in each status a referral can have, and which cannot follow.

use std::collections::BTreeMap;

use budstikke_keys::jws::{Claimed, Verified};
use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::EventDigest;
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::referral::event::{Event, Kept};
use budstikke_protocol::referral::said::Answer;
use budstikke_protocol::referral::state::Side;
use budstikke_protocol::referral::step::Facts;
use budstikke_protocol::referral::thread::Thread;
use serde::{Deserialize, Serialize};

use crate::cast;
use crate::thread::{Play, acknowledged, example, key, refused, said};
use crate::vector::{Cases, Format, Written, refusal};

/// What may follow.
pub struct Steps;

/// A referral, and events each of which may be the next.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The signing keys of both sides, the referrer's first.
    pub keys: [PublicKey; 2],
    /// The referrer's events, in order.
    pub referrer: Vec<String>,
    /// The receiver's events, in order.
    pub receiver: Vec<String>,
    /// What may come next, by name.
    pub next: BTreeMap<String, String>,
    /// The time at which it comes.
    pub now: Timestamp,
}

/// What each of them leads to.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The status before.
    pub status: String,
    /// The status after each of them, or the fault behind an exclamation mark.
    pub next: BTreeMap<String, String>,
}

/// The statuses, in the order of the columns below.
pub const STATUSES: [&str; 12] = [
    "sent",
    "received",
    "information-wanted",
    "accepted",
    "scheduled",
    "started",
    "on-hold",
    "withdrawn",
    "rejected",
    "refused",
    "completed",
    "redirected",
];

/// What follows, by hand. `=` is the status as it was, `!` begins a fault. An event by the referrer begins with `<`, one by
/// the receiver with `>`. The referral on hold was accepted, and care had not begun.
pub const TABLE: [(&str, &str); 32] = [
    ("< requested", "!already-requested"),
    ("< supplemented", "= = received = = = = !withdrawn !ended !ended !ended !ended"),
    (
        "< withdrawn",
        "withdrawn withdrawn withdrawn withdrawn withdrawn !begun withdrawn !withdrawn !ended !ended !ended !ended",
    ),
    ("< message", "="),
    ("< acknowledged stored", "!wrong-acknowledgement = = = = = = = = = = ="),
    ("< acknowledged accepted", "!wrong-acknowledgement = = = = = = = = = = ="),
    ("< acknowledged refused", "!wrong-acknowledgement = = = = = = = = = = ="),
    ("< accepted", "!wrong-party"),
    ("< rejected", "!wrong-party"),
    ("< scheduled", "!wrong-party"),
    ("< more-information-wanted", "!wrong-party"),
    ("< started", "!wrong-party"),
    ("< on-hold", "!wrong-party"),
    ("< completed", "!wrong-party"),
    ("< redirected", "!wrong-party"),
    ("< reopened", "!wrong-party"),
    ("> requested", "!wrong-party"),
    ("> supplemented", "!wrong-party"),
    ("> withdrawn", "!wrong-party"),
    ("> message", "="),
    ("> acknowledged accepted", "= = = = = = = = = !wrong-acknowledgement = ="),
    ("> acknowledged refused", "refused refused refused = = = = = = !wrong-acknowledgement = ="),
    (
        "> accepted",
        "accepted accepted accepted !decided !decided !decided !decided !withdrawn !ended !ended !ended !ended",
    ),
    (
        "> rejected",
        "rejected rejected rejected rejected rejected !begun rejected !withdrawn !ended !ended !ended !ended",
    ),
    (
        "> scheduled",
        "!undecided !undecided !undecided scheduled = = scheduled !withdrawn !ended !ended !ended !ended",
    ),
    (
        "> more-information-wanted",
        "information-wanted information-wanted = = = = = !withdrawn !ended !ended !ended !ended",
    ),
    (
        "> started",
        "!undecided !undecided !undecided started started !begun started !withdrawn !ended !ended !ended !ended",
    ),
    (
        "> on-hold",
        "!undecided !undecided !undecided on-hold on-hold on-hold = !withdrawn !ended !ended !ended !ended",
    ),
    (
        "> completed",
        "!undecided !undecided !undecided completed completed completed completed !withdrawn !ended !ended !ended !ended",
    ),
    (
        "> redirected",
        "redirected redirected redirected redirected redirected !begun redirected !withdrawn !ended !ended !ended !ended",
    ),
    (
        "> reopened",
        "!not-reopenable !not-reopenable !not-reopenable !not-reopenable !not-reopenable !not-reopenable !not-reopenable \
         !withdrawn received !not-reopenable received !not-reopenable",
    ),
    (
        "> acknowledged stored",
        "received !wrong-acknowledgement !wrong-acknowledgement !wrong-acknowledgement !wrong-acknowledgement \
         !wrong-acknowledgement !wrong-acknowledgement = !wrong-acknowledgement !wrong-acknowledgement \
         !wrong-acknowledgement !wrong-acknowledgement",
    ),
];

/// The event of a row of the table, signed by its author, who has seen everything.
pub fn row(play: &Play, name: &str) -> Verified<Event> {
    let (side, what) = name.split_once(' ').unwrap();
    let side = if side == "<" { Side::Referrer } else { Side::Receiver };
    let other = play.state.chain(side.other()).number();
    let what = match what.strip_prefix("acknowledged ") {
        Some("stored") => acknowledged(other.max(1), Answer::Stored),
        Some("accepted") => acknowledged(1, Answer::Accepted),
        Some(_) => acknowledged(1, refused()),
        None => example(what),
    };
    play.next(side, what)
}

/// What the table says of a row in a status.
pub fn expected(row: &str, status: &str) -> String {
    let at = STATUSES.iter().position(|known| *known == status).unwrap();
    let cells: Vec<_> = row.split_whitespace().collect();
    let cell = if cells.len() == 1 { cells[0] } else { cells[at] };
    if cell == "=" { status.to_owned() } else { cell.to_owned() }
}

impl Input {
    fn of(play: &Play, next: BTreeMap<String, String>) -> Self {
        let compact = |events: &[Verified<Event>]| {
            events.iter().map(|event| event.compact().to_owned()).collect()
        };
        Self {
            keys: [key(Side::Referrer).public(), key(Side::Receiver).public()],
            referrer: compact(&play.referrer),
            receiver: compact(&play.receiver),
            next,
            now: cast::time(cast::NOW),
        }
    }

    fn verified(&self, compact: &str) -> Result<Verified<Event>, String> {
        let claimed = Claimed::<Event>::parse(compact, STATEMENT_BYTES_MAX);
        let claimed = claimed.map_err(|error| refusal(&error))?;
        let is_referrers = claimed.claimed().author == claimed.claimed().referrer;
        let key = self.keys[usize::from(!is_referrers)];
        claimed.verify(&key).map_err(|error| refusal(&error))
    }
}

impl Format for Steps {
    const NAME: &'static str = "referral-step";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let read = |chain: &[String]| {
            chain.iter().map(|event| input.verified(event)).collect::<Result<Vec<_>, _>>()
        };
        let (referrer, receiver) = (read(&input.referrer)?, read(&input.receiver)?);
        let kept = |events: &[Verified<Event>]| events.iter().map(Kept::from).collect::<Vec<_>>();
        let thread = Thread::merge(kept(&referrer), kept(&receiver));
        let state = thread.map_err(|fault| fault.code().to_owned())?.state().clone();
        let after = |compact: &String| {
            let event = input.verified(compact)?;
            let (side, statement) = (state.side(event.statement().author), event.statement());
            let other = if side == Some(Side::Referrer) { &receiver } else { &referrer };
            let seen = statement.seen.and_then(|seen| other.get(seen.number as usize - 1));
            let seen = seen.map(|event| EventDigest::new(event.digest()));
            let state = state.step(&event, &Facts { seen, now: input.now });
            state.map(|state| state.status().to_string()).map_err(|fault| fault.code().to_owned())
        };
        let next = input.next.iter().map(|(name, compact)| {
            (name.clone(), after(compact).unwrap_or_else(|fault| format!("!{fault}")))
        });
        Ok(Accepted { status: state.status().to_string(), next: next.collect() })
    }
}

impl Written for Steps {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for status in STATUSES {
            let play = Play::at(status);
            let rows = TABLE
                .map(|(name, cells)| (name.to_owned(), row(&play, name), expected(cells, status)));
            add(&mut cases, status, "every event in this status", &play, status, rows);
        }
        places(&mut cases);
        cases
    }
}

fn add(
    cases: &mut Cases<Steps>,
    name: &str,
    shows: &str,
    play: &Play,
    status: &str,
    rows: impl IntoIterator<Item = (String, Verified<Event>, String)>,
) {
    let (mut next, mut after) = (BTreeMap::new(), BTreeMap::new());
    for (row, event, expected) in rows {
        next.insert(row.clone(), event.compact().to_owned());
        after.insert(row, expected);
    }
    let result = Accepted { status: status.to_owned(), next: after };
    cases.accepted(name, shows, Input::of(play, next), result);
}

/// Events that say something good at a wrong place.
fn places(cases: &mut Cases<Steps>) {
    let message = || example("message");
    let before = Play::at("received");
    let play = before.clone().then(Side::Referrer, message()).then(Side::Receiver, message());
    let sign = |event: Event, side| budstikke_keys::jws::sign(event, &key(side)).unwrap();
    let next = |side| play.next(side, message()).statement().clone();
    let (own, other) = (next(Side::Referrer), next(Side::Receiver));
    let seen = own.seen.unwrap();
    let far = EventDigest::new(play.receiver[0].digest());
    let gap = Event { number: own.number + 1, ..own.clone() };
    let previous = Event { previous: Some(far), ..own.clone() };
    let unseen = Event { seen: None, ..own.clone() };
    let wrong = Event {
        seen: Some(budstikke_protocol::referral::event::Seen { event: far, ..seen }),
        ..own.clone()
    };
    let held = budstikke_protocol::referral::event::Seen { number: seen.number + 1, event: far };
    let ahead = Event { seen: Some(held), ..own.clone() };
    let earlier = budstikke_protocol::referral::event::Seen { number: 1, event: far };
    let late = cast::time("2026-11-22T12:09:05Z");
    let later = cast::time("2026-11-22T12:09:06Z");
    let rows = [
        ("next", sign(own.clone(), Side::Referrer), "received"),
        (
            "other referral",
            sign(
                Event {
                    referral: "01935000-0000-7000-8000-0000000000ab".parse().unwrap(),
                    ..own.clone()
                },
                Side::Referrer,
            ),
            "!other-referral",
        ),
        ("again", play.referrer[1].clone(), "!known"),
        (
            "another with its number",
            before.next(
                Side::Referrer,
                said(serde_json::json!({ "kind": "message", "text": "En annen." })),
            ),
            "!known",
        ),
        ("one left out", sign(gap, Side::Referrer), "!gap"),
        ("another before it", sign(previous, Side::Referrer), "!wrong-previous"),
        ("seen less than before", sign(unseen, Side::Referrer), "!wrong-seen"),
        ("seen another", sign(wrong, Side::Referrer), "!wrong-seen"),
        ("seen what is not there", sign(ahead, Side::Referrer), "!not-held"),
        (
            "seen not the last",
            sign(Event { seen: Some(earlier), ..own }, Side::Referrer),
            "received",
        ),
        (
            "receiver has seen nothing",
            sign(Event { seen: None, ..other }, Side::Receiver),
            "!wrong-seen",
        ),
        ("five minutes ahead", play.next_at(Side::Referrer, message(), late), "received"),
        ("more than that", play.next_at(Side::Referrer, message(), later), "!not-yet"),
    ];
    let rows = rows.map(|(name, event, after)| (name.to_owned(), event, after.to_owned()));
    add(
        cases,
        "places",
        "an event stands at the end of its author's chain",
        &play,
        "received",
        rows,
    );
}
