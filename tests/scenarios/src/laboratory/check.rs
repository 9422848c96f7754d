//! The oracle: asks a node that was started again for everything that it may know, and holds it against what was
//! acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::mem;

use serde_json::Value;

use super::dice::Dice;
use super::paper::{Paper, Reach, State};
use super::world::{Life, Outcome, World};
use crate::cluster::ORGANISATIONS;

/// How many documents are read that nothing has happened to, of a hundred.
const SAMPLED: u64 = 5;

/// The most accesses that a node lists at once.
const ACCESSES: &str = "10000";

/// What a node may say of what it found at its start, and what that is called in the summary.
const REPAIRS: [(&str, &str); 3] = [
    ("a write that a crash cut short was removed", "starts: a torn write removed"),
    ("unfinished document files were removed", "starts: unfinished files removed"),
    ("the index was built anew", "starts: the index built anew"),
];

/// How much is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What something has happened to, and a sample.
    Touched,
    /// Everything.
    Everything,
}

/// A look at one node.
#[derive(Debug)]
pub struct Check<'a> {
    world: &'a World,
    life: &'a Life<'a>,
    at: usize,
}

/// What a list shows of a document.
struct Row {
    id: String,
    state: State,
}

impl<'a> Check<'a> {
    /// A look at the node of a site, which runs.
    pub fn new(world: &'a World, life: &'a Life<'a>, at: usize) -> Self {
        Self { world, life, at }
    }

    /// Looks at everything; ends early when the node goes meanwhile.
    pub fn run(&self, depth: Depth, dice: &mut Dice) {
        let whole =
            self.start().and_then(|()| self.log()).and_then(|()| self.documents(depth, dice));
        let whole = whole.and_then(|()| self.referrals()).and_then(|()| self.looks());
        if whole.is_some() {
            self.world.count("checks: whole");
        }
    }

    /// What the node says of itself: what it has repaired, and its roster.
    fn start(&self) -> Option<()> {
        let status = self.ask(&["status"])?;
        for line in status["repairs"].as_array().unwrap() {
            let line = line.as_str().unwrap();
            match REPAIRS.iter().find(|(said, _)| line.contains(said)) {
                Some((_, called)) => self.world.count(called),
                None => self.fault(format_args!("says: {line}")),
            }
        }
        let version = status["federation"]["roster"].as_u64().unwrap();
        let known = mem::replace(&mut self.world.known().rosters[self.at], version);
        if version < known {
            self.fault(format_args!("has version {version} of the roster and had {known}"));
        }
        Some(())
    }

    /// The log goes on from every head that was seen before.
    fn log(&self) -> Option<()> {
        let status = self.ask(&["index", "status"])?;
        if !status["stopped"].is_null() {
            self.fault(format_args!("has stopped its log: {}", status["stopped"]));
        }
        let Some(size) = self.world.saw_head(self.at, &status) else {
            let had = self.world.known().ledgers[self.at].size();
            if had > 0 {
                self.fault(format_args!("has no head of its log and had one of {had} entries"));
            }
            return Some(());
        };
        let folder = self.world.cluster.path(&format!("log-{}", ORGANISATIONS[self.at]));
        let export = self.ask(&["index", "export", folder.to_str().unwrap()])?;
        let size = self.world.saw_head(self.at, &export).unwrap_or(size);
        let compared = self.world.known().ledgers[self.at].compare(&folder, size);
        if let Err(fault) = compared {
            self.fault(format_args!("{fault}"));
        }
        self.world.count("checks: logs compared");
        Some(())
    }

    /// The list of documents, and the bytes of many.
    fn documents(&self, depth: Depth, dice: &mut Dice) -> Option<()> {
        let list = self.ask(&["document", "list"])?;
        if list["unreadable"] != 0 {
            self.fault(format_args!("cannot read {} documents", list["unreadable"]));
        }
        let mut rows: BTreeMap<u64, Row> =
            list["documents"].as_array().unwrap().iter().map(row).collect();
        let mut to_read = Vec::new();
        let mut known = self.world.known();
        let mut faults = Vec::new();
        for paper in &mut known.papers {
            let row = rows.remove(&paper.number);
            faults.extend(compare(self.at, paper, row.as_ref()));
            let Some(row) = row else { continue };
            paper.id = Some(row.id);
            if depth == Depth::Everything || paper.is_touched || dice.in_hundred(SAMPLED) {
                to_read.push(paper.clone());
            }
        }
        for number in rows.keys() {
            faults.push(format!("lists document {number}, which nobody has published"));
        }
        drop(known);
        for fault in faults {
            self.fault(format_args!("{fault}"));
        }
        to_read.iter().try_for_each(|paper| self.read(paper))
    }

