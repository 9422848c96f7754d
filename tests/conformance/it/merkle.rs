//! The 196 proofs of transparency-dev/merkle, good and bad.

use std::fs;
use std::path::{Path, PathBuf};

use budstikke_protocol::log::tree::{TreeHash, TreeHead, verify_consistency, verify_inclusion};
use data_encoding::BASE64;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::collections::folder;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: String,
    leaf_hash: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: String,
    root2: String,
    proof: Option<Vec<String>>,
    want_err: bool,
}

/// No hash when the bytes are not 32: our types cannot hold what a quarter of the files is about.
fn hash(text: &str) -> Option<TreeHash> {
    let bytes = BASE64.decode(text.as_bytes()).unwrap();
    bytes.try_into().ok().map(TreeHash::from_bytes)
}

fn hashes(proof: Option<&Vec<String>>) -> Option<Vec<TreeHash>> {
    proof.into_iter().flatten().map(|text| hash(text)).collect()
}

impl Inclusion {
    fn is_taken(&self) -> Option<bool> {
        let head = TreeHead { size: self.tree_size, root: hash(&self.root)? };
        let (leaf, proof) = (hash(&self.leaf_hash)?, hashes(self.proof.as_ref())?);
        Some(verify_inclusion(&leaf, self.leaf_idx, &proof, &head).is_ok())
    }
}

impl Consistency {
    fn is_taken(&self) -> Option<bool> {
        let old = TreeHead { size: self.size1, root: hash(&self.root1)? };
        let new = TreeHead { size: self.size2, root: hash(&self.root2)? };
        Some(verify_consistency(&old, &hashes(self.proof.as_ref())?, &new).is_ok())
    }
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Takes two roots of 12 bytes, which are no hashes, because they are equal.
const NOT_WRITABLE: &str = "sizes-are-equal-one-and-proof-is-empty.json";

/// Judges all 98 files of a folder: `judge` says what is wanted, and whether it was taken, if it can be written in our types.
fn check<T: DeserializeOwned>(name: &str, judge: fn(T) -> (bool, Option<bool>)) {
    let Some(folder) = folder(name) else { return };
    let files = files(&folder);
    assert_eq!(files.len(), 98);
    let mut taken = 0;
    for file in &files {
        let case = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let (is_wanted, is_taken) = judge(case);
        if file.ends_with(NOT_WRITABLE) {
            assert_eq!((is_wanted, is_taken), (true, None));
            continue;
        }
        assert_eq!(is_taken.unwrap_or(false), is_wanted, "{}", file.display());
        taken += usize::from(is_wanted);
    }
    assert!(taken >= 5, "{taken}");
}

#[test]
fn other_peoples_inclusion_proofs_get_their_verdicts() {
    check("vectors/merkle/inclusion", |case: Inclusion| (!case.want_err, case.is_taken()));
}

#[test]
fn other_peoples_consistency_proofs_get_their_verdicts() {
    check("vectors/merkle/consistency", |case: Consistency| (!case.want_err, case.is_taken()));
}
