//! Laws of signed notes, and the examples of C2SP and of Go's `golang.org/x/mod`.

use zeroize::Zeroizing;

use super::*;
use crate::public::PublicKeyError;
use crate::secret::SecretKey;
use crate::time::Timestamp;

const EXAMPLES: [[&str; 3]; 2] = [
    // C2SP signed-note.
    [
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "This is an example message.\n",
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=",
    ],
    // golang.org/x/mod/sumdb/note.
    [
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=",
    ],
];

const TEXT: &str = "one line\n";

fn name(text: &str) -> NoteName {
    text.parse().unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(Zeroizing::new([seed; 32]))
}

fn signer(seed: u8) -> VerifierKey {
    VerifierKey::new(name("log"), KeyKind::Signature, key(seed).public())
}

fn cosigner(seed: u8) -> VerifierKey {
    VerifierKey::new(name("witness"), KeyKind::Cosignature, key(seed).public())
}

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds).unwrap()
}

fn note() -> Note {
    Note::sign(TEXT.to_owned(), name("log"), &key(1)).unwrap()
}

#[test]
fn the_published_examples_verify_and_are_written_again() {
    for [vkey, text, signature] in EXAMPLES {
        let known: VerifierKey = vkey.parse().unwrap();
        assert_eq!(known.to_string(), vkey);
        let bytes = format!("{text}\n\u{2014} {} {signature}\n", known.name());
        let note = Note::parse(bytes.as_bytes()).unwrap();
        assert_eq!(note.to_string(), bytes);
        let verified = note.verify(std::slice::from_ref(&known)).unwrap();
        assert_eq!(verified.text(), text);
        assert_eq!(verified.signatures(), [CheckedSignature { key: known.clone(), time: None }]);

        let other = Note::parse(bytes.replace('a', "b").as_bytes());
        assert!(other.is_err() || other.unwrap().verify(&[known]).is_err());
    }
}

#[test]
fn a_verifier_key_has_one_text() {
    let check = |text: &str, expected: Result<(), VerifierKeyError>| {
        assert_eq!(text.parse::<VerifierKey>().map(drop), expected, "{text}");
    };
    let good = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    check(good, Ok(()));
    check("example.com/foo+530d903a", Err(VerifierKeyError::Form));
    check(&good.replace("530d903a", "530D903A"), Err(VerifierKeyError::Id));
    check(&good.replace("530d903a", "530d903b"), Err(VerifierKeyError::Id));
    check(&good.replace("530d903a", "0530d903a"), Err(VerifierKeyError::Id));
    check(&good.replace("foo", "fooo"), Err(VerifierKeyError::Id));
    check(&good.replace("+A", "+"), Err(VerifierKeyError::Form));
    check(&good.replace("+Ae", "+Au"), Err(VerifierKeyError::Kind));
    check(&good.replace("U2k", "U2l"), Err(VerifierKeyError::Id));
    let weak = data_encoding::BASE64.encode(&[[1].as_slice(), &[0; 32]].concat());
    check(&format!("x+00000000+{weak}"), Err(VerifierKeyError::Key(PublicKeyError::SmallOrder)));
    check(&format!("{good}AAAA"), Err(VerifierKeyError::Kind));
    check(&good.replace("example.com/foo", ""), Err(VerifierKeyError::Name(NoteNameError)));
    check(&good.replace("example.com/foo", "a b"), Err(VerifierKeyError::Name(NoteNameError)));
}

#[test]
fn a_key_name_holds_no_space_no_plus_and_no_control_character() {
    let check = |text: &str, is_name: bool| {
        assert_eq!(text.parse::<NoteName>().is_ok(), is_name, "{text:?}");
    };
    check("samhandling.test/993467049/witness", true);
    check("bodø", true);
    check(&"n".repeat(255), true);
    check(&"n".repeat(256), false);
    for refused in ["", "a b", "a+b", "a\nb", "a\tb", "a\0b", "a\u{85}b", "a\u{a0}b", "a\u{2003}b"]
    {
        check(refused, false);
    }
}

#[test]
fn a_cosignature_gives_its_time() {
    let mut note = note();
    note.add(NoteSignature::cosign(TEXT, name("witness"), &key(2), time(1_750_000_001))).unwrap();
    let checked = note.check(&[signer(1), cosigner(2)]).unwrap();
    let times: Vec<_> = checked.iter().map(|signature| signature.time).collect();
    assert_eq!(times, [None, Some(time(1_750_000_001))]);
    assert_eq!(Note::parse(note.to_string().as_bytes()), Ok(note));
}

#[test]
fn a_cosignature_at_no_time_is_none() {
    let line = NoteSignature::cosign(TEXT, name("witness"), &key(2), Timestamp::UNIX_EPOCH);
    assert!(line.verify(TEXT, &cosigner(2)).is_err());
}

#[test]
fn a_cosignature_is_over_its_time_and_its_text() {
    let line = NoteSignature::cosign(TEXT, name("witness"), &key(2), time(7));
    assert_eq!(line.verify(TEXT, &cosigner(2)), Ok(Some(time(7))));
    assert!(line.verify("another line\n", &cosigner(2)).is_err());
    for position in 0..line.bytes().len() {
        let mut bytes = [line.id().as_bytes().as_slice(), line.bytes()].concat();
        bytes[4 + position] ^= 1;
        let encoded = data_encoding::BASE64.encode(&bytes);
        let changed: NoteSignature = format!("\u{2014} witness {encoded}").parse().unwrap();
        assert!(changed.verify(TEXT, &cosigner(2)).is_err(), "byte {position}");
    }
}

