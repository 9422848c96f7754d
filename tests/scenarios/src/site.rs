//! One organisation: its home, and its node while that runs.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use crate::program::{Ended, Program};
use crate::until::{PATIENCE, until};

/// How long a node may take to be ready, on a machine that is busy with other tests.
const READY_MAX: Duration = Duration::from_mins(1);

/// One organisation on this machine.
#[derive(Debug)]
pub struct Site {
    /// Its organisation number.
    pub organisation: String,
    /// Its home folder.
    pub home: PathBuf,
    /// The port that its node listens on.
    pub port: u16,
    program: Program,
    /// Beside the home as it was made, wherever that is moved to.
    log: PathBuf,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    log: JoinHandle<()>,
}

impl Site {
    /// The organisation whose home is at `home`; it is not started.
    pub fn new(program: Program, organisation: &str, home: PathBuf, port: u16) -> Self {
        let log = home.with_extension("log");
        Self { organisation: organisation.to_owned(), home, port, program, log, running: None }
    }

    /// Starts its node, and returns when it listens.
    pub fn start(&mut self) {
        let command = self.run_command();
        self.start_as(command).unwrap_or_else(|log| panic!("the node did not start:\n{log}"));
    }

    /// Runs its program from now on with the clock off by `offset`; for a node that is not started yet.
    pub fn set_clock(&mut self, offset: &str) {
        self.program = self.program.with_clock(offset);
    }

    /// The command that runs its node.
    pub fn run_command(&self) -> Command {
        self.program.command(&["run", "--home", self.home.to_str().unwrap()])
    }

    /// Starts its node with `command`, such as its own under another program, and returns when it listens; the log when it ends instead.
    pub fn start_as(&mut self, command: Command) -> Result<(), String> {
        self.start_within(command, READY_MAX)
    }

    /// The same for a node that has long work to do before it listens.
    pub fn start_within(&mut self, mut command: Command, max: Duration) -> Result<(), String> {
        assert!(self.running.is_none(), "it runs already");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let (ready, is_ready) = mpsc::channel();
        let path = self.log.clone();
        let log = thread::spawn(move || {
            let mut file = File::options().create(true).append(true).open(path).unwrap();
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                writeln!(file, "{line}").unwrap();
                if line.starts_with("listening on ") {
                    ready.send(()).ok();
                }
            }
        });
        if is_ready.recv_timeout(max).is_ok() {
            self.running = Some(Running { child, log });
            return Ok(());
        }
        child.kill().ok();
        child.wait().unwrap();
        log.join().unwrap();
        Err(self.log())
    }

    /// Stops its node in order, as a service manager does.
    pub fn stop(&mut self) {
        let Running { mut child, log } = self.running.take().expect("it does not run");
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(child.wait().unwrap().success(), "it did not end in order:\n{}", self.log());
        log.join().unwrap();
    }

    /// Kills its node, as a crash does.
    pub fn kill(&mut self) {
        let Running { mut child, log } = self.running.take().expect("it does not run");
        child.kill().unwrap();
        child.wait().unwrap();
        log.join().unwrap();
    }

    /// Keeps a copy of its home, whose node does not run, at a path where nothing is.
    pub fn keep_copy(&self, to: &Path) {
        copy(&self.home, to);
    }

    /// Puts a copy in the place of its home, whose node does not run.
    pub fn put_back(&self, from: &Path) {
        fs::remove_dir_all(&self.home).unwrap();
        copy(from, &self.home);
    }

    /// Whether its node was started, and neither stopped nor killed.
    pub fn is_started(&self) -> bool {
        self.running.is_some()
    }

    /// Whether its node, which was started, has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        let running = self.running.as_mut().expect("it was not started");
        running.child.try_wait().unwrap().is_some()
    }

    /// The id of its node's process.
    pub fn process(&self) -> u32 {
        self.running.as_ref().expect("it does not run").child.id()
    }

    /// Everything its node has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Gives a command to its node, or about its home.
    pub fn run(&self, args: &[&str]) -> Ended {
        self.program.run(&self.with_home(args))
    }

    /// Gives a command that must succeed, and takes its result.
    pub fn json(&self, args: &[&str]) -> Value {
        self.program.json(&self.with_home(args))
    }

    /// Its row in what `peer list` of this node says of `organisation`.
    pub fn peer(&self, organisation: &str) -> Value {
        let peers = self.json(&["peer", "list"]);
        peers
            .as_array()
            .unwrap()
            .iter()
            .find(|peer| peer["organisation"] == organisation)
            .cloned()
            .unwrap_or_default()
    }

    /// Waits until its node knows this version of the roster.
    pub fn wait_for_roster(&self, version: u64) {
        until(&format!("version {version} of the roster"), PATIENCE, || {
            (self.json(&["status"])["federation"]["roster"] == version).then_some(())
        });
    }

    /// Waits until its node is connected to that of `organisation`.
    pub fn wait_for_peer(&self, organisation: &str) {
        until(&format!("a connection with {organisation}"), PATIENCE, || {
            (self.peer(organisation)["connected"] == true).then_some(())
        });
    }

    /// Waits until a head of everything in its log is signed, and gives its status.
    pub fn wait_for_head(&self) -> Value {
        until("a head of all entries", PATIENCE, || {
            let status = self.json(&["index", "status"]);
            (status["waiting"] == 0 && status["size"].is_u64()).then_some(status)
        })
    }

    /// Waits until a quorum has cosigned everything that its log holds, and gives its status.
    pub fn wait_for_witnesses(&self) -> Value {
        until("a witnessed checkpoint", PATIENCE, || {
            let status = self.json(&["index", "status"]);
            let is_whole = status["waiting"] == 0 && status["size"].is_u64();
            let is_witnessed = status["witnessed"].as_str()?.starts_with("since ");
            (is_whole && is_witnessed).then_some(status)
        })
    }

    /// A command for its node, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        self.program.command(&self.with_home(args))
    }

    /// Publishes a file about a patient with further arguments, and gives the document's id.
    pub fn publish(&self, file: &Path, patient: &str, more: &[&str]) -> String {
        let mut args = vec![
            "document",
            "publish",
            file.to_str().unwrap(),
            "--patient",
            patient,
            "--type",
            "A03-2",
        ];
        args.extend(more);
        self.json(&args)["document"].as_str().unwrap().to_owned()
    }

    fn with_home<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        args.iter().copied().chain(["--home", self.home.to_str().unwrap()]).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(Running { mut child, .. }) = self.running.take() {
            child.kill().ok();
            child.wait().ok();
        }
    }
}
