//! A federation of containers, made as operators would make it: every home by a command in a container, every secret a file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use super::container::{Ground, Host};
use super::lab::Lab;
use super::{docker, image};
use crate::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use crate::program::Program;

/// The names at which organisations are found.
const ADDRESSES: [&str; 3] = ["hospital", "municipality", "gp"];

/// The user of the image, as the Dockerfile says.
const USER: u32 = 8470;

/// The passphrase of every node.
const PASSPHRASE: &str = "a passphrase for containers";

/// The title of every document.
const TITLE: &str = "Epikrise fra avdelingen";

/// What stands in every document.
const CONTENT: &str = "pasienten er oppdiktet";

/// What no log may hold.
pub const SECRETS: [&str; 4] = [PATIENTS[0], TITLE, CONTENT, PASSPHRASE];

/// Organisations in containers, and their stewards on this machine.
#[derive(Debug)]
pub struct Federation {
    /// The organisations.
    pub hosts: Vec<Host>,
    /// The stewards, and the folder of the scenario.
    pub stewards: Cluster,
    /// What is common to the containers.
    pub ground: Ground,
    lab: Lab,
}

impl Federation {
    /// Makes a federation of `count` organisations on a network of their own, and starts their containers.
    pub fn start(program: Program, kept: &Path, count: usize) -> Self {
        let mut federation = Self::made(program, kept, &[]);
        for address in ADDRESSES.iter().take(count) {
            federation.init("/ip4/0.0.0.0/tcp/8470", &format!("/dns4/{address}/tcp/8470"));
        }
        federation.join_all();
        federation.hosts.iter().for_each(Host::launch);
        federation.hosts.iter().for_each(Host::wait_until_healthy);
        federation
    }

    /// Makes the stewards, and a network with these options of `docker network create`; there is no organisation yet. `kept` is
    /// the folder in which tests remember their image.
    pub fn made(program: Program, kept: &Path, network: &[&str]) -> Self {
        let image = image::of(&program, kept);
        let (stewards, mut lab) = (Cluster::made(program, 0), Lab::default());
        let name = lab.name("network");
        lab.afterwards(&format!("docker network rm {name}"));
        docker::run(&[&["network", "create"], network, &[&name]].concat()).ok();
        let passphrase = stewards.file("passphrase-of-nodes", PASSPHRASE.as_bytes());
        fs::set_permissions(&passphrase, Permissions::from_mode(0o400)).unwrap();
        let files = stewards.path("files");
        fs::create_dir(&files).unwrap();
        for path in [&passphrase, &files] {
            chown(path, Some(USER), Some(USER)).unwrap();
        }
        let ground = Ground { image, network: name, passphrase, files };
        Self { hosts: Vec::new(), stewards, ground, lab }
    }

    /// Adds an organisation: a volume, and a home in it. It is not in the roster yet.
    pub fn init(&mut self, listen: &str, announce: &str) {
        let at = self.hosts.len();
        let (organisation, address) = (ORGANISATIONS[at], ADDRESSES[at]);
        let host = self.host(organisation, address);
        let name = format!("Organisasjon {organisation}");
        let made = host.offline(&[
            "init",
            "--organisation",
            organisation,
            "--name",
            &name,
            "--kind",
            "municipality",
            "--listen",
            listen,
            "--announce",
            announce,
            "--as",
            "999000101:LE",
        ]);
        made.ok();
        self.hosts.push(host);
    }

    /// A host with names that nothing else on this machine has.
    pub fn host(&mut self, organisation: &str, address: &str) -> Host {
        let (container, volume) =
            (self.lab.name(address), self.lab.name(&format!("{address}-home")));
        self.lab.afterwards(&format!("docker volume rm {volume}"));
        self.forget(&container);
        Host::new(self.ground.clone(), organisation, address, (container, volume))
    }

    /// Has a container removed at the end, if it is there then.
    pub fn forget(&mut self, container: &str) {
        self.lab.afterwards(&format!("docker rm --force --volumes {container}"));
    }

    /// The name of a further container.
    pub fn name(&mut self, what: &str) -> String {
        let name = self.lab.name(what);
        self.forget(&name);
        name
    }

    /// Hands the present requests of some organisations to the stewards, who sign a new roster.
    pub fn enrol(&self, hosts: &[&Host]) {
        let mut verb = vec!["add".to_owned()];
        for host in hosts {
            let request = host.offline(&["keys", "request"]).ok();
            let file = self.stewards.file(&format!("{}.json", host.address), &request);
            verb.push(file.to_str().unwrap().to_owned());
        }
        self.stewards.change_roster(&verb.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Lets every organisation into the roster, and has it join.
    pub fn join_all(&self) {
        self.enrol(&self.hosts.iter().collect::<Vec<_>>());
        for host in &self.hosts {
            let join = ["join", "--federation", &self.stewards.federation, "/dev/stdin"];
            host.offline_with(&self.stewards.roster(), &join).ok();
        }
    }

    /// Gives the newest roster to one running node.
    pub fn import(&self, host: &Host) {
        fs::copy(self.stewards.roster(), self.ground.files.join("roster.json")).unwrap();
        fs::set_permissions(self.ground.files.join("roster.json"), Permissions::from_mode(0o644))
            .unwrap();
        host.json(&["roster", "import", "/files/roster.json"]);
    }

    /// Has one host publish a document for another, who gets it and nothing else.
    pub fn exchange(&self, from: &Host, to: &Host) {
        let bytes = format!("<text>{CONTENT}</text>").repeat(100);
        fs::write(self.ground.files.join("document.xml"), &bytes).unwrap();
        let document = self.publish("document.xml", from, to);
        assert_eq!(to.get(&document, from).ok(), bytes.as_bytes());
    }

    /// Publishes a file of the common folder at one host for another, and gives the document's id.
    pub fn publish(&self, file: &str, from: &Host, to: &Host) -> String {
        from.publish(file, PATIENTS[0], &to.organisation, TITLE)
    }
}
