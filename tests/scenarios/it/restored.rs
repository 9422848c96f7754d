//! A home that was copied or put back from an old copy: its node publishes, and signs nothing of its log before a quorum of its witnesses
//! has said that they know no newer head.

use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::laboratory::ledger::Ledger;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::Value;

use crate::program;
use crate::witnesses::{publish, status, wait_for_witnesses};

/// Waits until a site says this of its home that was put back.
fn wait_for_answers(site: &Site, words: &str) -> Value {
    until(words, PATIENCE, || {
        let status = status(site);
        status["restored"].as_str()?.contains(words).then_some(status)
    })
}

/// Publishing goes on, and nothing of it is signed.
fn check_that_nothing_is_signed(cluster: &Cluster, site: &Site) {
    let document = publish(cluster, site, "published all the same");
    let status = until("the record to wait", PATIENCE, || {
        Some(status(site)).filter(|status| status["waiting"].as_u64() > Some(0))
    });
    assert_eq!((&status["size"], &status["root"]), (&Value::Null, &Value::Null), "{status}");
    assert!(site.run(&["document", "get", &document]).is_success);
    let folder = cluster.path("export");
    assert!(!site.run(&["index", "export", folder.to_str().unwrap()]).is_success);
}

#[test]
fn a_copied_home_publishes_and_signs_once_a_quorum_of_its_witnesses_was_heard() {
    let mut cluster = Cluster::start(program(), 3);
    publish(&cluster, &cluster.sites[0], "one");
    let before = wait_for_witnesses(&cluster.sites[0]);
    let mut ledger = Ledger::default();
    ledger.saw(&before).unwrap();
    assert_eq!(before["restored"], Value::Null);
    for site in &mut cluster.sites {
        site.stop();
    }
    let copy = cluster.path("copy");
    cluster.sites[0].keep_copy(&copy);
    cluster.sites[0].put_back(&copy);
    let found = String::from_utf8(cluster.sites[0].run(&["doctor"]).stdout).unwrap();
    assert!(found.contains("was copied or put back: nothing of its log is signed"), "{found}");
    cluster.sites[0].start();
    let site = &cluster.sites[0];
    assert!(site.log().contains("the home was copied or put back: nothing of the log is signed"));
    wait_for_answers(site, "until 2 of its 2 witnesses have said");
    check_that_nothing_is_signed(&cluster, site);
    let document = publish(&cluster, site, "two");
    let receipt = cluster.path("receipt");
    let refused = site.run(&["index", "receipt", &document, "-o", receipt.to_str().unwrap()]);
    assert!(refused.failure().contains("the home was copied or put back"));
    assert!(site.json(&["status"])["restored"].is_string());
    // One of two is no quorum, and its answer counts once.
    cluster.sites[1].start();
    wait_for_answers(&cluster.sites[0], "; 1 have");
    check_that_nothing_is_signed(&cluster, &cluster.sites[0]);
    cluster.sites[2].start();
    let after = wait_for_witnesses(&cluster.sites[0]);
    assert_eq!(after["restored"], Value::Null);
    assert!(after["size"].as_u64() > before["size"].as_u64(), "{after}");
    ledger.saw(&after).unwrap();
    let folder = cluster.path("export");
    let head = cluster.sites[0].json(&["index", "export", folder.to_str().unwrap()]);
    let entries = ledger.saw(&head).unwrap().unwrap();
    ledger.compare(&folder, entries).unwrap();
    // From then on the home is where it is.
    for site in &mut cluster.sites {
        site.stop();
    }
    cluster.sites[0].start();
    let again = status(&cluster.sites[0]);
    assert_eq!((&again["restored"], &again["root"]), (&Value::Null, &after["root"]));
    let found = String::from_utf8(cluster.sites[0].run(&["doctor"]).stdout).unwrap();
    assert!(!found.contains("copied or put back"), "{found}");
}

#[test]
fn an_old_copy_that_is_put_back_never_signs_and_says_who_is_ahead() {
    let mut cluster = Cluster::start(program(), 3);
    publish(&cluster, &cluster.sites[0], "one");
    wait_for_witnesses(&cluster.sites[0]);
    cluster.sites[0].stop();
    let old = cluster.path("old");
    cluster.sites[0].keep_copy(&old);
    cluster.sites[0].start();
    publish(&cluster, &cluster.sites[0], "two");
    let before = until("what was published to be witnessed", PATIENCE, || {
        let status = wait_for_witnesses(&cluster.sites[0]);
        (status["records"] == 2).then_some(status)
    });
    cluster.sites[0].stop();
    cluster.sites[0].put_back(&old);
    // At every start, and also when one witness is away that could be part of the quorum.
    for _ in 0..2 {
        cluster.sites[0].start();
        let site = &cluster.sites[0];
        let status = until("the log to be stopped", PATIENCE, || {
            Some(status(site)).filter(|status| status["stopped"].is_string())
        });
        let stopped = status["stopped"].as_str().unwrap();
        assert!(stopped.contains("put back to an earlier state"), "{status}");
        let ahead = &status["witnesses"]["ahead"];
        assert_eq!(
            (&ahead["size"], &ahead["root"]),
            (&before["size"], &before["root"]),
            "{status}"
        );
        let by = ahead["organisation"].as_str().unwrap();
        assert!(ORGANISATIONS[1..3].contains(&by) && stopped.contains(by), "{status}");
        check_that_nothing_is_signed(&cluster, site);
        assert!(site.json(&["status"])["repairs"].to_string().contains("the log is STOPPED"));
        cluster.sites[0].stop();
        if cluster.sites[2].is_started() {
            cluster.sites[2].stop();
        }
    }
}

#[test]
fn a_copied_home_without_witnesses_signs_at_once_and_says_so() {
    let mut cluster = Cluster::start(program(), 1);
    let file = cluster.file("document.txt", b"one");
    cluster.sites[0].publish(&file, PATIENTS[0], &[]);
    let head = |site: &Site| {
        until("a head", PATIENCE, || Some(status(site)).filter(|status| status["size"] == 2))
    };
    let before = head(&cluster.sites[0]);
    cluster.sites[0].stop();
    let copy = cluster.path("copy");
    cluster.sites[0].keep_copy(&copy);
    cluster.sites[0].put_back(&copy);
    cluster.sites[0].start();
    assert_eq!(head(&cluster.sites[0])["root"], before["root"]);
    let log = cluster.sites[0].log();
    assert!(log.contains("copied or put back") && log.contains("0 of its 0 witnesses"), "{log}");
}
