//! The image under test: made by `docker/build` of the program that was just built, once for each program.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use budstikke_keys::digest::Sha256Digest;

use super::docker;
use crate::program::{Ended, Program};

/// The image that the one under test is built on.
pub const BASE: &str = "budstikke-base:bookworm";

/// The name of the image of `program`, which is made when it is not there. In the folder `kept` it is remembered, so that the
/// image of an earlier program goes.
pub fn of(program: &Program, kept: &Path) -> String {
    let digest = Sha256Digest::of(&fs::read(program.path()).unwrap()).to_string();
    let image = format!("budstikke:test-{}", &digest[..16]);
    // Held to the end: the tests are processes of their own, and one of them makes the image.
    let mut last = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(kept.join("image-under-test"))
        .unwrap();
    last.lock().unwrap();
    if docker::run(&["image", "inspect", &image]).is_success {
        return image;
    }
    let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docker/build");
    let made = Command::new(build).args(["--tag", &image]).arg(program.path()).output().unwrap();
    Ended::from(made).ok();
    let mut earlier = String::new();
    last.read_to_string(&mut earlier).unwrap();
    if !earlier.is_empty() {
        docker::run(&["image", "rm", &earlier]);
    }
    last.set_len(0).unwrap();
    last.seek(SeekFrom::Start(0)).unwrap();
    last.write_all(image.as_bytes()).unwrap();
    image
}
