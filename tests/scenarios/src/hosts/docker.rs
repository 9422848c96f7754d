//! Docker, by its own command.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::Ended;

/// A command of Docker, not yet started.
pub fn command<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new("docker");
    command.args(args).stdin(Stdio::null());
    command
}

/// Runs a command of Docker to its end.
pub fn run<S: AsRef<OsStr>>(args: &[S]) -> Ended {
    command(args).output().unwrap().into()
}

/// What a command of Docker prints that must succeed.
pub fn text<S: AsRef<OsStr>>(args: &[S]) -> String {
    String::from_utf8(run(args).ok()).unwrap().trim_end().to_owned()
}

/// What Docker knows of a thing, by a template.
pub fn inspect(name: &str, template: &str) -> String {
    text(&["inspect", "--format", template, name])
}

/// Why scenarios on containers cannot run on this machine, if they cannot.
pub fn missing() -> Option<&'static str> {
    // The client alone would succeed without a template.
    if !succeeds("docker", &["version", "--format", "{{.Server.Version}}"]) {
        return Some("no Docker answers here (docker version)");
    }
    not_root()
}

/// Why scenarios with compose cannot run on this machine, if they cannot.
pub fn no_compose() -> Option<&'static str> {
    let is_there = has_compose() || succeeds("docker-compose", &["version"]);
    (!is_there).then_some("there is no docker compose here")
}

/// Whether `docker compose` is a command of Docker; it was a program of its own before.
pub fn has_compose() -> bool {
    succeeds("docker", &["compose", "version"])
}

fn succeeds(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Why scenarios that make networks cannot run for this user, if they cannot.
pub fn not_root() -> Option<&'static str> {
    let is_root = Path::new("/proc/self").metadata().is_ok_and(|this| {
        use std::os::unix::fs::MetadataExt;
        this.uid() == 0
    });
    (!is_root).then_some("only root can make networks")
}
