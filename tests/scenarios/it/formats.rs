//! A home and an evidence file that an earlier version wrote: this one still opens them. `tests/vectors/home/make` made them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use budstikke_scenarios::site::Site;
use tempfile::TempDir;

use crate::program;

const ORGANISATION: &str = "983974910";

/// Starts a node on a copy of a home among the vectors.
fn started(dir: &TempDir, vector: &Path) -> Site {
    let home = dir.path().join("home");
    copy(vector, &home);
    fs::set_permissions(home.join("keyring"), fs::Permissions::from_mode(0o600)).unwrap();
    let passphrase = dir.path().join("passphrase");
    fs::write(&passphrase, "a passphrase for tests\n").unwrap();
    let mut site = Site::new(program(), ORGANISATION, home, 0);
    let mut command = site.run_command();
    command.arg("--passphrase-file").arg(&passphrase);
    site.start_as(command).unwrap();
    site
}

#[test]
fn a_home_of_version_1_serves_its_documents() {
    let dir = TempDir::new().unwrap();
    let mut site = started(&dir, &vectors().join("home"));
    for name in ["small", "large"] {
        let document = vectors().join("documents").join(name);
        let id = fs::read_to_string(document.with_extension("id")).unwrap();
        let bytes = site.run(&["document", "get", id.trim()]).ok();
        assert!(bytes == fs::read(document).unwrap(), "{name} differs");
    }
    let status = site.json(&["status"]);
    assert_eq!(status["federation"]["name"], "vectors.example");
    site.stop();
}

#[test]
fn a_home_of_version_1_in_which_documents_were_erased_serves_the_others() {
    let dir = TempDir::new().unwrap();
    let erased = vectors().with_file_name("home-erased");
    let mut site = started(&dir, &erased.join("home"));
    let kept = fs::read_to_string(erased.join("kept.id")).unwrap();
    let bytes = site.run(&["document", "get", kept.trim()]).ok();
    assert!(bytes == fs::read(vectors().join("documents/small")).unwrap());
    for name in ["small.id", "large.id"] {
        let id = fs::read_to_string(vectors().join("documents").join(name)).unwrap();
        let refused = site.run(&["document", "get", id.trim()]).failure();
        assert!(refused.contains("was erased here at 2026-11-22"), "{refused}");
    }
    let status = site.json(&["status"]);
    assert_eq!(status["unfinished_erasures"].as_array().unwrap().len(), 0);
    let repairs = status["repairs"].to_string();
    assert!(!repairs.contains("DAMAGED") && !repairs.contains("MISSING"), "{repairs}");
    site.stop();
}

#[test]
fn evidence_of_version_1_verifies() {
    let federation = fs::read_to_string(vectors().join("federation")).unwrap();
    let evidence = vectors().join("evidence.tar");
    let verified =
        program().json(&["verify", evidence.to_str().unwrap(), "--federation", federation.trim()]);
    assert_eq!(verified["verified"], true);
    assert_eq!(verified["organisation"], ORGANISATION);
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/home")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
