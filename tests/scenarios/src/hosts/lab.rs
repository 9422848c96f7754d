//! What a scenario makes on the machine outside its folder: under a name of its own, and gone when the scenario ends.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use budstikke::clock::now;

/// Owns what was made on the machine.
///
/// What is to be removed is told to a shell in a session of its own, by a pipe that ends with this process: so nothing is left
/// when a test is killed either.
#[derive(Debug)]
pub struct Lab {
    name: String,
    cleaner: Child,
}

impl Default for Lab {
    fn default() -> Self {
        static LABS: AtomicU32 = AtomicU32::new(0);
        let seconds = now().unix_seconds();
        let number = LABS.fetch_add(1, Ordering::Relaxed);
        // The last that was made is removed first.
        let cleaner = Command::new("setsid")
            .args(["sh", "-c", "tac | sh >/dev/null 2>&1"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        Self { name: format!("budstikke-{seconds:x}-{}-{number}", std::process::id()), cleaner }
    }
}

impl Lab {
    /// The name of something in it, which nothing else on the machine has.
    pub fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.name)
    }

    /// Has a command of the shell run at the end; to be said before the thing that it removes is made.
    pub fn afterwards(&mut self, command: &str) {
        writeln!(self.cleaner.stdin.as_mut().unwrap(), "{command}").unwrap();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        drop(self.cleaner.stdin.take());
        self.cleaner.wait().ok();
    }
}
