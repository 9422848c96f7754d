//! Evidence verifies anywhere, and each way to be wrong has a name of its own.

mod changes;
mod guide;
mod keys;
mod receipts;

use std::fs;
use std::process::Command;

use budstikke_keys::digest::Sha256Digest;
use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::{ORGANISATIONS, PATIENTS};
use serde_json::Value;

use crate::evidence::{Case, DOCUMENT, export};

#[test]
fn evidence_of_the_custodian_and_of_the_copy_verifies_without_a_home() {
    let mut case = Case::new();
    let custodians = export(&case.cluster, &case.cluster.sites[0], &case.document);
    for site in &mut case.cluster.sites {
        site.stop();
    }
    for evidence in [&case.bytes, &custodians] {
        let verdict = case.reviewer.verify(evidence, &[]);
        assert_eq!(verdict.failures(), [""; 0]);
        assert_eq!(verdict.value["organisation"], ORGANISATIONS[0]);
        assert_eq!(verdict.value["document"], case.document.as_str());
        assert_eq!(verdict.value["title"], "Epikrise");
        let expected = ["--patient", PATIENTS[0], "--organisation", ORGANISATIONS[0]];
        assert_eq!(case.reviewer.verify(evidence, &expected).failures(), [""; 0]);
    }
    assert_eq!(fs::read_dir(case.reviewer.folder()).unwrap().count(), 0, "it left something");
}

#[test]
fn people_read_the_checklist_and_the_verdict() {
    let case = Case::new();
    let read = |bytes: &[u8]| {
        let file = case.cluster.file("evidence.tar", bytes);
        let output = case
            .reviewer
            .command(&["verify", file.to_str().unwrap(), "--federation", &case.cluster.federation])
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = read(&case.bytes);
    assert_eq!(code, Some(0));
    assert!(
        text.ends_with("\nVERIFIED\n")
            && text.contains("as claimed by the signer")
            && !text.contains('✗'),
        "{text}"
    );
    let (code, text) = read(&case.archive().with("document", "another document").to_bytes());
    assert_eq!(code, Some(1));
    assert!(
        text.ends_with("\nNOT VERIFIED\n")
            && text.contains("✗ sha256")
            && text.contains("document-changed-sha256"),
        "{text}"
    );

    let missing = case
        .reviewer
        .command(&["verify", "missing.tar", "--federation", &case.cluster.federation])
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert!(
        String::from_utf8(missing.stderr)
            .unwrap()
            .starts_with("error: there is no file missing.tar\n")
    );
}

#[test]
fn third_party_tools_find_the_same() {
    let case = Case::new();
    let folder = case.cluster.path("unpacked");
    fs::create_dir(&folder).unwrap();
    let evidence = case.cluster.file("evidence.tar", &case.bytes);
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).current_dir(&folder).output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    run("tar", &["xf", evidence.to_str().unwrap()]);
    assert_eq!(fs::read(folder.join("document")).unwrap(), DOCUMENT);

    let manifest: Value = serde_json::to_value(case.manifest()).unwrap();
    let digest =
        |program: &str| run(program, &["document"]).split_whitespace().next().unwrap().to_owned();
    assert_eq!(digest("sha256sum"), manifest["sha256"].as_str().unwrap());
    assert_eq!(digest("b3sum"), manifest["blake3"].as_str().unwrap());
    let jws = fs::read_to_string(folder.join("manifest.jws")).unwrap();
    let (signing_input, _) = jws.rsplit_once('.').unwrap();
    let descriptor: Value =
        serde_json::from_slice(&fs::read(folder.join("evidence.json")).unwrap()).unwrap();
    assert_eq!(
        descriptor["signing_input_sha256"],
        Sha256Digest::of(signing_input.as_bytes()).to_string()
    );
    assert_eq!(descriptor["federation"], case.cluster.federation.as_str());
    assert_eq!(
        run("tar", &["tf", evidence.to_str().unwrap()]),
        "evidence.json\nroster.json\nmanifest.jws\nreceipt.tlog-proof\ndocument\n"
    );
}