#[test]
fn what_nobody_knows_is_ignored_and_kept() {
    let mut note = note();
    note.add("\u{2014} stranger AAAAAAA=".parse().unwrap()).unwrap();
    let verified = note.verify(&[signer(1)]).unwrap();
    assert_eq!(verified.signatures().len(), 1);
    assert!(verified.note().to_string().ends_with("\u{2014} stranger AAAAAAA=\n"));
}

#[test]
fn a_note_without_a_known_signer_is_not_believed() {
    assert_eq!(note().verify(&[signer(2), cosigner(1)]), Err(NotTrusted::NoKnownKey));
    assert_eq!(note().verify(&[]), Err(NotTrusted::NoKnownKey));
}

#[test]
fn one_bad_signature_of_a_known_key_spoils_the_note() {
    let mut note = note();
    note.add(NoteSignature::cosign("other\n", name("witness"), &key(2), time(7))).unwrap();
    let known = [signer(1), cosigner(2)];
    assert_eq!(note.clone().verify(&known), Err(NotTrusted::BadSignature(name("witness"))));
    // Who does not know that key does not mind.
    assert!(note.verify(&known[..1]).is_ok());
}

#[test]
fn the_text_ends_at_the_last_empty_line() {
    let text = "a\n\n\u{2014} no signature\n\n\nb\n";
    let note = Note::sign(text.to_owned(), name("log"), &key(1)).unwrap();
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read.text(), text);
    assert!(read.verify(&[signer(1)]).is_ok());
}

#[test]
fn a_note_has_one_form() {
    let check = |bytes: &[u8], expected: NoteError| assert_eq!(Note::parse(bytes), Err(expected));
    let good = note().to_string();
    check(b"", NoteError::Form);
    check(b"\n", NoteError::Form);
    check(TEXT.as_bytes(), NoteError::Form);
    check(b"text\n\n", NoteError::Form);
    check(good.trim_end().as_bytes(), NoteError::Form);
    check(good.replacen("\n\n", "\n", 1).as_bytes(), NoteError::Form);
    check(format!("{good}\n").as_bytes(), NoteError::Form);
    check(good.replace('\u{2014}', "-").as_bytes(), NoteError::SignatureLine(1));
    check(good.replace(" log ", " log  ").as_bytes(), NoteError::SignatureLine(1));
    check(good.replace(" log ", " l+g ").as_bytes(), NoteError::SignatureLine(1));
    check(good.replace(" log ", " ").as_bytes(), NoteError::SignatureLine(1));
    check(format!("{good}\u{2014} x AAAAAA==\n").as_bytes(), NoteError::SignatureLine(2));
    // Stray bits, no padding, too much of it.
    check(format!("{good}\u{2014} x AAAAAAB=\n").as_bytes(), NoteError::SignatureLine(2));
    check(format!("{good}\u{2014} x AAAAAAA\n").as_bytes(), NoteError::SignatureLine(2));
    check(format!("{good}\u{2014} x AAAAAAA==\n").as_bytes(), NoteError::SignatureLine(2));
    check(good.replace("one", "o\te").as_bytes(), NoteError::NotText);
    check(good.replace('\n', "\r\n").as_bytes(), NoteError::NotText);
    check(&[b"\xff".as_slice(), good.as_bytes()].concat(), NoteError::NotText);
}

#[test]
fn a_note_is_bounded() {
    let line = "\u{2014} stranger AAAAAAA=\n";
    let good = note().to_string();
    let lines = |count: usize| format!("{good}{}", line.repeat(count));
    assert!(Note::parse(lines(NOTE_SIGNATURES_MAX - 1).as_bytes()).is_ok());
    assert_eq!(
        Note::parse(lines(NOTE_SIGNATURES_MAX).as_bytes()),
        Err(NoteError::TooManySignatures)
    );
    let full = format!("{}\n", "t".repeat(NOTE_BYTES_MAX));
    assert_eq!(Note::parse(full.as_bytes()), Err(NoteError::TooLarge));
    assert_eq!(Note::sign(full, name("log"), &key(1)), Err(NoteError::TooLarge));

    let mut note = note();
    for time in 2..=33_i64 {
        let line = NoteSignature::cosign(TEXT, name("witness"), &key(2), self::time(time));
        let added = note.add(line.clone());
        assert_eq!(added.is_ok(), time <= 32, "{time}");
        // What is there already needs no room.
        assert_eq!(note.add(line).is_ok(), added.is_ok());
    }
    assert_eq!(note.signatures().len(), NOTE_SIGNATURES_MAX);
}

#[test]
fn the_lines_of_one_key_are_replaced() {
    let line = |seconds: i64| NoteSignature::cosign(TEXT, name("witness"), &key(2), time(seconds));
    let mut note = note();
    let signature = note.signatures()[0].clone();
    note.add(line(5)).unwrap();
    note.add("\u{2014} witness AAAAAAA=".parse().unwrap()).unwrap();
    let stranger = note.signatures()[2].clone();
    note.replace(&cosigner(2), vec![line(6), line(7)]).unwrap();
    assert_eq!(note.signatures(), [signature, stranger.clone(), line(6), line(7)]);
    note.replace(&signer(1), Vec::new()).unwrap();
    note.replace(&cosigner(2), Vec::new()).unwrap();
    assert_eq!(note.signatures(), std::slice::from_ref(&stranger));

    let mut note = self::note();
    assert_eq!(note.replace(&signer(1), Vec::new()), Err(NoteError::Form));
    assert_eq!(note, self::note());
}

#[test]
fn a_note_that_would_not_read_back_is_not_signed() {
    let check = |text: &str, expected: NoteError| {
        assert_eq!(Note::sign(text.to_owned(), name("log"), &key(1)), Err(expected), "{text:?}");
    };
    check("", NoteError::Form);
    check("no line feed", NoteError::Form);
    check("a\tb\n", NoteError::NotText);
}
