//! What was found when a store was opened: for the log, for `status`, and for whoever has to act on it.

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;

/// What was found when a store was opened.
#[derive(Debug, Default)]
pub struct Report {
    /// Frames of the journal whose rows were not in the index and now are.
    pub replayed: u64,
    /// A last write that a crash cut short, and that nobody was promised; it was removed.
    pub torn: Option<Damage>,
    /// Parts of the journal that are not what was written. What they held is lost here; a backup may have it.
    pub damaged: Vec<Damage>,
    /// Segments of the journal that are not there, by number.
    pub missing: Vec<RangeInclusive<u64>>,
    /// Why the index was built anew from the journal.
    pub rebuilt: Option<String>,
    /// Document files that no commit names, and that were removed. None is while the journal is damaged or the index new.
    pub strays: u64,
}

/// A part of a file that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Which file.
    pub file: PathBuf,
    /// Which bytes of it.
    pub bytes: Range<u64>,
}

/// How far the opening of a store has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the journal that are checked.
    pub done: u64,
    /// Bytes of the journal.
    pub total: u64,
}

impl Report {
    /// Whether the journal holds all that it should.
    pub fn is_whole(&self) -> bool {
        self.torn.is_none() && self.damaged.is_empty() && self.missing.is_empty()
    }
}

impl Report {
    /// What an operator should know, a line each; none when all is as it was left.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(torn) = &self.torn {
            lines.push(format!(
                "a write that a crash cut short was removed: {torn}; nobody was promised it"
            ));
        }
        lines.extend(
            self.damaged.iter().map(|damage| {
                format!("the journal is DAMAGED: {damage}; restore it from a backup")
            }),
        );
        for missing in &self.missing {
            lines.push(format!(
                "segments {:x} to {:x} of the journal are MISSING; restore them from a backup",
                missing.start(),
                missing.end()
            ));
        }
        if let Some(reason) = &self.rebuilt {
            lines.push(format!("the index was built anew from the journal: {reason}"));
        }
        if self.strays > 0 {
            lines.push(format!("{} unfinished document files were removed", self.strays));
        }
        lines
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.bytes;
        write!(f, "{} at byte {start}, {} bytes", self.file.display(), end.saturating_sub(start))
    }
}
