//! A node is killed behind every single step with which it changes a file of its home, from the record of a document to the witnessed
//! checkpoint, and so is its witness: the log is as it was or longer, and never has two roots for one size.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::laboratory::ledger::Ledger;
use budstikke_scenarios::reviewer::Reviewer;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::steps::{Steps, Walk};
use serde_json::Value;
use tempfile::TempDir;

use crate::program;

/// Of so many entries is a full tile.
const TILE: u64 = 256;

/// How long between two looks at a node that is led.
const PAUSE: Duration = Duration::from_millis(10);

/// What a node may say of what it found at its start: a kill has damaged nothing.
const REPAIRS: [&str; 3] = [
    "a write that a crash cut short was removed",
    "unfinished document files were removed",
    "the index was built anew",
];

/// A log whose next document makes a tile full, its witness, and the homes of both as they are before.
struct Bench {
    cluster: Cluster,
    document: PathBuf,
    /// The head of the log in those homes.
    before: Value,
}

/// What is known from outside in one life of the two.
#[derive(Default)]
struct Seen {
    ledger: Ledger,
    /// The document, when that was acknowledged.
    document: Option<String>,
}

impl Bench {
    fn new() -> Self {
        let mut cluster = Cluster::start(program(), 2);
        let document = cluster.file("document.txt", b"an invented discharge summary");
        let site = &cluster.sites[0];
        // A document is an entry, and so is the head behind it: with two entries less the tile becomes full.
        let entries = || site.wait_for_witnesses()["size"].as_u64().unwrap();
        let publish =
            |count| (0..count).for_each(|_| drop(site.publish(&document, PATIENTS[0], &[])));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| publish(57));
            }
        });
        while entries() < TILE - 2 {
            publish(1);
        }
        let before = site.wait_for_witnesses();
        assert!(before["size"].as_u64() < Some(TILE), "{before}");
        for site in &mut cluster.sites {
            site.stop();
            site.keep_copy(&kept(site));
        }
        Self { cluster, document, before }
    }

    /// Publishes a document while the node of one of the two is led, and kills that behind `count` steps. Gives the steps when
    /// everything was done before.
    fn live(&mut self, led: usize, count: usize) -> Option<Steps> {
        for site in &mut self.cluster.sites {
            site.put_back(&kept(site));
            site.start();
        }
        let [log, witness] = self.cluster.sites.as_slice() else { panic!() };
        let mut seen = Seen::default();
        seen.ledger.saw(&self.before).unwrap();
        log.wait_for_witnesses();
        let mut steps =
            Steps::of(&self.cluster.sites[led], &self.cluster.path(&format!("steps-{count}")));
        let (is_over, is_done) = (AtomicBool::new(false), AtomicBool::new(false));
        let walk = thread::scope(|scope| {
            let user = scope.spawn(|| {
                self.publish(log, &mut seen, &is_over);
                is_done.store(!is_over.load(Ordering::Relaxed), Ordering::Relaxed);
            });
            let walk = steps.walk(count, || is_done.load(Ordering::Relaxed));
            is_over.store(true, Ordering::Relaxed);
            user.join().unwrap();
            walk
        });
        // What has come to the log as witnessed was on the disk of the witness.
        let cosigned = if led == 1 {
            log.json(&["index", "status"])["witnesses"]["size"].as_u64().unwrap()
        } else {
            known(witness, &mut seen.ledger)
        };
        if walk == Walk::Killed {
            self.cluster.sites[led].kill();
            self.cluster.sites[led].start();
        }
        let [log, witness] = self.cluster.sites.as_slice() else { panic!() };
        let now = known(witness, &mut seen.ledger);
        assert!(now >= cosigned, "the witness has forgotten what it cosigned: {now} of {cosigned}");
        self.check(log, &mut seen);
        for site in &mut self.cluster.sites {
            site.kill();
        }
        (walk == Walk::Whole).then_some(steps)
    }

    /// Publishes, and looks on until all is witnessed and the tile is a file, or it is over.
    fn publish(&self, log: &Site, seen: &mut Seen, is_over: &AtomicBool) {
        let file = self.document.to_str().unwrap();
        let publish =
            ["document", "publish", file, "--patient", PATIENTS[0], "--type", "A03-2", "--json"];
        let published = log.run(&publish);
        if published.is_success {
            let id = published.json()["document"].as_str().unwrap().to_owned();
            seen.document = Some(id);
        }
        let tile = log.home.join("tiles/tile/0/000");
        while !is_over.load(Ordering::Relaxed) {
            let status = log.run(&["index", "status", "--json"]);
            if status.is_success {
                let status = status.json();
                seen.ledger.saw(&status).unwrap();
                if is_witnessed(&status) && status["size"].as_u64() >= Some(TILE) && tile.exists() {
                    return;
                }
            }
            thread::park_timeout(PAUSE);
        }
    }

    /// The log goes on from every head that anybody has seen, and what was acknowledged has a receipt that verifies.
    fn check(&self, log: &Site, seen: &mut Seen) {
        for site in &self.cluster.sites {
            for line in site.json(&["status"])["repairs"].as_array().unwrap() {
                let line = line.as_str().unwrap();
                assert!(REPAIRS.iter().any(|known| line.contains(known)), "{line}");
            }
        }
        let status = log.wait_for_witnesses();
        assert_eq!(status["stopped"], Value::Null);
        seen.ledger.saw(&status).unwrap();
        let folder = TempDir::new().unwrap();
        let export = folder.path().join("export");
        let head = log.json(&["index", "export", export.to_str().unwrap()]);
        let size = seen.ledger.saw(&head).unwrap().unwrap();
        seen.ledger.compare(&export, size).unwrap();
        if let Some(document) = &seen.document {
            self.verify(log, document, folder.path());
        }
    }

    /// Verifies the receipt of a document, without a home.
    fn verify(&self, log: &Site, document: &str, folder: &Path) {
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (receipt, manifest) = (path("receipt"), path("manifest"));
        let made = log.json(&["index", "receipt", document, "-o", &receipt]);
        assert_eq!(made["grade"], "witnessed", "{made}");
        log.run(&["evidence", "export", document, "-o", &path("evidence.tar")]).ok();
        let archive = Archive::parse(&fs::read(path("evidence.tar")).unwrap());
        fs::write(&manifest, archive.text("manifest.jws")).unwrap();
        let reviewer = Reviewer::new(program(), &self.cluster.federation);
        let verify = [
            ["index", "verify", &receipt, "--manifest", &manifest],
            [
                "--document",
                self.document.to_str().unwrap(),
                "--json",
                "--federation",
                &self.cluster.federation,
            ],
        ];
        let roster = self.cluster.roster();
        let verify = [&verify.concat()[..], &["--roster", roster.to_str().unwrap()]].concat();
        let verified = reviewer.command(&verify).output().unwrap();
        assert!(verified.status.success(), "{verified:?}");
    }
}