    /// What is listed can be read whole.
    fn read(&self, paper: &Paper) -> Option<()> {
        let id = paper.id.as_ref()?;
        let args = ["document", "get", id, "--from", ORGANISATIONS[paper.custodian]];
        let Outcome::Acknowledged(bytes) = self.world.commit(self.life, self.at, &args) else {
            return None;
        };
        if bytes != paper.bytes() {
            self.fault(format_args!("document {} is not what was published", paper.number));
        }
        self.world.looked(self.at, "read", id);
        self.world.count("checks: documents read");
        if paper.custodian == self.at { self.proven(paper, id) } else { Some(()) }
    }

    /// What is published here has a record in the log.
    fn proven(&self, paper: &Paper, id: &str) -> Option<()> {
        let proof = self.ask(&["index", "prove", id])?;
        if proof["records"][0]["about"] != "manifest" {
            self.fault(format_args!("has no record of document {} in its log", paper.number));
        }
        self.world.count("checks: records proven");
        Some(())
    }

    /// Every referral that was acknowledged is there, at the other site too when that had stored it, and none is there twice.
    fn referrals(&self) -> Option<()> {
        let list = self.ask(&["referral", "list"])?;
        let mut titles = BTreeSet::new();
        for referral in list["referrals"].as_array().unwrap() {
            let title = referral["title"].as_str().unwrap();
            if !titles.insert(title) {
                self.fault(format_args!("has referral {title} twice"));
            }
        }
        let known = self.world.known();
        let due = known.referred.iter().filter(|(_, it)| it.at == self.at || it.is_stored);
        let missing: Vec<_> = due
            .map(|(title, _)| title.clone())
            .filter(|it| !titles.contains(it.as_str()))
            .collect();
        drop(known);
        for title in missing {
            self.fault(format_args!("has lost referral {title}"));
        }
        self.world.count("checks: referrals compared");
        Some(())
    }

    /// Every look that was acknowledged is in the access log.
    fn looks(&self) -> Option<()> {
        let list = self.ask(&["access", "list", "--limit", ACCESSES])?;
        if list["unreadable"] != 0 {
            self.fault(format_args!("cannot read {} accesses", list["unreadable"]));
        }
        let mut found: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for access in list["accesses"].as_array().unwrap() {
            let action = access["action"].as_str().unwrap();
            for document in access["documents"].as_array().unwrap() {
                *found.entry((action, document.as_str().unwrap())).or_default() += 1;
            }
        }
        let known = self.world.known();
        let ours = known.looks.iter().filter(|((at, ..), _)| *at == self.at);
        let missing: Vec<String> = ours
            .filter(|((_, action, document), times)| {
                found.get(&(*action, document.as_str())).is_none_or(|found| found < *times)
            })
            .map(|((_, action, document), times)| {
                format!("has lost a record of {times}: {action} {document}")
            })
            .collect();
        drop(known);
        for look in missing {
            self.fault(format_args!("{look}"));
        }
        Some(())
    }

    fn ask(&self, args: &[&str]) -> Option<Value> {
        match self.world.give(self.life, self.at, &[args, &["--json"]].concat()) {
            Outcome::Acknowledged(bytes) => Some(World::value(&bytes)),
            Outcome::Unknown => None,
        }
    }

    fn fault(&self, fault: fmt::Arguments<'_>) {
        self.world.fault(format!("{} {fault}", ORGANISATIONS[self.at]));
    }
}

fn row(shown: &Value) -> (u64, Row) {
    let text = |member: &str| shown[member].as_str().unwrap().to_owned();
    let is_withdrawn = shown["withdrawn"].as_bool().unwrap();
    let state = State::Here { reach: Reach::of(&shown["sharing"]), is_withdrawn };
    (text("title").parse().unwrap(), Row { id: text("document"), state })
}

/// Holds what a site lists of a document against what may be, and notes what it turned out to be.
fn compare(at: usize, paper: &mut Paper, row: Option<&Row>) -> Option<String> {
    let number = paper.number;
    if paper.custodian == at {
        let state = row.map_or(State::Gone, |row| row.state);
        if !paper.own.contains(&state) {
            return Some(format!(
                "shows document {number} as {state:?}, which can only be {:?}",
                paper.own
            ));
        }
        paper.own = BTreeSet::from([state]);
        return None;
    }
    let is_there = row.is_some();
    if !paper.copy.contains(&is_there) {
        return Some(format!("has a copy of document {number}: {is_there}, which is not so"));
    }
    if is_there || !paper.is_fetching {
        paper.copy = BTreeSet::from([is_there]);
    }
    None
}
