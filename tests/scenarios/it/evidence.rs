//! Evidence for the tests of `verify`: of a document that was published, shared, fetched and exported.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::{Claimed, SignedByMany, sign};
use budstikke_keys::keyring::{Keyring, StewardKey};
use budstikke_keys::secret::{Passphrase, SecretKey};
use budstikke_keys::time::Timestamp;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::{Cluster, ORGANISATIONS, PATIENTS};
use budstikke_scenarios::reviewer::Reviewer;
use budstikke_scenarios::site::Site;
use budstikke_scenarios::until::{PATIENCE, until};
use serde_json::{Value, json};

use crate::program;

/// The document.
pub(crate) const DOCUMENT: &[u8] = b"<epikrise>an invented discharge summary</epikrise>\n";

/// The member that shows the manifest in the log of its custodian.
pub(crate) const RECEIPT: &str = "receipt.tlog-proof";

/// Evidence, who made it and who reviews it.
pub(crate) struct Case {
    /// The federation.
    pub(crate) cluster: Cluster,
    /// Verifies.
    pub(crate) reviewer: Reviewer,
    /// The document's id.
    pub(crate) document: String,
    /// The evidence that the fetching organisation exported.
    pub(crate) bytes: Vec<u8>,
}

impl Case {
    /// A document of the first organisation of two, about the first patient, and the evidence of the second's copy.
    pub(crate) fn new() -> Self {
        let cluster = Cluster::start(program(), 2);
        let file = cluster.file("document.xml", DOCUMENT);
        let document = cluster.sites[0].publish(
            &file,
            PATIENTS[0],
            &["--to", ORGANISATIONS[1], "--title", "Epikrise"],
        );
        cluster.sites[1].run(&["document", "get", &document, "--from", ORGANISATIONS[0]]).ok();
        cluster.sites[0].wait_for_witnesses();
        let reviewer = Reviewer::new(program(), &cluster.federation);
        let bytes = export(&cluster, &cluster.sites[1], &document);
        Self { cluster, reviewer, document, bytes }
    }

    /// The members of the evidence.
    pub(crate) fn archive(&self) -> Archive {
        Archive::parse(&self.bytes)
    }

    /// The manifest as its signer made it.
    pub(crate) fn manifest(&self) -> Manifest {
        Claimed::<Manifest>::parse(self.archive().text("manifest.jws"), STATEMENT_BYTES_MAX)
            .unwrap()
            .claimed()
            .clone()
    }

    /// The evidence with another manifest, which `key` signs; the descriptor fits it, and no log has it.
    pub(crate) fn forged(&self, manifest: Manifest, key: &SecretKey) -> Vec<u8> {
        let signed = sign(manifest, key).unwrap();
        let (signing_input, _) = signed.compact().rsplit_once('.').unwrap();
        let archive = self.archive();
        let mut descriptor: Value = serde_json::from_str(archive.text("evidence.json")).unwrap();
        descriptor["signing_input_sha256"] = json!(Sha256Digest::of(signing_input.as_bytes()));
        archive
            .with("evidence.json", descriptor.to_string())
            .with("manifest.jws", signed.compact())
            .without(RECEIPT)
            .to_bytes()
    }

    /// Since when witnesses vouch for the document.
    pub(crate) fn witnessed(&self) -> Timestamp {
        let said = self.reviewer.verify(&self.bytes, &[]).value["witnessed"].clone();
        serde_json::from_value(said).unwrap()
    }

    /// Lets the clock go on to a later second than the witnesses'.
    #[expect(clippy::disallowed_methods, reason = "the stewards' commands read this clock too")]
    pub(crate) fn wait_past_witnessed(&self) {
        let witnessed = u64::try_from(self.witnessed().unix_seconds()).unwrap();
        until("the next second", PATIENCE, || {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
            (now > witnessed).then_some(())
        });
    }

    /// The keys of a site.
    pub(crate) fn keys(&self, site: usize) -> Keyring {
        Keyring::open(
            &fs::read(self.cluster.sites[site].home.join("keyring")).unwrap(),
            &passphrase(&self.cluster),
        )
        .unwrap()
    }

    /// A roster file with one more version, which `change` makes of the newest and two stewards sign.
    pub(crate) fn roster_with(&self, name: &str, change: impl FnOnce(&mut Roster)) -> String {
        let mut rosters = Chain::parse(&fs::read_to_string(self.cluster.roster()).unwrap())
            .unwrap()
            .into_rosters();
        let last = rosters.last().unwrap();
        let mut roster = last.statement().clone();
        roster.version += 1;
        roster.previous = Some(last.payload_digest());
        change(&mut roster);
        let mut signed = SignedByMany::new(roster).unwrap();
        for number in 1..=2 {
            let sealed = fs::read(self.cluster.path(&format!("steward-{number}/keyring"))).unwrap();
            signed
                .add(&StewardKey::open(&sealed, &passphrase(&self.cluster)).unwrap().key)
                .unwrap();
        }
        rosters.push(signed);
        let text: String = rosters.iter().map(SignedByMany::to_json).collect();
        self.cluster.file(name, text.as_bytes()).to_str().unwrap().to_owned()
    }
}

/// The evidence of a document of the first organisation, as a site exports it.
pub(crate) fn export(cluster: &Cluster, site: &Site, document: &str) -> Vec<u8> {
    let path = cluster.path(&format!("evidence-of-{}-by-{}.tar", document, site.organisation));
    if path.exists() {
        fs::remove_file(&path).unwrap();
    }
    site.json(&[
        "evidence",
        "export",
        document,
        "--from",
        ORGANISATIONS[0],
        "-o",
        path.to_str().unwrap(),
    ]);
    fs::read(path).unwrap()
}

/// The passphrase of every key file of a cluster.
pub(crate) fn passphrase(cluster: &Cluster) -> Passphrase {
    Passphrase::from_string(passphrase_text(&cluster.path("passphrase"))).unwrap()
}

fn passphrase_text(path: &Path) -> String {
    fs::read_to_string(path).unwrap().trim_end().to_owned()
}
