//! Large documents, and what a node's home and process tell of them.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use budstikke_scenarios::site::Site;

/// Bytes of a mebibyte.
pub(crate) const MEBIBYTE: u64 = 1024 * 1024;

/// What stands in every line of a marked file.
const MARK: &str = "invented clinical content, line ";

/// A file whose bytes differ from one place to the next, and are known again when they are not sealed.
pub(crate) struct MarkedFile;

impl MarkedFile {
    /// Writes one of `size` bytes.
    pub(crate) fn write(path: &Path, size: u64) {
        let mut file = BufWriter::new(File::create(path).unwrap());
        // Lines of 64 bytes, so that a mebibyte is a whole number of them.
        for line in 0..size / 64 {
            writeln!(file, "{MARK}{line:0width$}", width = 63 - MARK.len()).unwrap();
        }
        file.flush().unwrap();
        assert_eq!(fs::metadata(path).unwrap().len(), size);
    }

    /// Whether any of its lines is among `bytes`.
    pub(crate) fn is_in(bytes: &[u8]) -> bool {
        bytes.windows(MARK.len()).any(|window| window == MARK.as_bytes())
    }
}

/// The files in the folder of documents of a home.
pub(crate) fn document_files(home: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in fs::read_dir(home.join("documents")).into_iter().flatten().flatten() {
        files.extend(
            fs::read_dir(folder.path()).into_iter().flatten().flatten().map(|file| file.path()),
        );
    }
    files
}

/// How many bytes they have.
pub(crate) fn documents_bytes(home: &Path) -> u64 {
    document_files(home)
        .iter()
        .filter_map(|file| fs::metadata(file).ok())
        .map(|metadata| metadata.len())
        .sum()
}

/// The number that stands behind `key` in a file that the kernel keeps of the process of a node.
pub(crate) fn of_process(site: &Site, file: &str, key: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/{file}", site.process())).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
