//! What is shared by name is announced: whoever it is shared with knows of it, at once or when it comes back, and of nothing else.

mod hostile;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use budstikke::service::find::local;
use budstikke::service::find::outcomes::Order;
use budstikke::service::publish::{share, withdraw};
use budstikke_protocol::access::decide::{Facts, Permit, Request, decide};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::federation::standing::Standing;
use budstikke_protocol::ids::{DocumentId, OrganisationNumber};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_scenarios::cluster::{Cluster, PATIENTS};
use budstikke_scenarios::inside::Inside;
use budstikke_scenarios::until::{PATIENCE, until};

use crate::program;

/// A federation of so many organisations, whose nodes do not run.
fn made(count: usize) -> Cluster {
    let cluster = Cluster::made(program(), count);
    cluster.join_all();
    cluster
}

/// The node of an organisation, started.
fn start(cluster: &Cluster, at: usize) -> Inside {
    Inside::start(cluster.sites[at].home.clone())
}

fn named(organisations: &[OrganisationNumber]) -> Sharing {
    Sharing::Organisations(organisations.iter().copied().collect())
}

fn identifier(patient: &str, at: OrganisationNumber) -> Identifier {
    Identifier::of(&PersonNumber::parse(patient, "test".parse().unwrap()).unwrap(), at)
}

fn permit(here: OrganisationNumber, caller: &Caller) -> Permit {
    decide(&Facts { here, caller, standing: Standing::Current }, Request::List).unwrap()
}

/// The documents of the first patient that were announced there, each with its receipt.
fn known(node: &Inside) -> Vec<(DocumentId, String)> {
    let here = node.organisation();
    node.run(async |ctx, caller| {
        let patient = [identifier(PATIENTS[0], here)];
        let known = ctx.store.announcements().of(&permit(here, &caller), &patient).unwrap();
        known.into_iter().map(|it| (it.manifest.claimed().document, it.receipt)).collect()
    })
}

fn ids(node: &Inside) -> BTreeSet<DocumentId> {
    known(node).into_iter().map(|(document, _)| document).collect()
}

/// Whether somebody is still to be told of something.
fn waits(node: &Inside) -> bool {
    node.run(async |ctx, _| !ctx.store.announcements().receivers().unwrap().is_empty())
}

/// What `find --local` lists of the first patient that was announced.
fn listed(node: &Inside) -> BTreeSet<DocumentId> {
    let order = Order {
        patient: PATIENTS[0].to_owned(),
        ask: BTreeSet::new(),
        reason: None,
        deadline_ms: 1000,
    };
    let known = node.run(async |ctx, caller| local::known(&ctx, &caller, &order).await.unwrap());
    known.announced.iter().map(|record| record.manifest.claimed().document).collect()
}

fn until_known(node: &Inside, documents: &[DocumentId]) {
    let documents: BTreeSet<_> = documents.iter().copied().collect();
    until("the documents to be known", PATIENCE, || (ids(node) == documents).then_some(()));
}

fn until_told(node: &Inside) {
    until("everybody to be told", PATIENCE, || (!waits(node)).then_some(()));
}

#[test]
fn a_shared_document_is_known_within_a_second_by_those_it_is_shared_with() {
    let cluster = made(3);
    let (hospital, gp, other) = (start(&cluster, 0), start(&cluster, 1), start(&cluster, 2));
    let (mut documents, mut fastest) = (Vec::new(), Duration::MAX);
    for text in ["one", "two", "three"] {
        let began = Instant::now();
        let sharing = named(&[gp.organisation()]);
        documents.push(hospital.publish_for(PATIENTS[0], "N", sharing, text.as_bytes()));
        until_known(&gp, &documents);
        fastest = fastest.min(began.elapsed());
    }
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
    hospital.publish(b"shared with nobody");
    hospital.publish_for(PATIENTS[0], "N", Sharing::Federation, b"shared with all, not by name");
    until_told(&hospital);
    until_known(&gp, &documents);
    assert!(known(&gp).iter().all(|(_, receipt)| receipt.starts_with("c2sp.org/tlog-proof@v1\n")));
    assert_eq!(listed(&gp), documents.into_iter().collect());
    assert_eq!((ids(&other), listed(&other)), Default::default());
}

#[test]
fn whoever_was_away_knows_when_it_comes_back_whatever_was_restarted() {
    let cluster = made(2);
    let mut hospital = start(&cluster, 0);
    let to = cluster.sites[1].organisation.parse().unwrap();
    let one = hospital.publish_for(PATIENTS[0], "N", named(&[to]), b"one");
    hospital.stop();
    hospital.start_again();
    let two = hospital.publish_for(PATIENTS[0], "R", named(&[to]), b"two");
    assert!(waits(&hospital));
    let mut gp = start(&cluster, 1);
    until_known(&gp, &[one, two]);
    until_told(&hospital);
    gp.stop();
    gp.start_again();
    assert_eq!(ids(&gp), BTreeSet::from([one, two]));
}

#[test]
fn whoever_is_named_later_is_told_then_and_nobody_of_what_was_taken_back() {
    let cluster = made(3);
    let mut hospital = start(&cluster, 0);
    let to: Vec<OrganisationNumber> =
        (1..3).map(|at| cluster.sites[at].organisation.parse().unwrap()).collect();
    let later = hospital.publish(b"named later");
    let unshared = hospital.publish_for(PATIENTS[0], "N", named(&to), b"no longer shared");
    let withdrawn = hospital.publish_for(PATIENTS[0], "N", named(&to), b"withdrawn");
    hospital.run(async |ctx, caller| {
        share(&ctx, &caller, later, named(&to[..1])).await.unwrap();
        share(&ctx, &caller, unshared, Sharing::Nobody).await.unwrap();
        withdraw(&ctx, &caller, withdrawn, None).await.unwrap();
    });
    let (gp, other) = (start(&cluster, 1), start(&cluster, 2));
    until_known(&gp, &[later]);
    until_told(&hospital);
    // Whoever was told before is not told again when others are added.
    let before = known(&gp);
    hospital.run(async |ctx, caller| {
        share(&ctx, &caller, later, named(&to)).await.unwrap();
    });
    until_known(&other, &[later]);
    until_told(&hospital);
    assert_eq!(known(&gp), before);
    hospital.stop();
}
