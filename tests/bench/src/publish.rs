//! Many publishers at a time: what group commit is for.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use budstikke_keys::secret::{SecretKey, SymmetricKey};
use budstikke_scenarios::cluster::Cluster;
use zeroize::Zeroizing;

use crate::command;
use crate::finding::Finding;
use crate::plain::Plain;
use crate::publisher::{Publisher, Signer, documents, runtime};
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

const DOCUMENTS: usize = 1000;
const PUBLISHERS: usize = 32;

/// The bare work, as the table names it.
const PLAIN: &str = "hash, seal, sign, append, sync";

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let publisher = publisher(&folder.path().join("store"));
    let mut plain = Plain::create(&folder.path().join("plain"), signer());
    let mut cluster = Cluster::made(setting.program.clone(), 2);
    cluster.join_all();
    cluster.sites[0].start();
    let (documents, runtime) = (documents(DOCUMENTS, 1), runtime());
    let per_second = |time: Duration| documents.len() as f64 / time.as_secs_f64();
    let [stored, syncs, commanded, bare] = rounds("publish", setting.rounds(11), || {
        let before = publisher.store.syncs();
        let stored = runtime.block_on(publisher.publish_all(&documents, PUBLISHERS));
        let syncs = publisher.store.syncs() - before;
        let group = documents.len().div_ceil(usize::try_from(syncs).unwrap());
        let bare = plain.publish_all(&documents, group);
        let home = &cluster.sites[0].home;
        let commanded = runtime.block_on(command::publish_all(home, &documents, PUBLISHERS));
        [per_second(stored), syncs as f64, per_second(commanded), per_second(bare)]
    });
    let finding = |what, values| Finding::new(what, "a second", values).beside(PLAIN, &bare);
    vec![
        finding("1 000 of 10 kB, 32 publishers, in the store", stored).at_least_times(0.5),
        finding("the same by commands to a node", commanded).at_least_times(0.5),
        Finding::new("fdatasyncs of the journal, in the store", "", syncs).at_most(125.0),
        Finding::new("fdatasyncs as strace counts them", "", traced(folder.path())).at_most(125.0),
    ]
}

/// Publishes once into a store of its own and says how many syncs the store counted, for a tracer to count as well.
pub(crate) fn part(args: &[String]) {
    let publisher = publisher(Path::new(&args[0]));
    runtime().block_on(publisher.publish_all(&documents(DOCUMENTS, 1), PUBLISHERS));
    println!("{}", publisher.store.syncs());
}

/// Counts from outside; the store must not have counted more syncs than there were.
fn traced(folder: &Path) -> Sample {
    let trace = folder.join("trace");
    let output = Command::new("strace")
        .args(["-f", "--seccomp-bpf", "-qq", "-e", "trace=fdatasync", "-o"])
        .arg(&trace)
        .arg(std::env::current_exe().unwrap())
        .args(["part", "publish"])
        .arg(folder.join("traced"))
        .output()
        .expect("strace is installed, as tests/setup does");
    let counted: usize = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
    let trace = fs::read_to_string(trace).unwrap();
    let syncs = trace.lines().filter(|line| line.contains("fdatasync(")).count();
    assert!(counted <= syncs, "the store counted {counted} syncs, strace {syncs}");
    std::iter::once(syncs as f64).collect()
}

/// A store in this folder, and keys that nothing else has.
pub(crate) fn publisher(home: &Path) -> Arc<Publisher> {
    fs::create_dir_all(home).unwrap();
    Arc::new(Publisher::open(home, &SymmetricKey::from_bytes(Zeroizing::new([1; 32])), signer()))
}

/// Signs for patients of a small office.
pub(crate) fn signer() -> Signer {
    Signer::new(SecretKey::from_seed(Zeroizing::new([2; 32])), 1000)
}
