//! Homes and an evidence file that an earlier version wrote: this one still opens them. `tests/vectors/home/make` and its neighbours made
//! the homes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use budstikke::home::Home;
use budstikke::place::Place;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;
use tempfile::TempDir;

use crate::program;

const ORGANISATION: &str = "983974910";

/// Starts a node on a copy of a home among the vectors.
fn started(dir: &TempDir, vector: &Path) -> Site {
    let home = dir.path().join("home");
    copy(vector, &home);
    fs::set_permissions(home.join("keyring"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(dir.path().join("passphrase"), "a passphrase for tests\n").unwrap();
    let mut site = Site::new(program(), ORGANISATION, home, 0);
    start(dir, &mut site);
    site
}

fn start(dir: &TempDir, site: &mut Site) {
    let mut command = site.run_command();
    command.arg("--passphrase-file").arg(dir.path().join("passphrase"));
    site.start_as(command).unwrap();
}

#[test]
fn a_home_of_version_2_serves_its_documents() {
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
fn a_home_of_version_2_in_which_documents_were_erased_serves_the_others() {
    let dir = TempDir::new().unwrap();
    let erased = vectors().with_file_name("home-erased");
    let mut site = started(&dir, &erased.join("home"));
    let kept = fs::read_to_string(erased.join("kept.id")).unwrap();
    let bytes = site.run(&["document", "get", kept.trim()]).ok();
    assert!(bytes == fs::read(vectors().join("documents/small")).unwrap());
    for name in ["small.id", "large.id"] {
        let id = fs::read_to_string(vectors().join("documents").join(name)).unwrap();
        let refused = site.run(&["document", "get", id.trim()]).failure();
        assert!(refused.contains("was erased here at 2026-11-23"), "{refused}");
    }
    let status = site.json(&["status"]);
    assert_eq!(status["unfinished_erasures"].as_array().unwrap().len(), 0);
    let repairs = status["repairs"].to_string();
    assert!(!repairs.contains("DAMAGED") && !repairs.contains("MISSING"), "{repairs}");
    site.stop();
}

#[test]
fn a_home_of_version_2_goes_on_with_its_log_once_it_is_known_to_be_no_older_copy() {
    let dir = TempDir::new().unwrap();
    let vector = vectors().with_file_name("home-log");
    let shown = |name| serde_json::from_slice::<Value>(&fs::read(vector.join(name)).unwrap());
    let (status, peers) = (shown("status.json").unwrap(), shown("peers.json").unwrap());
    let mut site = started(&dir, &vector.join("home"));
    let copied = site.json(&["index", "status"]);
    assert!(copied["restored"].is_string() && copied["size"].is_null(), "{copied}");
    assert_eq!(copied["witnesses"]["size"], status["size"], "the witnessed checkpoint");
    assert_eq!(site.json(&["index", "peers"]), peers);
    assert!(peers[0]["cosigned"].as_u64() > Some(0), "{peers}");
    site.stop();
    Place::of(&Home::at(&site.home)).note().unwrap();
    start(&dir, &mut site);
    // It was written before there were lists: behind its last head comes one that says what they are.
    assert_eq!(status["size"], 4);
    let again = until("a head with lists", PATIENCE, || {
        let again = site.json(&["index", "status"]);
        (again["size"] == 5).then_some(again)
    });
    for member in ["origin", "key", "records", "stopped"] {
        assert_eq!(again[member], status[member], "{member}: {again}");
    }
    assert_eq!((&again["records"], &again["witnesses"]["size"]), (&2.into(), &4.into()));
    let export = dir.path().join("export");
    site.json(&["index", "export", export.to_str().unwrap()]);
    let key = status["key"].as_str().unwrap();
    let verified = site.json(&["index", "verify", export.to_str().unwrap(), "--key", key]);
    assert_eq!(verified["verified"], true, "{verified}");
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
