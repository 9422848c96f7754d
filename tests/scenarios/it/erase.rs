//! A document is erased: gone here for good, refused to peers, and nothing of it is left on the disk.

use std::fs;

use budstikke_keys::keyring::Keyring;
use budstikke_keys::seal::{Last, Sealer};
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::reviewer::Reviewer;
use budstikke_scenarios::site::Site;
use lz4_flex::block::decompress_with_dict;

use crate::evidence::{export, passphrase};
use crate::large::{MEBIBYTE, MarkedFile, document_files};
use crate::program;

const TITLE: &str = "Epikrise til sletting";
const KEPT: &str = "Epikrise til oppbevaring";

/// A hospital with a small and a large document and a third one, and a municipality with copies of them.
fn shared() -> (Cluster, [String; 3]) {
    let cluster = Cluster::start(program(), 2);
    let small = cluster.file("small.txt", b"what was written");
    let large = cluster.path("large.dcm");
    MarkedFile::write(&large, 3 * MEBIBYTE);
    let [hospital, municipality] = cluster.sites.as_slice() else { panic!("there are not two") };
    let documents = [(&small, TITLE), (&large, TITLE), (&small, KEPT)].map(|(file, title)| {
        let more = ["--title", title, "--content-type", "text/plain", "--to", ORGANISATIONS[1]];
        hospital.publish(file, PATIENTS[0], &more)
    });
    for document in &documents {
        municipality.run(&["document", "get", document, "--from", ORGANISATIONS[0]]).ok();
    }
    (cluster, documents)
}

