//! Laws of checkpoints and the cosignatures on them.

use budstikke_keys::note::VerifierKey;

use super::*;
use crate::log::tests::{
    Memory, cosign, federation, key, log_key, log_secret, organisation, origin, signed, time,
    witness, witness_secret,
};
use crate::log::tree::{SIZE_END, TreeHash};

const TEXT: &str = "samhandling.test/310000019\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

#[test]
fn a_checkpoint_has_one_text() {
    let checkpoint: Checkpoint = TEXT.parse().unwrap();
    assert_eq!(checkpoint.origin, origin());
    assert_eq!(checkpoint.head, TreeHead { size: 7, root: TreeHash::EMPTY });
    assert_eq!(checkpoint.to_string(), TEXT);
    assert_eq!(checkpoint.digest(), Sha256Digest::of(TEXT.as_bytes()));

    let largest = TEXT.replace("\n7\n", &format!("\n{}\n", SIZE_END - 1));
    assert_eq!(largest.parse::<Checkpoint>().unwrap().to_string(), largest);
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    for changed in [
        String::new(),
        TEXT.trim_end().to_owned(),
        format!("{TEXT}extension\n"),
        format!("{TEXT}\n"),
        format!("\n{TEXT}"),
        TEXT.replace("\n7\n", "\n07\n"),
        TEXT.replace("\n7\n", "\n+7\n"),
        TEXT.replace("\n7\n", "\n-7\n"),
        TEXT.replace("\n7\n", "\n7 \n"),
        TEXT.replace("\n7\n", "\n\n"),
        TEXT.replace("\n7\n", "\n7a\n"),
        TEXT.replace("\n7\n", &format!("\n{SIZE_END}\n")),
        TEXT.replace("\n7\n", "\n99999999999999999999\n"),
        TEXT.replace("FU=", "FV="),
        TEXT.replace("FU=", "FU"),
        TEXT.replace("310000019", "310000018"),
    ] {
        assert_eq!(changed.parse::<Checkpoint>(), Err(CheckpointError::Form), "{changed:?}");
    }
}

#[test]
fn a_checkpoint_is_believed_for_the_key_of_its_log() {
    let checkpoint = Memory::of(5).signed();
    let opened = SignedCheckpoint::open(checkpoint.note().clone(), &log_key());
    assert_eq!(opened, Ok(checkpoint.clone()));
    let refused =
        |log: VerifierKey| SignedCheckpoint::open(checkpoint.note().clone(), &log).unwrap_err();

    let other_key = VerifierKey::new(origin().key_name(), KeyKind::Signature, key(9).public());
    assert_eq!(refused(other_key), CheckpointError::NotTrusted(NotTrusted::NoKnownKey));
    let other_name = Origin::access(federation(), organisation(0)).key_name();
    let other_name = VerifierKey::new(other_name, KeyKind::Signature, log_secret().public());
    assert_eq!(refused(other_name), CheckpointError::NotTrusted(NotTrusted::NoKnownKey));
}

#[test]
fn a_checkpoint_names_the_log_that_signed_it() {
    let access = Origin::access(federation(), organisation(0));
    let note = Note::sign(TEXT.to_owned(), access.key_name(), &log_secret()).unwrap();
    let log = VerifierKey::new(access.key_name(), KeyKind::Signature, log_secret().public());
    assert_eq!(SignedCheckpoint::open(note, &log), Err(CheckpointError::OtherLog(origin())));
}

#[test]
fn a_cosignature_does_not_stand_for_the_signature_of_the_log() {
    let signed = Memory::of(5).signed();
    let mut note =
        Note::sign(signed.note().text().to_owned(), origin().key_name(), &key(9)).unwrap();
    note.add(signed.cosign(origin().key_name(), &log_secret(), time(7))).unwrap();
    let log = VerifierKey::new(origin().key_name(), KeyKind::Cosignature, log_secret().public());
    assert_eq!(SignedCheckpoint::open(note, &log), Err(CheckpointError::OtherLog(origin())));
}

