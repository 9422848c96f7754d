//! Laws of fork proofs and accusations.

use budstikke_keys::note::{KeyKind, NotTrusted, VerifierKey};

use super::*;
use crate::log::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::log::origin::Origin;
use crate::log::tests::{
    Memory, federation, key, log_key, log_secret, organisation, origin, signed,
};
use crate::log::tree::{ProofError, ProveError, TreeHash, TreeHead, prove_consistency};

/// A tree whose entry at `other` is not what [`Memory::of`] has there.
fn changed(size: u64, other: u64) -> Memory {
    let entry = |index: u64| {
        if index == other { b"other".to_vec() } else { index.to_string().into_bytes() }
    };
    Memory::of_entries((0..size).map(entry))
}

fn find(first: &Memory, second: &Memory) -> Option<ForkProof> {
    let (a, b) = (first.signed(), second.signed());
    let proof = ForkProof::find((&a, first), (&b, second)).unwrap();
    if let Some(proof) = &proof {
        assert_eq!(ForkProof::parse(proof.to_string().as_bytes()).as_ref(), Ok(proof));
    }
    proof
}

fn access_checkpoint(head: TreeHead) -> SignedCheckpoint {
    Checkpoint { origin: Origin::access(federation(), organisation(0)), head }.sign(&log_secret())
}

#[test]
fn two_roots_of_one_size_are_a_fork() {
    let (one, two) = (Memory::of(12), changed(12, 3));
    let fork = find(&one, &two).unwrap().verify(&log_key()).unwrap();
    assert_eq!(fork.kind, ForkKind::SameSize(12));
    assert_eq!(*fork.origin(), origin());
    assert_eq!(fork.checkpoints, [one.signed(), two.signed()]);
}

#[test]
fn two_contents_of_one_part_are_a_fork() {
    for size in 1..20 {
        for other in 0..size {
            // The smaller tree is the changed one, then the larger.
            for (one, two) in
                [(changed(size, other), Memory::of(21)), (changed(21, other), Memory::of(size))]
            {
                let fork = find(&one, &two).unwrap().verify(&log_key()).unwrap();
                let ForkKind::Subtree(subtree) = fork.kind else {
                    panic!("{size} {other}: {fork:?}")
                };
                let part = subtree.start().unwrap()..subtree.end().unwrap();
                assert!(part.contains(&other) && part.end <= size, "{size} {other}: {subtree:?}");
            }
        }
    }
}

#[test]
fn a_log_that_grew_is_no_fork() {
    for size in 0..=21 {
        assert_eq!(find(&Memory::of(size), &Memory::of(21)), None, "{size}");
        assert_eq!(find(&Memory::of(21), &Memory::of(size)), None, "{size}");
    }
    // What was added behind the smaller tree is not in question.
    assert_eq!(find(&Memory::of(9), &changed(21, 9)), None);
}

#[test]
fn two_logs_are_no_fork() {
    let (tree, other) = (Memory::of(12), changed(12, 3));
    let of_another_log = access_checkpoint(other.head());
    assert_eq!(ForkProof::same_size(&tree.signed(), &of_another_log), None);
    assert_eq!(ForkProof::find((&tree.signed(), &tree), (&of_another_log, &other)), Ok(None));
    assert_eq!(Accusation::of(&Memory::of(11).signed(), &of_another_log), None);
}

#[test]
fn a_hash_that_is_missing_is_told() {
    let (short, long) = (Memory::of(3), Memory::of(12));
    let longer = changed(14, 3);
    let found = ForkProof::find((&long.signed(), &short), (&longer.signed(), &longer));
    assert!(matches!(found, Err(ProveError::Node(_))), "{found:?}");
}

