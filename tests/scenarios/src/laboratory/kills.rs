//! Kills: a node that works is killed again and again, at any moment or at a chosen system call, and started again.

use std::process::Command;
use std::thread;
use std::time::Duration;

use super::check::{Check, Depth};
use super::dice::Dice;
use super::strace;
use super::summary::Summary;
use super::work::Worker;
use super::world::{Life, World};
use crate::program::Program;
use crate::until::{PATIENCE, until};

/// How many kills two homes live through before two new ones are made.
const KILLS_OF_A_WORLD: u64 = 50;

/// System calls at which a node is killed, and how many of them one of its threads makes in a life at least.
const CALLS: [(&str, u64); 10] = [
    ("fdatasync", 12),
    ("fsync", 4),
    ("pwrite64", 40),
    ("write", 30),
    ("sendto", 40),
    ("openat", 12),
    ("mkdir", 2),
    ("renameat", 1),
    ("unlink", 1),
    ("sync_file_range", 2),
];

/// How many deeds may be acknowledged before the chosen moment or call; then the node is killed all the same.
const DEEDS_BEFORE_KILL: u64 = 15;
const DEEDS_MAX: u64 = 150;

/// How long after the last of them a kill may come, and how long between two looks.
const DELAY_MICROSECONDS: u64 = 20_000;
const PAUSE: Duration = Duration::from_millis(1);

/// When a node is killed.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// A while after so many deeds were acknowledged.
    Moment { deeds: u64, delay: Duration },
    /// When a thread of it makes a system call for the nth time, before that is carried out.
    Call { name: &'static str, nth: u64 },
}

/// Kills nodes `count` times, and tells what was seen; stops at the first fault.
pub fn run(program: &Program, seed: u64, count: u64) -> Summary {
    let mut dice = Dice::new(seed);
    let mut summary = Summary::default();
    while summary.crashes < count && summary.is_good() {
        let kills = KILLS_OF_A_WORLD.min(count - summary.crashes);
        let mut house = House { world: World::new(program.clone()), dice: dice.other(), down: 0 };
        house.world.cluster.sites[1].start();
        house.kill(kills);
        house.end();
        summary.add(kills, &house.world);
        summary.tell(count);
    }
    summary
}

/// Two nodes, one of which is down.
struct House {
    world: World,
    dice: Dice,
    down: usize,
}

impl House {
    fn kill(&mut self, kills: u64) {
        let mut killed = 0;
        while killed < kills && !self.world.has_faults() {
            if self.dice.in_hundred(10) {
                self.world.next_roster();
            }
            let way = Way::throw(killed, &mut self.dice);
            if self.start(way) {
                self.live(way);
            }
            killed += 1;
        }
    }

    /// Starts the node that is down; false when it was killed before it was ready.
    fn start(&mut self, way: Way) -> bool {
        let command = self.world.site(self.down).run_command();
        let command = match way {
            Way::Moment { .. } => command,
            Way::Call { name, nth } => strace::killed_at(&command, name, nth),
        };
        if self.world.start(self.down, command) {
            return true;
        }
        match way {
            Way::Moment { .. } => {
                self.world.fault("a node has ended that nobody killed".to_owned());
            }
            Way::Call { name, .. } => {
                self.world.count(&format!("kills: at {name}, during the start"));
            }
        }
        false
    }

    /// Looks at what is there, and works until a node is killed.
    fn live(&mut self, way: Way) {
        let victim = match way {
            Way::Moment { .. } => usize::try_from(self.dice.below(2)).unwrap(),
            Way::Call { .. } => self.down,
        };
        let life = Life::default();
        Check::new(&self.world, &life, self.down).run(Depth::Touched, &mut self.dice);
        let process = self.world.site(victim).process();
        let workers = [victim, victim, 1 - victim].map(|at| (at, self.dice.other()));
        let is_reached = thread::scope(|scope| {
            for (at, dice) in workers {
                let worker = Worker::new(&self.world, &life, at, dice);
                scope.spawn(move || worker.work());
            }
            let is_reached = wait(way, &life);
            if let Way::Moment { .. } = way {
                kill(process);
            }
            life.end();
            is_reached
        });
        self.down = victim;
        self.bury(way, is_reached);
    }

    fn bury(&mut self, way: Way, is_reached: bool) {
        if is_reached && !self.world.has_faults() {
            let site = &mut self.world.cluster.sites[self.down];
            until("the end of the node", PATIENCE, || site.has_ended().then_some(()));
        }
        self.world.cluster.sites[self.down].kill();
        let when = if is_reached { "at" } else { "before" };
        self.world.count(&format!("kills: {when} {}", way.name()));
    }

    /// Ends both nodes in order, and looks at everything once more.
    fn end(&mut self) {
        if self.world.has_faults() {
            return;
        }
        let (down, dice) = (self.down, &mut self.dice);
        self.world.start_plain(down);
        let life = Life::default();
        Check::new(&self.world, &life, down).run(Depth::Everything, dice);
        for at in 0..2 {
            self.world.cluster.sites[at].stop();
            self.world.start_plain(at);
        }
        for at in 0..2 {
            Check::new(&self.world, &life, at).run(Depth::Everything, dice);
        }
    }
}

impl Way {
    /// The two ways by turns.
    fn throw(kill: u64, dice: &mut Dice) -> Self {
        if kill.is_multiple_of(2) {
            let deeds = dice.below(DEEDS_BEFORE_KILL);
            let delay = Duration::from_micros(dice.below(DELAY_MICROSECONDS));
            return Self::Moment { deeds, delay };
        }
        let (name, most) = *dice.pick(&CALLS);
        Self::Call { name, nth: 1 + dice.below(most) }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Moment { .. } => "a moment",
            Self::Call { name, .. } => name,
        }
    }
}

/// Waits until it is time to kill, or the node is gone; false when the call was not made in all that time.
fn wait(way: Way, life: &Life<'_>) -> bool {
    let before = life.done();
    let deeds = match way {
        Way::Moment { deeds, .. } => deeds,
        Way::Call { .. } => DEEDS_MAX,
    };
    while life.done() < before + deeds && !life.is_over() {
        thread::park_timeout(PAUSE);
    }
    match way {
        Way::Moment { delay, .. } => {
            // Not to wait for anything: so that the kill falls on any moment of whatever is going on.
            thread::park_timeout(delay);
            true
        }
        Way::Call { .. } => life.is_over(),
    }
}

fn kill(process: u32) {
    let killed = Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
    assert!(killed.success(), "the node had ended by itself");
}