#[test]
fn a_changed_head_is_not_signed() {
    let checkpoint = Memory::of(5).signed();
    let text = checkpoint.note().to_string().replace("\n5\n", "\n6\n");
    let note = Note::parse(text.as_bytes()).unwrap();
    let expected = NotTrusted::BadSignature(origin().key_name());
    assert_eq!(SignedCheckpoint::open(note, &log_key()), Err(expected.into()));
}

#[test]
fn cosignatures_are_told_with_their_times() {
    let mut checkpoint = Memory::of(5).signed();
    cosign(&mut checkpoint, 1, 1_001);
    cosign(&mut checkpoint, 2, 1_002);
    let found = checkpoint.cosignatures(&[witness(2), witness(3)]).unwrap();
    assert_eq!(found, [Cosignature { witness: witness(2), time: time(1_002) }]);
    assert_eq!(checkpoint.cosignatures(&[witness(3)]), Ok(Vec::new()));
    let read = Note::parse(checkpoint.note().to_string().as_bytes()).unwrap();
    assert_eq!(SignedCheckpoint::open(read, &log_key()), Ok(checkpoint));
}

#[test]
fn only_the_cosignature_that_was_asked_for_is_added() {
    let mut checkpoint = Memory::of(5).signed();
    let before = checkpoint.clone();
    let check = |checkpoint: &mut SignedCheckpoint, line: NoteSignature| {
        assert_eq!(checkpoint.add(line, &witness(1)), Err(CosignatureError::Refused));
        assert_eq!(checkpoint, &before);
    };
    let of_other_head =
        Memory::of(6).signed().cosign(witness(1).name().clone(), &witness_secret(1), time(7));
    check(&mut checkpoint, of_other_head);
    let by_stranger = before.cosign(witness(2).name().clone(), &witness_secret(2), time(7));
    check(&mut checkpoint, by_stranger);
    let by_log = NoteSignature::sign(before.note().text(), origin().key_name(), &log_secret());
    check(&mut checkpoint, by_log);
}

#[test]
fn of_one_witness_the_earliest_and_the_latest_stay() {
    let mut checkpoint = Memory::of(5).signed();
    let mut check = |place: usize, seconds: i64, expected: &[i64]| {
        cosign(&mut checkpoint, place, seconds);
        let found = checkpoint.cosignatures(&[witness(1)]).unwrap();
        let times: Vec<_> =
            found.iter().map(|cosignature| cosignature.time.unix_seconds()).collect();
        assert_eq!(times, expected, "after {place} at {seconds}");
    };
    check(1, 200, &[200]);
    check(1, 200, &[200]);
    check(2, 250, &[200]);
    check(1, 300, &[200, 300]);
    check(1, 250, &[200, 300]);
    check(1, 400, &[200, 400]);
    check(1, 100, &[100, 400]);
    assert_eq!(checkpoint.note().signatures().len(), 4);
}

#[test]
fn a_bad_line_of_a_witness_goes_with_its_next_cosignature() {
    let mut note = Memory::of(5).signed().note().clone();
    note.add(Memory::of(6).signed().cosign(witness(1).name().clone(), &witness_secret(1), time(7)))
        .unwrap();
    let mut checkpoint = SignedCheckpoint::open(note, &log_key()).unwrap();
    assert!(checkpoint.cosignatures(&[witness(1)]).is_err());
    cosign(&mut checkpoint, 1, 8);
    assert_eq!(checkpoint.cosignatures(&[witness(1)]).unwrap().len(), 1);
}

#[test]
fn a_bad_cosignature_of_a_known_witness_is_told() {
    let checkpoint = Memory::of(5).signed();
    let mut note = checkpoint.note().clone();
    note.add(Memory::of(6).signed().cosign(witness(1).name().clone(), &witness_secret(1), time(7)))
        .unwrap();
    let checkpoint = SignedCheckpoint::open(note, &log_key()).unwrap();
    let expected = NotTrusted::BadSignature(witness(1).name().clone());
    assert_eq!(checkpoint.cosignatures(&[witness(1)]), Err(expected));
    assert_eq!(checkpoint.cosignatures(&[witness(2)]), Ok(Vec::new()));
}

#[test]
fn a_log_may_be_empty() {
    let checkpoint = signed(TreeHead::EMPTY);
    assert_eq!(checkpoint.checkpoint().to_string(), TEXT.replace("\n7\n", "\n0\n"));
}
