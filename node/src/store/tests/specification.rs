//! The examples of docs/spec/home.md that show what stands in a frame are what this store writes.

use std::fs;
use std::path::Path;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_keys::seal::{Last, Sealer};
use budstikke_keys::secret::SymmetricKey;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::tree::Frontier;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::json;
use zeroize::Zeroizing;

use crate::store::documents::body::Place;
use crate::store::journal::frame::Frame;
use crate::store::kept::{Kept, KeptChange, KeptFrame, KeptKey, KeptSalt, encode_head};
use crate::store::log::head::{Head, HeadIndex};
use crate::store::names::Kind;
use crate::store::packing::{DICTIONARY, unpack};

fn page(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The manifest of the examples.
fn manifest() -> String {
    let is_manifest = |line: &&str| Claimed::<Manifest>::parse(line, STATEMENT_BYTES_MAX).is_ok();
    page("statements.md").lines().find(is_manifest).unwrap().to_owned()
}

fn shows(shown: &str) {
    assert!(page("home.md").contains(shown), "docs/spec/home.md does not show {shown}");
}

fn salt() -> Salt {
    Salt::from_bytes(Zeroizing::new([0x66; 32]))
}

/// The commit that publishes the document of the examples.
fn commit() -> Vec<u8> {
    let record = json!({
        "time": "2026-11-22T12:04:05Z",
        "caller": { "organisation": "974760673", "person": "9144889", "role": "LE", "purpose": "TREAT" },
        "action": "publish",
        "about": [{
            "document": "01a20324-5f08-7aaa-aaaa-aaaaaaaaaaaa",
            "patient": { "system": "2.16.578.1.12.4.1.4.1", "value": "13116900216" },
        }],
        "policy": "sharing/1",
    });
    let mut kept = Kept::new(serde_json::from_value(record).unwrap());
    kept.changes.push(KeptChange::Document {
        kind: Kind::Own,
        manifest: manifest(),
        place: Place::Attached { at: 0 },
        key: KeptKey::of(&SymmetricKey::from_bytes(Zeroizing::new([0x55; 32]))),
    });
    kept.log.push(KeptSalt::of(&salt()));
    kept.encode().unwrap().to_vec()
}

#[test]
fn the_commit_is_that_of_the_example() {
    let packed = commit();
    let bytes = unpack(&packed).unwrap();
    let manifest = manifest();
    let parts: Vec<_> =
        manifest.split('.').map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).collect();
    let at = |part: &[u8]| bytes.windows(part.len()).position(|bytes| bytes == part).unwrap();
    shows(&format!("The commit that publishes it, {} bytes", bytes.len()));
    shows(&HEXLOWER.encode(&bytes[..at(&parts[0])]));
    shows(&format!("<header, {} bytes>", parts[0].len()));
    shows(&HEXLOWER.encode(&bytes[at(&parts[0]) + parts[0].len()..at(&parts[1])]));
    shows(&format!("<payload, {} bytes>", parts[1].len()));
    shows(&HEXLOWER.encode(&bytes[at(&parts[1]) + parts[1].len()..at(&parts[2])]));
    shows(&format!("<signature, {} bytes>", parts[2].len()));
    shows(&HEXLOWER.encode(&bytes[at(&parts[2]) + parts[2].len()..]));
    shows(&format!("Packed, {} bytes", packed.len()));
    shows(&HEXLOWER.encode(&packed));
}

#[test]
fn the_dictionary_is_that_of_the_page() {
    let page = page("home.md");
    let (_, lines) = page.split_once("```text dictionary\n").unwrap();
    let (lines, _) = lines.split_once("```").unwrap();
    assert_eq!(lines.lines().collect::<String>(), DICTIONARY.escape_ascii().to_string());
    shows(&format!("The dictionary, of {} bytes", DICTIONARY.len()));
}

#[test]
fn the_frame_is_that_of_the_example() {
    let storage = SymmetricKey::from_bytes(Zeroizing::new([0x40; 32]));
    let number = 1_u64.to_be_bytes();
    let salt = [[0x77; 32].as_slice(), &number].concat();
    let key = storage.derive("budstikke 2026 journal segment v1", &salt);
    let mut sealed = commit();
    Sealer::new(&key).seal(160, Last::Final, &[], &mut sealed).unwrap();
    let attachment = "4255445354494b4b452d444f43554d454e542d310a948bd0714d58a57b73c7cbc3aacfcda1f5b3b3a860bb0a13f7cb308f715e70bee08204a7e94be7bdb5f73594d9475b398c0ddd1ea0ff131009";
    shows(attachment);
    let attachments = HEXLOWER.decode(attachment.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    Frame { sealed: &sealed, attachments: &attachments, is_continuing: false }.write(&mut bytes);
    let digest = Sha256Digest::of(&bytes);
    shows(&format!("so at byte 160, {} bytes, SHA-256 `{digest}`", bytes.len()));
    let hex = |part: &[u8]| HEXLOWER.encode(part);
    let (counted, sealed_len) = (bytes.len() - 8, sealed.len());
    shows(&format!(
        "{} {} {}     counted {counted}, checksum, sealed {sealed_len}",
        hex(&bytes[..4]),
        hex(&bytes[4..8]),
        hex(&bytes[8..12])
    ));
    shows(&format!("{}…{}", hex(&sealed[..32]), hex(&sealed[sealed_len - 32..])));
}

#[test]
fn the_head_is_that_of_the_example() {
    let mut frontier = Frontier::default();
    let commitment = Commitment::to(Sha256Digest::of(manifest().as_bytes()), &salt());
    frontier.append(Entry::Record(commitment).leaf_hash()).unwrap();
    let (time_ms, index) = (1_795_349_046_000, HeadIndex::none());
    frontier.append(Entry::State(index.state(time_ms, 1)).leaf_hash()).unwrap();
    let head = Head { time_ms, size: 2, root: frontier.root(), index, access: None };
    let bytes = encode_head(head).unwrap();
    shows(&HEXLOWER.encode(&unpack(&bytes).unwrap()));
    assert!(matches!(KeptFrame::decode(&bytes), Ok(KeptFrame::Head(read)) if read == head));
}
