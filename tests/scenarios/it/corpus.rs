//! Documents as they are in the world: whatever their format and encoding, they arrive byte for byte.

use std::fs;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};

use crate::program;

/// Where third-party collections lie, beside the workspace; they are not ours to copy.
const COLLECTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

/// How many documents are on their way at a time.
const AT_A_TIME: usize = 8;

/// Every file below `folder` that has at least one byte.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match fs::metadata(&path).unwrap() {
            metadata if metadata.is_dir() => found.extend(files(&path)),
            metadata if metadata.len() > 0 => found.push(path),
            _ => {}
        }
    }
    found
}

#[test]
fn every_document_of_the_collections_arrives_byte_for_byte() {
    let files = files(Path::new(COLLECTIONS));
    if files.is_empty() {
        // Not `eprintln!`: the harness would swallow it, and the test would look as if it had run.
        stderr().write_all(b"NOT RUN: shared/data is not beside the workspace\n").unwrap();
        return;
    }
    assert!(files.len() > 200, "there are only {} documents", files.len());
    let cluster = Cluster::start(program(), 2);
    let work = Mutex::new(files.iter().enumerate());
    let next = || work.lock().unwrap().next();
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some((number, file)) = next() {
                    travels(&cluster, number, file);
                }
            });
        }
    });
    let copies = cluster.sites[1].json(&["document", "list"]);
    assert_eq!(copies["documents"].as_array().unwrap().len(), files.len());
    stderr()
        .write_all(format!("{} documents arrived byte for byte\n", files.len()).as_bytes())
        .unwrap();
}

/// Publishes a file at the one node, and fetches it at the other.
fn travels(cluster: &Cluster, number: usize, file: &Path) {
    let [hospital, municipality] = cluster.sites.as_slice() else { panic!("there are not two") };
    let patient = PATIENTS[number % PATIENTS.len()];
    let id = hospital.publish(
        file,
        patient,
        &["--to", ORGANISATIONS[1], "--content-type", "application/octet-stream"],
    );
    let output = cluster.path(&format!("arrived-{number}"));
    municipality.json(&[
        "document",
        "get",
        &id,
        "--from",
        ORGANISATIONS[0],
        "-o",
        output.to_str().unwrap(),
    ]);
    assert!(
        fs::read(file).unwrap() == fs::read(&output).unwrap(),
        "{} arrived changed",
        file.display()
    );
    fs::remove_file(output).unwrap();
}
