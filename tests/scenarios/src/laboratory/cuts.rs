//! Power cuts: both nodes work on a disk that forgets what was not flushed, lose their power, and are started on what is left.

use std::mem;
use std::thread;
use std::time::Duration;

use super::check::{Check, Depth};
use super::dice::Dice;
use super::disk::{Disk, Manners};
use super::power::Power;
use super::strace;
use super::summary::Summary;
use super::work::Worker;
use super::world::{Life, World};
use crate::program::Program;
use crate::site::Site;
use crate::until::{PATIENCE, until};

/// How many power cuts two homes live through before two new ones are made.
const CUTS_OF_A_WORLD: u64 = 30;

/// After how many writes and flushes the power goes, counted from the start of the nodes or from that of the work; or after so
/// many deeds, when a disk sees few writes.
const REQUESTS: u64 = 150;
const DEEDS_MAX: u64 = 60;

/// How many of a hundred blocks survive that nobody has flushed: none, all, or some in any order.
const LUCK: [u64; 4] = [0, 50, 90, 100];

/// How many times of a hundred one node is killed and started again before the power goes: what was written and not synced
/// is then in the kernel's memory, where the new process finds it.
const KILLED: u64 = 30;

/// At which system calls, and at most at which of them.
const CALLS: [(&str, u64); 3] = [("fdatasync", 12), ("fsync", 6), ("sendto", 20)];

/// How long between two looks at the disk.
const PAUSE: Duration = Duration::from_millis(1);

/// What is different in a control, which must find losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Nothing: this is the test.
    None,
    /// The nodes' syncs do nothing.
    NoSyncs,
    /// The disk says that it has flushed and has not.
    LyingDisk,
}

/// Cuts the power `count` times, and tells what was seen; stops at the first fault.
pub fn run(program: &Program, seed: u64, count: u64, control: Control) -> Summary {
    let mut dice = Dice::new(seed);
    let mut summary = Summary::default();
    while summary.crashes < count && summary.is_good() {
        let cuts = CUTS_OF_A_WORLD.min(count - summary.crashes);
        let mut world = World::new(program.clone());
        let manners = if control == Control::LyingDisk { Manners::Lying } else { Manners::Honest };
        let folder = world.cluster.path("");
        let made = Power::new(&folder);
        world.move_homes(&made.folder);
        let mut power = Power::of(&folder, made.out(), manners);
        let mut house = House { world, dice: dice.other(), control };
        let mut cut = 0;
        while cut < cuts && !house.world.has_faults() {
            house.live(&power.disk);
            power = Power::of(&folder, power.out(), manners);
            cut += 1;
        }
        house.end(&power.disk);
        summary.add(cut, &house.world);
        summary.tell(count);
        house.kill();
        drop(power.out());
    }
    summary
}

/// Two nodes on one disk.
struct House {
    world: World,
    dice: Dice,
    control: Control,
}

impl House {
    /// Lets both nodes work until the power goes; then they are gone too.
    fn live(&mut self, disk: &Disk) {
        if self.dice.in_hundred(20) {
            self.world.next_roster();
        }
        let luck = match self.control {
            Control::None => *self.dice.pick(&LUCK),
            // A file system under which the order of writes is lost may break; one that has lost them all is an old one.
            Control::NoSyncs | Control::LyingDisk => 0,
        };
        let (requests, chance) = (1 + self.dice.below(REQUESTS), self.dice.other());
        let due = || disk.cut_in(requests, luck, chance.clone());
        let is_early = self.dice.in_hundred(25);
        if is_early {
            due();
        }
        let mut is_killed = self.dice.in_hundred(KILLED);
        while !disk.is_cut() && !self.world.has_faults() {
            let life = Life::on(disk);
            self.start(&life, mem::take(&mut is_killed));
            if !is_early {
                due();
            }
            self.work(disk, &life);
        }
        self.kill();
        self.world.count(&format!("cuts: {luck} of 100 unflushed blocks kept"));
    }

    /// Starts the nodes that are down, one of them perhaps so that it is killed while it works, and looks at what is there.
    fn start(&mut self, life: &Life<'_>, is_killed: bool) {
        let down: Vec<usize> =
            (0..2).filter(|at| !self.world.cluster.sites[*at].is_started()).collect();
        for at in &down {
            let site = &mut self.world.cluster.sites[*at];
            let command = site.run_command();
            let command = match self.control {
                Control::NoSyncs => strace::without_syncs(&command),
                Control::None if is_killed && *at == 0 => {
                    let (name, most) = *self.dice.pick(&CALLS);
                    strace::killed_at(&command, name, 1 + self.dice.below(most))
                }
                Control::None | Control::LyingDisk => command,
            };
            self.world.start(*at, command);
        }
        for at in down {
            if self.world.cluster.sites[at].is_started() {
                Check::new(&self.world, life, at).run(Depth::Touched, &mut self.dice);
            }
        }
    }

    /// Works until the power or one of the nodes goes.
    fn work(&mut self, disk: &Disk, life: &Life<'_>) {
        let workers = [0, 0, 1, 1].map(|at| (at, self.dice.other()));
        let deeds = life.done() + DEEDS_MAX;
        thread::scope(|scope| {
            for (at, dice) in workers {
                let worker = Worker::new(&self.world, life, at, dice);
                scope.spawn(move || worker.work());
            }
            while !disk.is_cut() && life.done() < deeds && !life.is_over() {
                thread::park_timeout(PAUSE);
            }
            if !life.is_over() {
                disk.cut();
            }
            life.end();
        });
        if !disk.is_cut() && !self.world.has_faults() {
            self.bury();
        }
    }

    /// Waits for the end of the node that has gone.
    fn bury(&mut self) {
        let sites = &mut self.world.cluster.sites[..2];
        if sites.iter().all(Site::is_started) {
            until("the end of a node", PATIENCE, || {
                sites.iter_mut().any(Site::has_ended).then_some(())
            });
        }
        for site in sites.iter_mut() {
            if site.is_started() && site.has_ended() {
                site.kill();
            }
        }
        self.world.count("kills: before the cut");
    }

    fn kill(&mut self) {
        let sites = self.world.cluster.sites[..2].iter_mut();
        sites.filter(|site| site.is_started()).for_each(Site::kill);
    }

    /// Looks at everything once more, after both nodes have ended in order and were started again.
    fn end(&mut self, disk: &Disk) {
        let life = Life::on(disk);
        self.start(&life, false);
        if self.world.has_faults() {
            return;
        }
        for at in 0..2 {
            self.world.cluster.sites[at].stop();
        }
        self.start(&life, false);
        for at in 0..2 {
            Check::new(&self.world, &life, at).run(Depth::Everything, &mut self.dice);
        }
    }
}
