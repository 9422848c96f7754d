//! Other people's programs find the same: digests, signatures, sealed bytes, messages.
//!
//! A missing program fails the test: what nobody else has checked must not look as if it were.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use budstikke_conformance::cast;
use budstikke_conformance::formats::log::{checkpoint, sample};
use budstikke_conformance::formats::{compact, content, jws_compact};
use budstikke_conformance::rule::ByRule;
use budstikke_conformance::vector::{Expected, Format, ROOT, Vector, files, read};
use budstikke_keys::public::PublicKey;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use tempfile::TempDir;

/// Runs a program to its end.
fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{}: {error}; run tests/setup", command.get_program().display())
    });
    assert_ne!(output.status.code(), Some(127), "{output:?}; run tests/setup");
    output
}

/// Runs a script of `tests/third_party`, which ends well only when it has found no fault.
fn script(name: &str) {
    let workspace = Path::new(ROOT).join("../..");
    let python = workspace.join(".venv/bin/python");
    let script = workspace.join("tests/third_party").join(name);
    // Without -B, Python would leave its own files beside the scripts.
    let output = run(Command::new(python).arg("-B").arg(script));
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{failed}(is .venv up to date? run tests/setup)");
}

#[test]
fn jwcrypto_and_joserfc_agree_about_every_signature() {
    script("statements.py");
}

#[test]
fn another_cipher_seals_to_the_same_bytes() {
    script("seals.py");
}

#[test]
fn another_age_opens_key_files() {
    script("key_files.py");
}

#[test]
fn other_hashes_lead_from_a_seed_to_the_same_tickets() {
    script("tickets.py");
}

#[test]
fn another_cbor_library_reads_the_same_messages() {
    script("messages.py");
}

#[test]
fn readers_written_from_the_specification_alone_find_the_same() {
    script("specification.py");
}

#[test]
fn a_reader_of_logs_written_from_the_specification_alone_finds_the_same() {
    script("logs.py");
}

#[test]
fn a_reader_of_referrals_written_from_the_specification_alone_finds_the_same() {
    script("referrals.py");
}

#[test]
fn the_examples_of_the_log_are_what_the_specification_says() {
    script("log_examples.py");
}

#[test]
fn the_example_of_evidence_is_what_the_specification_says() {
    script("evidence_example.py");
}

/// What a tool of the shape of `sha256sum` prints of a file.
fn digest(tool: &str, file: &Path) -> String {
    let output = run(Command::new(tool).arg(file));
    assert!(output.status.success(), "{tool}: {output:?}");
    let line = String::from_utf8(output.stdout).unwrap();
    line.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn sha256sum_and_b3sum_print_what_a_manifest_says() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("document");
    for vector in files(content::Contents::NAME).iter().map(|file| read::<content::Contents>(file))
    {
        let Expected::Accepted(expected) = vector.expected else { continue };
        fs::write(&file, vector.input.document.bytes()).unwrap();
        assert_eq!(digest("sha256sum", &file), expected.sha256.to_string());
        assert_eq!(digest("b3sum", &file), expected.blake3.to_string());
    }
}

#[test]
fn sha256sum_and_b3sum_would_notice_another_byte() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("document");
    let mut bytes = ByRule::new(1025).bytes();
    bytes[1024] ^= 1;
    fs::write(&file, bytes).unwrap();
    let vector = Path::new(ROOT).join("content/size-0001025.json");
    let Expected::Accepted(said) = read::<content::Contents>(&vector).expected else { panic!() };
    assert_ne!(digest("sha256sum", &file), said.sha256.to_string());
    assert_ne!(digest("b3sum", &file), said.blake3.to_string());
}

/// Whether `openssl` finds the signature of a compact statement good.
fn openssl_verifies_statement(folder: &Path, input: &compact::Input) -> bool {
    let (signed, signature) = input.compact.rsplit_once('.').unwrap();
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    openssl_verifies(folder, &input.key, signed.as_bytes(), &signature)
}

/// Whether `openssl` finds a bare signature good.
fn openssl_verifies(folder: &Path, key: &PublicKey, signed: &[u8], signature: &[u8]) -> bool {
    let path = |name: &str| folder.join(name);
    fs::write(path("signed"), signed).unwrap();
    fs::write(path("signature"), signature).unwrap();
    fs::write(path("key"), subject_public_key_info(key)).unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]);
    openssl.arg("-inkey").arg(path("key")).arg("-sigfile").arg(path("signature"));
    let output = run(openssl.arg("-in").arg(path("signed")));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Signature Verif"), "openssl did not come to verify: {output:?}");
    output.status.success()
}

/// The key as `openssl` reads it: RFC 8410 section 4.
fn subject_public_key_info(key: &PublicKey) -> Vec<u8> {
    let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    der.extend(key.to_bytes());
    der
}

/// Which key a kid names is not for openssl to know, and of R it asks less than we do.
const OPENSSL_TAKES: [&str; 2] =
    ["signature-names-another-key.json", "signature-r-of-small-order.json"];

#[test]
fn openssl_verifies_the_good_signatures_and_no_bad_one() {
    let folder = TempDir::new().unwrap();
    let mut judged = [0, 0];
    for file in files(jws_compact::JwsCompact::NAME) {
        let Vector { input, expected, .. } = read::<jws_compact::JwsCompact>(&file);
        let is_good = match expected {
            Expected::Accepted(_) => true,
            Expected::Refused(_) if OPENSSL_TAKES.iter().any(|name| file.ends_with(name)) => true,
            Expected::Refused(refusal) if refusal == "bad-signature" => false,
            Expected::Refused(_) => continue,
        };
        assert_eq!(
            openssl_verifies_statement(folder.path(), &input),
            is_good,
            "{}",
            file.display()
        );
        judged[usize::from(is_good)] += 1;
    }
    assert!(judged.iter().all(|count| *count >= 5), "{judged:?}");
}

#[test]
fn openssl_verifies_checkpoints_and_cosignatures() {
    let folder = TempDir::new().unwrap();
    let file = Path::new(ROOT).join("checkpoint/good-cosigned.json");
    let note = read::<checkpoint::Checkpoints>(&file).input.note.bytes();
    let note = String::from_utf8(note).unwrap();
    let (text, lines) = note.rsplit_once("\n\n").unwrap();
    let signature = |line: usize| {
        let encoded = lines.lines().nth(line).unwrap().rsplit_once(' ').unwrap().1;
        BASE64.decode(encoded.as_bytes()).unwrap().split_off(4)
    };
    let text = format!("{text}\n");
    let log = cast::public(sample::LOG);
    assert!(openssl_verifies(folder.path(), &log, text.as_bytes(), &signature(0)));
    let (time, cosignature) =
        signature(1).split_first_chunk().map(|(time, rest)| (*time, rest.to_vec())).unwrap();
    let message = format!("cosignature/v1\ntime {}\n{text}", u64::from_be_bytes(time));
    let witness = cast::public(sample::WITNESS);
    assert!(openssl_verifies(folder.path(), &witness, message.as_bytes(), &cosignature));
    assert!(!openssl_verifies(folder.path(), &witness, text.as_bytes(), &cosignature));
}
