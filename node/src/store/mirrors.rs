//! The files of what was verified of the indexes of others: how each stood last, and its presence file.
//!
//! | file | truth or derived | trusted or checked |
//! |---|---|---|
//! | `<organisation>.state` | a copy of what its node has signed | checked when it is read: signatures and proofs |
//! | `<organisation>-<epoch>.presence` | a copy of what its node has given out | checked when it is read, against SHA-256 in the STATE |
//!
//! Nothing of it is truth: what is lost or damaged is asked for again. Tags are eight bytes that say nothing without the node's key.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::index::stated::Statement;

use super::files::{self, FileError};
use super::finds::found::State;

/// The most bytes of a state file: a note, a STATE and a path have a tenth of it.
const STATE_BYTES_MAX: u64 = 1024 * 1024;

/// What is read of a presence file at a time; whole tags.
const PART_BYTES: usize = 64 * 1024;

/// Where the mirrors lie.
#[derive(Debug)]
pub struct MirrorFiles(PathBuf);

/// What was kept of the index of one member: unchecked, but that the presence file has the length that was noted.
#[derive(Debug)]
pub struct Mirrored {
    /// How it stood.
    pub statement: Statement,
    /// The presence file.
    pub presence: Presence,
}

impl MirrorFiles {
    /// The mirrors in this folder, which is made when it is not there.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn open(folder: PathBuf) -> Result<Self, FileError> {
        files::create_folder(&folder)?;
        Ok(Self(folder))
    }

    /// What was kept of a member; nothing when it is not whole. `length` gives the epoch and the bytes of the presence file that a
    /// statement speaks of, once that was checked.
    pub fn read(
        &self,
        member: OrganisationNumber,
        length: impl FnOnce(&Statement) -> Option<(u32, u64)>,
    ) -> Option<Mirrored> {
        let mut bytes = Vec::new();
        let file = files::open(&self.state(member)).ok()?;
        file.take(STATE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
        let statement = ciborium::from_reader::<State, _>(bytes.as_slice()).ok()?.statement()?;
        let (epoch, length) = length(&statement)?;
        let presence = self.presence(member, epoch, length)?;
        Some(Mirrored { statement, presence })
    }

    /// The first `length` bytes of a presence file.
    pub fn presence(
        &self,
        member: OrganisationNumber,
        epoch: u32,
        length: u64,
    ) -> Option<Presence> {
        let mut presence = Presence::default();
        let mut rest = length;
        let mut file = match rest {
            0 => return Some(presence),
            _ => files::open(&self.tags(member, epoch)).ok()?,
        };
        let mut part = vec![0; PART_BYTES];
        while rest > 0 {
            let wanted = usize::try_from(rest).unwrap_or(usize::MAX).min(PART_BYTES);
            let part = part.get_mut(..wanted)?;
            file.read_exact(part).ok()?;
            presence.extend(part).ok()?;
            rest = rest.checked_sub(u64::try_from(wanted).ok()?)?;
        }
        Some(presence)
    }

    /// The bytes of a presence file up to `length`, for whoever has to be shown them.
    pub fn presence_bytes(
        &self,
        member: OrganisationNumber,
        epoch: u32,
        length: u64,
    ) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        if length > 0 {
            let file = files::open(&self.tags(member, epoch)).ok()?;
            file.take(length).read_to_end(&mut bytes).ok()?;
        }
        (u64::try_from(bytes.len()) == Ok(length)).then_some(bytes)
    }

    /// Keeps how the index of a member stands now, and what has come to its presence file behind the first `from` bytes. The file is
    /// on the disk before the statement that speaks of it; those of earlier epochs go.
    ///
    /// # Errors
    /// When the disk says no; what was kept before may be lost then.
    pub fn write(
        &self,
        member: OrganisationNumber,
        statement: &Statement,
        (epoch, from, more): (u32, u64, &[u8]),
    ) -> Result<(), FileError> {
        if !more.is_empty() {
            let path = self.tags(member, epoch);
            let mut file = if path.exists() { files::reopen(&path) } else { files::create(&path) }?;
            let written = file.set_len(from).and_then(|()| file.seek(SeekFrom::Start(from)));
            let written = written.and_then(|_| file.write_all(more));
            written.map_err(FileError::on("write", &path))?;
            files::sync(&file, &path)?;
        }
        let path = self.state(member);
        let fresh = path.with_extension("new");
        files::remove(&fresh)?;
        let mut bytes = Vec::new();
        let encoded = ciborium::into_writer(&State::of(statement), &mut bytes);
        encoded.map_err(std::io::Error::other).map_err(FileError::on("write", &fresh))?;
        let mut file = files::create(&fresh)?;
        file.write_all(&bytes).map_err(FileError::on("write", &fresh))?;
        files::sync(&file, &fresh)?;
        fs::rename(&fresh, &path).map_err(FileError::on("rename", &fresh))?;
        files::sync_folder(&self.0)?;
        self.remove_others(member, Some(epoch))
    }

    /// Forgets what was kept of a member.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn forget(&self, member: OrganisationNumber) -> Result<(), FileError> {
        files::remove(&self.state(member))?;
        self.remove_others(member, None)
    }

    fn state(&self, member: OrganisationNumber) -> PathBuf {
        self.0.join(format!("{member}.state"))
    }

    fn tags(&self, member: OrganisationNumber, epoch: u32) -> PathBuf {
        self.0.join(format!("{member}-{epoch}.presence"))
    }

    /// Removes the presence files of a member but that of the epoch `kept`.
    fn remove_others(
        &self,
        member: OrganisationNumber,
        kept: Option<u32>,
    ) -> Result<(), FileError> {
        let (prefix, kept) = (format!("{member}-"), kept.map(|epoch| self.tags(member, epoch)));
        let entries = fs::read_dir(&self.0).map_err(FileError::on("list", &self.0))?;
        for entry in entries {
            let path = entry.map_err(FileError::on("list", &self.0))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with(&prefix) && Some(&path) != kept.as_ref() {
                files::remove(&path)?;
            }
        }
        Ok(())
    }
}
