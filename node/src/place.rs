//! Where a home stands: whether it is still where it was made, or was copied or put back.
//!
//! A copy of a home has the same bytes, and its node would sign the log as if nothing had come since. What no copy preserves is when a
//! folder came into being on this disk. So the file `place` notes that of `journal/`, and a home in which the two differ is taken
//! for one that was put back. What cannot be told apart is the image of a whole disk.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::UNIX_EPOCH;

use serde::Deserialize;

use crate::home::{Home, HomeError, create_private_dir, write_durably};

/// The name of the file.
pub const FILE: &str = "place";

/// The folder whose origin it notes.
const FOLDER: &str = "journal";

/// The version of the file.
const VERSION: u8 = 1;

/// More bytes than it ever has.
const BYTES_MAX: u64 = 256;

/// The place of a home.
#[derive(Debug)]
pub struct Place {
    home: Home,
}

/// What the file says: one of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Noted {
    version: u8,
    /// When the folder was created, in nanoseconds since the Unix epoch.
    #[serde(default)]
    created: Option<u64>,
    /// The number of the folder, on a file system that does not keep that time.
    #[serde(default)]
    inode: Option<u64>,
}

impl Place {
    /// That of a home.
    pub fn of(home: &Home) -> Self {
        Self { home: home.clone() }
    }

    /// Whether the home is where it was noted last. It is not when nothing was noted, or the note cannot be read: then too
    /// nobody knows where these files have been.
    ///
    /// # Errors
    /// When the journal's folder cannot be looked at.
    pub fn is_noted(&self) -> Result<bool, HomeError> {
        let noted = self.home.read(FILE, BYTES_MAX).ok();
        let noted = noted.and_then(|bytes| serde_json::from_slice::<Noted>(&bytes).ok());
        Ok(noted == Some(self.found()?))
    }

    /// Notes where the home is, durably; makes the journal's folder when there is none yet.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn note(&self) -> Result<(), HomeError> {
        create_private_dir(&self.home.path(FOLDER))?;
        let noted = self.found()?;
        let value = noted.created.map_or_else(
            || format!("\"inode\":{}", noted.inode.unwrap_or_default()),
            |created| format!("\"created\":{created}"),
        );
        let text = format!("{{\"version\":{VERSION},{value}}}\n");
        write_durably(&self.home.path(FILE), text.as_bytes())
    }

    /// What the disk says of the folder.
    fn found(&self) -> Result<Noted, HomeError> {
        let path = self.home.path(FOLDER);
        let metadata = fs::metadata(&path);
        let metadata =
            metadata.map_err(|source| HomeError::Io { action: "look at", path, source })?;
        let created = metadata.created().ok();
        let created = created.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let created = created.and_then(|since| u64::try_from(since.as_nanos()).ok());
        let inode = created.is_none().then(|| metadata.ino());
        Ok(Noted { version: VERSION, created, inode })
    }
}

#[cfg(test)]
mod tests;
