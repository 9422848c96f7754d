//! The home folder of a node or a steward: where each thing lies, and who may open it.
//!
//! | path | what | truth or derived | trusted or checked |
//! |---|---|---|---|
//! | `config.toml` | settings, for people to edit | truth | checked when read |
//! | `keyring` | the node's keys, sealed by a passphrase | truth | checked by its seal |
//! | `request.json` | the member request, for the stewards | derived from the two above | checked by whoever takes it |
//! | `rosters/` | every accepted roster | truth | checked from the fingerprint at each start |
//! | `place` | where the home was made | truth | checked against the disk at each start |
//! | `journal/` | every commit | truth | checked frame by frame by its seal |
//! | `documents/` | larger documents, sealed | truth | checked chunk by chunk, and against the manifest |
//! | `db/` | sled: where in the journal things stand | derived from `journal/` | trusted, rebuilt when it does not open |
//! | `tiles/` | the full tiles of the log | derived from `journal/` | checked up to the head when they are read, rebuilt when in doubt |
//! | `node.sock` | the control socket of the running node | – | file permission is the authentication |
//! | `lock` | held by the process that runs on this home | – | – |

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::failure::Failure;

/// The name of the file that is locked.
const LOCK: &str = "lock";

/// The home folder.
#[derive(Debug, Clone)]
pub struct Home {
    dir: PathBuf,
}

/// Why a home folder, or a file in it, cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HomeError {
    /// There is something here already.
    #[error("{} exists already; nothing was changed", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// The file that should be here is not.
    #[error("there is no {}; is {} the home folder of a node?", path.display(), dir.display())]
    Missing {
        /// Which file.
        path: PathBuf,
        /// The home folder.
        dir: PathBuf,
    },
    /// A file with secrets can be read by others.
    #[error("{} can be read by others (mode {mode:o}); say: chmod 600 {}", path.display(), path.display())]
    OpenPermissions {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A folder that is to hold secrets can be opened by others.
    #[error("{} can be opened by others (mode {mode:o}); say: chmod 700 {}", path.display(), path.display())]
    OpenFolder {
        /// Which folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Another process runs on this home.
    #[error("another budstikke is running on {}", dir.display())]
    Locked {
        /// The home folder.
        dir: PathBuf,
    },
    /// The file is larger than such a file can be.
    #[error("{} has more than {max} bytes", path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
        /// The bound.
        max: u64,
    },
    /// The operating system said no.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// Holds the home for this process; let go when dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Home {
    /// The home in this folder, whether it exists or not.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Makes the folder, readable by nobody else, unless it is there and is so already.
    ///
    /// # Errors
    /// [`HomeError::OpenFolder`] when others can open the one that is there, or what the operating system says.
    pub fn create(&self) -> Result<(), HomeError> {
        create_private_dir(&self.dir)?;
        let path = self.dir.clone();
        match fs::metadata(&path) {
            Ok(metadata) if metadata.mode() & 0o077 != 0 => {
                Err(HomeError::OpenFolder { path, mode: metadata.mode() & 0o777 })
            }
            Ok(_) => Ok(()),
            Err(source) => Err(HomeError::Io { action: "open", path, source }),
        }
    }

    /// Takes the home for this process.
    ///
    /// # Errors
    /// [`HomeError::Locked`] when another process has it.
    pub fn lock(&self) -> Result<Lock, HomeError> {
        let path = self.path(LOCK);
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file =
            file.map_err(|source| HomeError::Io { action: "open", path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(HomeError::Locked { dir: self.dir.clone() }),
            Err(TryLockError::Error(source)) => Err(HomeError::Io { action: "lock", path, source }),
        }
    }

    /// Whether another process holds the home.
    pub fn is_locked(&self) -> bool {
        let file = File::open(self.path(LOCK));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Reads a file of at most `max` bytes.
    ///
    /// # Errors
    /// [`HomeError::Missing`], [`HomeError::TooLarge`], or what the operating system says.
    pub fn read(&self, name: &str, max: u64) -> Result<Vec<u8>, HomeError> {
        read_bounded(&self.path(name), max).map_err(|error| match error {
            HomeError::Io { path, source, .. } if source.kind() == io::ErrorKind::NotFound => {
                HomeError::Missing { path, dir: self.dir.clone() }
            }
            error => error,
        })
    }

    /// Reads a file with secrets, which nobody else may be able to read.
    ///
    /// # Errors
    /// [`HomeError::OpenPermissions`], and those of [`Home::read`].
    pub fn read_secret(&self, name: &str, max: u64) -> Result<Vec<u8>, HomeError> {
        let path = self.path(name);
        if let Ok(metadata) = fs::metadata(&path) {
            let mode = metadata.mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(HomeError::OpenPermissions { path, mode });
            }
        }
        self.read(name, max)
    }

    /// Writes a new file, mode 0600, and makes it and its name durable.
    ///
    /// # Errors
    /// [`HomeError::Exists`] when it is there already.
    pub fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), HomeError> {
        self.check_vacant(name)?;
        write_durably(&self.path(name), bytes)
    }

    /// Makes sure that there is no such file yet.
    ///
    /// # Errors
    /// [`HomeError::Exists`] when there is.
    pub fn check_vacant(&self, name: &str) -> Result<(), HomeError> {
        let path = self.path(name);
        match path.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(HomeError::Exists { path }),
            Err(source) => Err(HomeError::Io { action: "look for", path, source }),
        }
    }
}

