//! The work that is interrupted: each worker gives one command after another, and notes what it was told.

use std::fs;

use super::dice::Dice;
use super::paper::{Paper, Reach, State};
use super::world::{Life, Outcome, Referred, World};
use crate::cluster::PATIENTS;

/// The bytes of documents that ride in the journal, and of those that are files; some of these have several subtrees.
const SMALL: (u64, u64) = (1, 60_000);
const LARGE: (u64, u64) = (70_000, 3_000_000);

const REACHES: [Reach; 3] = [Reach::Nobody, Reach::Peer, Reach::Federation];

/// What a worker does, and how many times of a hundred.
const DEEDS: [(Deed, u64); 11] = [
    (Deed::PublishSmall, 28),
    (Deed::Refer, 5),
    (Deed::LookAtTheLog, 3),
    (Deed::PublishLarge, 12),
    (Deed::Share, 12),
    (Deed::Withdraw, 5),
    (Deed::Read, 10),
    (Deed::Fetch, 13),
    (Deed::Erase, 5),
    (Deed::EraseCopy, 3),
    (Deed::ImportRoster, 4),
];

#[derive(Debug, Clone, Copy)]
enum Deed {
    PublishSmall,
    Refer,
    LookAtTheLog,
    PublishLarge,
    Share,
    Withdraw,
    Read,
    Fetch,
    Erase,
    EraseCopy,
    ImportRoster,
}

/// One who works at a site until the life is over.
#[derive(Debug)]
pub struct Worker<'a> {
    world: &'a World,
    life: &'a Life<'a>,
    at: usize,
    dice: Dice,
}

impl<'a> Worker<'a> {
    /// A worker at a site.
    pub fn new(world: &'a World, life: &'a Life<'a>, at: usize, dice: Dice) -> Self {
        Self { world, life, at, dice }
    }

    /// Works until the life is over.
    pub fn work(mut self) {
        while !self.life.is_over() {
            let mut chance = self.dice.below(100);
            for (deed, times) in DEEDS {
                if chance < times {
                    self.carry_out(deed);
                    break;
                }
                chance -= times;
            }
        }
    }

    fn carry_out(&mut self, deed: Deed) {
        match deed {
            Deed::PublishSmall => self.publish(SMALL),
            Deed::Refer => self.refer(),
            Deed::LookAtTheLog => self.look_at_the_log(),
            Deed::PublishLarge => self.publish(LARGE),
            Deed::Share => self.share(),
            Deed::Withdraw => self.withdraw(),
            Deed::Read => self.read(),
            Deed::Fetch => self.fetch(),
            Deed::Erase => self.erase(),
            Deed::EraseCopy => self.erase_copy(),
            Deed::ImportRoster => self.import(),
        }
    }

    fn publish(&mut self, (least, most): (u64, u64)) {
        let size = usize::try_from(least + self.dice.below(most - least)).unwrap();
        let reach = *self.dice.pick(&REACHES);
        let (mut paper, file) = self.world.write(self.at, size);
        let title = paper.number.to_string();
        let patient = *self.dice.pick(&PATIENTS);
        let mut args = vec!["document", "publish", file.to_str().unwrap(), "--title", &title];
        args.extend(["--patient", patient, "--type", "A03-2", "--json"]);
        args.extend(reach.args(self.world.peer(self.at)));
        let outcome = self.world.commit(self.life, self.at, &args);
        fs::remove_file(&file).unwrap();
        let published = State::Here { reach, is_withdrawn: false };
        paper.now(published, outcome.is_acknowledged());
        if let Outcome::Acknowledged(value) = outcome {
            let id = World::value(&value)["document"].as_str().unwrap().to_owned();
            self.acknowledged("publish", &id);
            paper.id = Some(id);
        }
        self.put_back(paper);
    }

    /// Refers a patient to the other site, which may have stored it by the time this is acknowledged.
    fn refer(&mut self) {
        let title = format!("{:016x}", self.dice.number());
        let patient = *self.dice.pick(&PATIENTS);
        let mut args = vec!["referral", "send", "--to", self.world.peer(self.at)];
        args.extend(["--patient", patient, "--priority", "N", "--title", &title, "--json"]);
        if let Outcome::Acknowledged(value) = self.world.commit(self.life, self.at, &args) {
            let is_stored = World::value(&value)["stored"] == true;
            self.world.known().referred.insert(title, Referred { at: self.at, is_stored });
            self.world.count("acknowledged: refer");
        }
    }

    fn share(&mut self) {
        let Some((mut paper, id)) = self.take_own() else { return };
        let reach = *self.dice.pick(&REACHES);
        let args =
            [["document", "share", &id].as_slice(), &reach.args(self.world.peer(self.at))].concat();
        let is_certain = self.is_acknowledged("share", &id, &args);
        paper.now(State::Here { reach, is_withdrawn: false }, is_certain);
        self.put_back(paper);
    }

