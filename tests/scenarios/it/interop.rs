//! A node and a verifier that were written in Python from the specification alone, with a libp2p that is not ours.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::program::Ended;
use budstikke_scenarios::site::Site;
use serde_json::Value;

use crate::program;

/// Three subtrees, the last of five bytes.
const DOCUMENT_BYTES: u32 = 2 * 1024 * 1024 + 5;

/// Seeds of keys that no roster names.
const STRANGER: [&str; 2] = [
    "0707070707070707070707070707070707070707070707070707070707070707",
    "0808080808080808080808080808080808080808080808080808080808080808",
];

/// A script of `tests/third_party` with these arguments, not yet started.
pub(crate) fn script(name: &str, args: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join(".venv/bin/python");
    assert!(python.exists(), "run tests/setup");
    let mut command = Command::new(python);
    command.arg("-B").arg(root.join("tests/third_party").join(name)).args(args);
    command.stdin(Stdio::null());
    command
}

/// What a script printed, and whether it succeeded.
pub(crate) fn ended(mut command: Command) -> (bool, String) {
    let ended = Ended::from(command.output().unwrap());
    assert!(!ended.stderr.contains("Traceback"), "{}", ended.stderr);
    (ended.is_success, String::from_utf8(ended.stdout).unwrap() + &ended.stderr)
}

/// Two organisations that have joined and do not run; a hospital that shares a document with a municipality.
struct Stage {
    cluster: Cluster,
    bytes: Vec<u8>,
    document: String,
    evidence: PathBuf,
}

impl Stage {
    /// The hospital runs.
    fn new() -> Self {
        let mut cluster = Cluster::made(program(), 2);
        cluster.join_all();
        let bytes: Vec<u8> = (0..DOCUMENT_BYTES).map(|i| u8::try_from(i % 251).unwrap()).collect();
        let file = cluster.file("document.pdf", &bytes);
        let evidence = cluster.path("evidence.tar");
        let hospital = &mut cluster.sites[0];
        hospital.start();
        let document = hospital.publish(&file, PATIENTS[0], &["--to", ORGANISATIONS[1]]);
        hospital.run(&["evidence", "export", &document, "-o", evidence.to_str().unwrap()]).ok();
        Self { cluster, bytes, document, evidence }
    }

    fn address(&self) -> String {
        format!("/ip4/127.0.0.1/tcp/{}", self.cluster.sites[0].port)
    }

    /// The peer id of a site, and the seeds of its keys, out of its keyring.
    fn keys(&self, site: &Site) -> Value {
        let keyring = site.home.join("keyring");
        let passphrase = self.cluster.path("passphrase");
        let args = [keyring.to_str().unwrap(), passphrase.to_str().unwrap()];
        let (is_success, output) = ended(script("read_keyring.py", &args));
        assert!(is_success, "{output}");
        serde_json::from_str(&output).unwrap()
    }

    /// A command of the other node with these seeds of its node and sign key.
    fn peer(&self, verb: &[&str], seeds: [&str; 2], more: &[&str]) -> Command {
        let mut command = script("peer.py", verb);
        command.args(["--seed", seeds[0], "--sign", seeds[1]]);
        command.arg("--rosters").arg(self.cluster.roster());
        command.args(["--federation", &self.cluster.federation]).args(more);
        command
    }

    /// Dials the hospital.
    fn dial(&self, seeds: [&str; 2], action: &[&str]) -> (bool, String) {
        let hospital = self.keys(&self.cluster.sites[0]);
        let verb = ["dial", &self.address(), hospital["peer_id"].as_str().unwrap()];
        ended(self.peer(&verb, seeds, action))
    }

    /// What the offline verifier says of a file with these bytes.
    fn verify(&self, evidence: &[u8]) -> (bool, String) {
        let file = self.cluster.file("verified.tar", evidence);
        let args = [file.to_str().unwrap(), &self.cluster.federation, "--patient", PATIENTS[0]];
        ended(script("verify_evidence.py", &args))
    }
}

fn seeds(keys: &Value) -> [&str; 2] {
    [keys["node"].as_str().unwrap(), keys["sign"].as_str().unwrap()]
}

