//! A member that announces what is not its own, not shared, or not in its log: it is refused, and nothing is kept.

use std::collections::BTreeSet;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::sign;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{Sharing, SharingChange};
use budstikke_protocol::ids::{DocumentId, ManifestDigest, OrganisationNumber};
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::receipt::Receipt;
use budstikke_protocol::log::tree::TreeHead;
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::index::{Announcement, IndexAnswer, IndexQuestion, PROTOCOL};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_scenarios::cluster::{Cluster, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::custodian::{manifest, signed};
use budstikke_scenarios::hostile::question::{altered, now};
use budstikke_scenarios::inside::Inside;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use super::{identifier, ids, made, named, start};

const NOT_PERMITTED: IndexAnswer = IndexAnswer::Refused(Refusal::NotPermitted);

/// A hospital, and a member that has the keys of a GP office.
struct Stage {
    cluster: Cluster,
    hospital: Inside,
    adversary: Adversary,
    runtime: Runtime,
}

impl Stage {
    fn new() -> Self {
        let cluster = made(3);
        let hospital = start(&cluster, 0);
        let adversary = Adversary::of(&cluster.sites[1]);
        Self { cluster, hospital, adversary, runtime: Runtime::new().unwrap() }
    }

    fn announce(&self, announcement: &Announcement) -> IndexAnswer {
        self.announce_as(&self.adversary, announcement)
    }

    fn announce_as(&self, adversary: &Adversary, announcement: &Announcement) -> IndexAnswer {
        let bytes = encode(&IndexQuestion::Announce(announcement.clone())).unwrap();
        self.runtime.block_on(async {
            let link = adversary.dial(&self.cluster.sites[0]).await.unwrap();
            decode(&link.ask(PROTOCOL, &bytes).await.unwrap()).unwrap()
        })
    }

    /// A manifest as an honest custodian writes it, shared with the hospital by name.
    fn manifest(&self, number: u8) -> Manifest {
        let document = DocumentId::from_parts(1_795_000_000_000, [number; 10]);
        let sharing = named(&[self.hospital.organisation()]);
        Manifest { sharing, ..manifest(self.adversary.organisation, document, b"a document") }
    }

    /// An honest announcement of a manifest.
    fn honest(&self, manifest: Manifest) -> Announcement {
        let manifest = signed(manifest, &self.adversary.keys.sign);
        let receipt = self.receipt(&manifest, &self.adversary.keys.log);
        Announcement { manifest, sharing: None, receipt }
    }

    /// The receipt for a statement in a log of this one entry.
    fn receipt(&self, statement: &str, key: &SecretKey) -> String {
        let salt = Salt::from_bytes(Zeroizing::new([7; 32]));
        let commitment = Commitment::to(Sha256Digest::of(statement.as_bytes()), &salt);
        let head = TreeHead { size: 1, root: Entry::Record(commitment).leaf_hash() };
        let federation = "test.budstikke".parse().unwrap();
        let origin = Origin::records(federation, self.adversary.organisation);
        let checkpoint = Checkpoint { origin, head }.sign(key);
        Receipt::new(0, Vec::new(), &checkpoint).with_extra(salt.bytes().to_vec()).to_string()
    }

    /// A change of who may read the document of a manifest.
    fn change(&self, manifest: &str, document: DocumentId, sharing: Sharing) -> String {
        let change = SharingChange {
            document,
            organisation: self.adversary.organisation,
            manifest: ManifestDigest::new(Sha256Digest::of(manifest.as_bytes())),
            sequence: 1,
            sharing,
            created: now(),
        };
        sign(change, &self.adversary.keys.sign).unwrap().compact().to_owned()
    }

    /// Refused, for the reason that stands in the access log.
    fn check_refused(&self, what: &str, announcement: &Announcement, reason: &str) {
        assert_eq!(self.announce(announcement), NOT_PERMITTED, "{what}");
        let denied = self.hospital.run(async |ctx, _| {
            let newest = ctx.store.accesses(None, 1).unwrap().found.pop().unwrap();
            serde_json::to_value(newest).unwrap()
        });
        assert_eq!((&denied["action"], &denied["denied"]), (&"announce".into(), &reason.into()));
    }
}

#[test]
fn what_is_not_its_own_not_shared_or_not_logged_leaves_nothing() {
    let stage = Stage::new();
    let here = stage.hospital.organisation();
    let own = &stage.adversary.keys;
    let other = Adversary::of(&stage.cluster.sites[2]);
    let good = stage.honest(stage.manifest(1));

    let foreign = Manifest { organisation: other.organisation, ..stage.manifest(2) };
    stage.check_refused("another custodian's", &stage.honest(foreign), "not-the-peer");
    let by = |key: &SecretKey| {
        let manifest = signed(stage.manifest(3), key);
        let receipt = stage.receipt(&manifest, &own.log);
        Announcement { manifest, sharing: None, receipt }
    };
    for key in [&other.keys.sign, &own.node, &own.log] {
        stage.check_refused("signed with another key", &by(key), "signature");
    }
    let turned = Announcement { manifest: altered(&good.manifest), ..good.clone() };
    stage.check_refused("altered", &turned, "signature");
    let real = Manifest { patient: identifier_of_somebody(here), ..stage.manifest(4) };
    stage.check_refused("a patient of another environment", &stage.honest(real), "malformed");
    for nothing in ["", "a.b.c"] {
        let nothing = Announcement { manifest: nothing.to_owned(), ..good.clone() };
        stage.check_refused("no manifest", &nothing, "malformed");
    }
    for sharing in [Sharing::Nobody, Sharing::Federation, named(&[other.organisation])] {
        let manifest = Manifest { sharing, ..stage.manifest(5) };
        stage.check_refused("not shared by name", &stage.honest(manifest), "not-shared");
    }
    for receipt in [
        stage.receipt(&good.manifest, &own.sign),
        stage.receipt(&good.manifest, &other.keys.log),
        stage.receipt("another", &own.log),
        "trust me".to_owned(),
        "x".repeat(100_000),
    ] {
        let forged = Announcement { receipt, ..good.clone() };
        stage.check_refused("a receipt that proves nothing", &forged, "receipt");
    }
    assert_eq!(ids(&stage.hospital), BTreeSet::new());
}

#[test]
fn a_change_of_sharing_counts_for_its_document_and_its_custodian_only() {
    let stage = Stage::new();
    let here = stage.hospital.organisation();
    let other = Adversary::of(&stage.cluster.sites[2]);
    let closed = Manifest { sharing: Sharing::Nobody, ..stage.manifest(1) };
    let document = closed.document;
    let closed = stage.honest(closed);
    let with = |sharing: String| Announcement { sharing: Some(sharing), ..closed.clone() };

    let elsewhere = stage.change("another manifest", document, named(&[here]));
    stage.check_refused("of another manifest", &with(elsewhere), "malformed");
    let another = stage.change(&closed.manifest, stage.manifest(2).document, named(&[here]));
    stage.check_refused("of another document", &with(another), "malformed");
    let change = stage.change(&closed.manifest, document, named(&[here]));
    stage.check_refused("altered", &with(altered(&change)), "signature");
    let to_other = stage.change(&closed.manifest, document, named(&[other.organisation]));
    stage.check_refused("for somebody else", &with(to_other.clone()), "not-shared");
    // The change counts, not what the manifest has said before.
    let open = stage.honest(stage.manifest(3));
    let taken_back = stage.change(&open.manifest, stage.manifest(3).document, Sharing::Nobody);
    let taken_back = Announcement { sharing: Some(taken_back), ..open };
    stage.check_refused("taken back", &taken_back, "not-shared");
    assert_eq!(ids(&stage.hospital), BTreeSet::new());

    assert_eq!(stage.announce(&with(change)), IndexAnswer::Announced);
    assert_eq!(ids(&stage.hospital), BTreeSet::from([document]));
}

#[test]
fn what_is_announced_again_is_kept_once_and_nobody_else_can_announce_it() {
    let stage = Stage::new();
    let good = stage.honest(stage.manifest(1));
    assert_eq!(stage.announce(&good), IndexAnswer::Announced);
    let accesses = || stage.hospital.run(async |ctx, _| ctx.store.accesses(None, 100).unwrap());
    let before = accesses().found.len();
    assert_eq!(stage.announce(&good), IndexAnswer::Announced);
    assert_eq!(accesses().found.len(), before, "it was written again");
    let other = Adversary::of(&stage.cluster.sites[2]);
    assert_eq!(stage.announce_as(&other, &good), NOT_PERMITTED);
    assert_eq!(ids(&stage.hospital).len(), 1);
}

/// The number of somebody who may live.
fn identifier_of_somebody(at: OrganisationNumber) -> budstikke_protocol::patient::Identifier {
    let synthetic = identifier(PATIENTS[0], at);
    let text = serde_json::json!({ "system": synthetic.system(), "value": "01010112377" });
    serde_json::from_value(text).unwrap()
}
