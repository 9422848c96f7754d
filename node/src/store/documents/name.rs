//! The names of document files: random, so that a folder listing says nothing but how many there are.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::entropy;

/// The name of a document file, 16 random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct FileName([u8; 16]);

impl FileName {
    /// Draws a name that was never used.
    pub(crate) fn draw() -> io::Result<Self> {
        Ok(Self(*entropy::draw()?))
    }

    /// The folder that the file is in: one of 256, so that none grows beyond what every tool can list.
    pub(crate) fn folder(self, documents: &Path) -> PathBuf {
        let [first, ..] = self.0;
        documents.join(format!("{first:02x}"))
    }

    /// The file.
    pub(crate) fn path(self, documents: &Path) -> PathBuf {
        self.folder(documents).join(HEXLOWER.encode(&self.0))
    }

    /// The name that a file in a folder of documents has, when it is one that this store gave.
    pub(crate) fn parse(file_name: &str) -> Option<Self> {
        HEXLOWER.decode(file_name.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Debug for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}
