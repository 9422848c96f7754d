//! A disk with a volatile cache: what was written is read back at once, but only what was flushed survives a power cut.
//!
//! Of the writes since the last flush each block is kept or lost by chance, in whatever order: that is all that a real disk
//! promises. So a program that forgets a flush, or a file system that is told to leave its barriers out, loses here what it
//! would lose there; the copy of an image that holds every write that the kernel has sent would not show it.

mod requests;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::dice::Dice;

/// What a disk writes whole or not at all; ext4 takes its own blocks for that.
const BLOCK_BYTES: usize = 4096;

/// The bytes of a disk, on the platters and in the cache.
#[derive(Debug)]
pub struct Platters {
    /// What is read.
    seen: Vec<u8>,
    /// What survives.
    kept: Vec<u8>,
    /// What was written since the last flush, in order.
    cache: Vec<(usize, Vec<u8>)>,
    /// Flushes that were carried out.
    flushes: u64,
    manners: Manners,
    /// The power cut that is to come.
    due: Option<Due>,
    /// What the power cut has left.
    left: Option<Vec<u8>>,
}

/// Whether a disk does what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manners {
    /// What was flushed is kept.
    Honest,
    /// A flush is answered, and nothing is done: the control that must find losses.
    Lying,
}

/// When the power is cut, and with what luck.
#[derive(Debug)]
struct Due {
    /// Writes and flushes until then.
    requests: u64,
    /// How many of a hundred blocks in the cache are kept.
    luck: u64,
    dice: Dice,
}

/// A disk in use: a file that a loop device can stand on.
#[derive(Debug)]
pub struct Disk {
    platters: Arc<Mutex<Platters>>,
    file: PathBuf,
    serving: Option<JoinHandle<()>>,
}

impl Platters {
    /// A disk that holds these bytes.
    pub fn new(bytes: Vec<u8>, manners: Manners) -> Self {
        let kept = bytes.clone();
        Self { seen: bytes, kept, cache: Vec::new(), flushes: 0, manners, due: None, left: None }
    }

    /// The bytes at `offset`, as far as there are any.
    pub fn read(&self, offset: usize, count: usize) -> &[u8] {
        let end = offset.saturating_add(count).min(self.seen.len());
        self.seen.get(offset..end).unwrap_or_default()
    }

    /// Takes bytes into the cache; nothing of them when they go over the end.
    pub fn write(&mut self, offset: usize, bytes: &[u8]) -> bool {
        let Some(place) = self.seen.get_mut(offset..offset.saturating_add(bytes.len())) else {
            return false;
        };
        place.copy_from_slice(bytes);
        self.cache.push((offset, bytes.to_owned()));
        self.pass();
        true
    }

    /// Brings the cache to the platters, if the disk is honest.
    pub fn flush(&mut self) {
        // The power may go before a flush has done anything, but not once it is answered.
        self.pass();
        if self.manners == Manners::Honest {
            for (offset, bytes) in self.cache.drain(..) {
                self.kept[offset..offset + bytes.len()].copy_from_slice(&bytes);
            }
        }
        self.flushes += 1;
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.seen.len()
    }

    /// Counts a request, and cuts the power when it is the one.
    fn pass(&mut self) {
        if let Some(due) = &mut self.due {
            due.requests = due.requests.saturating_sub(1);
            if due.requests == 0 {
                self.fall();
            }
        }
    }

    /// Lets the power go that is due. The world goes on, but what it does from now on is no longer true.
    fn fall(&mut self) {
        if let Some(Due { luck, dice, .. }) = self.due.take() {
            self.left = Some(self.cut(luck, dice));
        }
    }

    /// What a power cut at this moment would leave, when `luck` of a hundred blocks in the cache are kept.
    pub fn cut(&self, luck: u64, mut dice: Dice) -> Vec<u8> {
        let mut left = self.kept.clone();
        for (offset, bytes) in &self.cache {
            for (block, at) in bytes.chunks(BLOCK_BYTES).zip((*offset..).step_by(BLOCK_BYTES)) {
                if dice.in_hundred(luck) {
                    left[at..at + block.len()].copy_from_slice(block);
                }
            }
        }
        left
    }
}

impl Disk {
    /// Puts a disk with these bytes into use, as a file in `folder`.
    pub fn new(folder: &Path, bytes: Vec<u8>, manners: Manners) -> Self {
        let file = folder.join("disk");
        File::create(&file).unwrap();
        let channel = OpenOptions::new().read(true).write(true).open("/dev/fuse").unwrap();
        let mounted = Command::new("mount")
            .args(["-i", "-t", "fuse", "-o", "fd=0,rootmode=100600,user_id=0,group_id=0", "disk"])
            .arg(&file)
            .stdin(channel.try_clone().unwrap())
            .output()
            .unwrap();
        assert!(mounted.status.success(), "the disk: {}", String::from_utf8_lossy(&mounted.stderr));
        let platters = Arc::new(Mutex::new(Platters::new(bytes, manners)));
        let served = Arc::clone(&platters);
        let serving = thread::spawn(move || requests::serve(channel, &served));
        Self { platters, file, serving: Some(serving) }
    }

    /// The file that a loop device can stand on.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// How many flushes were carried out.
    pub fn flushes(&self) -> u64 {
        self.platters().flushes
    }

    /// Lets the power go with the write or flush that is so many away. Of the blocks that are in the cache then, `luck` of a
    /// hundred are kept.
    pub fn cut_in(&self, requests: u64, luck: u64, dice: Dice) {
        self.platters().due = Some(Due { requests, luck, dice });
    }

    /// Lets the power go at once, if it is not gone.
    pub fn cut(&self) {
        self.platters().fall();
    }

    /// Whether the power is gone: what was heard before this said no was heard before the cut.
    pub fn is_cut(&self) -> bool {
        self.platters().left.is_some()
    }

    /// Takes the disk out of use, and gives what survives: what the power cut has left, or all when there was none.
    pub fn out(mut self) -> Vec<u8> {
        let mut platters = self.platters();
        let left = platters.left.take();
        let left = left.unwrap_or_else(|| std::mem::take(&mut platters.seen));
        drop(platters);
        self.unmount();
        left
    }

    fn unmount(&mut self) {
        let Some(serving) = self.serving.take() else { return };
        let unmounted = Command::new("umount").arg(&self.file).status().unwrap();
        assert!(unmounted.success(), "the disk is still in use");
        serving.join().unwrap();
    }

    fn platters(&self) -> MutexGuard<'_, Platters> {
        self.platters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.unmount();
        }
    }
}
