//! Evidence that was changed: which part it was has a name.

use std::fs;

use budstikke_scenarios::archive::{Archive, header};
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use tar::EntryType;

use crate::evidence::{Case, DOCUMENT, RECEIPT, export};
use crate::program;

const OTHER_DOCUMENT: [&str; 2] = ["document-changed-sha256", "document-changed-blake3"];

/// The three parts of a compact JWS, of which `change` changes one.
fn changed(jws: &str, part: usize, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut parts: Vec<String> = jws.split('.').map(str::to_owned).collect();
    let mut bytes = BASE64URL_NOPAD.decode(parts[part].as_bytes()).unwrap();
    change(&mut bytes);
    parts[part] = BASE64URL_NOPAD.encode(&bytes);
    parts.join(".")
}

/// Writes `to` over `from`, which stands in `bytes` once.
fn replace(bytes: &mut Vec<u8>, from: &str, to: &str) {
    let text = String::from_utf8(std::mem::take(bytes)).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{text}");
    *bytes = text.replace(from, to).into_bytes();
}

#[test]
fn changed_document_is_named() {
    let case = Case::new();
    let archive = case.archive();
    let check = |document: Vec<u8>, expected: &[&str]| {
        assert_eq!(
            case.reviewer.verify(&archive.with("document", document).to_bytes(), &[]).failures(),
            expected
        );
    };
    for at in [0, DOCUMENT.len() / 2, DOCUMENT.len() - 1] {
        let mut document = DOCUMENT.to_vec();
        document[at] ^= 1;
        check(document, &OTHER_DOCUMENT);
    }
    let of_other_size = ["document-size", OTHER_DOCUMENT[0], OTHER_DOCUMENT[1]];
    check([DOCUMENT, b"\n"].concat(), &of_other_size);
    check(DOCUMENT[1..].to_vec(), &of_other_size);
    check(Vec::new(), &["damaged"]);
}

#[test]
fn changed_manifest_is_told_from_a_changed_signature() {
    let case = Case::new();
    let archive = case.archive();
    let jws = archive.text("manifest.jws");
    let check = |jws: String, expected: &[&str]| {
        assert_eq!(
            case.reviewer.verify(&archive.with("manifest.jws", jws).to_bytes(), &[]).failures(),
            expected
        );
    };
    let payload = |from: &str, to: &str| changed(jws, 1, |payload| replace(payload, from, to));
    check(payload("\"Epikrise\"", "\"Epikrisa\""), &["manifest-changed"]);
    check(payload(PATIENTS[0], PATIENTS[1]), &["manifest-changed"]);
    check(payload(PATIENTS[0], "00000000000"), &["manifest-changed", "patient-identifier"]);
    check(
        payload(ORGANISATIONS[0], ORGANISATIONS[2]),
        &["signer-not-custodian", "manifest-changed", "damaged"],
    );
    check(payload("\"size\"", "\"sise\""), &["manifest-changed"]);
    // Two names of one algorithm: the header is good, but it is not the one that was signed.
    check(changed(jws, 0, |header| replace(header, "EdDSA", "Ed25519")), &["manifest-changed"]);
    check(changed(jws, 0, |header| replace(header, "EdDSA", "none")), &["manifest-changed"]);
    check(
        changed(jws, 0, |header| replace(header, "\"typ\"", "\"crit\":[],\"typ\"")),
        &["manifest-changed"],
    );
    check(format!("{jws}\n"), &["signature-changed"]);
    check(format!(" {jws}"), &["manifest-changed"]);
    for at in [0, 31, 32, 63] {
        check(changed(jws, 2, |signature| signature[at] ^= 1), &["signature-changed"]);
    }
    check(changed(jws, 2, |signature| signature.truncate(63)), &["signature-changed"]);
    check(changed(jws, 2, Vec::clear), &["signature-changed"]);
    check(jws.rsplit_once('.').unwrap().0.to_owned(), &["manifest-changed"]);
    check(String::new(), &["manifest-changed"]);
}

#[test]
fn parts_of_other_evidence_are_named() {
    let case = Case::new();
    let archive = case.archive();
    let file =
        case.cluster.file("another.xml", b"<epikrise>another invented document</epikrise>\n");
    let id = case.cluster.sites[0].publish(&file, PATIENTS[1], &["--title", "Epikrise"]);
    let other = Archive::parse(&export(&case.cluster, &case.cluster.sites[0], &id));
    let check = |archive: Archive, expected: &[&str]| {
        assert_eq!(case.reviewer.verify(&archive.to_bytes(), &[]).failures(), expected);
    };
    let of_other_size = ["document-size", OTHER_DOCUMENT[0], OTHER_DOCUMENT[1]];
    check(archive.with("document", other.content("document")), &of_other_size);
    check(
        archive.with("manifest.jws", other.content("manifest.jws")),
        &["manifest-changed", of_other_size[0], of_other_size[1], of_other_size[2], "damaged"],
    );
    check(
        archive.with("evidence.json", other.content("evidence.json")),
        &["manifest-changed", "damaged"],
    );

    let stranger = Cluster::made(program(), 1);
    check(archive.with("roster.json", fs::read(stranger.roster()).unwrap()), &["wrong-federation"]);
    let roster = archive.text("roster.json");
    check(archive.with("roster.json", format!("{roster}{roster}")), &["roster-chain"]);
    let descriptor = archive.text("evidence.json");
    let names = [
        (ORGANISATIONS[0], ORGANISATIONS[1]),
        (&case.document, &id),
        (&case.cluster.federation, &stranger.federation),
    ];
    for (name, other) in names {
        check(archive.with("evidence.json", descriptor.replace(name, other)), &["damaged"]);
    }
    check(archive.with("roster.json", ""), &["roster-chain"]);
    check(archive.with("roster.json", "{}\n"), &["roster-chain"]);
    check(archive.with("roster.json", b"\xff\xfe\n"), &["damaged"]);
}

