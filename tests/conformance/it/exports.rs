//! An exported log and our proofs, verified by Go's `golang.org/x/mod/sumdb/note` and `tlog`, which know nothing of us.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use budstikke_conformance::export;
use budstikke_conformance::formats::log::sample::{log_vkey, witness_vkey};
use budstikke_conformance::vector::ROOT;
use tempfile::TempDir;

/// The program that verifies exports, built once for all tests of a process.
struct Program(TempDir);

static PROGRAM: LazyLock<Program> = LazyLock::new(|| Program(built("verify_log")));

/// A folder with a program of `tests/third_party/go`.
fn built(name: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let source = Path::new(ROOT).join(format!("../third_party/go/{name}.go"));
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(folder.path().join(name)).arg(source);
    // Debian's packages of Go code lie there, and are not modules.
    go.env("GOPATH", "/usr/share/gocode").env("GO111MODULE", "off").env("GOFLAGS", "");
    let output = go.output().unwrap_or_else(|error| panic!("go: {error}; run tests/setup"));
    let hint = "is golang-golang-x-mod-dev there? run tests/setup";
    assert!(output.status.success(), "{output:?} ({hint})");
    folder
}

impl Program {
    fn run(&self, folder: &Path, keys: &[String]) -> Output {
        let program = self.0.path().join("verify_log");
        Command::new(program).arg(folder).args(keys).output().unwrap()
    }

    /// Whether it finds no fault in the export.
    fn accepts(&self, folder: &Path) -> bool {
        let output = self.run(folder, &[log_vkey(), witness_vkey()]);
        let said = String::from_utf8_lossy(&output.stdout);
        let failed = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => assert!(said.ends_with("all good\n") && failed.is_empty(), "{output:?}"),
            Some(1) => assert!(failed.starts_with("verify_log: "), "{output:?}"),
            _ => panic!("{output:?}"),
        }
        output.status.success()
    }
}

fn exported(size: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    export::write(folder.path(), size);
    folder
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Passes when the program refuses the export with this byte of this file changed.
fn refuses_with_another_byte(folder: &Path, file: &Path, at: usize) {
    let whole = fs::read(file).unwrap();
    let mut changed = whole.clone();
    changed[at] ^= 1;
    fs::write(file, &changed).unwrap();
    assert!(!PROGRAM.accepts(folder), "byte {at} of {}", file.display());
    fs::write(file, whole).unwrap();
}

#[test]
fn go_judges_roots_and_proofs_as_we_do() {
    let folder = built("judge_proofs");
    let output = Command::new(folder.path().join("judge_proofs")).arg(ROOT).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains(" judged, 0 faults"), "{output:?}");
}

#[test]
fn go_verifies_what_we_export() {
    for size in [1, 2, 3, 255, 256, 257, 600] {
        assert!(PROGRAM.accepts(exported(size).path()), "{size}");
    }
}

#[test]
fn go_verifies_a_log_of_three_levels_of_tiles_and_notices_another_byte() {
    let folder = exported(70_000);
    let root = folder.path();
    let output = PROGRAM.run(root, &[log_vkey(), witness_vkey()]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("entries: 70000, ") && output.status.success(), "{output:?}");
    for file in [
        "tile/0/000",
        "tile/0/100",
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
        "tile/entries/000",
        "tile/entries/272",
        "tile/entries/273.p/112",
    ] {
        let file = root.join(file);
        let last = fs::read(&file).unwrap().len() - 1;
        refuses_with_another_byte(root, &file, last / 2);
    }
    assert!(PROGRAM.accepts(root));
}

#[test]
fn go_notices_another_byte_in_any_file() {
    let folder = exported(257);
    let files = files(folder.path());
    assert_eq!(files.len(), 6);
    for file in files {
        let length = fs::read(&file).unwrap().len();
        for at in (0..length).step_by(length.div_ceil(8)) {
            refuses_with_another_byte(folder.path(), &file, at);
        }
    }
    assert!(PROGRAM.accepts(folder.path()));
}

#[test]
fn go_notices_another_byte_anywhere_in_a_checkpoint() {
    let folder = exported(2);
    let file = folder.path().join("checkpoint");
    let whole = fs::read(&file).unwrap();
    for at in 0..whole.len() {
        // Go's base64 passes over the bits behind the last byte of a signature; ours does not.
        let is_before_padding = whole[at + 1..].starts_with(b"=\n");
        if !is_before_padding {
            refuses_with_another_byte(folder.path(), &file, at);
        }
    }
}

#[test]
fn go_notices_a_tile_that_is_missing_or_has_another_length() {
    let folder = exported(257);
    for file in files(folder.path()) {
        let whole = fs::read(&file).unwrap();
        for other in [[&whole[..], &[0]].concat(), whole[..whole.len() - 1].to_vec(), Vec::new()] {
            fs::write(&file, other).unwrap();
            assert!(!PROGRAM.accepts(folder.path()), "{}", file.display());
        }
        fs::remove_file(&file).unwrap();
        assert!(!PROGRAM.accepts(folder.path()), "{}", file.display());
        fs::write(&file, whole).unwrap();
    }
}

#[test]
fn go_asks_for_the_key_of_the_log_and_for_its_witness() {
    let folder = exported(2);
    let refuses = |keys: &[String]| !PROGRAM.run(folder.path(), keys).status.success();
    let stranger =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k".to_owned();
    assert!(!refuses(&[log_vkey()]));
    assert!(refuses(&[stranger]));
    assert!(refuses(&[witness_vkey()]));
    assert!(refuses(&[]));
}
