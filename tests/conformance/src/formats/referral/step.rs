//! `referral-step`: what each event leads to, in each status a referral can have, and which cannot follow.

use std::collections::BTreeMap;

use budstikke_keys::jws::{Claimed, Verified, sign};
use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::{EventDigest, ReferralId};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::referral::event::{Event, Kept, Seen};
use budstikke_protocol::referral::said::Answer;
use budstikke_protocol::referral::state::Side;
use budstikke_protocol::referral::step::Facts;
use budstikke_protocol::referral::thread::Thread;
use serde::{Deserialize, Serialize};
use serde_json::json;

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
            add(&mut cases, status, "every event in this status", &play, rows);
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
    rows: impl IntoIterator<Item = (String, Verified<Event>, String)>,
) {
    let (mut next, mut after) = (BTreeMap::new(), BTreeMap::new());
    for (row, event, expected) in rows {
        next.insert(row.clone(), event.compact().to_owned());
        after.insert(row, expected);
    }
    // Places are tried in a referral that was received.
    let status = if STATUSES.contains(&name) { name } else { "received" };
    let result = Accepted { status: status.to_owned(), next: after };
    cases.accepted(name, shows, Input::of(play, next), result);
}

/// Events that say something good at a wrong place.
fn places(cases: &mut Cases<Steps>) {
    let message = || example("message");
    let before = Play::at("received");
    let play = before.clone().then(Side::Referrer, message()).then(Side::Receiver, message());
    let other = said(json!({ "kind": "message", "text": "En annen." }));
    let late = |time| play.next_at(Side::Referrer, message(), cast::time(time));
    let good = [
        ("next", play.next(Side::Referrer, message()), "received"),
        ("again", play.referrer[1].clone(), "!known"),
        ("another with its number", before.next(Side::Referrer, other), "!known"),
        ("five minutes ahead", late("2026-11-22T12:09:05Z"), "received"),
        ("more than that", late("2026-11-22T12:09:06Z"), "!not-yet"),
    ];
    let misplaced = misplaced(&play);
    let rows = good.into_iter().chain(misplaced);
    let rows = rows.map(|(name, event, after)| (name.to_owned(), event, after.to_owned()));
    let shows = "an event stands at the end of its author's chain";
    add(cases, "places", shows, &play, rows);
}

/// The next event, changed in where it says that it stands, and signed again.
fn misplaced(play: &Play) -> [(&'static str, Verified<Event>, &'static str); 8] {
    let next = |side| play.next(side, example("message")).statement().clone();
    let sign = |side, change: &dyn Fn(&mut Event)| {
        let mut event = next(side);
        change(&mut event);
        sign(event, &key(side)).unwrap()
    };
    let own = |change: &dyn Fn(&mut Event)| sign(Side::Referrer, change);
    // The receiver's first event, where another should stand.
    let first = EventDigest::new(play.receiver[0].digest());
    let seen = |number| Some(Seen { number, event: first });
    let referral: ReferralId = "01935000-0000-7000-8000-0000000000ab".parse().unwrap();
    let nothing = sign(Side::Receiver, &|event| event.seen = None);
    [
        ("other referral", own(&|event| event.referral = referral), "!other-referral"),
        ("one left out", own(&|event| event.number += 1), "!gap"),
        ("another before it", own(&|event| event.previous = Some(first)), "!wrong-previous"),
        ("seen less than before", own(&|event| event.seen = None), "!wrong-seen"),
        ("seen another", own(&|event| event.seen = seen(2)), "!wrong-seen"),
        ("seen what is not there", own(&|event| event.seen = seen(3)), "!not-held"),
        ("seen not the last", own(&|event| event.seen = seen(1)), "received"),
        ("receiver has seen nothing", nothing, "!wrong-seen"),
    ]
}
