//! Homes of many documents: made by the product's own store, and kept for the next run because that takes minutes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use budstikke::home::Home;
use budstikke::keyfile::{self, Chosen};
use budstikke::place::Place;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS};
use budstikke_scenarios::site::Site;

use crate::machine::free_bytes;
use crate::process::memory;
use crate::publisher::{Publisher, Signer, documents, runtime};
use crate::setting::{KEPT, Setting};

/// How many documents are published between two reports of how far it has come, and are in memory at once.
const BATCH: usize = 10_000;

/// More publishers at once than any site has: the groups are large and the home is soon made.
const PUBLISHERS: usize = 256;

/// Patients of a large municipality.
pub(crate) const PATIENTS: usize = 20_000;

/// What a document takes at most while the index is built a second time, with room to spare.
const BYTES_EACH: u64 = 16_000;

/// How long a node may take to be ready that builds its index anew.
const READY_MAX: Duration = Duration::from_mins(15);

/// The home of an organisation that has much, whose node was stopped in order.
#[derive(Debug)]
pub(crate) struct LargeHome {
    /// How many documents it has, or entries of its log.
    pub(crate) count: usize,
    /// The organisation; its node is not started.
    pub(crate) site: Site,
    folder: PathBuf,
}

impl LargeHome {
    /// A million documents of 10 kB, or twenty thousand when it is to be quick; made unless it is there already.
    pub(crate) fn of(setting: &Setting) -> Self {
        let count = setting.least(1_000_000, 20_000);
        Self::kept(setting, (&count.to_string(), count), BYTES_EACH, |publisher| {
            fill(publisher, count);
        })
    }

    /// The home of this name, which holds `count` of something that takes so many bytes each; `fill` makes them, unless they are
    /// there already.
    pub(crate) fn kept(
        setting: &Setting,
        (name, count): (&str, usize),
        bytes_each: u64,
        fill: impl FnOnce(&Arc<Publisher>),
    ) -> Self {
        let folder = Path::new(KEPT).join("homes").join(name);
        let (home, done) = (folder.join("home"), folder.join("done"));
        if !done.exists() {
            make(setting, &folder, bytes_each * u64::try_from(count).unwrap(), fill);
            fs::write(done, "").unwrap();
        }
        let site = Site::new(setting.program.clone(), ORGANISATIONS[0], home, 0);
        Self { count, site, folder }
    }

    /// Starts its node and returns when it is ready.
    pub(crate) fn start(&mut self) {
        let mut command = self.site.run_command();
        command.arg("--passphrase-file").arg(self.folder.join("passphrase"));
        self.site.start_within(command, READY_MAX).unwrap_or_else(|log| panic!("no start:\n{log}"));
    }

    /// Starts its node and stops it again. Gives the seconds until it was ready, and the most memory that it held until then.
    pub(crate) fn time_start(&mut self) -> (f64, f64) {
        let began = Instant::now();
        self.start();
        let (ready, most) = (began.elapsed(), memory(self.site.process(), "VmHWM"));
        self.site.stop();
        (ready.as_secs_f64(), most)
    }

    /// The segments of its journal.
    pub(crate) fn segments(&self) -> Vec<PathBuf> {
        files(&self.site.home.join("journal"))
    }

    /// Has the kernel forget what it holds of its journal and index, as after a start of the machine.
    pub(crate) fn forget(&self) {
        for file in self.segments().into_iter().chain(files(&self.site.home.join("db"))) {
            let input = format!("if={}", file.display());
            let dd = Command::new("dd")
                .args([&input, "iflag=nocache", "count=0", "status=none"])
                .status();
            assert!(dd.unwrap().success());
        }
    }
}

/// The files in a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

fn make(setting: &Setting, folder: &Path, needed: u64, fill: impl FnOnce(&Arc<Publisher>)) {
    // One that was not finished.
    fs::remove_dir_all(folder).ok();
    fs::create_dir_all(folder).unwrap();
    let free = free_bytes(folder);
    assert!(free > needed, "{} has {free} bytes free, and {needed} are needed", folder.display());
    let home = empty(setting, folder);
    let passphrase = keyfile::passphrase(Some(&folder.join("passphrase")), Chosen::Before).unwrap();
    let keyring = keyfile::open(&Home::at(home.clone()), &passphrase).unwrap();
    let signer = Signer::new(keyring.sign, PATIENTS);
    let publisher = Arc::new(Publisher::open(&home, &keyring.storage, signer));
    fill(&publisher);
    runtime().block_on(publisher.store.clone().close()).unwrap();
}

/// Publishes so many documents.
fn fill(publisher: &Arc<Publisher>, count: usize) {
    let runtime = runtime();
    for done in (0..count).step_by(BATCH) {
        let documents = documents(BATCH.min(count - done), u64::try_from(done).unwrap());
        runtime.block_on(publisher.publish_all(&documents, PUBLISHERS));
        if done.is_multiple_of(count / 20) {
            eprintln!("making a home: {done} of {count} documents");
        }
    }
}

/// Makes a home without documents that stands by itself: its node listens on whatever port is free.
fn empty(setting: &Setting, folder: &Path) -> PathBuf {
    let cluster = Cluster::made(setting.program.clone(), 2);
    cluster.join_all();
    let site = &cluster.sites[0];
    let home = folder.join("home");
    let copied = Command::new("cp").arg("-a").arg(&site.home).arg(&home).status();
    assert!(copied.unwrap().success());
    // It is no copy that could be older than another.
    Place::of(&Home::at(&home)).note().unwrap();
    fs::copy(cluster.path("passphrase"), folder.join("passphrase")).unwrap();
    let config = fs::read_to_string(home.join("config.toml")).unwrap();
    let port = format!("/tcp/{}", site.port);
    fs::write(home.join("config.toml"), config.replace(&port, "/tcp/0")).unwrap();
    home
}
