//! The files of full tiles and full bundles. A tile that is not full is no file, and one that is full never changes.
//!
//! They lie as C2SP `tlog-tiles` names them. Of the files of 256 entries the tile of level 0 gets its name last: where it is, the
//! bundle and the tiles above are too.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use budstikke_protocol::log::tile::{TILE_WIDTH, Tile, TileKind};

use super::edge::FullTile;
use super::error::LogError;
use crate::store::files::{self, FileError};

/// The most bytes of a file: a bundle of the longest entries is far below.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The file that says that the log has disagreed with itself, and its first line.
const DOUBT: &str = "doubt";
const DOUBT_VERSION: &str = "budstikke doubt 1";

/// The folder of the tiles.
#[derive(Debug, Clone)]
pub(crate) struct TileFiles(PathBuf);

/// Whether each file is brought to the disk when it is written, or the caller does that for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Each,
    Later,
}

impl TileFiles {
    /// The tiles in this folder, which need not exist.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// The file of a tile.
    pub(crate) fn path(&self, tile: Tile) -> PathBuf {
        self.0.join(tile.to_string())
    }

    /// Notes that the log has disagreed with itself, and why: the next start reads all of the journal before anything is signed.
    pub(crate) fn doubt(&self, reason: &str) -> Result<(), FileError> {
        files::create_folder(&self.0)?;
        let (path, new) = (self.0.join(DOUBT), self.0.join(DOUBT).with_added_extension("new"));
        files::remove(&new)?;
        let mut file = files::create(&new)?;
        let text = format!("{DOUBT_VERSION}\n{reason}\n");
        file.write_all(text.as_bytes()).map_err(FileError::on("write", &new))?;
        files::sync(&file, &new)?;
        fs::rename(&new, &path).map_err(FileError::on("rename", &new))?;
        files::sync_folder(&self.0)
    }

    /// Whether that is noted. It goes with the tiles, when they are made anew.
    pub(crate) fn is_doubted(&self) -> bool {
        self.0.join(DOUBT).exists()
    }

    /// How many full tiles of level 0 are here without a gap, when so many are known to be.
    pub(crate) fn count(&self, known: u64) -> u64 {
        let is_here = |index: &u64| {
            [TileKind::Entries, TileKind::Hashes(0)].into_iter().all(|kind| {
                Tile::new(kind, *index, TILE_WIDTH).is_some_and(|tile| self.path(tile).is_file())
            })
        };
        (known..u64::MAX).find(|index| !is_here(index)).unwrap_or(known)
    }

    /// Reads a full tile. Its bytes are not checked here.
    pub(crate) fn read(&self, tile: Tile) -> Result<Vec<u8>, LogError> {
        let path = self.path(tile);
        match fs::metadata(&path) {
            Ok(file) if file.len() <= FILE_BYTES_MAX => {}
            Ok(_) => return Err(LogError::Tile(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(LogError::Tile(path));
            }
            Err(error) => return Err(FileError::on("read", &path)(error).into()),
        }
        Ok(fs::read(&path).map_err(FileError::on("read", &path))?)
    }

    /// Writes full tiles, and reads each back. One that is here already must be the same: nothing is written over.
    pub(crate) fn write(&self, full: &[FullTile], durability: Durability) -> Result<(), LogError> {
        let is_leaf = |tile: &&FullTile| tile.tile.kind() == TileKind::Hashes(0);
        let (leaves, others): (Vec<_>, Vec<_>) = full.iter().partition(is_leaf);
        for part in [others, leaves] {
            let mut folders = BTreeSet::new();
            for tile in part {
                let path = self.path(tile.tile);
                self.put(&path, tile, durability)?;
                folders.insert(files::parent(&path).to_owned());
            }
            if durability == Durability::Each {
                folders.iter().try_for_each(|folder| files::sync_folder(folder))?;
            }
        }
        Ok(())
    }

    fn put(&self, path: &Path, full: &FullTile, durability: Durability) -> Result<(), LogError> {
        if path.exists() {
            let is_same = self.read(full.tile)? == full.bytes;
            return if is_same { Ok(()) } else { Err(LogError::Differs(path.to_owned())) };
        }
        self.create_folder(files::parent(path))?;
        let new = path.with_added_extension("new");
        files::remove(&new)?;
        let mut file = files::create(&new)?;
        file.write_all(&full.bytes).map_err(FileError::on("write", &new))?;
        if durability == Durability::Each {
            files::sync(&file, &new)?;
        }
        fs::rename(&new, path).map_err(FileError::on("rename", &new))?;
        if self.read(full.tile)? == full.bytes {
            Ok(())
        } else {
            Err(LogError::Tile(path.to_owned()))
        }
    }

    /// Makes a folder and those above it, each durable in the one that it is in.
    fn create_folder(&self, path: &Path) -> Result<(), FileError> {
        if path.is_dir() {
            return Ok(());
        }
        if path != self.0 {
            self.create_folder(files::parent(path))?;
        }
        files::create_folder(path)
    }
}
