//! The disk: whether there is room on each file system that the home lies on.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::statvfs;

use super::folder::written;
use crate::failure::Failure;
use crate::finding::Finding;
use crate::home::{Home, HomeError};

const CHECK: &str = "disk";

const MIB: u64 = 1024 * 1024;

/// Below this the node soon takes no more documents: a segment of the journal and its index take a hundred MiB.
const ROOM_MIN: u64 = 256 * MIB;

/// Below this somebody should make room: one imaging study, or an index that is built anew beside the old one, takes that much.
const ROOM_LOW: u64 = 2048 * MIB;

/// What is found of each file system once, by the first folder that lies on it.
pub(super) fn findings(home: &Home) -> Vec<Finding> {
    let mut seen = Vec::new();
    let folders = std::iter::once(home.dir().to_owned()).chain(written(home));
    let firsts = folders.filter(|folder| {
        // What cannot be opened is told where the folder is looked at.
        let Ok(device) = fs::metadata(folder).map(|metadata| metadata.dev()) else { return false };
        let is_new = !seen.contains(&device);
        seen.push(device);
        is_new
    });
    let firsts: Vec<PathBuf> = firsts.collect();
    firsts.iter().map(|folder| room(folder)).collect()
}

fn room(folder: &Path) -> Finding {
    let found = match statvfs(folder) {
        Ok(found) => found,
        Err(error) => {
            let (path, source) = (folder.to_owned(), error.into());
            return Finding::fault(
                CHECK,
                HomeError::Io { action: "look at the disk of", path, source },
            );
        }
    };
    // What is reserved for root is not there for the node.
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    judge(folder, free)
}

fn judge(folder: &Path, free: u64) -> Finding {
    let folder = folder.display();
    let why = format!("{} MiB are free for {folder}", free / MIB);
    let hint = "make room, or move the home to a larger disk; a node that finds none refuses documents, and loses nothing";
    if free < ROOM_MIN {
        Finding::fault(CHECK, Failure::new(why, hint))
    } else if free < ROOM_LOW {
        Finding::warning(CHECK, Failure::new(why, hint))
    } else {
        Finding::ok(CHECK, why)
    }
}
