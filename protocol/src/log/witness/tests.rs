//! Every answer of a witness, and the form of what it is asked.

use budstikke_keys::note::{Note, NoteError};

use super::*;
use crate::log::checkpoint::Checkpoint;
use crate::log::checkpoint::SignedCheckpoint;
use crate::log::origin::Origin;
use crate::log::policy::Policy;
use crate::log::tests::{
    Memory, cosign, federation, key, log_key, log_secret, organisation, origin, roster, signed,
    time, witness, witness_secret,
};
use crate::log::tree::{TreeHash, TreeHead, prove_consistency};

fn request(old: u64, tree: &Memory) -> Request {
    let size = tree.head().size;
    let proof = if old == 0 { Vec::new() } else { prove_consistency(tree, old, size).unwrap() };
    Request { old, proof, note: tree.signed().note().clone() }
}

fn of(old: u64, proof: Vec<TreeHash>, checkpoint: &SignedCheckpoint) -> Request {
    Request { old, proof, note: checkpoint.note().clone() }
}

fn judge(request: &Request, last: Option<TreeHead>) -> Result<Accepted, Refusal> {
    let log = log_key();
    decide(request, Some(Known { log: &log, last, is_forked: false }), time(5_000))
}

fn check(request: &Request, last: Option<TreeHead>, expected: Refusal, status: u16) {
    assert_eq!(judge(request, last), Err(expected));
    assert_eq!(expected.status(), status, "{expected:?}");
}

fn other_root(size: u64) -> TreeHead {
    TreeHead { size, root: TreeHash::from_bytes([9; 32]) }
}

#[test]
fn a_head_that_continues_the_last_one_is_cosigned() {
    let tree = Memory::of(12);
    for last in 1..=12 {
        let accepted = judge(&request(last, &tree), Some(tree.head_at(last))).unwrap();
        assert_eq!(*accepted.checkpoint(), tree.signed(), "from {last}");
        let line = accepted.cosign(witness(1).name().clone(), &witness_secret(1));
        assert_eq!(line.verify(tree.signed().note().text(), &witness(1)), Ok(Some(time(5_000))));
    }
}

#[test]
fn the_first_head_needs_no_proof() {
    let tree = Memory::of(12);
    assert!(judge(&request(0, &tree), None).is_ok());
    assert!(judge(&request(0, &tree), Some(TreeHead::EMPTY)).is_ok());
    assert!(judge(&of(0, Vec::new(), &signed(TreeHead::EMPTY)), None).is_ok());
}

#[test]
fn a_log_that_is_not_known_is_404() {
    let tree = Memory::of(3);
    assert_eq!(decide(&request(0, &tree), None, time(5_000)), Err(Refusal::UnknownOrigin));
    assert_eq!(Refusal::UnknownOrigin.status(), 404);
    // The facts of another log do not count.
    let access = Origin::access(federation(), organisation(0));
    let checkpoint = Checkpoint { origin: access, head: tree.head() }.sign(&log_secret());
    check(&of(0, Vec::new(), &checkpoint), None, Refusal::UnknownOrigin, 404);
}

#[test]
fn what_the_log_has_not_signed_is_403() {
    let by_another = Checkpoint { origin: origin(), head: Memory::of(3).head() }.sign(&key(9));
    check(&of(0, Vec::new(), &by_another), None, Refusal::NotSigned, 403);
    let text = request(0, &Memory::of(3)).note.to_string().replace("\n3\n", "\n4\n");
    let changed =
        Request { note: Note::parse(text.as_bytes()).unwrap(), ..request(0, &Memory::of(3)) };
    check(&changed, None, Refusal::NotSigned, 403);
}

#[test]
fn a_forked_log_is_403() {
    let (tree, log) = (Memory::of(3), log_key());
    let known = Known { log: &log, last: None, is_forked: true };
    assert_eq!(decide(&request(0, &tree), Some(known), time(5_000)), Err(Refusal::Forked));
    assert_eq!(Refusal::Forked.status(), 403);
}

#[test]
fn a_proof_from_beyond_the_checkpoint_is_400() {
    let checkpoint = Memory::of(3).signed();
    check(&of(4, Vec::new(), &checkpoint), Some(other_root(4)), Refusal::Malformed, 400);
    // Also when another size was cosigned last.
    check(&of(4, Vec::new(), &checkpoint), None, Refusal::Malformed, 400);
}

#[test]
fn a_note_without_a_checkpoint_is_400() {
    let note =
        Note::sign("no checkpoint\n".to_owned(), origin().key_name(), &log_secret()).unwrap();
    check(&Request { old: 0, proof: Vec::new(), note }, None, Refusal::Malformed, 400);
}

