//! Stray files: those in the folder of documents that no commit names, left by a break between writing and committing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::name::FileName;
use crate::store::files::FileError;

/// Removes the document files that `named` does not hold, and says how many there were.
///
/// A file whose name this store cannot have given is not its own, and stays.
pub(crate) fn remove(documents: &Path, named: &BTreeSet<FileName>) -> Result<u64, FileError> {
    let mut removed: u64 = 0;
    for folder in list(documents)? {
        if !folder.is_dir() {
            continue;
        }
        for path in list(&folder)? {
            let name = path.file_name().and_then(|name| FileName::parse(name.to_str()?));
            let is_ours = name.filter(|name| name.path(documents) == path);
            if is_ours.is_some_and(|name| !named.contains(&name)) {
                fs::remove_file(&path).map_err(FileError::on("remove", &path))?;
                removed = removed.saturating_add(1);
            }
        }
    }
    Ok(removed)
}

fn list(folder: &Path) -> Result<Vec<std::path::PathBuf>, FileError> {
    let entries = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect());
    entries.map_err(FileError::on("list", folder))
}
