//! A small document beside a large one: how much longer its fetch takes while the same two nodes move a gibibyte.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::program::Program;
use comfy_table::Table;
use serde::Serialize;
use tokio::sync::watch;

use crate::command::get;
use crate::report;
use crate::sample::{Sample, Summary};

const SMALL_BYTES: u64 = 100_000;
const LARGE_BYTES: u64 = 1 << 30;

/// How often the two are measured in turn.
const ALTERNATIONS: usize = 11;

/// How many small documents are fetched in each turn, one after another.
const EACH: usize = 5;

/// How much of the large document has come before a small one is asked for.
const UNDER_WAY: u64 = LARGE_BYTES / 16;

#[derive(Debug, Serialize)]
struct Result {
    alternations: usize,
    small_bytes: u64,
    large_bytes: u64,
    alone_ms: Summary,
    beside_ms: Summary,
    /// Of the medians.
    ratio: f64,
    /// Measurements that do not count, because the large document had come meanwhile.
    discarded: usize,
    large_alone_ms: Summary,
    large_beside_ms: Summary,
}

/// Measures, and reports.
pub(crate) fn run(program: Program) {
    let cluster = Cluster::start(program, 2);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (small, large) = (cluster.path("small.dcm"), cluster.path("large.dcm"));
    write(&small, SMALL_BYTES);
    write(&large, LARGE_BYTES);
    let mut measured = Measured::default();
    // One more at the beginning, which fills caches and is not counted.
    for number in 0..=ALTERNATIONS {
        let turn = runtime.block_on(turn(&cluster, &small, &large));
        if number > 0 {
            measured.add(turn);
        }
        eprintln!("{number} of {ALTERNATIONS}");
    }
    let result = measured.result();
    report("beside", &table(&result), &result);
}

/// What was measured once.
#[derive(Debug, Default)]
struct Turn {
    alone: Vec<Duration>,
    beside: Vec<Duration>,
    discarded: usize,
    large: Duration,
    large_alone: Duration,
}

async fn turn(cluster: &Cluster, small: &Path, large: &Path) -> Turn {
    let [custodian, receiver] = cluster.sites.as_slice() else { panic!("there are not two nodes") };
    let publish = |file: &Path| custodian.publish(file, PATIENTS[0], &["--to", ORGANISATIONS[1]]);
    let smalls: Vec<String> = (0..2 * EACH).map(|_| publish(small)).collect();
    let large_ones = [publish(large), publish(large)];
    let (alone_of, beside_of) = smalls.split_at(EACH);
    let mut turn = Turn::default();
    for document in alone_of {
        turn.alone.push(get(receiver, custodian, document, watch::channel(0).0).await);
    }
    turn.large_alone = get(receiver, custodian, &large_ones[0], watch::channel(0).0).await;
    let (progress, mut seen) = watch::channel(0);
    let smalls = async {
        seen.wait_for(|done| *done >= UNDER_WAY).await.unwrap();
        for document in beside_of {
            let time = get(receiver, custodian, document, watch::channel(0).0).await;
            if *seen.borrow() < LARGE_BYTES { turn.beside.push(time) } else { turn.discarded += 1 }
        }
    };
    (turn.large, ()) = tokio::join!(get(receiver, custodian, &large_ones[1], progress), smalls);
    turn
}

#[derive(Debug, Default)]
struct Measured {
    alone: Sample,
    beside: Sample,
    large: Sample,
    large_alone: Sample,
    discarded: usize,
}

impl Measured {
    fn add(&mut self, turn: Turn) {
        turn.alone.into_iter().for_each(|time| self.alone.add(time));
        turn.beside.into_iter().for_each(|time| self.beside.add(time));
        self.large.add(turn.large);
        self.large_alone.add(turn.large_alone);
        self.discarded += turn.discarded;
    }

    fn result(self) -> Result {
        let (alone_ms, beside_ms) = (self.alone.summary(), self.beside.summary());
        Result {
            alternations: ALTERNATIONS,
            small_bytes: SMALL_BYTES,
            large_bytes: LARGE_BYTES,
            ratio: beside_ms.median / alone_ms.median,
            alone_ms,
            beside_ms,
            discarded: self.discarded,
            large_alone_ms: self.large_alone.summary(),
            large_beside_ms: self.large.summary(),
        }
    }
}

fn table(result: &Result) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(["fetch", "count", "median ms", "quartiles ms", "least ms", "most ms"]);
    let rows = [
        ("100 kB alone", &result.alone_ms),
        ("100 kB beside 1 GiB", &result.beside_ms),
        ("1 GiB alone", &result.large_alone_ms),
        ("1 GiB beside five of 100 kB", &result.large_beside_ms),
    ];
    for (name, sample) in rows {
        table.add_row([
            name.to_owned(),
            sample.count.to_string(),
            format!("{:.1}", sample.median),
            format!("{:.1} to {:.1}", sample.lower_quartile, sample.upper_quartile),
            format!("{:.1}", sample.least),
            format!("{:.1}", sample.most),
        ]);
    }
    table.add_row([
        "ratio of the medians of 100 kB".to_owned(),
        String::new(),
        format!("{:.2}", result.ratio),
    ]);
    table
}

/// A file that no two mebibytes of are the same.
fn write(path: &Path, size: u64) {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let mut state = size;
    for _ in 0..size / 8 {
        // Steele and Vigna's splitmix64: fast, and without a pattern.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        file.write_all(&(mixed ^ (mixed >> 31)).to_le_bytes()).unwrap();
    }
    file.flush().unwrap();
}
