//! What disks and crashes do to a home: the node starts, names what is damaged, serves what verifies, and refuses the rest.

pub(crate) mod disk;
mod index;

use std::fs;
use std::path::{Path, PathBuf};

use budstikke_scenarios::cluster::{Cluster, PATIENTS};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};

use crate::large::document_files;
use crate::program;

/// One organisation with three documents: each in a segment of its own, the second in a file of its own.
struct Kept {
    cluster: Cluster,
    documents: Vec<(String, Vec<u8>)>,
}

impl Kept {
    fn make() -> Self {
        let mut cluster = Cluster::made(program(), 1);
        cluster.join_all();
        let mut documents = Vec::new();
        for (number, size) in [(1_u8, 500), (2, 200_000), (3, 500)] {
            let bytes = vec![number; size];
            let file = cluster.file("document.txt", &bytes);
            let site = &mut cluster.sites[0];
            site.start();
            documents.push((site.publish(&file, PATIENTS[0], &[]), bytes));
            // So that each segment ends with a head of the log.
            until("a head of all entries", PATIENCE, || {
                let status = site.json(&["index", "status"]);
                (status["waiting"] == 0 && !status["size"].is_null()).then_some(())
            });
            site.stop();
        }
        Self { cluster, documents }
    }

    fn site(&mut self) -> &mut Site {
        &mut self.cluster.sites[0]
    }

    /// Checks that every document is served but that at `lost`, and gives what is said of that.
    fn serves_all_but(&mut self, lost: Option<usize>) -> String {
        let mut refused = String::new();
        for (at, (id, bytes)) in self.documents.iter().enumerate() {
            let got = self.cluster.sites[0].run(&["document", "get", id]);
            if lost == Some(at) {
                refused = got.failure();
            } else {
                assert!(got.ok() == *bytes, "document {at} differs");
            }
        }
        refused
    }
}

/// The segments of a journal, in their order.
fn segments(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.join("journal")).unwrap();
    let mut segments: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    segments.sort();
    segments
}

/// What the node says that was found and mended.
fn repairs(site: &Site) -> Vec<String> {
    let status = site.json(&["status"]);
    let lines = status["repairs"].as_array().unwrap();
    lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

/// Waits until the scrub has come to its end, and gives what the node says then.
fn scrubbed(site: &Site) -> Vec<String> {
    until("the end of the scrub", PATIENCE, || {
        site.log().contains("the scrub has ended").then_some(())
    });
    repairs(site)
}

/// A change of one file.
type Harm = fn(&Path);

fn flip_in_the_middle(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
}

/// The last byte of a frame is one of what rides in it.
fn flip_the_last(file: &Path) {
    let mut bytes = fs::read(file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(file, bytes).unwrap();
}

fn remove(file: &Path) {
    fs::remove_file(file).unwrap();
}

fn cut(file: &Path) {
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
}

#[test]
fn what_is_damaged_is_named_and_the_rest_is_served() {
    let mut kept = Kept::make();
    let home = kept.site().home.clone();
    let segment = segments(&home)[0].clone();
    let file = document_files(&home)[0].clone();
    let cases: [(&Path, Harm, Option<usize>, &str); 6] = [
        (&segment, flip_in_the_middle, Some(0), "the journal is DAMAGED: "),
        // That is a head of the log.
        (&segment, flip_the_last, None, "the journal is DAMAGED: "),
        (&segment, remove, Some(0), "segments 1 to 1 of the journal are MISSING"),
        (&file, remove, Some(1), " is LOST: "),
        (&file, cut, Some(1), " is DAMAGED: "),
        // The checks of a document file are made when it is read.
        (&file, flip_in_the_middle, Some(1), ""),
    ];
    for (path, harm, lost, line) in cases {
        let before = fs::read(path).unwrap();
        harm(path);
        let site = kept.site();
        // The log of the run before says as well when its scrub had ended.
        fs::remove_file(site.home.with_extension("log")).ok();
        site.start();
        let lines = scrubbed(site);
        // What is damaged in the journal may be the log's.
        let is_stopped = |line: &&String| line.contains("the log is STOPPED");
        let stopped = lines.iter().filter(is_stopped).count();
        assert_eq!(stopped, usize::from(line.contains("journal")), "{lines:?}");
        assert_eq!(lines.len(), stopped + usize::from(!line.is_empty()), "{lines:?}");
        assert!(
            lines.iter().all(|said| said.contains(line) || said.contains("STOPPED")),
            "{lines:?}"
        );
        let refused = kept.serves_all_but(lost);
        let is_named = refused.contains(path.to_str().unwrap());
        assert_eq!(is_named, lost.is_some(), "{refused}");
        kept.site().stop();
        fs::write(path, before).unwrap();
        kept.site().start();
        kept.serves_all_but(None);
        kept.site().stop();
    }
}

#[test]
fn a_torn_last_write_is_removed_and_told() {
    for torn in [10, 60, 150] {
        let mut kept = Kept::make();
        // As a crash leaves it: a write that is cut short at the end of the journal. The shortest frame, of a head, has more bytes.
        let last = segments(&kept.site().home).pop().unwrap();
        let whole = fs::read(&last).unwrap();
        fs::write(&last, [whole.as_slice(), &whole[160..160 + torn]].concat()).unwrap();
        kept.site().start();
        let lines = repairs(kept.site());
        assert!(
            lines.len() == 1
                && lines[0].starts_with("a write that a crash cut short was removed: "),
            "{lines:?}"
        );
        kept.serves_all_but(None);
        kept.site().stop();
        assert_eq!(fs::read(&last).unwrap(), whole);
    }
}
