//! A federation made by commands: three stewards of whom two sign, and as many organisations as a scenario needs.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

use tempfile::TempDir;

use crate::program::Program;
use crate::site::Site;

/// Valid organisation numbers, in the order in which sites get them; `init` refuses others.
pub const ORGANISATIONS: [&str; 18] = [
    "983974910",
    "974760673",
    "314026055",
    "972418013",
    "974767880",
    "310000019",
    "310000027",
    "310000035",
    "310000043",
    "310000051",
    "310000078",
    "310000086",
    "310000094",
    "310000108",
    "310000116",
    "310000124",
    "310000132",
    "310000140",
];

/// Synthetic patients (month +80).
pub const PATIENTS: [&str; 3] = ["17834820994", "02898721097", "24867120714"];

/// A federation on this machine.
#[derive(Debug)]
pub struct Cluster {
    /// Its sites, started.
    pub sites: Vec<Site>,
    /// Its fingerprint.
    pub federation: String,
    /// The program.
    pub program: Program,
    dir: TempDir,
}

impl Cluster {
    /// Makes a federation of `count` organisations and starts their nodes.
    pub fn start(program: Program, count: usize) -> Self {
        let mut cluster = Self::made(program, count);
        cluster.join_all();
        for site in &mut cluster.sites {
            site.start();
        }
        cluster
    }

    /// Makes homes and a signed roster of test patients; nobody has joined.
    pub fn made(program: Program, count: usize) -> Self {
        Self::made_for(program, count, "test")
    }

    /// Makes homes and a signed roster of an environment; nobody has joined.
    pub fn made_for(program: Program, count: usize, environment: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let passphrase = dir.path().join("passphrase");
        fs::write(&passphrase, "a passphrase for tests\n").unwrap();
        fs::set_permissions(passphrase, Permissions::from_mode(0o600)).unwrap();
        let mut cluster = Self { sites: Vec::new(), federation: String::new(), program, dir };
        for number in 1..=3 {
            let home = cluster.path(&format!("steward-{number}"));
            cluster.keyed(&[
                "steward",
                "init",
                "--name",
                &format!("Steward {number}"),
                "--home",
                home.to_str().unwrap(),
            ]);
        }
        for organisation in ORGANISATIONS.iter().take(count) {
            cluster.init(organisation);
        }
        cluster.create_roster(environment);
        cluster
    }

    /// Makes the home of one more organisation, and its request.
    pub fn init(&mut self, organisation: &str) {
        let port = free_port();
        self.init_at(organisation, "127.0.0.1", port);
    }

    /// The same for an organisation whose node is to listen elsewhere.
    pub fn init_at(&mut self, organisation: &str, address: &str, port: u16) {
        self.init_with(organisation, &format!("/ip4/{address}/tcp/{port}"), port, &[]);
    }

    /// The same with an address of any kind, and with further arguments.
    pub fn init_with(&mut self, organisation: &str, listen: &str, port: u16, more: &[&str]) {
        let home = self.path(&format!("site-{organisation}"));
        let args = [
            "init",
            "--organisation",
            organisation,
            "--name",
            &format!("Organisasjon {organisation}"),
            "--kind",
            "municipality",
            "--listen",
            listen,
            "--as",
            "999000101:LE",
            "--home",
            home.to_str().unwrap(),
        ];
        self.keyed(&[args.as_slice(), more].concat());
        self.sites.push(Site::new(self.program.clone(), organisation, home, port));
    }

    /// Makes every site a member by the request that stands in its home.
    pub fn enrol_all(&self) {
        let requests = self.sites.iter().map(|site| site.home.join("request.json"));
        let requests: Vec<PathBuf> = requests.collect();
        let mut verb = vec!["add"];
        verb.extend(requests.iter().map(|path| path.to_str().unwrap()));
        self.change_roster(&verb);
    }

    /// Lets every site join with the present roster file.
    pub fn join_all(&self) {
        for site in &self.sites {
            self.join(site);
        }
    }

    /// Lets a site join with the present roster file.
    pub fn join(&self, site: &Site) {
        site.json(&["join", "--federation", &self.federation, self.roster().to_str().unwrap()]);
    }

    /// Changes the roster file with a verb of `roster`, and has two stewards sign it.
    pub fn change_roster(&self, verb: &[&str]) {
        self.change(&self.roster(), verb);
    }

    /// Changes a file of rosters with a verb of `roster`, and has two stewards sign it.
    pub fn change(&self, roster: &Path, verb: &[&str]) {
        let mut args = vec!["roster"];
        args.extend(verb);
        args.extend(["--roster", roster.to_str().unwrap()]);
        self.program.json(&args);
        self.sign(roster);
    }

    /// Has two stewards sign the newest roster of a file.
    pub fn sign(&self, roster: &Path) {
        for number in 1..=2 {
            self.sign_as(number, roster);
        }
    }

    /// Has one steward sign the newest roster of a file.
    pub fn sign_as(&self, number: u8, roster: &Path) {
        let home = self.path(&format!("steward-{number}"));
        self.keyed(&["roster", "sign", roster.to_str().unwrap(), "--home", home.to_str().unwrap()]);
    }

    /// The roster file.
    pub fn roster(&self) -> PathBuf {
        self.path("roster.json")
    }

    /// A path in the folder of this federation.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file into the folder of this federation.
    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Two sites at a time, to work with by name.
    pub fn pair(&mut self) -> (&mut Site, &mut Site) {
        let [first, second, ..] = self.sites.as_mut_slice() else {
            panic!("there are fewer than two sites")
        };
        (first, second)
    }

    fn create_roster(&mut self, environment: &str) {
        let roster = self.roster();
        let stewards: Vec<PathBuf> =
            (1..=3).map(|number| self.path(&format!("steward-{number}/steward.json"))).collect();
        let mut args = vec![
            "roster",
            "create",
            "--name",
            "test.budstikke",
            "--environment",
            environment,
            "--threshold",
            "2",
        ];
        for steward in &stewards {
            args.extend(["--steward", steward.to_str().unwrap()]);
        }
        args.push(roster.to_str().unwrap());
        let made = self.program.json(&args);
        made["fingerprint"].as_str().unwrap().clone_into(&mut self.federation);
        if !self.sites.is_empty() {
            let requests: Vec<PathBuf> =
                self.sites.iter().map(|site| site.home.join("request.json")).collect();
            let mut args = vec!["roster", "add", "--roster", roster.to_str().unwrap()];
            args.extend(requests.iter().map(|path| path.to_str().unwrap()));
            self.program.json(&args);
        }
        self.sign(&roster);
    }

    fn keyed(&self, args: &[&str]) {
        let passphrase = self.path("passphrase");
        let mut args = args.to_vec();
        args.extend(["--passphrase-file", passphrase.to_str().unwrap()]);
        self.program.json(&args);
    }
}

/// A port of loopback that nobody listens on just now. It is below those that the system gives to connections: one of these could take
/// it before the node does.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 200).unwrap() * 100;
    let ports = std::iter::repeat_with(|| NEXT.fetch_add(1, Ordering::Relaxed));
    let mut ports = ports.map(|next| 11_000 + (first + next) % 20_000);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
}
