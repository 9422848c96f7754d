//! A folder on a disk whose power can be cut: ext4 on a loop device on a [`Disk`].

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::disk::{Disk, Manners};

/// Enough for two homes that get old; most of it is never touched.
const DISK_BYTES: u64 = 128 * 1024 * 1024;

/// ext4 on a disk, mounted.
#[derive(Debug)]
pub struct Power {
    /// The disk.
    pub disk: Disk,
    /// Where it is mounted.
    pub folder: PathBuf,
}

impl Power {
    /// Makes an empty file system and mounts it on `<folder>/power`.
    pub fn new(folder: &Path) -> Self {
        let image = folder.join("image");
        fs::File::create(&image).unwrap().set_len(DISK_BYTES).unwrap();
        // Nothing is left for the kernel to initialise later: every write to the disk is then somebody's.
        let options = "lazy_itable_init=0,lazy_journal_init=0,nodiscard";
        run(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0", "-E", options]).arg(&image));
        let bytes = fs::read(&image).unwrap();
        fs::remove_file(&image).unwrap();
        fs::create_dir(folder.join("power")).unwrap();
        Self::of(folder, bytes, Manners::Honest)
    }

    /// Mounts the file system that a disk with these bytes holds; what its journal has is brought in by that.
    pub fn of(folder: &Path, bytes: Vec<u8>, manners: Manners) -> Self {
        let disk = Disk::new(folder, bytes, manners);
        let mounted = folder.join("power");
        // A long commit interval: what nobody syncs stays in memory for as long as the run takes.
        let options = "loop,noatime,commit=60,errors=remount-ro";
        run(Command::new("mount")
            .args(["-t", "ext4", "-o", options])
            .arg(disk.file())
            .arg(&mounted));
        Self { disk, folder: mounted }
    }

    /// Takes the world down and gives the bytes that survive. No process may use the folder any more.
    pub fn out(self) -> Vec<u8> {
        run(Command::new("umount").arg(&self.folder));
        self.disk.out()
    }
}

/// Runs a command that must succeed.
fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed: {said}", command.get_program().display());
}
