//! The machine and the build that were measured: a number means nothing without them.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

use serde::Serialize;

/// What is said of them.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    memory_gib: f64,
    kernel: String,
    /// Of the folder for temporary files, in which everything is measured.
    file_system: String,
    /// Processes that ran or waited in the last minute, the five and the fifteen before: what else was going on.
    load_before: String,
    commit: String,
    compiler: String,
    profile: &'static str,
    version: &'static str,
    began: String,
}

impl Machine {
    /// This one, now.
    pub(crate) fn here() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib: f64 = field(&memory, "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0.0);
        let (commit, changes) = (git(&["rev-parse", "HEAD"]), git(&["status", "--porcelain"]));
        Self {
            processor: field(&cpu, "model name").to_owned(),
            cores: available_parallelism().map_or(1, usize::from),
            memory_gib: kib / 1024.0 / 1024.0,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            file_system: file_system(&env::temp_dir()),
            load_before: fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned(),
            commit: if changes.is_empty() { commit } else { format!("{commit} with changes") },
            compiler: said(Command::new("rustc").arg("--version")),
            profile: if cfg!(debug_assertions) { "dev" } else { "release" },
            version: env!("CARGO_PKG_VERSION"),
            began: said(Command::new("date").args(["--utc", "+%Y-%m-%d %H:%M"])),
        }
    }

    /// In a sentence, for the page that the table goes to.
    pub(crate) fn sentence(&self) -> String {
        let Self { processor, cores, memory_gib, kernel, file_system, .. } = self;
        let Self { load_before, commit, compiler, profile, began, .. } = self;
        format!(
            "{began} UTC: {processor}, {cores} cores, {memory_gib:.0} GiB, Linux {kernel}, files on {file_system}; \
             {compiler}, profile {profile}, commit {commit}; load before {load_before}"
        )
    }
}

/// The bytes that are free where a path is.
pub(crate) fn free_bytes(path: &Path) -> u64 {
    let said = said(Command::new("df").args(["--output=avail", "-B1"]).arg(path));
    said.lines().nth(1).and_then(|bytes| bytes.trim().parse().ok()).unwrap_or(0)
}

fn file_system(path: &Path) -> String {
    let said = said(Command::new("df").args(["--output=fstype,source"]).arg(path));
    said.lines().nth(1).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" of ")
}

fn field<'a>(text: &'a str, name: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_once(':').map_or("", |(_, value)| value.trim())
}

fn git(args: &[&str]) -> String {
    said(Command::new("git").current_dir(env!("CARGO_MANIFEST_DIR")).args(args))
}

/// What a command says, or nothing: a result without its commit is still one.
fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).trim().to_owned()
}