#[test]
fn what_was_expected_and_is_not_so_is_named() {
    let case = Case::new();
    let check = |more: &[&str], expected: &[&str]| {
        assert_eq!(case.reviewer.verify(&case.bytes, more).failures(), expected);
    };
    check(&["--patient", PATIENTS[1]], &["wrong-patient"]);
    check(&["--organisation", ORGANISATIONS[1]], &["wrong-organisation"]);
    check(
        &["--patient", PATIENTS[1], "--organisation", ORGANISATIONS[1]],
        &["wrong-patient", "wrong-organisation"],
    );
    let other = "0".repeat(64);
    assert_eq!(
        case.reviewer.verify_with(&other, &case.bytes, &[]).failures(),
        ["wrong-federation"]
    );
    let said = case.reviewer.verify(&case.bytes, &["--patient", PATIENTS[1]]).value.to_string();
    assert!(
        !said.contains(PATIENTS[0]) && !said.contains(PATIENTS[1]),
        "it says whose document it is: {said}"
    );
}

#[test]
fn evidence_that_is_cut_off_never_verifies() {
    let case = Case::new();
    let ends = |length: usize| case.reviewer.verify(&case.bytes[..length], &[]);
    // In the first header nothing tells it from a file that is something else.
    for length in [0, 1, 511] {
        assert!(["truncated", "damaged"].contains(&ends(length).failures()[0]), "{length}");
    }
    let last = case.bytes.len();
    let in_blocks = (512..last).step_by(512);
    let within = [700, 1_024 + 17, last - 1_024 - 500, last - 513, last - 1];
    for length in in_blocks.chain(within) {
        assert_eq!(ends(length).failures(), ["truncated"], "cut after {length} of {last} bytes");
    }
    assert_eq!(ends(last).failures(), [""; 0]);

    // A document that looks like the end of an archive hides nothing.
    let zeroes = case.archive().with("document", vec![0; 2_048]).to_bytes();
    let hashes = ["document-size", "document-changed-sha256", "document-changed-blake3"];
    assert_eq!(case.reviewer.verify(&zeroes, &[]).failures(), hashes);
    for missing in [512, 1_024] {
        assert_eq!(
            case.reviewer.verify(&zeroes[..zeroes.len() - missing], &[]).failures(),
            ["truncated"]
        );
    }
}

/// Flips one bit at each of some two hundred places of the file. Either the verdict is bad, or it is the same to the last
/// character, and the place is one of those that prove nothing: the time in `evidence.json`, the space between two members, white space
/// between two values, or the end of a header's own checksum.
#[test]
fn flipped_bit_makes_evidence_bad_or_changes_nothing() {
    let case = Case::new();
    let good = case.reviewer.verify(&case.bytes, &[]);
    let places = Archive::places(&case.bytes);
    let step = case.bytes.len() / 200;
    for (number, at) in (0..case.bytes.len()).step_by(step).enumerate() {
        let mut bytes = case.bytes.clone();
        bytes[at] ^= 1 << (number % 8);
        let verdict = case.reviewer.verify(&bytes, &[]);
        if verdict.failures().is_empty() {
            // A line that names no witness any more counts for nothing, and the receipt for as much less.
            let is_in_receipt = places[3].1.contains(&at);
            if is_in_receipt && verdict.value["witnessed"].is_null() {
                continue;
            }
            assert_eq!(verdict, good, "byte {at}");
            assert!(proves_nothing(&case.bytes, &places, at), "byte {at} can be changed");
        }
    }
}

fn proves_nothing(bytes: &[u8], places: &[(String, std::ops::Range<usize>)], at: usize) -> bool {
    match places.iter().find(|(_, content)| content.contains(&at)) {
        Some((name, _)) => {
            let is_json = name == "evidence.json" || name == "roster.json";
            (is_json && bytes[at].is_ascii_whitespace()) || time_of_evidence(bytes).contains(&at)
        }
        None => match places
            .iter()
            .find(|(_, content)| (content.start - 512..content.start).contains(&at))
        {
            // The checksum of a header is six digits, a zero byte and a space.
            Some((_, content)) => (154..156).contains(&(at + 512 - content.start)),
            None => at < bytes.len() - 1_024,
        },
    }
}

/// Where `evidence.json`, the first member, says when it was made.
fn time_of_evidence(bytes: &[u8]) -> std::ops::Range<usize> {
    let key = b"\"created\": \"";
    let begin = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len();
    begin..begin + "2026-11-22T12:30:00Z".len()
}
