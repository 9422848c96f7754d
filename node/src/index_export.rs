//! A folder with an export of a log: `checkpoint` and `tile/…`, as C2SP `tlog-tiles` names them.
//!
//! A new export is made beside and gets its name when it is whole. One that is there already gets the tiles that are new, and the
//! checkpoint last: until then it is the export that it was.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use budstikke_keys::note::{NOTE_BYTES_MAX, Note};
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::tile::{Tile, tiles_of};
use budstikke_protocol::log::tree::TreeHead;

use crate::failure::Failure;

/// The file with the signed head.
const CHECKPOINT: &str = "checkpoint";

/// The most bytes of a file: 256 of the longest entries that C2SP knows are 16 MiB.
const FILE_BYTES_MAX: u64 = 17 * 1024 * 1024;

/// An export on its way into a folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Where the files go: beside, when it is a new one.
    into: PathBuf,
    /// The head of the export that is there.
    head: Option<TreeHead>,
    checkpoint: Option<Vec<u8>>,
}

impl Folder {
    /// Begins an export into `path`, which is an earlier export or not there.
    ///
    /// # Errors
    /// When something else is there, or the disk says no.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            let checkpoint = read(path, CHECKPOINT).ok().and_then(|bytes| head_in(&bytes));
            let head = checkpoint.ok_or_else(|| {
                Failure::new(
                    format!("{} is there, and is no export of a log", path.display()),
                    "name another folder",
                )
            })?;
            let into = path.to_owned();
            return Ok(Self { path: path.to_owned(), into, head: Some(head), checkpoint: None });
        }
        let into = path.with_added_extension("partial");
        match fs::remove_dir_all(&into) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(refused("remove", &into, &error));
            }
            Err(_) | Ok(()) => {}
        }
        fs::create_dir(&into).map_err(|error| refused("make", &into, &error))?;
        Ok(Self { path: path.to_owned(), into, head: None, checkpoint: None })
    }

    /// The head of the export that is there.
    pub fn head(&self) -> Option<TreeHead> {
        self.head
    }

    /// Takes a file: its path, a line feed, and its bytes.
    ///
    /// # Errors
    /// When it is not one of an export, or the disk says no.
    pub fn put(&mut self, file: &[u8]) -> Result<(), Failure> {
        let other =
            || Failure::new("the node has sent something else", "use the same version as the node");
        let end = file.iter().position(|byte| *byte == b'\n').ok_or_else(other)?;
        let (path, bytes) = file.split_at_checked(end).ok_or_else(other)?;
        let bytes = bytes.get(1..).unwrap_or_default();
        if path == CHECKPOINT.as_bytes() {
            self.checkpoint = Some(bytes.to_vec());
            return Ok(());
        }
        let path = std::str::from_utf8(path).ok().and_then(|path| path.parse::<Tile>().ok());
        let path = self.into.join(path.ok_or_else(other)?.to_string());
        let folder = path.parent().unwrap_or(&self.into);
        fs::create_dir_all(folder).map_err(|error| refused("make", folder, &error))?;
        write(&path, bytes)
    }

    /// Ends the export: the checkpoint gets its name, then the folder, if it is a new one. Partial tiles that an earlier export has
    /// left, and that belong to no head any more, go.
    ///
    /// # Errors
    /// When it is not whole, or the disk says no.
    pub fn finish(self) -> Result<(), Failure> {
        let whole = self.checkpoint.as_deref().and_then(|bytes| Some((bytes, head_in(bytes)?)));
        let (checkpoint, head) =
            whole.ok_or_else(|| Failure::new("the export broke off", "give the command again"))?;
        write(&self.into.join(CHECKPOINT), checkpoint)?;
        if self.into != self.path {
            return fs::rename(&self.into, &self.path)
                .map_err(|error| refused("name", &self.path, &error));
        }
        let before = self.head.map_or(0, |head| head.size);
        let now: Vec<Tile> =
            if before == head.size { Vec::new() } else { tiles_of(head.size).collect() };
        let is_old = |tile: &Tile| !tile.is_full() && !now.is_empty() && !now.contains(tile);
        for tile in tiles_of(before).filter(is_old) {
            let path = self.path.join(tile.to_string());
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(refused("remove", &path, &error));
                }
                Err(_) | Ok(()) => {}
            }
            // The folder of its widths, when this was the last.
            drop(path.parent().map(fs::remove_dir));
        }
        Ok(())
    }
}

/// Reads a file of an export.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = File::open(folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    file.take(FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("{name}: {error}"))?;
    Ok(bytes)
}

/// The signed head of an export. Nobody has checked its signature.
///
/// # Errors
/// What is wrong with it, in words.
pub fn note(folder: &Path) -> Result<Note, String> {
    let bytes = read(folder, CHECKPOINT)?;
    Note::parse(&bytes).map_err(|error| format!("{CHECKPOINT}: {error}"))
}

fn head_in(bytes: &[u8]) -> Option<TreeHead> {
    let note = Note::parse(bytes.get(..bytes.len().min(NOTE_BYTES_MAX))?).ok()?;
    Some(note.text().parse::<Checkpoint>().ok()?.head)
}

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let new = path.with_added_extension("new");
    let written = File::create(&new).and_then(|mut file| file.write_all(bytes));
    written.and_then(|()| fs::rename(&new, path)).map_err(|error| refused("write", path, &error))
}

fn refused(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        format!("cannot {what} {}: {error}", path.display()),
        "look at the folder, its permissions and the space on the disk",
    )
}

#[cfg(test)]
mod tests;