#[test]
fn a_foreign_node_that_is_a_member_is_served() {
    let stage = Stage::new();
    let keys = stage.keys(&stage.cluster.sites[1]);
    let copy = stage.cluster.path("copy.pdf");
    let visit = ["visit", &stage.document, copy.to_str().unwrap()];
    let (is_success, said) = stage.dial(seeds(&keys), &visit);
    assert!(is_success && said.starts_with("roster version 1, "), "{said}");
    let listed =
        format!("\n{} {DOCUMENT_BYTES} A03-2\n1 documents, 0 unreadable\n", stage.document);
    assert!(said.contains(&listed), "{said}");
    assert!(fs::read(copy).unwrap() == stage.bytes, "other bytes");
    let address = format!("/ip4/127.0.0.1/tcp/{}", stage.cluster.sites[1].port);
    assert!(said.ends_with(&format!("\ndialled back at {address}\n")), "{said}");
    // What a stranger is asked below finds something when there is something to be found.
    let (is_success, said) = stage.dial(seeds(&keys), &["probe", &stage.document]);
    assert!(is_success && !said.contains("connection closed"), "{said}");
}

#[test]
fn a_foreign_node_that_is_a_stranger_gets_nothing() {
    let stage = Stage::new();
    let (is_success, said) = stage.dial(STRANGER, &["probe", &stage.document]);
    assert!(!is_success, "{said}");
    for protocol in ["hello", "roster", "index", "document", "reach"] {
        let nothing = format!("/budstikke/{protocol}/1: connection closed, 0 bytes, 0 of them");
        assert!(said.contains(&nothing), "{said}");
    }
}

#[test]
fn a_foreign_node_is_asked() {
    let mut stage = Stage::new();
    let keys = stage.keys(&stage.cluster.sites[0]);
    stage.cluster.sites[0].stop();
    let verb = ["serve", &stage.address()];
    let mut command = stage.peer(&verb, seeds(&keys), &[stage.evidence.to_str().unwrap()]);
    let mut foreign = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(foreign.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert_eq!(lines.next(), Some(format!("serving {}", stage.document)));

    let copy = stage.cluster.path("copy.pdf");
    let municipality = &mut stage.cluster.sites[1];
    municipality.start();
    let listed = municipality.json(&["document", "list", "--from", ORGANISATIONS[0]]);
    assert_eq!(listed["documents"][0]["document"], stage.document);
    let get = ["document", "get", &stage.document, "--from", ORGANISATIONS[0], "-o"];
    municipality.run(&[get.as_slice(), &[copy.to_str().unwrap()]].concat()).ok();
    assert!(fs::read(copy).unwrap() == stage.bytes, "other bytes");

    // It serves until its standard input ends.
    drop(foreign.stdin.take());
    let answered: Vec<String> = lines.collect();
    assert!(foreign.wait().unwrap().success());
    for protocol in ["hello", "index", "document"] {
        assert!(answered.contains(&format!("/budstikke/{protocol}/1")), "{answered:?}");
    }
}

#[test]
fn a_foreign_verifier_finds_what_was_changed() {
    let stage = Stage::new();
    let evidence = fs::read(&stage.evidence).unwrap();
    let (is_good, said) = stage.verify(&evidence);
    assert!(is_good, "{said}");

    let places = Archive::places(&evidence);
    let place = |name: &str| places.iter().find(|place| place.0 == name).unwrap().1.clone();
    let manifest = place("manifest.jws");
    let dots: Vec<usize> = manifest.clone().filter(|&at| evidence[at] == b'.').collect();
    let check = |at: usize, failures: &[&str]| {
        let mut changed = evidence.clone();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let (is_good, said) = stage.verify(&changed);
        assert!(!is_good, "{said}");
        for failure in failures {
            assert!(said.contains(failure), "{failure} is missing:\n{said}");
        }
    };
    check(place("document").start + 1000, &["document-changed-sha256", "document-changed-blake3"]);
    check(dots[0] + 20, &["manifest-changed"]);
    check(dots[1] + 20, &["signature-changed"]);
    // The first character of a roster's payload: the JSON no longer begins.
    check(place("roster.json").start + r#"{"payload":""#.len(), &["roster-chain"]);
}
