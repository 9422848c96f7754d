//! What was found when a store was opened: for the log, for `status`, and for whoever has to act on it.

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;

use budstikke_protocol::ids::DocumentId;

/// The most places of damage that are told one by one.
const TOLD_MAX: usize = 256;

/// What was found when a store was opened, and behind that.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Frames of the journal whose rows were not in the index and now are.
    pub replayed: u64,
    /// A last write that a crash cut short, and that nobody was promised; it was removed.
    pub torn: Option<Damage>,
    /// Parts of the journal that are not what was written. What they held is lost here; a backup may have it.
    pub damaged: Vec<Damage>,
    /// Segments of the journal that are not there, by number.
    pub missing: Vec<RangeInclusive<u64>>,
    /// Document files that are not there, or not whole.
    pub lost: Vec<LostFile>,
    /// Places of damage, and lost files, beyond those.
    pub more: u64,
    /// Why the index was built anew from the journal.
    pub rebuilt: Option<String>,
    /// Document files that no commit names, and that were removed. None is while the journal is damaged or the index new.
    pub strays: u64,
    /// Why the tiles of the log were made anew from the journal.
    pub log_rebuilt: Option<String>,
    /// Why nothing of the log is signed any more.
    pub log_stopped: Option<String>,
    /// How much of the journal was looked at behind the start.
    pub scrubbed: Progress,
}

/// A part of a file that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Which file.
    pub file: PathBuf,
    /// Which bytes of it.
    pub bytes: Range<u64>,
}

/// A document file that is not there, or not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostFile {
    /// Which file.
    pub file: PathBuf,
    /// Of which document.
    pub document: DocumentId,
    /// How many bytes it has, if it is there.
    pub found: Option<u64>,
}

/// How far long work on a store has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the journal that are read.
    pub done: u64,
    /// Bytes of the journal.
    pub total: u64,
}

impl Report {
    /// Whether the store holds all that it should, as far as it was looked at.
    pub fn is_whole(&self) -> bool {
        self.torn.is_none()
            && self.damaged.is_empty()
            && self.missing.is_empty()
            && self.lost.is_empty()
    }

    /// Why nothing of the log may be signed; nothing while all is well. What is damaged in the journal may be the log's.
    pub fn stopped(&self) -> Option<String> {
        let damaged =
            self.damaged.first().map(|damage| format!("the journal is damaged: {damage}"));
        let missing = || {
            let missing = self.missing.first();
            missing
                .map(|missing| format!("segment {:x} of the journal is missing", missing.start()))
        };
        self.log_stopped.clone().or(damaged).or_else(missing)
    }

    /// What an operator should know, a line each; none when all is as it was left.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(torn) = &self.torn {
            lines.push(format!(
                "a write that a crash cut short was removed: {torn}; nobody was promised it"
            ));
        }
        lines.extend(self.damaged.iter().map(damage_line));
        lines.extend(self.missing.iter().map(|missing| {
            format!(
                "segments {:x} to {:x} of the journal are MISSING; restore them from a backup",
                missing.start(),
                missing.end()
            )
        }));
        lines.extend(self.lost.iter().map(lost_line));
        if self.more > 0 {
            lines.push(format!("{} more places are DAMAGED or LOST", self.more));
        }
        if let Some(reason) = &self.rebuilt {
            lines.push(format!("the index was built anew from the journal: {reason}"));
        }
        if let Some(reason) = &self.log_rebuilt {
            lines.push(format!("the tiles of the log were built anew from the journal: {reason}"));
        }
        if let Some(reason) = self.stopped() {
            lines.push(format!("the log is STOPPED, nothing of it is signed: {reason}"));
        }
        if self.strays > 0 {
            lines.push(format!("{} unfinished document files were removed", self.strays));
        }
        lines
    }

    /// Notes damage of the journal. Gives what is to be told of it; nothing when it is known.
    pub(crate) fn note_damage(&mut self, damage: Damage) -> Option<String> {
        note(&mut self.damaged, damage, damage_line, &mut self.more)
    }

    /// Notes a lost file, in the same way.
    pub(crate) fn note_lost(&mut self, lost: LostFile) -> Option<String> {
        note(&mut self.lost, lost, lost_line, &mut self.more)
    }
}

fn note<T: PartialEq>(
    known: &mut Vec<T>,
    found: T,
    line: fn(&T) -> String,
    more: &mut u64,
) -> Option<String> {
    if known.contains(&found) {
        return None;
    }
    let line = line(&found);
    if known.len() < TOLD_MAX {
        known.push(found);
    } else {
        *more = more.saturating_add(1);
    }
    Some(line)
}

fn damage_line(damage: &Damage) -> String {
    format!("the journal is DAMAGED: {damage}; restore it from a backup")
}

fn lost_line(lost: &LostFile) -> String {
    let (file, document) = (lost.file.display(), lost.document);
    match lost.found {
        None => {
            format!("the file of document {document} is LOST: {file}; restore it from a backup")
        }
        Some(bytes) => format!(
            "the file of document {document} is DAMAGED: {file} has {bytes} bytes; restore it from a backup"
        ),
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.bytes;
        write!(f, "{} at byte {start}, {} bytes", self.file.display(), end.saturating_sub(start))
    }
}