#[test]
fn a_proof_from_another_size_is_409_with_the_last_one() {
    let tree = Memory::of(12);
    check(&request(5, &tree), Some(tree.head_at(7)), Refusal::Conflict(7), 409);
    check(&request(0, &tree), Some(tree.head_at(7)), Refusal::Conflict(7), 409);
    check(&request(5, &tree), None, Refusal::Conflict(0), 409);
    // The witness is ahead: the log has lost its memory, or another has its key.
    check(&request(5, &tree), Some(other_root(40)), Refusal::Conflict(40), 409);
}

#[test]
fn a_root_of_nothing_is_that_of_the_empty_tree_or_422() {
    check(&of(0, Vec::new(), &signed(other_root(0))), None, Refusal::EmptyRoot, 422);
}

#[test]
fn hashes_that_prove_nothing_are_422() {
    let tree = Memory::of(12);
    let proof = vec![TreeHash::EMPTY];
    check(
        &Request { proof: proof.clone(), ..request(0, &tree) },
        None,
        Refusal::ProofNotEmpty,
        422,
    );
    check(&Request { proof, ..request(12, &tree) }, Some(tree.head()), Refusal::ProofNotEmpty, 422);
}

#[test]
fn a_second_root_of_one_size_is_422() {
    let tree = Memory::of(12);
    check(&request(12, &tree), Some(other_root(12)), Refusal::OtherRoot, 422);
}

#[test]
fn a_proof_that_does_not_verify_is_422() {
    let tree = Memory::of(12);
    let good = request(5, &tree);
    let last = Some(tree.head_at(5));
    check(&Request { proof: Vec::new(), ..good.clone() }, last, Refusal::Proof, 422);
    check(&Request { proof: good.proof[1..].to_vec(), ..good.clone() }, last, Refusal::Proof, 422);
    check(&good, Some(other_root(5)), Refusal::Proof, 422);
}

#[test]
fn a_request_is_read_as_it_was_written() {
    for old in [0, 1, 5, 12] {
        let request = request(old, &Memory::of(12));
        let text = request.to_string();
        assert!(text.starts_with(&format!("old {old}\n")));
        assert_eq!(request.origin(), Ok(origin()));
        assert_eq!(Request::parse(text.as_bytes()), Ok(request));
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let text = request(5, &Memory::of(12)).to_string();
    let check = |changed: String| {
        assert_eq!(Request::parse(changed.as_bytes()), Err(RequestError::Form), "{changed}");
    };
    check(String::new());
    check(text.replace("old 5", "old 05"));
    check(text.replace("old 5", "old -5"));
    check(text.replace("old 5", "old  5"));
    check(text.replace("old 5", "Old 5"));
    check(text.replace("old 5", "old 9223372036854775808"));
    check(text.replace("old 5\n", ""));
    check(text.replacen('=', "", 1));
    check(text.replacen("\n\n", "\n", 1));
    check(text.replacen('\n', "\r\n", 1));
    check(text.replacen(
        "old 5\n",
        &format!("old 5\n{}", format!("{}\n", TreeHash::EMPTY).repeat(64)),
        1,
    ));
    let note = |changed: String, expected: NoteError| {
        assert_eq!(
            Request::parse(changed.as_bytes()),
            Err(RequestError::Note(expected)),
            "{changed}"
        );
    };
    note(text.trim_end().to_owned(), NoteError::Form);
    note(text.replacen("\n\n", "\n\n\n", 1).replace('\u{2014}', "-"), NoteError::SignatureLine(1));
    let large = vec![b'a'; REQUEST_BYTES_MAX + 1];
    assert_eq!(Request::parse(&large), Err(RequestError::TooLarge));
}

#[test]
fn a_request_may_have_63_hashes() {
    let request = Request { proof: vec![TreeHash::EMPTY; 63], ..request(5, &Memory::of(12)) };
    assert_eq!(Request::parse(request.to_string().as_bytes()), Ok(request));
}

#[test]
fn a_new_witness_begins_at_what_the_old_ones_cosigned() {
    let before = Policy::of(&roster(5), &origin());
    let mut checkpoint = Memory::of(12).signed();
    for place in 1..=2 {
        cosign(&mut checkpoint, place, 100);
        assert_eq!(hand_over(None, &checkpoint, &before), Err(HandOverError::NoQuorum));
    }
    cosign(&mut checkpoint, 3, 100);
    assert_eq!(hand_over(None, &checkpoint, &before), Ok(*checkpoint.head()));
    // Whoever has cosigned before goes on from there, whatever others say.
    let last = Some(other_root(3));
    assert_eq!(hand_over(last, &checkpoint, &before), Err(HandOverError::HasLast));
}
