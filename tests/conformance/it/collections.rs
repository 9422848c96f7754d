//! Collections of vectors that are not ours to copy: they lie beside the workspace, or they do not.

use std::fs;
use std::io::{Write as _, stderr};
use std::path::{Path, PathBuf};

/// Where they lie.
const COLLECTIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");

/// The text of a collection; `None`, and a line on the terminal, when it is not there.
pub(crate) fn collection(path: &str) -> Option<String> {
    let text = fs::read_to_string(Path::new(COLLECTIONS).join(path)).ok();
    if text.is_none() {
        tell_not_run(path);
    }
    text
}

/// A folder of a collection; `None`, and a line on the terminal, when it is not there.
pub(crate) fn folder(path: &str) -> Option<PathBuf> {
    let folder = Some(Path::new(COLLECTIONS).join(path)).filter(|folder| folder.is_dir());
    if folder.is_none() {
        tell_not_run(path);
    }
    folder
}

fn tell_not_run(path: &str) {
    // Not `eprintln!`: the harness would swallow it, and the test would look as if it had run.
    let line = format!("NOT RUN: {path} is not beside the workspace\n");
    stderr().write_all(line.as_bytes()).unwrap();
}
