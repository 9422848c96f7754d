//! Two organisations that work together, and what an outsider knows of what their nodes have acknowledged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use budstikke::home::Home;
use budstikke::place::Place;
use serde_json::Value;

use super::disk::Disk;
use super::ledger::Ledger;
use super::paper::Paper;
use crate::cluster::{Cluster, ORGANISATIONS};
use crate::program::Program;
use crate::site::Site;

/// What a command says whose node has gone before or while it ran. The last is what `roster import` says, which needs no node: it
/// has found the socket closed, and the lock of the home not yet let go.
const GONE: [&str; 3] =
    ["no node is running on ", "the node ended the command", "another budstikke is running on "];

/// How long between two looks at a command that runs.
const PAUSE: Duration = Duration::from_millis(2);

/// Two organisations at work, and a third that is a member and never runs.
#[derive(Debug)]
pub struct World {
    /// The federation.
    pub cluster: Cluster,
    /// The version of the newest roster that the stewards have made.
    newest: u64,
    known: Mutex<Known>,
}

/// What is known from outside.
#[derive(Debug, Default)]
pub struct Known {
    /// The documents that nobody works with at the moment.
    pub papers: Vec<Paper>,
    /// The number of the next document.
    next: u64,
    /// How often each site has acknowledged a look at a document, by site, action and document.
    pub looks: BTreeMap<(usize, &'static str, String), u64>,
    /// The version of the roster that each site has acknowledged.
    pub rosters: [u64; 2],
    /// What was seen of the log of each site.
    pub ledgers: [Ledger; 2],
    /// The referrals that were acknowledged, by title.
    pub referred: BTreeMap<String, Referred>,
    /// What was counted, for the summary.
    pub counts: BTreeMap<String, u64>,
    /// What is wrong: something is lost, half visible, or does not work.
    pub faults: Vec<String>,
    /// Commands that were answered although the disk had not been flushed since they were given.
    pub unflushed: Vec<String>,
}

/// A referral that was acknowledged.
#[derive(Debug, Clone, Copy)]
pub struct Referred {
    /// By which site.
    pub at: usize,
    /// Whether the other site had stored it by then.
    pub is_stored: bool,
}

/// One stretch of work, from a start to a crash.
#[derive(Debug, Default)]
pub struct Life<'a> {
    /// The disk whose power will go; an answer after that is none.
    pub disk: Option<&'a Disk>,
    /// Whether the work is to end.
    over: AtomicBool,
    /// How many deeds were acknowledged.
    done: AtomicU64,
}

/// What came of a command.
#[derive(Debug)]
pub enum Outcome {
    /// It was acknowledged, while that still counted.
    Acknowledged(Vec<u8>),
    /// It may have happened or not.
    Unknown,
}

impl World {
    /// Two organisations, not started.
    pub fn new(program: Program) -> Self {
        let cluster = Cluster::made(program, 3);
        cluster.join_all();
        let known = Known { rosters: [1, 1], ..Known::default() };
        Self { cluster, newest: 1, known: Mutex::new(known) }
    }

    /// Moves both homes to another folder.
    pub fn move_homes(&mut self, folder: &Path) {
        for site in &mut self.cluster.sites[..2] {
            let to = folder.join(site.home.file_name().unwrap());
            let moved = Command::new("mv").arg(&site.home).arg(&to).status().unwrap();
            assert!(moved.success(), "the home cannot be moved to {}", to.display());
            site.home = to;
            // To another disk is a copy; that nobody has put back what is older is known here.
            Place::of(&Home::at(&site.home)).note().unwrap();
        }
    }

    /// A site.
    pub fn site(&self, at: usize) -> &Site {
        &self.cluster.sites[at]
    }

