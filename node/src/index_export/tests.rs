//! A folder takes the files of an export and nothing else, and is whole or as it was.

use std::fs;

use budstikke_keys::secret::SecretKey;
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::Folder;

/// The file of a signed head of so many entries.
fn checkpoint(size: u64) -> Vec<u8> {
    let origin = "federation/974760673".parse().unwrap();
    let head = TreeHead { size, root: TreeHash::EMPTY };
    let key = SecretKey::from_seed(Zeroizing::new([1; 32]));
    let note = Checkpoint { origin, head }.sign(&key).note().to_string();
    format!("checkpoint\n{note}").into_bytes()
}

#[test]
fn only_tiles_and_the_checkpoint_are_taken() {
    let home = TempDir::new().unwrap();
    let mut folder = Folder::open(&home.path().join("export")).unwrap();
    for name in
        ["../x", "/etc/x", "tile/../../x", "tile/0/0", "tile/0/000.p/0", "", "x", "Checkpoint"]
    {
        folder.put(format!("{name}\nbytes").as_bytes()).unwrap_err();
    }
    folder.put(b"no line feed").unwrap_err();
    folder.put(b"tile/0/x001/234.p/5\n\nbytes").unwrap();
    folder.put(&checkpoint(3)).unwrap();
    folder.finish().unwrap();
    let tile = home.path().join("export/tile/0/x001/234.p/5");
    assert_eq!(fs::read(tile).unwrap(), b"\nbytes");
    assert!(!home.path().join("export.partial").exists());
}

#[test]
fn an_export_that_broke_off_leaves_what_was_there() {
    let home = TempDir::new().unwrap();
    let path = home.path().join("export");
    let broken = Folder::open(&path).unwrap();
    broken.finish().unwrap_err();
    assert!(!path.exists());
    let mut folder = Folder::open(&path).unwrap();
    folder.put(b"tile/0/000.p/3\nthree").unwrap();
    folder.put(&checkpoint(3)).unwrap();
    folder.finish().unwrap();
    let mut later = Folder::open(&path).unwrap();
    assert_eq!(later.head().unwrap().size, 3);
    later.put(b"tile/0/000.p/5\nfive").unwrap();
    later.finish().unwrap_err();
    assert_eq!(Folder::open(&path).unwrap().head().unwrap().size, 3);
    assert_eq!(fs::read(path.join("tile/0/000.p/3")).unwrap(), b"three");
}

#[test]
fn what_is_no_export_is_not_touched() {
    let home = TempDir::new().unwrap();
    fs::write(home.path().join("mine"), "mine").unwrap();
    Folder::open(home.path()).unwrap_err();
    fs::write(home.path().join("checkpoint"), "mine").unwrap();
    Folder::open(home.path()).unwrap_err();
}
