//! `log-entry`: the entries of a log, byte by byte.

use budstikke_protocol::log::entry::{Entry, State};
use serde::{Deserialize, Serialize};

use super::{hex, unhex};
use crate::vector::{Cases, Format, Written, refusal};

/// Entries.
pub struct Entries;

/// An entry.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its bytes in hexadecimal.
    pub entry: String,
}

/// What it says; bytes are in hexadecimal.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Accepted {
    /// A statement was made.
    Record(String),
    /// What the log says of itself.
    State(Box<Said>),
    /// A question is about to be asked.
    Ticket(String),
    /// A document was erased.
    Erase(String),
    /// Which log this one continues.
    Pred(String),
}

/// What a STATE says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// The epoch of the key.
    pub epoch: u32,
    /// The key.
    pub voprf_key: String,
    /// The root of the map.
    pub map_root: String,
    /// Lists in the map.
    pub map_count: u64,
    /// Records before this entry.
    pub record_count: u64,
    /// Records in all lists.
    pub live_count: u64,
    /// Bytes of the presence file.
    pub presence_bytes: u64,
    /// SHA-256 of the presence file.
    pub presence_sha256: String,
}

impl Format for Entries {
    const NAME: &'static str = "log-entry";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let bytes = unhex(&input.entry);
        let entry = Entry::parse(&bytes).map_err(|error| refusal(&error))?;
        assert_eq!(entry.to_bytes().as_bytes(), bytes);
        Ok(match entry {
            Entry::Record(commitment) => Accepted::Record(hex(commitment.as_bytes())),
            Entry::State(state) => Accepted::State(Box::new(Said::of(&state))),
            Entry::Ticket(ticket) => Accepted::Ticket(hex(ticket.as_bytes())),
            Entry::Erase(commitment) => Accepted::Erase(hex(commitment.as_bytes())),
            Entry::Predecessor(digest) => Accepted::Pred(hex(digest.as_bytes())),
        })
    }
}

impl Said {
    fn of(state: &State) -> Self {
        Self {
            time_ms: state.time_ms,
            epoch: state.epoch,
            voprf_key: hex(state.voprf_key),
            map_root: hex(state.map_root.as_bytes()),
            map_count: state.map_count,
            record_count: state.record_count,
            live_count: state.live_count,
            presence_bytes: state.presence_bytes,
            presence_sha256: hex(state.presence_sha256.as_bytes()),
        }
    }
}

const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The STATE of a log without an index, 1 ms before its time is that of the example, after three records.
fn without_index() -> String {
    let zeros = "0".repeat(64);
    format!(
        "0201{:016x}{:08x}{zeros}{NOTHING}{:016x}{:016x}{:016x}{:016x}{NOTHING}",
        1_795_349_045_999_u64, 0, 0, 3, 0, 0
    )
}

impl Written for Entries {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let mut accept = |name: &str, shows: &str, entry: String, result: Accepted| {
            cases.accepted(name, shows, Input { entry }, result);
        };
        let said = "ab".repeat(32);
        let of = |kind: &str| format!("{kind}{said}");
        accept("record", "a statement was made", of("01"), Accepted::Record(said.clone()));
        accept(
            "ticket",
            "a question is about to be asked",
            of("03"),
            Accepted::Ticket(said.clone()),
        );
        accept("erase", "a document was erased", of("04"), Accepted::Erase(said.clone()));
        accept("pred", "the log continues another", of("05"), Accepted::Pred(said.clone()));
        let state = Said {
            time_ms: 1_795_349_045_999,
            epoch: 0,
            voprf_key: "0".repeat(64),
            map_root: NOTHING.to_owned(),
            map_count: 0,
            record_count: 3,
            live_count: 0,
            presence_bytes: 0,
            presence_sha256: NOTHING.to_owned(),
        };
        let state = Accepted::State(Box::new(state));
        accept("state-without-index", "a log without an index", without_index(), state);
        let counted: Vec<u8> = [2, 1].into_iter().chain(0..140).collect();
        accept("state-full", "every byte of a state is another", hex(&counted), full(&counted));
        refused(&mut cases);
        cases
    }
}

/// What `bytes` say, cut where the table of the specification cuts them.
fn full(bytes: &[u8]) -> Accepted {
    let number = |from: usize| u64::from_be_bytes(bytes[from..from + 8].try_into().unwrap());
    let text = |from: usize| hex(&bytes[from..from + 32]);
    Accepted::State(Box::new(Said {
        time_ms: number(2),
        epoch: u32::from_be_bytes(bytes[10..14].try_into().unwrap()),
        voprf_key: text(14),
        map_root: text(46),
        map_count: number(78),
        record_count: number(86),
        live_count: number(94),
        presence_bytes: number(102),
        presence_sha256: text(110),
    }))
}

fn refused(cases: &mut Cases<Entries>) {
    let state = without_index();
    let said = "ab".repeat(32);
    for (name, shows, entry, refusal) in [
        ("empty", "nothing", String::new(), "type"),
        ("type-0", "no type of entry is 0", format!("00{said}"), "type"),
        ("type-6", "no type of entry is 6", format!("06{said}"), "type"),
        ("type-255", "no type of entry is 255", format!("ff{said}"), "type"),
        ("record-alone", "a type and nothing else", "01".to_owned(), "length"),
        ("record-short", "a byte is missing", format!("01{}", &said[2..]), "length"),
        ("record-long", "a byte too many", format!("01{said}00"), "length"),
        ("ticket-short", "a byte is missing", format!("03{}", &said[2..]), "length"),
        ("erase-long", "a byte too many", format!("04{said}00"), "length"),
        ("pred-long", "a byte too many", format!("05{said}00"), "length"),
        ("state-alone", "a type and nothing else", "02".to_owned(), "length"),
        ("state-short", "a byte is missing", state[..282].to_owned(), "length"),
        ("state-long", "a byte too many", format!("{state}00"), "length"),
        (
            "state-like-record",
            "a state as long as a record",
            format!("0201{}", &said[2..]),
            "length",
        ),
        (
            "state-version-0",
            "no version of a state is 0",
            state.replacen("0201", "0200", 1),
            "version",
        ),
        (
            "state-version-2",
            "a version that is not known",
            state.replacen("0201", "0202", 1),
            "version",
        ),
    ] {
        cases.refused(name, shows, Input { entry }, refusal);
    }
}