#[test]
fn other_members_than_the_five_in_their_order_are_refused() {
    let case = Case::new();
    let archive = case.archive();
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(case.reviewer.verify(bytes, &[]).failures(), [expected]);
    };
    for at in 0..=5 {
        let mut more = archive.clone();
        more.members.insert(at, ("readme.txt".to_owned(), b"trust me".to_vec()));
        check(&more.to_bytes(), "damaged");
        if let Some((name, _)) = archive.members.get(at) {
            let fewer = archive.without(name).to_bytes();
            match name.as_str() {
                RECEIPT => assert_eq!(case.reviewer.verify(&fewer, &[]).failures(), [""; 0]),
                "document" => check(&fewer, "truncated"),
                _ => check(&fewer, "damaged"),
            }
            let mut renamed = archive.clone();
            renamed.members[at].0.insert(0, '_');
            check(&renamed.to_bytes(), "damaged");
        }
        for other in 0..at.min(5).saturating_sub(1) {
            let mut swapped = archive.clone();
            swapped.members.swap(at - 1, other);
            check(&swapped.to_bytes(), "damaged");
        }
    }
    check(&archive.with("evidence.json", "{}").to_bytes(), "damaged");
    let version = |version: u32| {
        let descriptor = archive.text("evidence.json");
        let other = descriptor.replace("\"version\": 2", &format!("\"version\": {version}"));
        archive.with("evidence.json", other)
    };
    // Version 1 knows of no receipt.
    for other in [0, 1, 3] {
        check(&version(other).to_bytes(), "damaged");
    }
    let first = version(1).without(RECEIPT).to_bytes();
    let verdict = case.reviewer.verify(&first, &[]);
    assert_eq!(verdict.failures(), [""; 0]);
    assert_eq!(verdict.value["witnessed"], Value::Null);
}

#[test]
fn what_tar_readers_see_differently_is_refused() {
    let case = Case::new();
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(case.reviewer.verify(bytes, &[]).failures(), [expected]);
    };
    // Behind the end of the archive, where `tar` does not look.
    check(&[case.bytes.as_slice(), &case.bytes].concat(), "damaged");
    check(&[case.bytes.as_slice(), &[0; 512]].concat(), "damaged");
    // Headers that say of the next member what its own header does not say.
    let record = b"21 path=roster.json\n\n";
    for (kind, content) in [
        (EntryType::XHeader, record.as_slice()),
        (EntryType::XGlobalHeader, record),
        (EntryType::GNULongName, b"roster.json\0"),
    ] {
        let mut before = header(kind, content.len());
        before.set_path("evidence.json").unwrap();
        before.set_cksum();
        let mut padded = content.to_vec();
        padded.resize(512, 0);
        let place = Archive::places(&case.bytes)[1].1.start - 512;
        check(
            &[&case.bytes[..place], before.as_bytes(), &padded, &case.bytes[place..]].concat(),
            "damaged",
        );
    }
    // The right names of the wrong kind.
    for kind in [
        EntryType::Directory,
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Continuous,
        EntryType::GNUSparse,
    ] {
        let places = Archive::places(&case.bytes);
        let place = places.last().unwrap().1.start - 512;
        let mut other = header(kind, DOCUMENT.len());
        other.set_path("document").unwrap();
        other.set_cksum();
        check(
            &[&case.bytes[..place], other.as_bytes(), &case.bytes[place + 512..]].concat(),
            "damaged",
        );
    }
}

#[test]
fn what_is_no_evidence_at_all_is_refused() {
    let case = Case::new();
    let check = |bytes: &[u8], expected: &str| {
        assert_eq!(case.reviewer.verify(bytes, &[]).failures(), [expected]);
    };
    check(b"", "truncated");
    check(&[0; 1_024], "truncated");
    check(DOCUMENT, "damaged");
    check(&[0xff; 10_240], "damaged");
    check(&DOCUMENT.repeat(100), "damaged");
    let mut archive = case.archive();
    archive.members.clear();
    archive.members.push(("holiday.jpg".to_owned(), vec![1; 5_000]));
    check(&archive.to_bytes(), "damaged");
}
