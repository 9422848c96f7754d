//! The home folder: that it is there, nobody else's, and can be written.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::process::geteuid;

use crate::failure::Failure;
use crate::finding::Finding;
use crate::home::{Home, HomeError};
use crate::place::Place;

const CHECK: &str = "home";

/// The folders in which a node writes.
const WRITTEN: [&str; 4] = ["journal", "rosters", "documents", "db"];

/// What is found of the folder; when it is not there, that alone.
pub(super) fn findings(home: &Home) -> Result<Vec<Finding>, Finding> {
    let dir = home.dir();
    let metadata =
        fs::metadata(dir).map_err(|error| Finding::fault(CHECK, unopened(dir, &error)))?;
    let shown = dir.display();
    let mut findings = Vec::new();
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        let why = format!("{shown} can be opened by others (mode {mode:o})");
        findings.push(Finding::warning(CHECK, Failure::new(why, format!("chmod 700 {shown}"))));
    }
    let (owner, user) = (metadata.uid(), geteuid().as_raw());
    if owner != user {
        let why = format!("{shown} belongs to user {owner}, and this command runs as user {user}");
        let hint =
            "give commands as the user that the node runs as; what another writes, it cannot open";
        findings.push(Finding::warning(CHECK, Failure::new(why, hint)));
    }
    let folders = std::iter::once(dir.to_owned()).chain(written(home));
    findings.extend(folders.filter_map(|folder| unwritable(&folder)));
    if findings.is_empty() {
        findings
            .push(Finding::ok(CHECK, format!("{shown} is its owner's alone, and can be written")));
    }
    findings.extend(moved(home));
    Ok(findings)
}

/// Whether the home was copied or put back; a home that has never had a journal is not looked at.
fn moved(home: &Home) -> Option<Finding> {
    let is_noted = Place::of(home).is_noted().ok()?;
    (!is_noted).then(|| {
        let why = format!("{} was copied or put back: nothing of its log is signed until a quorum of its witnesses have said that they know no newer head", home.dir().display());
        let hint = "run it while its witnesses run; budstikke status says how many have answered";
        Finding::warning(CHECK, Failure::new(why, hint))
    })
}

/// The folders of the home that are there: `init` makes the first of them.
pub(super) fn written(home: &Home) -> impl Iterator<Item = PathBuf> {
    WRITTEN.iter().map(|name| home.path(name)).filter(|path| path.exists())
}

fn unopened(dir: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::NotFound {
        return Failure::new(
            format!("there is no folder {}", dir.display()),
            "say which with --home, or mount its volume; budstikke init makes a new home with new keys",
        );
    }
    Failure::new(
        format!("cannot open {}: {error}", dir.display()),
        "give the command as the user that the node runs as",
    )
}

fn unwritable(folder: &Path) -> Option<Finding> {
    let source = access(folder, Access::WRITE_OK | Access::EXEC_OK).err()?.into();
    Some(Finding::fault(
        CHECK,
        HomeError::Io { action: "write in", path: folder.to_owned(), source },
    ))
}