/// Reads a file of at most `max` bytes.
///
/// # Errors
/// [`HomeError::TooLarge`], or what the operating system says.
pub fn read_bounded(path: &Path, max: u64) -> Result<Vec<u8>, HomeError> {
    use io::Read;
    let fail = |source| HomeError::Io { action: "read", path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let limit = max.saturating_add(1);
    let read = File::open(path).map_err(fail)?.take(limit).read_to_end(&mut bytes).map_err(fail)?;
    if read >= usize::try_from(limit).unwrap_or(usize::MAX) {
        return Err(HomeError::TooLarge { path: path.to_owned(), max });
    }
    Ok(bytes)
}

/// Whether others than its owner can read a file.
pub fn can_be_read_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o044 != 0)
}

/// Replaces a file by another in one step: after a crash it has the old bytes or the new, never a mixture.
///
/// # Errors
/// What the operating system says; the old file is then still there.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    let fail = |source| HomeError::Io { action: "write", path: path.to_owned(), source };
    // The parent of a bare file name is the empty path, which nothing opens.
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(dir).map_err(fail)?;
    file.write_all(bytes).map_err(fail)?;
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(fail)
}

/// Makes a folder, mode 0700, and its parents.
///
/// # Errors
/// What the operating system says.
pub fn create_private_dir(dir: &Path) -> Result<(), HomeError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(|source| HomeError::Io { action: "create", path: dir.to_owned(), source })
}

impl From<HomeError> for Failure {
    fn from(error: HomeError) -> Self {
        let hint = match &error {
            HomeError::Exists { .. } => "choose another --home, or move the old one away",
            HomeError::Missing { .. } => {
                "say which with --home, or mount its volume; budstikke init makes a new home with new keys"
            }
            HomeError::OpenPermissions { .. } => {
                "then look who may have read it: the key may have to be replaced"
            }
            HomeError::OpenFolder { .. } => {
                "a home holds keys and patient data: nobody else may look into it"
            }
            HomeError::Locked { .. } => {
                "stop the other one first; a command to a running node needs no lock"
            }
            HomeError::TooLarge { .. } => "check that it is the right file",
            HomeError::Io { source, .. } => match source.kind() {
                io::ErrorKind::ReadOnlyFilesystem => {
                    "mount it for writing, and look why it is not: a node writes in its home"
                }
                io::ErrorKind::PermissionDenied => {
                    "give the command as a user who may do that, such as the one that the node runs as"
                }
                _ => "look at the path, its permissions and the disk",
            },
        };
        Self::of(&error, hint)
    }
}
