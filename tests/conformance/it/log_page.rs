//! The examples of docs/spec/log.md, judged by our code: they fit one another, and say what the page says of them.

use std::path::Path;

use budstikke_conformance::vector::ROOT;
use budstikke_keys::note::{Note, NoteSignature, VerifierKey};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::fork::{ForkKind, ForkProof};
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::receipt::{Grade, Receipt};
use budstikke_protocol::log::tile::tiles_of;
use budstikke_protocol::log::tree::{Frontier, leaf_hash};
use budstikke_protocol::log::witness::{Known, Request, decide};
use data_encoding::HEXLOWER;

/// The texts between the fences of the page, each with its last line feed.
fn examples() -> Vec<String> {
    let page = std::fs::read_to_string(Path::new(ROOT).join("../../docs/spec/log.md")).unwrap();
    page.split("```")
        .skip(1)
        .step_by(2)
        .map(|text| text.trim_start_matches("text\n").to_owned())
        .collect()
}

/// The only example that begins and ends so.
fn example(start: &str, end: &str) -> String {
    let mut found = examples();
    found.retain(|text| text.starts_with(start) && text.ends_with(end) && !text.contains('<'));
    assert_eq!(found.len(), 1, "{start:?} to {end:?}");
    found.remove(0)
}

const ORIGIN: &str = "helse.example/974760673\n";

fn keys() -> [VerifierKey; 2] {
    let text = example("helse.example/974760673+", "\n");
    let keys: Vec<_> = text.lines().map(|line| line.parse().unwrap()).collect();
    keys.try_into().unwrap()
}

/// The example of this size, cosigned or not.
fn checkpoint(size: &str, end: &str) -> SignedCheckpoint {
    let note = example(&format!("{ORIGIN}{size}\n"), end);
    SignedCheckpoint::open(Note::parse(note.as_bytes()).unwrap(), &keys()[0]).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn policy() -> Policy {
    example("log helse.example", "\n").parse().unwrap()
}

/// The five entries.
fn entries() -> Vec<Vec<u8>> {
    let text = example("0 RECORD", "\n");
    let bytes = |line: &str| HEXLOWER.decode(line.rsplit_once(' ').unwrap().1.as_bytes()).unwrap();
    text.lines().map(bytes).collect()
}

#[test]
fn the_entries_lead_to_the_checkpoints() {
    let mut frontier = Frontier::default();
    let mut heads = Vec::new();
    for entry in entries() {
        frontier.append(leaf_hash(&entry)).unwrap();
        heads.push(frontier.head());
    }
    assert_eq!(*checkpoint("2", "=\n").head(), heads[1]);
    assert_eq!(*checkpoint("5", "=\n").head(), heads[4]);
}

#[test]
fn the_last_entry_of_each_checkpoint_is_a_state() {
    let states = [(1, "2026-11-22T12:04:06Z", 1), (4, "2026-11-22T12:20:01Z", 3)];
    for (at, when, records) in states {
        let ms = u64::try_from(time(when).unix_seconds()).unwrap() * 1000;
        let state = Entry::State(State::without_index(ms, records));
        assert_eq!(state.to_bytes().as_bytes(), entries()[at]);
    }
}

#[test]
fn the_receipt_is_witnessed() {
    let receipt = Receipt::parse(example("c2sp.org/tlog-proof@v1\n", "=\n").as_bytes()).unwrap();
    let proven = receipt.verify(&leaf_hash(&entries()[0]), &keys()[0], &policy()).unwrap();
    assert_eq!(proven.grade, Grade::Witnessed { since: time("2026-11-22T12:20:02Z") });
    assert_eq!(*proven.checkpoint.note(), *checkpoint("5", "=\n").note());
}

#[test]
fn the_witness_gives_the_answer() {
    let request = Request::parse(example("old 2\n", "=\n").as_bytes()).unwrap();
    let [log, witness] = keys();
    let last = Some(*checkpoint("2", "=\n").head());
    let known = Known { log: &log, last, is_forked: false };
    let accepted = decide(&request, Some(known), time("2026-11-22T12:20:02Z")).unwrap();
    let answer = example("\u{2014} helse.example/983974910", "\n");
    let line: NoteSignature = answer.trim_end().parse().unwrap();
    let found = line.verify(accepted.checkpoint().note().text(), &witness);
    assert_eq!(found, Ok(Some(accepted.time())));
}

#[test]
fn the_fork_is_one() {
    let proof = ForkProof::parse(example("budstikke/fork/v1\n", "=\n").as_bytes()).unwrap();
    let fork = proof.verify(&keys()[0]).unwrap();
    assert_eq!(fork.kind, ForkKind::SameSize(5));
    assert_eq!(fork.checkpoints[0].head(), checkpoint("5", "=\n").head());
}

#[test]
fn the_tiles_are_those_of_70_000_entries() {
    let text = example("tile/entries/000", "\n");
    let named: Vec<_> = text.split_whitespace().filter(|word| *word != "…").collect();
    let tiles: Vec<_> = tiles_of(70_000).map(|tile| tile.to_string()).collect();
    assert_eq!(tiles.len(), 2 * 274 + 2 + 1);
    assert!(named.iter().all(|path| tiles.contains(&(*path).to_owned())), "{named:?}");
}
