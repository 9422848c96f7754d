//! Runs the program, and takes what it prints.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Where Debian's package `faketime` has its library for programs with threads; the loader knows what `$LIB` is.
const LIBFAKETIME: &str = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/// The program under test.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    clock: Option<String>,
}

/// What a command that ended has printed.
#[derive(Debug)]
pub struct Ended {
    /// Whether it succeeded.
    pub is_success: bool,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

impl Program {
    /// The program at this path.
    pub fn at(path: &str) -> Self {
        Self { path: path.into(), clock: None }
    }

    /// The same program on a machine whose clock is off by `offset`, such as `+1h` or `-400d`.
    #[must_use]
    pub fn with_clock(&self, offset: &str) -> Self {
        Self { clock: Some(offset.to_owned()), ..self.clone() }
    }

    /// A command with these arguments, not yet started.
    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(args).stdin(Stdio::null());
        if let Some(offset) = &self.clock {
            // The command `faketime` would stand between us and the process, which must be killed by its own id. Only the
            // wall clock is off: timers run on the other one.
            command
                .env("LD_PRELOAD", LIBFAKETIME)
                .env("FAKETIME", offset)
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        command
    }

    /// Runs a command to its end.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Ended {
        self.command(args).output().unwrap().into()
    }

    /// Runs a command with `--json` that must succeed, and gives its result.
    pub fn json<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Value {
        let mut command = self.command(args);
        Ended::from(command.arg("--json").output().unwrap()).json()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("panicked"), "the program panicked:\n{stderr}");
        Self { is_success: output.status.success(), stdout: output.stdout, stderr }
    }
}

impl Ended {
    /// What it printed, when it had to succeed.
    pub fn ok(self) -> Vec<u8> {
        assert!(self.is_success, "failed: {}", self.stderr);
        self.stdout
    }

    /// The JSON that it printed, when it had to succeed.
    pub fn json(self) -> Value {
        serde_json::from_slice(&self.ok()).unwrap()
    }

    /// What it complained of, when it had to fail: an `error:` line and, last, a `hint:` line.
    pub fn failure(self) -> String {
        assert!(!self.is_success, "succeeded: {}", String::from_utf8_lossy(&self.stdout));
        let lines: Vec<&str> = self.stderr.lines().collect();
        let [.., error, hint] = lines.as_slice() else {
            panic!("it said less than two lines: {}", self.stderr)
        };
        assert!(
            error.starts_with("error: ") && hint.starts_with(" hint: "),
            "it said:\n{}",
            self.stderr
        );
        self.stderr
    }

    /// What it complained of with `--json`, when it had to fail: one object with `error` and `hint`.
    pub fn json_failure(self) -> Value {
        assert!(!self.is_success, "succeeded: {}", String::from_utf8_lossy(&self.stdout));
        let object: Value = serde_json::from_str(&self.stderr)
            .unwrap_or_else(|_| panic!("not an object: {}", self.stderr));
        assert!(object["error"].is_string() && object["hint"].is_string(), "{object}");
        object
    }
}
