//! Nodes in network namespaces: each with an address of its own, all plugged into one switch, and nothing of this machine's
//! own network changed.

use std::process::Command;

use super::lab::Lab;
use crate::cluster::{Cluster, ORGANISATIONS};
use crate::program::{Ended, Program};

/// The port of every node; each has an address of its own.
const PORT: u16 = 8470;

/// Organisations, each in a network namespace of its own.
#[derive(Debug)]
pub struct Namespaces {
    /// The organisations; commands reach their nodes by the control socket.
    pub cluster: Cluster,
    lab: Lab,
}

/// How many packets are lost.
#[derive(Debug, Clone, Copy)]
pub enum Lost {
    /// So many of a hundred.
    Some(u8),
    /// Every one.
    All,
}

impl Namespaces {
    /// Starts the nodes of `count` organisations.
    pub fn start(program: Program, count: usize) -> Self {
        let mut namespaces = Self { cluster: Cluster::made(program, 0), lab: Lab::default() };
        namespaces.plug(count);
        for (at, organisation) in ORGANISATIONS.iter().enumerate().take(count) {
            namespaces.cluster.init_at(organisation, &address(at), PORT);
        }
        namespaces.cluster.enrol_all();
        namespaces.cluster.join_all();
        for at in 0..count {
            let name = namespaces.name(at);
            let run = namespaces.cluster.sites[at].run_command();
            // Takes the place of the command that puts it there, and so can be stopped by its id.
            let mut inside = Command::new("ip");
            inside.args(["netns", "exec", &name]).arg(run.get_program()).args(run.get_args());
            let started = namespaces.cluster.sites[at].start_as(inside);
            started.unwrap_or_else(|log| panic!("the node did not start:\n{log}"));
        }
        namespaces
    }

    /// Runs a command in the network of an organisation.
    pub fn inside(&self, at: usize, command: &str) {
        ip(&["netns", "exec", &self.name(at), "sh", "-ec", command]);
    }

    /// Loses some of a hundred packets, or all, that come to one organisation from another, until [`Self::mend`].
    pub fn lose(&self, from: usize, to: usize, lost: Lost) {
        let which = match lost {
            Lost::Some(percent) => format!("numgen random mod 100 '<' {percent}"),
            Lost::All => String::new(),
        };
        self.inside(
            to,
            &format!(
                "nft add table inet lost
                 nft 'add chain inet lost incoming {{ type filter hook input priority 0; }}'
                 nft add rule inet lost incoming ip saddr {} {which} drop",
                address(from)
            ),
        );
    }

    /// Loses nothing any more that comes to an organisation.
    pub fn mend(&self, to: usize) {
        self.inside(to, "nft delete table inet lost");
    }

    /// A switch in a namespace of its own, and a line from it to each organisation.
    fn plug(&mut self, count: usize) {
        let switch = self.lab.name("switch");
        self.namespace(&switch);
        ip(&["-n", &switch, "link", "add", "switch", "type", "bridge"]);
        ip(&["-n", &switch, "link", "set", "switch", "up"]);
        for at in 0..count {
            let (name, port) = (self.name(at), format!("port{at}"));
            self.namespace(&name);
            ip(&[
                "-n", &name, "link", "add", "line", "type", "veth", "peer", "name", &port, "netns",
                &switch,
            ]);
            ip(&["-n", &switch, "link", "set", &port, "master", "switch", "up"]);
            ip(&["-n", &name, "address", "add", &format!("{}/24", address(at)), "dev", "line"]);
            ip(&["-n", &name, "link", "set", "line", "up"]);
        }
    }

    fn namespace(&mut self, name: &str) {
        self.lab.afterwards(&format!("ip netns delete {name}"));
        ip(&["netns", "add", name]);
        ip(&["-n", name, "link", "set", "lo", "up"]);
    }

    fn name(&self, at: usize) -> String {
        self.lab.name(ORGANISATIONS[at])
    }
}

/// The address of an organisation, in a network that nothing else is on.
fn address(at: usize) -> String {
    format!("10.84.70.{}", at + 1)
}

fn ip(args: &[&str]) {
    Ended::from(Command::new("ip").args(args).output().unwrap()).ok();
}
