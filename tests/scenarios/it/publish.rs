//! What cannot be published is refused, and a publication that breaks off leaves nothing.

use std::fs;
use std::io::Write;
use std::process::{Child, Stdio};

use budstikke_scenarios::cluster::{Cluster, PATIENTS};
use budstikke_scenarios::program::Ended;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};

use crate::large::{MEBIBYTE, document_files, documents_bytes};
use crate::program;

/// Begins to publish what is then written to the command's standard input.
fn from_pipe(site: &Site) -> Child {
    let args = [
        "document",
        "publish",
        "/dev/stdin",
        "--content-type",
        "application/dicom",
        "--patient",
        PATIENTS[0],
        "--type",
        "A03-2",
    ];
    site.command(&args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Begins to publish, and returns when the node has written a part of it; the pipe stays open.
fn half_published(site: &Site) -> Child {
    let mut publish = from_pipe(site);
    let stdin = publish.stdin.as_mut().unwrap();
    for _ in 0..16 {
        stdin.write_all(&vec![7; usize::try_from(MEBIBYTE).unwrap()]).unwrap();
    }
    until("a part of the document", PATIENCE, || {
        (documents_bytes(&site.home) >= 8 * MEBIBYTE).then_some(())
    });
    publish
}

fn ended(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
}

fn assert_nothing_is_here(site: &Site) {
    assert_eq!(site.json(&["document", "list"])["documents"], serde_json::json!([]));
    until("that no file is left", PATIENCE, || document_files(&site.home).is_empty().then_some(()));
}

#[test]
fn interrupted_publication_leaves_nothing() {
    let mut cluster = Cluster::start(program(), 1);
    let site = &mut cluster.sites[0];
    // Files that no commit names are removed only by a node that has been here before.
    assert_nothing_is_here(site);
    site.stop();
    site.start();

    let mut publish = half_published(site);
    publish.kill().unwrap();
    publish.wait().unwrap();
    assert_nothing_is_here(site);

    let publish = half_published(site);
    site.kill();
    let failure = ended(publish).failure();
    assert!(failure.contains("the node ended the command"), "{failure}");
    site.start();
    assert_nothing_is_here(site);

    let publish = half_published(site);
    let id = String::from_utf8(ended(publish).ok()).unwrap();
    let published = site.json(&["document", "show", id.trim()]);
    assert_eq!(published["size"], 16 * MEBIBYTE, "a pipe that ends is published whole");
}

#[test]
fn what_is_no_document_is_refused() {
    let cluster = Cluster::start(program(), 1);
    let site = &cluster.sites[0];
    let publish = |name: &str, more: &[&str]| {
        let path = cluster.path(name);
        let mut args = vec![
            "document",
            "publish",
            path.to_str().unwrap(),
            "--patient",
            PATIENTS[0],
            "--type",
            "A03-2",
        ];
        args.extend(more);
        site.run(&args).failure()
    };
    let check = |failure: String, expected: &str| assert!(failure.contains(expected), "{failure}");

    cluster.file("empty.pdf", b"");
    check(publish("empty.pdf", &[]), "is empty");
    check(ended(from_pipe(site)).failure(), "a document has 1 to");
    check(publish("missing.pdf", &[]), "cannot read");
    fs::create_dir(cluster.path("folder.pdf")).unwrap();
    check(publish("folder.pdf", &[]), "is a folder");
    // A file that not even root can read.
    let socket = site.home.join("node.sock");
    check(publish(socket.to_str().unwrap(), &["--content-type", "application/pdf"]), "cannot read");
    cluster.file("document.qqq", b"invented");
    check(publish("document.qqq", &[]), "--content-type");
    cluster.file("document", b"invented");
    check(publish("document", &[]), "--content-type");
    assert_nothing_is_here(site);

    let path = cluster.path("document.qqq");
    let id = site.publish(&path, PATIENTS[0], &["--content-type", "application/x-invented"]);
    assert_eq!(site.json(&["document", "show", &id])["content_type"], "application/x-invented");
}
