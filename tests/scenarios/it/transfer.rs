//! Large documents: in constant memory, and resumed after either side was killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::program::Ended;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};

use crate::large::{MEBIBYTE, MarkedFile, document_files, documents_bytes, of_process};
use crate::program;

/// Large enough that a node is killed in the middle of it.
const SIZE: u64 = 192 * MEBIBYTE;

/// When the node is killed.
const KILLED_AT: u64 = SIZE / 4;

/// Bytes that a node reads in a transfer besides the document: its seals, its list of hashes, the journal.
const BESIDES: u64 = 8 * MEBIBYTE;

/// The most memory that a node may have had, in a build for development too.
const MEMORY_KIB_MAX: u64 = 160 * 1024;

/// Two organisations, and a large document of the first that the second may read.
struct Transfer {
    cluster: Cluster,
    document: String,
    published: PathBuf,
    received: PathBuf,
}

impl Transfer {
    fn of(size: u64) -> Self {
        let cluster = Cluster::start(program(), 2);
        let (published, received) = (cluster.path("published.dcm"), cluster.path("received.dcm"));
        MarkedFile::write(&published, size);
        let document =
            cluster.sites[0].publish(&published, PATIENTS[0], &["--to", ORGANISATIONS[1]]);
        Self { cluster, document, published, received }
    }

    /// Begins to get the document, and returns when a quarter of it is there.
    fn begin(&self) -> Child {
        let receiver = &self.cluster.sites[1];
        let get = self.get();
        let get: Vec<&str> = get.iter().map(String::as_str).collect();
        let mut command = receiver.command(&get);
        let child =
            command.arg("--json").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("a quarter of the document", PATIENCE, || {
            (documents_bytes(&receiver.home) >= KILLED_AT).then_some(())
        });
        child
    }

    /// Gets the document to its end, and tells from which byte on.
    fn end(&self) -> u64 {
        let get = self.get();
        let get: Vec<&str> = get.iter().map(String::as_str).collect();
        let got = self.cluster.sites[1].json(&get);
        assert_eq!(got["fetched"], true);
        got["resumed_from"].as_u64().unwrap()
    }

    fn get(&self) -> Vec<String> {
        let output = self.received.to_str().unwrap();
        ["document", "get", &self.document, "--from", ORGANISATIONS[0], "-o", output]
            .map(str::to_owned)
            .into()
    }

    fn assert_same(&self) {
        let compared =
            Command::new("cmp").args([&self.published, &self.received]).status().unwrap();
        assert!(compared.success(), "the document arrived changed");
    }
}

fn ended(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
}

/// How many bytes the process of a node has read from files since it began; what comes by a socket does not count.
fn bytes_read(site: &Site) -> u64 {
    of_process(site, "io", "rchar:")
}

fn assert_nothing_is_listed(site: &Site) {
    assert_eq!(site.json(&["document", "list"])["documents"], serde_json::json!([]));
}

#[test]
fn fetch_whose_node_was_killed_goes_on_where_it_was() {
    let mut transfer = Transfer::of(SIZE);
    let get = transfer.begin();
    transfer.cluster.sites[1].kill();
    let failure = ended(get).json_failure();
    assert!(failure["error"].as_str().unwrap().contains("the node ended the command"), "{failure}");
    assert!(!transfer.received.exists(), "a part of a document is no document");
    let part = document_files(&transfer.cluster.sites[1].home);
    assert_eq!(part.len(), 1);
    assert!(!MarkedFile::is_in(&fs::read(&part[0]).unwrap()), "the part is not sealed");

    transfer.cluster.sites[1].start();
    assert_nothing_is_listed(&transfer.cluster.sites[1]);
    let before = bytes_read(&transfer.cluster.sites[0]);
    let resumed_from = transfer.end();
    transfer.assert_same();
    assert!((KILLED_AT - MEBIBYTE..SIZE).contains(&resumed_from), "resumed from {resumed_from}");
    let sent = bytes_read(&transfer.cluster.sites[0]) - before;
    assert!(
        sent < SIZE - resumed_from + BESIDES,
        "{sent} bytes were read to send {}",
        SIZE - resumed_from
    );

    fs::remove_file(&transfer.received).unwrap();
    let get = transfer.get();
    let again = transfer.cluster.sites[1].json(&get.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(
        (&again["fetched"], &again["resumed_from"]),
        (&false.into(), &serde_json::Value::Null)
    );
    transfer.assert_same();
}

#[test]
fn custodian_that_is_killed_and_started_again_is_waited_for() {
    let mut transfer = Transfer::of(SIZE);
    let get = transfer.begin();
    transfer.cluster.sites[0].kill();
    let verified = documents_bytes(&transfer.cluster.sites[1].home);
    transfer.cluster.sites[0].start();
    let got = ended(get).json();
    assert_eq!((&got["fetched"], &got["resumed_from"]), (&true.into(), &0.into()));
    transfer.assert_same();
    let sent = bytes_read(&transfer.cluster.sites[0]);
    assert!(sent < SIZE - verified + BESIDES, "{sent} bytes were read to send {}", SIZE - verified);
}

#[test]
fn custodian_that_stays_away_is_told_and_the_next_get_goes_on() {
    let mut transfer = Transfer::of(SIZE);
    let get = transfer.begin();
    transfer.cluster.sites[0].kill();
    let failure = ended(get).json_failure();
    assert!(failure["error"].as_str().unwrap().contains("broke off"), "{failure}");
    assert!(failure["hint"].as_str().unwrap().contains("again"), "{failure}");
    assert!(!transfer.received.exists());
    assert_nothing_is_listed(&transfer.cluster.sites[1]);

    transfer.cluster.sites[0].start();
    let resumed_from = transfer.end();
    assert!((KILLED_AT - MEBIBYTE..SIZE).contains(&resumed_from), "resumed from {resumed_from}");
    transfer.assert_same();
}

#[test]
fn memory_stays_constant() {
    let transfer = Transfer::of(256 * MEBIBYTE);
    assert_eq!(transfer.end(), 0);
    transfer.assert_same();
    for site in &transfer.cluster.sites {
        let peak = of_process(site, "status", "VmHWM:");
        assert!(peak < MEMORY_KIB_MAX, "{} had {peak} KiB", site.organisation);
    }
}

#[test]
fn document_that_is_there_as_a_file_is_not_written_over() {
    let cluster = Cluster::start(program(), 1);
    let file = cluster.file("document.pdf", b"%PDF-1.7 invented");
    let output = cluster.file("precious.pdf", b"something else");
    let site = &cluster.sites[0];
    let id = site.publish(&file, PATIENTS[0], &[]);
    let failure = site.run(&["document", "get", &id, "-o", output.to_str().unwrap()]).failure();
    assert!(failure.contains("exists already"), "{failure}");
    let failure = site.run(&["evidence", "export", &id, "-o", output.to_str().unwrap()]).failure();
    assert!(failure.contains("exists already"), "{failure}");
    assert_eq!(fs::read(&output).unwrap(), b"something else");
    assert_eq!(leftovers(output.parent().unwrap()), Vec::<PathBuf>::new());
}

/// Files that a command began and did not end.
fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(".budstikke-"))
        .collect()
}