#[test]
fn what_does_not_contradict_proves_nothing() {
    let (one, two) = (Memory::of(12), changed(12, 3));
    let refused =
        |text: String| ForkProof::parse(text.as_bytes()).unwrap().verify(&log_key()).unwrap_err();
    let good = find(&one, &two).unwrap().to_string();
    let same = good.replace(&two.signed().note().to_string(), &one.signed().note().to_string());
    assert_eq!(refused(same), ForkError::NoContradiction);
    let grown =
        good.replace(&two.signed().note().to_string(), &changed(13, 3).signed().note().to_string());
    assert_eq!(refused(grown), ForkError::NoContradiction);

    // A part that both have alike.
    let (small, large) = (Memory::of(8), Memory::of(12));
    let fork = find(&changed(8, 3), &large).unwrap().to_string();
    let hashes: Vec<_> = fork.lines().filter(|line| line.starts_with("hash ")).collect();
    let alike = fork.replace(hashes[0], hashes[1]);
    let alike = alike
        .replace(&changed(8, 3).signed().note().to_string(), &small.signed().note().to_string());
    assert_eq!(refused(alike), ForkError::NoContradiction);
}

#[test]
fn both_parts_are_in_their_trees() {
    let proof = find(&changed(11, 3), &Memory::of(21)).unwrap().to_string();
    let refused =
        |text: String| ForkProof::parse(text.as_bytes()).unwrap().verify(&log_key()).unwrap_err();
    let hashes: Vec<_> = proof.lines().filter(|line| line.starts_with("hash ")).collect();
    assert_eq!(refused(proof.replace(hashes[0], hashes[1])), ForkError::Proof(ProofError::Root));
    assert_eq!(refused(proof.replace(hashes[1], hashes[0])), ForkError::Proof(ProofError::Root));
    assert_eq!(
        refused(proof.replace("subtree 3 0", "subtree 3 1")),
        ForkError::Proof(ProofError::OutOfRange)
    );
    assert_eq!(
        refused(proof.replace("subtree 3 0", "subtree 255 0")),
        ForkError::Proof(ProofError::OutOfRange)
    );
    let after_first = proof.split_once(hashes[0]).unwrap().1.lines().nth(1).unwrap();
    assert_eq!(
        refused(proof.replace(&format!("{after_first}\n"), "")),
        ForkError::Proof(ProofError::Length)
    );
}

#[test]
fn both_heads_are_signed_by_the_log() {
    let proof = find(&Memory::of(12), &changed(12, 3)).unwrap();
    let other = VerifierKey::new(origin().key_name(), KeyKind::Signature, key(9).public());
    assert_eq!(proof.verify(&other), Err(ForkError::Checkpoint(NotTrusted::NoKnownKey.into())));
    let text = proof.to_string();
    let (before, after) = text.rsplit_once("\n12\n").unwrap();
    for text in [text.replacen("\n12\n", "\n13\n", 1), format!("{before}\n13\n{after}")] {
        let changed = ForkProof::parse(text.as_bytes()).unwrap();
        let expected = NotTrusted::BadSignature(origin().key_name());
        assert_eq!(changed.verify(&log_key()), Err(ForkError::Checkpoint(expected.into())));
    }
}

#[test]
fn what_is_no_fork_proof_is_refused() {
    let same = find(&Memory::of(12), &changed(12, 3)).unwrap().to_string();
    let subtree = find(&changed(11, 3), &Memory::of(21)).unwrap().to_string();
    let check = |changed: String, expected: ForkError| {
        assert_eq!(ForkProof::parse(changed.as_bytes()), Err(expected), "{changed}");
    };
    check(String::new(), ForkError::Version);
    check(same.replace("/v1", "/v2"), ForkError::Version);
    check(same.replace("/v1", "/v1\r"), ForkError::Version);
    check(same.replace("same-size", "same-sizes"), ForkError::Form);
    check(same.replace("same-size\n", ""), ForkError::Form);
    check(same.replace("same-size", "same-size\nhash"), ForkError::Form);
    check(format!("{same}\n\nmore"), ForkError::Form);
    check(same.replacen("\n\n", "\n", 1), ForkError::Form);
    check(same.trim_end().to_owned(), ForkError::Note(budstikke_keys::note::NoteError::Form));
    check(subtree.replace("subtree 3 0", "subtree 03 0"), ForkError::Form);
    check(subtree.replace("subtree 3 0", "subtree 256 0"), ForkError::Form);
    check(subtree.replace("subtree 3 0", "subtree 3"), ForkError::Form);
    check(subtree.replacen("hash ", "", 1), ForkError::Form);
    check(subtree.replacen("hash ", "hash  ", 1), ForkError::Form);
    check(subtree.replacen('=', "", 1), ForkError::Form);
    check("a".repeat(FORK_BYTES_MAX + 1), ForkError::TooLarge);
}

