//! A patient's records are looked for at every member, and each member is named for what it is.

mod audit;
mod evidence;
mod lies;
mod linked;

use std::time::{Duration, Instant};

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::holder::{Holder, Lie};
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;

use crate::program;

/// What a search says of a member.
fn row<'a>(found: &'a Value, organisation: &str) -> &'a Value {
    let members = found["members"].as_array().unwrap();
    members.iter().find(|row| row["organisation"] == organisation).unwrap()
}

/// Its outcome, and the detail of it.
fn said<'a>(found: &'a Value, organisation: &str) -> (&'a str, &'a str) {
    let row = row(found, organisation);
    (row["outcome"].as_str().unwrap(), row["detail"].as_str().unwrap_or_default())
}

/// The documents that were found.
fn documents(found: &Value) -> Vec<&str> {
    let mut documents: Vec<_> = found["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| document["document"].as_str().unwrap())
        .collect();
    documents.sort_unstable();
    documents
}

/// Searches until every one of these members lists so many records, and all of that is witnessed.
fn until_witnessed(site: &Site, patient: &str, members: &[(&str, u64)]) -> Value {
    until("witnessed answers", PATIENCE, || {
        let found = site.json(&["find", patient]);
        let is_whole = |(organisation, listed): &(&str, u64)| {
            let row = row(&found, organisation);
            row["grade"] == "witnessed" && row["listed"].as_u64().unwrap_or(0) == *listed
        };
        members.iter().all(is_whole).then_some(found)
    })
}

#[test]
fn a_search_finds_what_is_shared_and_counts_what_is_withheld() {
    let cluster = Cluster::start(program(), 3);
    let [hospital, gp, other] = cluster.sites.as_slice() else { panic!("there are not three") };
    let file = cluster.file("a.txt", b"En epikrise.");
    let shared = gp.publish(&file, PATIENTS[0], &["--share", "federation"]);
    let withheld = gp.publish(&file, PATIENTS[0], &[]);
    let restricted =
        gp.publish(&file, PATIENTS[0], &["--confidentiality", "R", "--to", ORGANISATIONS[0]]);
    let own = hospital.publish(&file, PATIENTS[0], &[]);
    let found =
        until_witnessed(hospital, PATIENTS[0], &[(ORGANISATIONS[1], 2), (ORGANISATIONS[2], 0)]);
    let mut expected = vec![shared.as_str(), own.as_str()];
    expected.sort_unstable();
    assert_eq!(documents(&found), expected, "not {withheld}, and not {restricted}");
    assert_eq!(said(&found, ORGANISATIONS[1]), ("records", ""));
    let gps = row(&found, ORGANISATIONS[1]);
    assert_eq!((gps["listed"].as_u64(), gps["withheld"].as_u64()), (Some(2), Some(1)));
    assert_eq!(said(&found, ORGANISATIONS[2]), ("none", ""));
    assert_eq!(found["complete"], true);

    let named =
        hospital.json(&["find", PATIENTS[0], "--ask", ORGANISATIONS[1], "--reason", "Vakt"]);
    assert!(documents(&named).contains(&restricted.as_str()), "asked by name");

    // What is shared by name was announced, so it is known here whether or not somebody has asked for it.
    expected.push(restricted.as_str());
    expected.sort_unstable();
    let local = until("what was announced", PATIENCE, || {
        let local = hospital.json(&["find", PATIENTS[0], "--local"]);
        (documents(&local) == expected).then_some(local)
    });
    assert!(row(&local, ORGANISATIONS[1])["age_seconds"].is_i64());
    let stranger = hospital.json(&["find", PATIENTS[1], "--local"]);
    assert_eq!(said(&stranger, ORGANISATIONS[1]), ("unknown", "not-asked"));
    assert_eq!(stranger["complete"], false);

    // Whoever has nothing has seen that somebody asked, and no more.
    let accesses = other.json(&["access", "list"]);
    let evaluated = accesses["accesses"].as_array().unwrap();
    assert!(evaluated.iter().any(|access| access["action"] == "evaluate"));
    assert!(evaluated.iter().all(|access| access["action"] != "find"));
    let accesses = hospital.json(&["access", "list", "--patient", PATIENTS[0]]);
    let finds = accesses["accesses"].as_array().unwrap().iter();
    assert!(finds.filter(|access| access["action"] == "find").count() >= 3, "local ones too");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_is_named_for_what_it_is() {
    let mut cluster = Cluster::made(program(), 12);
    cluster.join_all();
    let [refusing, lying] = [8, 9].map(|at| Adversary::of(&cluster.sites[at]));
    let (refusing, lying) =
        (Holder::new(refusing, Lie::Refuses), Holder::new(lying, Lie::OtherKey));
    refusing.listen().await;
    lying.listen().await;
    // The last two never start.
    for site in &mut cluster.sites[..8] {
        site.start();
    }
    let file = cluster.file("a.txt", b"En epikrise.");
    let holders = [1, 2, 3];
    let mut shared: Vec<String> = holders
        .map(|at| cluster.sites[at].publish(&file, PATIENTS[0], &["--share", "federation"]))
        .to_vec();
    shared.sort_unstable();
    let asker = &cluster.sites[0];
    let answering: Vec<&str> = ORGANISATIONS[1..8].to_vec();
    let found = until("answers of all who live", PATIENCE, || {
        let found = asker.json(&["find", PATIENTS[0]]);
        let has_answered = |organisation: &&str| row(&found, organisation)["as_of"].is_string();
        answering.iter().all(has_answered).then_some(found)
    });
    for (at, organisation) in answering.iter().enumerate() {
        let expected = if holders.contains(&(at + 1)) { "records" } else { "none" };
        assert_eq!(said(&found, organisation).0, expected, "{organisation}");
    }
    assert_eq!(documents(&found), shared);
    assert_eq!(said(&found, ORGANISATIONS[8]), ("refused", "not-permitted"));
    assert_eq!(said(&found, ORGANISATIONS[9]), ("fault", "evaluation"));
    assert_eq!(said(&found, ORGANISATIONS[10]), ("unknown", "not-reached"));
    assert_eq!(said(&found, ORGANISATIONS[11]), ("unknown", "not-reached"));
    assert_eq!((found["complete"].as_bool(), found["unknown"].as_u64()), (Some(false), Some(4)));
    let summary = found["summary"].as_str().unwrap();
    assert_eq!(
        summary,
        "3 open records so far; of 4 members it is not known whether they have records"
    );
    assert_eq!(lying.named(), 0, "nobody is named where the key is another");

    // Somebody who has nothing at all is not said to have nothing either, while four are silent.
    let nobody = asker.json(&["find", PATIENTS[1]]);
    assert_eq!(nobody["summary"], "of 4 members it is not known whether they have records");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_names_those_who_are_silent() {
    let mut cluster = Cluster::made(program(), 2);
    cluster.join_all();
    cluster.sites[0].start();
    let silent = Adversary::of(&cluster.sites[1]);
    // It takes the connection, and answers nothing.
    silent
        .listen(std::sync::Arc::new(|_, stream| {
            Box::pin(async move {
                futures::future::pending::<()>().await;
                drop(stream);
                Ok(())
            })
        }))
        .await;
    let began = Instant::now();
    let found = cluster.sites[0].json(&["find", PATIENTS[0], "--deadline", "1s"]);
    let took = began.elapsed();
    assert_eq!(said(&found, ORGANISATIONS[1]), ("unknown", "not-reached"));
    assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(3), "{took:?}");
}
