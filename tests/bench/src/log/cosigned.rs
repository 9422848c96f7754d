//! How long a checkpoint takes from the log's signature to the cosignatures of a quorum, with seven witnesses on this machine.

use std::time::Duration;

use budstikke_keys::time::Timestamp;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use futures::future::join_all;
use serde_json::json;

use crate::bare::Bare;
use crate::command;
use crate::federation::federation;
use crate::finding::Finding;
use crate::plain::Plain;
use crate::publish::signer;
use crate::publisher::{documents, runtime};
use crate::rounds::rounds;
use crate::setting::Setting;

/// Witnesses of the log, and how many are a quorum.
const WITNESSES: usize = 7;
const QUORUM: usize = 5;

/// Bytes of a cosignature as it is sent, roughly.
const COSIGNATURE_BYTES: u64 = 200;

/// What a witness writes for a cosignature, roughly: the signed checkpoint in a frame.
const FRAME_BYTES: usize = 512;

/// What the node says when it has signed a head, and when a quorum has cosigned it and that is on its disk.
const SIGNED: &str = "checkpoint signed";
const WITNESSED: &str = "checkpoint witnessed";

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let folder = tempfile::tempdir().unwrap();
    let mut plain = Plain::create(&folder.path().join("plain"), signer());
    let mut cluster = federation(setting, WITNESSES + 1);
    let [log, witnesses @ ..] = cluster.sites.as_mut_slice() else { panic!("there is no node") };
    witnesses.iter_mut().for_each(Site::start);
    let mut command = log.run_command();
    command.env("BUDSTIKKE_LOG", "warn,budstikke=info,budstikke::service::signer=debug");
    log.start_as(command).unwrap_or_else(|log| panic!("no start:\n{log}"));
    let (documents, runtime) = (documents(1, 1), runtime());
    let mut seen = 0;
    let bare = |nth| Bare::start_synced(folder.path().join(format!("bare {nth}")));
    let bare = runtime.block_on(join_all((0..WITNESSES).map(bare)));
    let [cosigned, asked, synced] = rounds("log-cosigned", setting.rounds(40), || {
        runtime.block_on(command::publish_for(&log.home, &documents[0], json!("federation")));
        let times = until("a witnessed checkpoint", PATIENCE, || {
            let times = times(&log.log());
            (times.len() > seen).then_some(times)
        });
        seen = times.len();
        let asked = runtime.block_on(quorum(&bare));
        let synced = plain.append(&[0x2e; FRAME_BYTES]);
        [*times.last().unwrap(), asked + synced, synced].map(|time| time.as_secs_f64() * 1000.0)
    });
    let finding = |values| {
        Finding::new("from the signature of a head to a quorum of 7 witnesses", "ms", values)
    };
    let least = "5 of 7 bare peers that each append and fdatasync, and the same once here";
    vec![
        finding(cosigned.clone()).beside("append and fdatasync", &synced).at_most_times(6.0, 0.0),
        finding(cosigned).beside(least, &asked),
        Finding::new(least, "ms", asked).beside("append and fdatasync", &synced),
    ]
}

/// The time until a quorum of bare peers, all of which are asked at once, has answered. The others answer before the next round.
async fn quorum(peers: &[Bare]) -> Duration {
    let mut times: Vec<Duration> =
        join_all(peers.iter().map(|peer| peer.warm(COSIGNATURE_BYTES))).await;
    times.sort_unstable();
    times[QUORUM - 1]
}

/// How long each checkpoint took that the log of a node calls witnessed.
fn times(log: &str) -> Vec<Duration> {
    let lines: Vec<&str> = log.lines().collect();
    let size = |line: &str| line.split_once("size=").map(|(_, size)| size.trim().to_owned());
    let of = |what| move |line: &&&str| line.contains(what);
    lines
        .iter()
        .filter(of(WITNESSED))
        .filter_map(|line| {
            let signed = lines.iter().filter(of(SIGNED)).find(|other| size(other) == size(line))?;
            Some(time(line).checked_sub(time(signed)).unwrap_or_default())
        })
        .collect()
}

/// The time since the epoch that a line begins with, to the microsecond: `2026-11-22T12:04:05.123456Z`.
fn time(line: &str) -> Duration {
    let (time, _) = line.split_once(' ').unwrap();
    let (seconds, fraction) = time.trim_end_matches('Z').split_once('.').unwrap();
    let seconds: Timestamp = format!("{seconds}Z").parse().unwrap();
    let micros = format!("{fraction:0<6}").parse().unwrap();
    Duration::from_secs(u64::try_from(seconds.unix_seconds()).unwrap())
        + Duration::from_micros(micros)
}