#[test]
fn an_accusation_is_answered_by_a_consistency_proof() {
    let (older, newer) = (Memory::of(7), Memory::of(12));
    let accusation = Accusation::of(&newer.signed(), &older.signed()).unwrap();
    assert_eq!(Accusation::parse(accusation.to_string().as_bytes()), Ok(accusation.clone()));
    let accused = accusation.verify(&log_key()).unwrap();
    assert_eq!((accused.older.head(), accused.newer.head()), (&older.head(), &newer.head()));
    assert_eq!(accused.answer(&prove_consistency(&newer, 7, 12).unwrap()), Ok(()));

    let forked = changed(12, 3);
    let accused =
        Accusation::of(&older.signed(), &forked.signed()).unwrap().verify(&log_key()).unwrap();
    assert!(accused.answer(&prove_consistency(&forked, 7, 12).unwrap()).is_err());
}

#[test]
fn nobody_is_accused_of_what_cannot_be_answered() {
    let tree = Memory::of(7);
    assert_eq!(Accusation::of(&tree.signed(), &tree.signed()), None);
    assert_eq!(Accusation::of(&tree.signed(), &changed(7, 3).signed()), None);
    assert_eq!(Accusation::of(&signed(TreeHead::EMPTY), &tree.signed()), None);

    let good = Accusation::of(&tree.signed(), &Memory::of(12).signed()).unwrap().to_string();
    let refused =
        |text: String| Accusation::parse(text.as_bytes()).unwrap().verify(&log_key()).unwrap_err();
    let small = tree.signed().note().to_string();
    let large = Memory::of(12).signed().note().to_string();
    assert_eq!(refused(good.replace(&small, &large)), ForkError::NoContradiction);
    let empty = signed(TreeHead::EMPTY).note().to_string();
    assert_eq!(refused(good.replace(&small, &empty)), ForkError::NoContradiction);
    assert_eq!(refused(good.replace("\n12\n", "\n13\n")), {
        ForkError::Checkpoint(NotTrusted::BadSignature(origin().key_name()).into())
    });
    let fork = find(&tree, &changed(7, 3)).unwrap().to_string();
    assert_eq!(Accusation::parse(fork.as_bytes()), Err(ForkError::Version));
    let more = good.replace("/v1\n", "/v1\nmore\n");
    assert_eq!(Accusation::parse(more.as_bytes()), Err(ForkError::Form));
}

#[test]
fn the_largest_fork_proof_is_read() {
    // Both notes nearly full, both ways as long as they can be.
    let line = format!("{}\n", TreeHash::EMPTY);
    let way = format!("hash {line}{}", line.repeat(63));
    let note = Memory::of(12).signed().note().to_string();
    let filler = data_encoding::BASE64.encode(&vec![0; 48_000]);
    let note = format!("{note}\u{2014} stranger {filler}\n");
    let text = format!("budstikke/fork/v1\nsubtree 62 {}\n{way}{way}\n{note}\n{note}", i64::MAX);
    let proof = ForkProof::parse(text.as_bytes()).unwrap();
    assert_eq!(proof.to_string(), text);
    assert_eq!(proof.verify(&log_key()), Err(ForkError::Proof(ProofError::OutOfRange)));
}
