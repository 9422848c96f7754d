//! The first byte of a small document: as a node serves it to whoever asks, and as a command at another node hands it out;
//! from a peer that is connected, and from one that is not.

use std::process::Command;
use std::time::{Duration, Instant};

use budstikke_protocol::access::question::Ask;
use budstikke_protocol::wire::codec::decode;
use budstikke_protocol::wire::document::{Head, PROTOCOL};
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::link::Link;
use budstikke_scenarios::hostile::question::{get_bytes, question, signed};
use budstikke_scenarios::hostile::streams::{agreed, frame, proposal, read_frame};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use futures::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::bare::Bare;
use crate::command::fetch;
use crate::finding::Finding;
use crate::plain::Plain;
use crate::publish::signer;
use crate::publisher::{random_bytes, runtime};
use crate::rounds::rounds;
use crate::sample::Sample;
use crate::setting::Setting;

/// Of the document.
const BYTES: u64 = 10_000;

/// A custodian, a receiver, and a third member whose node does not run: the benchmark asks in its name.
struct Stage {
    cluster: Cluster,
    asker: Adversary,
}

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let (stage, runtime) = (Stage::new(setting), runtime());
    let (bare, link) = runtime.block_on(async { (Bare::start().await, stage.dial().await) });
    let mut plain = Plain::create(&stage.cluster.path("plain"), signer());
    let mut sync = || milliseconds(plain.append(&[0; 1000]));
    stage.receiver().wait_for_peer(ORGANISATIONS[0]);
    let [served, handed_out, stream, synced] =
        rounds("first byte, warm", setting.rounds(100), || {
            let (one, other) = (stage.publish(), stage.publish());
            let served = runtime.block_on(stage.ask(&link, &one));
            let stream = runtime.block_on(bare.warm(BYTES));
            let handed_out = runtime.block_on(fetch(stage.receiver(), stage.custodian(), &other));
            [milliseconds(served), milliseconds(handed_out), milliseconds(stream), sync()]
        });
    let mut findings = vec![
        finding("served, warm", served, &stream, &synced),
        finding("by a command, warm", handed_out, &stream, &synced),
    ];
    let [served, handed_out, stream, synced] =
        rounds("first byte, cold", setting.rounds(40), || {
            let (one, other) = (stage.publish(), stage.publish());
            let began = Instant::now();
            let link = runtime.block_on(stage.dial());
            let served = began.elapsed() + runtime.block_on(stage.ask(&link, &one));
            let stream = runtime.block_on(bare.cold(BYTES));
            stage.cut();
            let handed_out = runtime.block_on(fetch(stage.receiver(), stage.custodian(), &other));
            [milliseconds(served), milliseconds(handed_out), milliseconds(stream), sync()]
        });
    findings.extend([
        finding("served, cold", served, &stream, &synced),
        finding("by a command, cold", handed_out, &stream, &synced),
    ]);
    findings
}

fn finding(what: &str, values: Sample, stream: &Sample, synced: &Sample) -> Finding {
    Finding::new(format!("first byte of 10 kB, {what}"), "ms", values)
        .beside("bare stream", stream)
        .at_most_times(1.5, synced.median())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl Stage {
    fn new(setting: &Setting) -> Self {
        let mut cluster = Cluster::made(setting.program.clone(), 3);
        cluster.join_all();
        cluster.sites[..2].iter_mut().for_each(Site::start);
        let bytes: Vec<u8> =
            random_bytes(BYTES).flatten().zip(0..BYTES).map(|(byte, _)| byte).collect();
        cluster.file("small.pdf", &bytes);
        let asker = Adversary::of(&cluster.sites[2]);
        Self { cluster, asker }
    }

    fn custodian(&self) -> &Site {
        &self.cluster.sites[0]
    }

    fn receiver(&self) -> &Site {
        &self.cluster.sites[1]
    }

    /// Publishes the document once more.
    fn publish(&self) -> String {
        let file = self.cluster.path("small.pdf");
        self.custodian().publish(&file, PATIENTS[0], &["--share", "federation"])
    }

    async fn dial(&self) -> Link {
        self.asker.dial(self.custodian()).await.unwrap()
    }

    /// The time from a question that is ready to the first byte of the document.
    async fn ask(&self, link: &Link, document: &str) -> Duration {
        let ask = Ask::Read { document: document.parse().unwrap() };
        let question = question(self.asker.organisation, ORGANISATIONS[0].parse().unwrap(), ask);
        let get = get_bytes(&signed(question, &self.asker.keys.sign), 0);
        let began = Instant::now();
        let mut stream = link.open().await.unwrap();
        stream.write_all(&[proposal(PROTOCOL), frame(&get)].concat()).await.unwrap();
        stream.flush().await.unwrap();
        agreed(&mut stream, PROTOCOL).await.unwrap();
        let head = decode::<Head>(&read_frame(&mut stream).await.unwrap()).unwrap();
        assert!(matches!(head, Head::Document { .. }), "refused");
        assert_eq!(read_frame(&mut stream).await.unwrap(), b"", "the list of a small document");
        stream.read_exact(&mut [0; 5]).await.unwrap();
        began.elapsed()
    }

    /// Cuts the connections between the two nodes, and returns when both have seen it.
    fn cut(&self) {
        let port = format!(":{}", self.custodian().port);
        let ends = ["state", "established", "sport", "=", &port, "or", "dport", "=", &port];
        let cut = Command::new("ss").arg("-K").args(ends).output().unwrap();
        let here = [(self.custodian(), 1), (self.receiver(), 0)];
        until("the end of the connection; cutting it needs root", PATIENCE, || {
            assert!(cut.status.success(), "{}", String::from_utf8_lossy(&cut.stderr));
            let is_cut = |(site, other): &(&Site, usize)| {
                site.peer(ORGANISATIONS[*other])["connected"] == false
            };
            here.iter().all(is_cut).then_some(())
        });
    }
}
