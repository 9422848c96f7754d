//! Files and folders that survive a power cut: private to their owner, and synced together with the folder that names them.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;
use thiserror::Error;

/// What to do when the operating system says no.
pub(crate) const DISK_HINT: &str = "look at the folder, its permissions and the space on the disk";

/// The operating system said no.
#[derive(Debug, Clone, Error)]
#[error("cannot {action} {}", path.display())]
pub struct FileError {
    action: &'static str,
    path: PathBuf,
    /// Shared, because one failed write is the failure of every commit in it.
    source: Arc<io::Error>,
}

impl FileError {
    /// Names what was tried and on which path: `file.sync_data().map_err(FileError::on("sync", &path))`.
    pub(crate) fn on(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self { action, path: path.to_owned(), source: Arc::new(source) }
    }

    /// Whether somebody else holds the lock.
    pub(crate) fn is_busy(&self) -> bool {
        self.source.kind() == io::ErrorKind::ResourceBusy
    }
}

/// Makes a folder that nobody else may read, unless it is there. Its name is on the disk then in either case: that it is there
/// may be the work of a run that came no further.
pub(crate) fn create_folder(path: &Path) -> Result<(), FileError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(FileError::on("create", path))?;
    sync_folder(parent(path))
}

/// The folder that a path is in.
pub(crate) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a file that nobody else may read, and that was not there before.
pub(crate) fn create(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).mode(0o600);
    options.open(path).map_err(FileError::on("create", path))
}

/// Opens a file to read it.
pub(crate) fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(FileError::on("open", path))
}

/// Opens a file to go on writing it.
pub(crate) fn reopen(path: &Path) -> Result<File, FileError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(FileError::on("open", path))
}

/// Removes a file that may have gone already.
pub(crate) fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::on("remove", path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Finds out whether the disk takes a megabyte, by writing it to a file that goes again.
pub(crate) fn probe(path: &Path) -> Result<(), FileError> {
    remove(path)?;
    let mut file = create(path)?;
    let taken = file.write_all(&vec![0; 1 << 20]).map_err(FileError::on("write", path));
    let taken = taken.and_then(|()| sync(&file, path));
    remove(path).and(taken)
}

/// Locks a file or folder for this process until it is closed.
pub(crate) fn lock(file: &File, path: &Path) -> Result<(), FileError> {
    let locked = file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::ErrorKind::ResourceBusy.into(),
        TryLockError::Error(source) => source,
    });
    locked.map_err(FileError::on("lock", path))
}

/// Cuts a file off behind so many bytes, durably.
pub(crate) fn cut(file: &File, path: &Path, bytes: u64) -> Result<(), FileError> {
    file.set_len(bytes).map_err(FileError::on("cut", path))?;
    sync(file, path)
}

/// Has the disk keep room for a file of so many bytes, whose length stays as it is. A disk that does not know of this does not matter.
pub(crate) fn reserve(file: &File, path: &Path, bytes: u64) -> Result<(), FileError> {
    match fallocate(file, FallocateFlags::KEEP_SIZE, 0, bytes) {
        Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
        Err(error) => Err(FileError::on("reserve the room for", path)(error.into())),
    }
}

/// Brings the bytes and the length of a file to the disk.
pub(crate) fn sync(file: &File, path: &Path) -> Result<(), FileError> {
    file.sync_data().map_err(FileError::on("sync", path))
}

/// Brings all of the file system to the disk that a folder is on: cheaper than thousands of files one by one.
pub(crate) fn sync_all(path: &Path) -> Result<(), FileError> {
    let folder = open(path)?;
    rustix::fs::syncfs(&folder).map_err(io::Error::from).map_err(FileError::on("sync", path))
}

/// Brings the names in a folder to the disk.
pub(crate) fn sync_folder(path: &Path) -> Result<(), FileError> {
    let on = FileError::on("sync", path);
    File::open(path).and_then(|folder| folder.sync_all()).map_err(on)
}