    /// The organisation of the other site.
    pub fn peer(&self, at: usize) -> &'static str {
        ORGANISATIONS[1 - at]
    }

    /// Makes a newer roster for whoever imports it: the third member is kept out, or let in again.
    pub fn next_roster(&mut self) {
        let request = self.cluster.sites[2].home.join("request.json");
        self.newest += 1;
        if self.newest.is_multiple_of(2) {
            self.cluster.change_roster(&["suspend", ORGANISATIONS[2]]);
        } else {
            self.cluster.change_roster(&["add", request.to_str().unwrap()]);
        }
    }

    /// Starts a site's node; false when it was killed before it was ready. That it does not start is a fault.
    pub fn start(&mut self, at: usize, command: Command) -> bool {
        let site = &mut self.cluster.sites[at];
        let before = site.log().len();
        let started = site.start_as(command);
        let mut known = self.known();
        // Whatever it was at before has ended.
        let theirs = known.papers.iter_mut().filter(|paper| paper.custodian != at);
        theirs.for_each(|paper| paper.is_fetching = false);
        match started {
            Ok(()) => true,
            Err(log) => {
                let said = &log[before..];
                if said.contains("error: ") {
                    known.faults.push(format!("{} does not start: {said}", ORGANISATIONS[at]));
                }
                false
            }
        }
    }

    /// Starts a site's node, which nobody kills.
    pub fn start_plain(&mut self, at: usize) {
        let command = self.site(at).run_command();
        if !self.start(at, command) {
            self.fault(format!("{} has ended at its start", ORGANISATIONS[at]));
        }
    }

    /// What is known.
    pub fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a command to a site; what its node refuses although it lives is a fault.
    pub fn give(&self, life: &Life<'_>, at: usize, args: &[&str]) -> Outcome {
        let ended = self.site(at).run(args);
        if !ended.is_success {
            if GONE.iter().any(|gone| ended.stderr.contains(gone)) {
                life.end();
            } else {
                self.fault(format!("{} refused {args:?}: {}", ORGANISATIONS[at], ended.stderr));
            }
            return Outcome::Unknown;
        }
        life.answered(ended.stdout)
    }

    /// Gives a command that is answered only once something is on the disk.
    pub fn commit(&self, life: &Life<'_>, at: usize, args: &[&str]) -> Outcome {
        let before = life.flushes();
        let outcome = self.give(life, at, args);
        self.check_flush(life, before, args, &outcome);
        outcome
    }

    /// Fetches a document from the other site into `file`.
    pub fn fetch(&self, life: &Life<'_>, at: usize, args: &[&str], file: &Path) -> Outcome {
        let before = life.flushes();
        // One that was killed at its very end has left it.
        drop(fs::remove_file(file));
        let args = [args, &["--output", file.to_str().unwrap(), "--json"]].concat();
        let mut command = self.site(at).command(&args);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        while child.try_wait().unwrap().is_none() {
            if life.is_over() {
                // A node whose peer is gone tries for a while, and it may go on when nobody waits for it.
                child.kill().unwrap();
            }
            thread::park_timeout(PAUSE);
        }
        let ended = child.wait_with_output().unwrap();
        if !ended.status.success() {
            self.not_fetched(life, at, &args, &String::from_utf8_lossy(&ended.stderr));
            return Outcome::Unknown;
        }
        let outcome = life.answered(fs::read(file).unwrap());
        fs::remove_file(file).unwrap();
        self.check_flush(life, before, &args, &outcome);
        outcome
    }

    /// A fetch may fail when one of the two nodes has gone, and only then.
    fn not_fetched(&self, life: &Life<'_>, at: usize, args: &[&str], said: &str) {
        let lives = |at: usize| self.site(at).run(&["status"]).is_success;
        if !life.is_over() && lives(at) && lives(1 - at) {
            self.fault(format!("{} did not do {args:?}: {said}", ORGANISATIONS[at]));
        }
        life.end();
    }

    fn check_flush(&self, life: &Life<'_>, before: u64, args: &[&str], outcome: &Outcome) {
        if life.disk.is_some() && outcome.is_acknowledged() && life.flushes() == before {
            self.known().unflushed.push(format!("{args:?} was answered without a flush"));
        }
    }

    /// Whether anything is lost, half visible, or does not work.
    pub fn has_faults(&self) -> bool {
        !self.known().faults.is_empty()
    }

    /// Notes what is wrong.
    pub fn fault(&self, fault: String) {
        self.known().faults.push(fault);
    }

    /// Counts something for the summary.
    pub fn count(&self, what: &str) {
        *self.known().counts.entry(what.to_owned()).or_default() += 1;
    }

    /// Notes a look that was acknowledged.
    pub fn looked(&self, at: usize, action: &'static str, document: &str) {
        *self.known().looks.entry((at, action, document.to_owned())).or_default() += 1;
    }

    /// Notes the head of a site's log, and gives its size.
    pub fn saw_head(&self, at: usize, shown: &Value) -> Option<u64> {
        let seen = self.known().ledgers[at].saw(shown);
        seen.unwrap_or_else(|fault| {
            self.fault(format!("{} {fault}", ORGANISATIONS[at]));
            None
        })
    }

    /// A new document of a site, and the file with its bytes.
    pub fn write(&self, at: usize, size: usize) -> (Paper, PathBuf) {
        let number = {
            let mut known = self.known();
            known.next += 1;
            known.next
        };
        let paper = Paper::new(number, size, at);
        let path = self.cluster.path(&format!("paper-{number}.txt"));
        fs::write(&path, paper.bytes()).unwrap();
        (paper, path)
    }

    /// The JSON that a command has printed.
    pub fn value(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).unwrap()
    }
}

impl Known {
    /// Takes one of the documents that are suited, so that nobody else works with it.
    pub fn take(&mut self, chance: u64, is_suited: impl Fn(&Paper) -> bool) -> Option<Paper> {
        let suited: Vec<usize> =
            (0..self.papers.len()).filter(|at| is_suited(&self.papers[*at])).collect();
        let at = chance.checked_rem(u64::try_from(suited.len()).unwrap())?;
        Some(self.papers.swap_remove(suited[usize::try_from(at).unwrap()]))
    }
}

impl Outcome {
    /// Whether it was acknowledged, while that still counted.
    pub fn is_acknowledged(&self) -> bool {
        matches!(self, Self::Acknowledged(_))
    }
}

impl<'a> Life<'a> {
    /// A life that ends with the power of a disk.
    pub fn on(disk: &'a Disk) -> Self {
        Self { disk: Some(disk), ..Self::default() }
    }

    /// An answer that came. It was heard before this asks whether the power is gone, so that what counts is true.
    fn answered(&self, stdout: Vec<u8>) -> Outcome {
        if self.disk.is_some_and(Disk::is_cut) {
            self.end();
            return Outcome::Unknown;
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        Outcome::Acknowledged(stdout)
    }

    fn flushes(&self) -> u64 {
        self.disk.map_or(0, Disk::flushes)
    }

    /// Ends the work.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Whether the work is to end.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// How many deeds were acknowledged.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}
