//! A node that is led step by step: after each system call with which it changes a file of its home every thread of it stands still,
//! and whoever leads says whether it goes on or is killed there.
//!
//! It is done from outside by `strace`, which raises a stop with each such call: the call is carried out, and no thread begins another
//! before the process was told to go on. Two calls that are under way at the same time are one step.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::site::Site;
use crate::until::{PATIENCE, until};

/// What changes files, or brings them to the disk.
const CALLS: &str = "write,pwrite64,writev,pwritev,fdatasync,fsync,sync_file_range,msync,rename,renameat,renameat2,ftruncate,fallocate,unlink,unlinkat,mkdir,mkdirat";

/// How long between two looks at what `strace` has seen.
const PAUSE: Duration = Duration::from_micros(200);

/// How much of a path is shown.
const SHOWN: &str = "200";

/// A node that is led.
#[derive(Debug)]
pub struct Steps {
    process: u32,
    home: String,
    strace: Child,
    seen: File,
    /// What was read of a line that is not whole.
    rest: String,
    /// The steps so far, each as the call and the path in the home.
    taken: Vec<String>,
    /// How many threads have come to a stop since they were told to go on.
    stopped: usize,
}

/// How a walk has ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Walk {
    /// The node was killed behind so many steps.
    Killed,
    /// Everything was done before.
    Whole,
}

impl Steps {
    /// Leads the node of a site, which runs, from now on. `seen` is a new file, for what `strace` sees.
    pub fn of(site: &Site, seen: &Path) -> Self {
        let process = site.process();
        let strace = Command::new("strace")
            .args(["-f", "-qq", "-y", "-s", SHOWN, "-p", &process.to_string(), "-o"])
            .arg(seen)
            .args(["-e", &format!("trace={CALLS}"), "-e", &format!("inject={CALLS}:signal=STOP")])
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("strace: {error}; run tests/setup"));
        let steps = Self {
            process,
            home: site.home.to_str().unwrap().to_owned(),
            strace,
            seen: until("strace", PATIENCE, || File::open(seen).ok()),
            rest: String::new(),
            taken: Vec::new(),
            stopped: 0,
        };
        until("strace to hold every thread", PATIENCE, || {
            let held = |status: String| !status.contains("\nTracerPid:\t0\n");
            steps.threads("status").into_iter().all(held).then_some(())
        });
        steps
    }

    /// Leads the node through `count` steps and kills it there; lets it go on alone when `is_done` before.
    pub fn walk(&mut self, count: usize, mut is_done: impl FnMut() -> bool) -> Walk {
        let began = Instant::now();
        loop {
            self.read();
            if self.stopped > 0 && self.stopped >= self.threads("stat").len() {
                if self.taken.len() >= count {
                    self.signal("-KILL");
                    self.strace.wait().unwrap();
                    return Walk::Killed;
                }
                self.stopped = 0;
                self.signal("-CONT");
            } else if is_done() {
                self.let_go();
                return Walk::Whole;
            }
            assert!(began.elapsed() < PATIENCE, "after {:#?}", self.taken);
            thread::park_timeout(PAUSE);
        }
    }

    /// Makes sure that at least `count` of the steps so far were such a call on such a path of the home.
    pub fn expect(&self, begins: &str, count: usize) {
        let found = self.taken.iter().filter(|step| step.starts_with(begins)).count();
        assert!(found >= count, "{found} times {begins} in {:#?}", self.taken);
    }

    /// What the kernel says of each thread.
    fn threads(&self, file: &str) -> Vec<String> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process)).into_iter().flatten();
        let said = tasks.map(|task| fs::read_to_string(task.unwrap().path().join(file)));
        said.filter_map(Result::ok).collect()
    }

    /// Takes in what `strace` has seen since.
    fn read(&mut self) {
        self.seen.read_to_string(&mut self.rest).unwrap();
        while let Some((line, rest)) = self.rest.split_once('\n') {
            if line.contains("--- stopped by SIGSTOP ---") {
                self.stopped += 1;
            }
            // A call that another thread has interrupted in the telling stands in two lines.
            if !line.contains(" resumed>")
                && let Some((call, path)) = line.split_once(&self.home)
            {
                let call = call.split_once('(').map_or(call, |(call, _)| call);
                let call = call.rsplit(' ').next().unwrap_or_default();
                let path = path.split(['>', '"', ',']).next().unwrap_or_default();
                self.taken.push(format!("{call} {path}"));
            }
            self.rest = rest.to_owned();
        }
    }

    /// Goes away from a node that is to live.
    fn let_go(&mut self) {
        let strace = self.strace.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &strace]).status().unwrap().success());
        self.strace.wait().unwrap();
        // A stop that was raised and not yet waited for.
        until("the node to go on", PATIENCE, || {
            self.signal("-CONT");
            let goes_on = |stat: &String| !stat.contains(") T ") && !stat.contains(") t ");
            self.threads("stat").iter().all(goes_on).then_some(())
        });
    }

    fn signal(&self, signal: &str) {
        Command::new("kill").args([signal, &self.process.to_string()]).status().unwrap();
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        // It ends with the node; a test that fails must not leave it behind.
        self.strace.kill().ok();
        self.strace.wait().ok();
    }
}
