//! Witnesses that help a log which has two histories. Of seven, two are harmless; three can have both certified, and are found out as soon
//! as two members that were shown different ones talk with each other.

use budstikke_keys::note::NoteSignature;
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::policy::Policy;
use budstikke_protocol::log::witnesses::Witnesses;
use budstikke_protocol::wire::index::IndexAnswer;
use budstikke_scenarios::cluster::Cluster;
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::link::Link;
use budstikke_scenarios::hostile::log::{cosign, hello_with, showing};
use budstikke_scenarios::hostile::roster::newest;

use crate::log_forks::{check_proof, known, wait_for_fork, wait_for_size};
use crate::program;

/// A log with two histories, and its seven witnesses: some of them lie with it, the nodes of the others run.
struct Plot {
    cluster: Cluster,
    log: Adversary,
    liars: Vec<Adversary>,
    /// A connection with the node of each honest witness, and which site that is.
    honest: Vec<(usize, Link)>,
    histories: [SignedCheckpoint; 2],
}

impl Plot {
    /// The honest witnesses before `split` are to see the first history, the others the second.
    async fn new(liars: usize, split: usize) -> Self {
        let mut cluster = Cluster::made(program(), 8);
        cluster.join_all();
        let log = Adversary::of(&cluster.sites[0]);
        let liars: Vec<_> = cluster.sites[1..=liars].iter().map(Adversary::of).collect();
        let histories = [log.head(5, 1), log.head(5, 2)];
        let mut honest = Vec::new();
        for at in 1 + liars.len()..cluster.sites.len() {
            cluster.sites[at].start();
            let shown = &histories[usize::from(honest.len() >= split)];
            let link = log.dial_serving(&cluster.sites[at], showing(shown)).await.unwrap();
            honest.push((at, link));
        }
        Self { cluster, log, liars, honest, histories }
    }

    /// Asks the honest witnesses of a range to cosign a history, and gives who has: each liar, and whoever of them does.
    async fn gather(&self, history: usize, asked: &[(usize, Link)]) -> Vec<NoteSignature> {
        let history = &self.histories[history];
        let mut lines = Vec::new();
        for (_, link) in asked {
            if let IndexAnswer::Cosigned(line) = cosign(link, 0, vec![], history).await {
                lines.push(line.parse().unwrap());
            }
        }
        lines
    }

    /// Whether a history is witnessed with these cosignatures and those of the liars, as everybody computes it.
    fn is_witnessed(&self, history: usize, lines: &[NoteSignature]) -> bool {
        let roster = newest(&self.cluster);
        let (roster, origin) = (roster.statement(), self.log.origin());
        let witnesses = Witnesses::of(roster, &origin);
        assert_eq!((witnesses.members().len(), witnesses.quorum()), (7, 5));
        let mut checkpoint = self.histories[history].clone();
        let by_liars = self.liars.iter().map(|liar| liar.cosignature(&checkpoint));
        for line in by_liars.chain(lines.iter().cloned()).collect::<Vec<_>>() {
            let by = witnesses.members().iter().find(|(_, key)| line.names(key));
            checkpoint.add(line, &by.unwrap().1).unwrap();
        }
        Policy::of(roster, &origin).witnessed(&checkpoint).unwrap().is_some()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_seven_witnesses_that_lie_are_harmless() {
    let plot = Plot::new(2, 3).await;
    let (three, two) = plot.honest.split_at(3);
    let mut first = plot.gather(0, three).await;
    let mut second = plot.gather(1, two).await;
    assert_eq!((first.len(), second.len()), (3, 2), "each cosigns what it sees first");
    // Nobody who has cosigned one cosigns the other.
    first.extend(plot.gather(0, two).await);
    second.extend(plot.gather(1, three).await);
    assert_eq!((first.len(), second.len()), (3, 2));
    assert!(plot.is_witnessed(0, &first), "the first has its quorum");
    assert!(!plot.is_witnessed(1, &second), "so the second has none");
}

#[tokio::test(flavor = "multi_thread")]
async fn three_of_seven_can_certify_two_histories_and_gossip_finds_them_out() {
    let mut plot = Plot::new(3, 2).await;
    let (some, others) = plot.honest.split_at(2);
    let first = plot.gather(0, some).await;
    let second = plot.gather(1, others).await;
    assert_eq!((first.len(), second.len()), (2, 2));
    assert!(plot.is_witnessed(0, &first) && plot.is_witnessed(1, &second), "the honest limit");
    // Each of the honest knows the history that it was shown, as everybody who is shown one.
    for (place, (at, link)) in plot.honest.iter().enumerate() {
        hello_with(link, &plot.histories[usize::from(place >= 2)]).await;
        wait_for_size(&plot.cluster.sites[*at], 5);
        assert_eq!(known(&plot.cluster.sites[*at])["log"], "good");
    }
    // They say hello to each other again when they connect.
    let last = plot.cluster.sites.len() - 1;
    plot.cluster.sites[last].stop();
    plot.cluster.sites[last].start();
    for (at, _) in &plot.honest {
        wait_for_fork(&plot.cluster.sites[*at]);
    }
    check_proof(&plot.cluster, &plot.cluster.sites[last]);
}