    fn withdraw(&mut self) {
        let Some((mut paper, id)) = self.take_own() else { return };
        let is_certain = self.is_acknowledged("withdraw", &id, &["document", "withdraw", &id]);
        if let Some(reach) = paper.stands() {
            paper.now(State::Here { reach, is_withdrawn: true }, is_certain);
        }
        self.put_back(paper);
    }

    fn read(&mut self) {
        let Some((paper, id)) = self.take_own() else { return };
        let outcome = self.world.commit(self.life, self.at, &["document", "get", &id]);
        self.compare(&paper, &id, outcome);
        self.put_back(paper);
    }

    /// Fetches what the other site has shared with this one.
    fn fetch(&mut self) {
        let is_suited = |at: usize, paper: &Paper| {
            let is_shared = paper.stands().is_some_and(|reach| reach != Reach::Nobody);
            paper.custodian != at && is_shared && !paper.is_fetching && !paper.copy.contains(&true)
        };
        let Some((mut paper, id)) = self.take(is_suited) else { return };
        let args = ["document", "get", &id, "--from", self.world.peer(self.at)];
        let file = self.world.cluster.path(&format!("fetched-{}", paper.number));
        let outcome = self.world.fetch(self.life, self.at, &args, &file);
        paper.is_fetching = !outcome.is_acknowledged();
        if self.compare(&paper, &id, outcome) {
            for action in ["ask", "keep"] {
                self.world.looked(self.at, action, &id);
            }
            self.world.looked(1 - self.at, "read", &id);
            self.world.count("acknowledged: fetch");
            paper.copy_now(true, true);
        } else {
            paper.copy_now(true, false);
        }
        self.put_back(paper);
    }

    fn erase(&mut self) {
        let Some((mut paper, id)) = self.take_own() else { return };
        let args = ["document", "erase", &id, "--yes"];
        let is_certain = self.is_acknowledged("erase", &id, &args);
        paper.now(State::Gone, is_certain);
        self.put_back(paper);
    }

    fn erase_copy(&mut self) {
        let is_suited = |at: usize, paper: &Paper| paper.custodian != at && paper.is_copied();
        let Some((mut paper, id)) = self.take(is_suited) else { return };
        let args = ["document", "erase", &id, "--yes", "--from", self.world.peer(self.at)];
        let is_certain = self.is_acknowledged("erase", &id, &args);
        paper.copy_now(false, is_certain);
        self.put_back(paper);
    }

    /// Whatever head is shown was signed, and nothing may contradict it from then on.
    fn look_at_the_log(&mut self) {
        let args = ["index", "status", "--json"];
        if let Outcome::Acknowledged(value) = self.world.give(self.life, self.at, &args) {
            self.world.saw_head(self.at, &World::value(&value));
            self.world.count("acknowledged: heads of the log");
        }
    }

    fn import(&mut self) {
        let roster = self.world.cluster.roster();
        let args = ["roster", "import", roster.to_str().unwrap(), "--json"];
        if let Outcome::Acknowledged(value) = self.world.give(self.life, self.at, &args) {
            let version = World::value(&value)["roster"].as_u64().unwrap();
            self.world.count("acknowledged: roster import");
            let known = &mut self.world.known().rosters[self.at];
            *known = version.max(*known);
        }
    }

    /// Whether what was read is the document, when anything was.
    fn compare(&self, paper: &Paper, id: &str, outcome: Outcome) -> bool {
        let Outcome::Acknowledged(bytes) = outcome else { return false };
        if bytes != paper.bytes() {
            self.world.fault(format!("{id} is not what was published"));
        }
        self.acknowledged("read", id);
        true
    }

    /// Gives a command whose answer says all, and tells whether it came.
    fn is_acknowledged(&self, action: &'static str, id: &str, args: &[&str]) -> bool {
        let outcome = self.world.commit(self.life, self.at, args);
        let is_acknowledged = outcome.is_acknowledged();
        if is_acknowledged {
            self.acknowledged(action, id);
        }
        is_acknowledged
    }

    fn acknowledged(&self, action: &'static str, id: &str) {
        self.world.looked(self.at, action, id);
        self.world.count(&format!("acknowledged: {action}"));
    }

    /// A document of this site that is published for certain.
    fn take_own(&mut self) -> Option<(Paper, String)> {
        self.take(|at, paper| paper.custodian == at && paper.stands().is_some())
    }

    fn take(&mut self, is_suited: impl Fn(usize, &Paper) -> bool) -> Option<(Paper, String)> {
        let (at, chance) = (self.at, self.dice.number());
        let mut known = self.world.known();
        let paper = known.take(chance, |paper| paper.id.is_some() && is_suited(at, paper))?;
        let id = paper.id.clone()?;
        Some((paper, id))
    }

    fn put_back(&self, paper: Paper) {
        self.world.known().papers.push(paper);
    }
}
