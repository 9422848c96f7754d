//! A small document beside a large one: how much longer its fetch takes while the same two nodes move a gibibyte.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use tokio::sync::watch;

use crate::command::get;
use crate::finding::Finding;
use crate::publisher::{random_bytes, runtime};
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

const SMALL_BYTES: u64 = 100_000;
const LARGE_BYTES: u64 = 1 << 30;

/// How many small documents are fetched in each round alone, and as many beside, one after another.
const EACH: usize = 5;

/// How much of the large document has come before a small one is asked for.
const UNDER_WAY: u64 = LARGE_BYTES / 16;

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let cluster = Cluster::start(setting.program.clone(), 2);
    let runtime = runtime();
    let (small, large) = (cluster.path("small.dcm"), cluster.path("large.dcm"));
    write(&small, SMALL_BYTES);
    write(&large, LARGE_BYTES);
    let [alone, beside, large_alone, large_beside] = rounds("beside", setting.rounds(5), || {
        let round = runtime.block_on(round(&cluster, &small, &large));
        [round.alone.median(), round.beside.median(), round.large_alone, round.large]
    });
    vec![
        Finding::new("100 kB beside 1 GiB", "ms", beside)
            .beside("alone", &alone)
            .at_most_times(5.0, 0.0),
        Finding::new("1 GiB beside five of 100 kB", "ms", large_beside)
            .beside("alone", &large_alone),
    ]
}

/// What was measured in a round, in milliseconds.
#[derive(Debug, Default)]
struct Round {
    alone: Sample,
    /// Only those that had come before the large one was fetched.
    beside: Sample,
    large: f64,
    large_alone: f64,
}

async fn round(cluster: &Cluster, small: &Path, large: &Path) -> Round {
    let [custodian, receiver] = cluster.sites.as_slice() else { panic!("there are not two nodes") };
    let publish = |file: &Path| custodian.publish(file, PATIENTS[0], &["--to", ORGANISATIONS[1]]);
    let smalls: Vec<String> = (0..2 * EACH).map(|_| publish(small)).collect();
    let large_ones = [publish(large), publish(large)];
    let (alone_of, beside_of) = smalls.split_at(EACH);
    let fetch = async |document, progress| {
        get(receiver, custodian, document, progress).await.as_secs_f64() * 1000.0
    };
    let mut round = Round::default();
    for document in alone_of {
        round.alone.add(fetch(document, watch::channel(0).0).await);
    }
    round.large_alone = fetch(&large_ones[0], watch::channel(0).0).await;
    let (progress, mut seen) = watch::channel(0);
    let smalls = async {
        seen.wait_for(|done| *done >= UNDER_WAY).await.unwrap();
        for document in beside_of {
            let time = fetch(document, watch::channel(0).0).await;
            if *seen.borrow() < LARGE_BYTES {
                round.beside.add(time);
            }
        }
    };
    (round.large, ()) = tokio::join!(fetch(&large_ones[1], progress), smalls);
    round
}

/// A file that no two mebibytes of are the same.
pub(crate) fn write(path: &Path, size: u64) {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    random_bytes(size)
        .take(usize::try_from(size / 8).unwrap())
        .for_each(|bytes| file.write_all(&bytes).unwrap());
    file.flush().unwrap();
}