/// Where the home of a site is kept as it is at the beginning.
fn kept(site: &Site) -> PathBuf {
    site.home.with_extension("kept")
}

fn is_witnessed(status: &Value) -> bool {
    let since = status["witnessed"].as_str().unwrap();
    status["waiting"] == 0 && status["size"].is_u64() && since.starts_with("since ")
}

/// Notes the head of the log that its witness has seen, and gives the size that it has cosigned.
fn known(witness: &Site, ledger: &mut Ledger) -> u64 {
    let peers = witness.json(&["index", "peers"]);
    let mut rows = peers.as_array().unwrap().iter();
    let row = rows.find(|row| row["organisation"] == ORGANISATIONS[0]).unwrap();
    assert_eq!(row["log"], "good", "{row}");
    ledger.saw(row).unwrap();
    row["cosigned"].as_u64().unwrap_or_default()
}

/// Kills the node of one of the two behind one step after the other, and gives the steps of the walk that nobody ended.
fn every_step(led: usize) -> Steps {
    let mut bench = Bench::new();
    let mut count = 1;
    loop {
        if let Some(steps) = bench.live(led, count) {
            return steps;
        }
        count += 1;
    }
}

#[test]
fn a_node_that_is_killed_behind_any_step_never_has_two_roots_for_one_size() {
    let steps = every_step(0);
    // The record, the signed head and the witnessed checkpoint, each with its sync, and the tile that becomes full.
    steps.expect("pwrite64 /journal/", 3);
    steps.expect("fdatasync /journal/", 3);
    steps.expect("write /tiles/tile/", 2);
    steps.expect("fdatasync /tiles/tile/", 2);
    steps.expect("rename /tiles/tile/", 2);
    steps.expect("fsync /tiles/tile", 2);
}

#[test]
fn a_witness_that_is_killed_behind_any_step_has_forgotten_nothing() {
    let steps = every_step(1);
    steps.expect("pwrite64 /journal/", 1);
    steps.expect("fdatasync /journal/", 1);
}
