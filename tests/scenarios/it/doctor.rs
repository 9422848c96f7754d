//! `budstikke doctor`: what it finds in order, and that each thing that is wrong is found and said.

mod home;
mod network;

use budstikke_scenarios::cluster::Cluster;
use budstikke_scenarios::site::Site;
use serde_json::Value;

use crate::program;

/// What the doctor has found.
struct Seen(Value);

impl Seen {
    /// Looks at a site. The exit code says whether there is a fault.
    fn at(site: &Site, more: &[&str]) -> Self {
        let ended = site.run(&[&["doctor", "--json"], more].concat());
        let value: Value = serde_json::from_slice(&ended.stdout)
            .unwrap_or_else(|_| panic!("no JSON, but: {}", ended.stderr));
        assert_eq!(ended.is_success, value["faults"] == 0, "{value}");
        for finding in value["findings"].as_array().unwrap() {
            assert_eq!(finding["hint"].is_null(), finding["verdict"] == "ok", "{finding}");
        }
        Self(value)
    }

    /// The findings that are of this verdict.
    fn all(&self, verdict: &str) -> Vec<&Value> {
        let findings = self.0["findings"].as_array().unwrap().iter();
        // How much room there is depends on the machine.
        findings
            .filter(|finding| finding["verdict"] == verdict && finding["check"] != "disk")
            .collect()
    }

    /// Makes sure that a check has this verdict, with these words in what was found.
    fn says(&self, check: &str, verdict: &str, words: &str) {
        let is_so = |finding: &Value| {
            finding["check"] == check
                && finding["verdict"] == verdict
                && finding["found"].as_str().unwrap().contains(words)
        };
        let findings = self.0["findings"].as_array().unwrap();
        assert!(findings.iter().any(is_so), "no {verdict} of {check}: {words}\n{:#}", self.0);
    }
}

#[test]
fn a_federation_that_works_has_no_fault_and_no_warning() {
    let cluster = Cluster::start(program(), 3);
    let [site, other, third] = cluster.sites.as_slice() else { panic!() };
    let seen = Seen::at(site, &[]);
    assert!(seen.all("warning").is_empty() && seen.all("fault").is_empty(), "{:#}", seen.0);
    let address = format!("/ip4/127.0.0.1/tcp/{}", site.port);
    seen.says("configuration", "ok", &site.organisation);
    seen.says("keys in use", "ok", "the node signs with the key that the roster lists");
    seen.says("roster", "ok", "version 1, issued ");
    seen.says("membership", "ok", "active");
    seen.says("listening", "ok", &address);
    seen.says("store", "ok", "as it was left");
    seen.says("clock", "ok", "2 members");
    seen.says("peers", "ok", "2 of 2 members answer");
    seen.says("reachable", "ok", &format!("{address} was reached by "));
    for helper in [other, third] {
        seen.says("reachable", "ok", &helper.organisation);
    }
    // Asked again at once, the others say that they have dialled back a moment ago; that is no fault.
    let again = Seen::at(site, &[]);
    assert!(again.all("fault").is_empty(), "{:#}", again.0);
    let text = String::from_utf8(other.run(&["doctor"]).ok()).unwrap();
    assert!(
        text.contains("\nok       peers ") && text.contains("\nfaults: 0, warnings: "),
        "{text}"
    );
}