fn listed(site: &Site) -> Vec<String> {
    let documents = site.json(&["document", "list"])["documents"].clone();
    let ids = documents.as_array().unwrap().iter().map(|it| it["document"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

/// Every commit of a site's journal, opened as docs/spec/home.md says.
fn commits(cluster: &Cluster, site: &Site) -> Vec<u8> {
    let keyring = fs::read(site.home.join("keyring")).unwrap();
    let storage = Keyring::open(&keyring, &passphrase(cluster)).unwrap().storage;
    let (dictionary, mut commits) = (dictionary(), Vec::new());
    for file in fs::read_dir(site.home.join("journal")).unwrap() {
        let segment = fs::read(file.unwrap().path()).unwrap();
        let salt = [&segment[28..60], &segment[20..28]].concat();
        let sealer = Sealer::new(&storage.derive("budstikke 2026 journal segment v1", &salt));
        let number = |at: usize| {
            usize::try_from(u32::from_be_bytes(segment[at..at + 4].try_into().unwrap())).unwrap()
        };
        let mut at = 160;
        while at < segment.len() {
            let counted = number(at + 8) & 0x7fff_ffff;
            let mut commit = segment[at + 12..at + 12 + counted].to_vec();
            let index = u64::try_from(at).unwrap();
            let packed = sealer.open(index, Last::Final, &[], &mut commit).unwrap();
            commits.extend(unpack(packed, &dictionary));
            at += 8 + number(at);
        }
    }
    commits
}

/// Unpacks a commit as docs/spec/home.md says, with the dictionary that stands there.
fn unpack(packed: &[u8], dictionary: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        usize::try_from(u32::from_be_bytes(packed[at..at + 4].try_into().unwrap())).unwrap()
    };
    decompress_with_dict(&packed[8..8 + number(4)], number(0), dictionary).unwrap()
}

/// The dictionary of the page.
fn dictionary() -> Vec<u8> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/spec/home.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, lines) = page.split_once("```text dictionary\n").unwrap();
    let (lines, _) = lines.split_once("```").unwrap();
    let (mut letters, mut bytes) = (lines.lines().flat_map(str::bytes), Vec::new());
    while let Some(letter) = letters.next() {
        bytes.push(match (letter == b'\\').then(|| letters.next().unwrap()) {
            None => letter,
            Some(b'n') => b'\n',
            Some(b'x') => {
                let digits = [letters.next().unwrap(), letters.next().unwrap()];
                u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            Some(other) => other,
        });
    }
    bytes
}

/// How often a title stands in what the journal says: in a manifest, whose payload stands there as it is.
fn titles(commits: &[u8], title: &str) -> usize {
    commits.windows(title.len()).filter(|bytes| *bytes == title.as_bytes()).count()
}

#[test]
fn an_erased_document_is_gone_for_everybody_and_from_the_disk() {
    let (mut cluster, [small, large, kept]) = shared();
    let evidence = export(&cluster, &cluster.sites[0], &small);
    assert_eq!(titles(&commits(&cluster, &cluster.sites[0]), TITLE), 2);
    let (hospital, municipality) = cluster.pair();
    for document in [&small, &large] {
        let erased = hospital.json(&["document", "erase", document, "--yes"]);
        assert_eq!(erased["document"], **document);
        assert_eq!(erased["kind"], "own");
    }
    for round in ["at once", "after a restart", "with a new index"] {
        assert_eq!(listed(hospital), [kept.as_str()], "{round}");
        for verb in ["show", "get", "withdraw", "erase"] {
            let yes = if verb == "erase" { ["--yes"].as_slice() } else { &[] };
            let refused = hospital.run(&[&["document", verb, &small], yes].concat()).failure();
            assert!(
                refused.contains(&format!("document {small} was erased here at 20")),
                "{refused}"
            );
        }
        let shared = municipality.json(&["document", "list", "--from", ORGANISATIONS[0]]);
        assert_eq!(shared["documents"].as_array().unwrap().len(), 1);
        assert_eq!(shared["documents"][0]["document"], *kept);
        let status = hospital.json(&["status"]);
        assert_eq!(status["unfinished_erasures"].as_array().unwrap().len(), 0);
        hospital.stop();
        if round == "after a restart" {
            fs::remove_dir_all(hospital.home.join("db")).unwrap();
        }
        hospital.start();
    }
    let accesses = hospital.json(&["access", "list", "--patient", PATIENTS[0]]);
    let actions = accesses["accesses"].as_array().unwrap().iter().map(|row| &row["action"]);
    assert_eq!(actions.filter(|action| **action == "erase").count(), 2);
    assert_eq!(hospital.run(&["document", "get", &kept]).ok(), b"what was written");
    assert!(document_files(&hospital.home).is_empty());
    hospital.stop();

    let commits = commits(&cluster, &cluster.sites[0]);
    assert_eq!((titles(&commits, TITLE), titles(&commits, KEPT)), (0, 1));
    let verdict = Reviewer::new(program(), &cluster.federation).verify(&evidence, &[]);
    assert!(verdict.failures().is_empty());
}

#[test]
fn a_copy_stays_until_it_is_erased_where_it_is() {
    let (mut cluster, [small, large, kept]) = shared();
    let (hospital, municipality) = cluster.pair();
    let from = ["--from", ORGANISATIONS[0]];
    hospital.json(&["document", "erase", &small, "--yes"]);
    assert_eq!(municipality.run(&["document", "get", &small]).ok(), b"what was written");
    let refused = municipality.run(&["document", "erase", &small, "--yes"]).failure();
    assert!(refused.contains("say whose: --from ORG"), "{refused}");
    for document in [&small, &large] {
        let erase = [["document", "erase", document, "--yes"].as_slice(), &from].concat();
        assert_eq!(municipality.json(&erase)["kind"], "copy");
    }
    assert_eq!(listed(municipality), [kept.as_str()]);
    assert!(document_files(&municipality.home).is_empty());
    let get = |document| [["document", "get", document].as_slice(), &from].concat();
    // The custodian has erased the one, and still shares the other.
    let refused = municipality.run(&get(&small)).failure();
    assert!(refused.contains("does not permit"), "{refused}");
    assert!(MarkedFile::is_in(&municipality.run(&get(&large)).ok()));
    municipality.stop();
    let commits = commits(&cluster, &cluster.sites[1]);
    assert_eq!(titles(&commits, TITLE), 2, "the fetch and the copy of one document");
}

#[test]
fn what_cannot_be_undone_is_asked_about() {
    let cluster = Cluster::start(program(), 1);
    let site = &cluster.sites[0];
    let file = cluster.file("document.txt", b"what was written");
    let document = site.publish(&file, PATIENTS[0], &[]);
    let refused = site.run(&["document", "erase", &document]).failure();
    assert!(refused.contains("say --yes"), "{refused}");
    assert_eq!(listed(site), [document]);
}
