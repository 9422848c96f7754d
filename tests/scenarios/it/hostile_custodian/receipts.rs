//! Receipts that prove nothing: they do not get into evidence, which is written without one and says so.

use std::fs;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::Entry;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::receipt::{RECEIPT_BYTES_MAX, Receipt};
use budstikke_protocol::log::tree::TreeHead;
use budstikke_protocol::wire::codec::encode;
use budstikke_protocol::wire::index::{self, IndexAnswer};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_scenarios::archive::Archive;
use budstikke_scenarios::cluster::ORGANISATIONS;
use budstikke_scenarios::hostile::custodian::whole;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{Stage, some_bytes};
use crate::evidence::RECEIPT;

/// The receipt for a statement in a log of this one entry.
fn receipt(stage: &Stage, statement: &str, key: &SecretKey) -> Receipt {
    let salt = Salt::from_bytes(Zeroizing::new([7; 32]));
    let commitment = Commitment::to(Sha256Digest::of(statement.as_bytes()), &salt);
    let head = TreeHead { size: 1, root: Entry::Record(commitment).leaf_hash() };
    let federation = "test.budstikke".parse().unwrap();
    let origin = Origin::records(federation, stage.adversary.organisation);
    let checkpoint = Checkpoint { origin, head }.sign(key);
    Receipt::new(0, Vec::new(), &checkpoint).with_extra(salt.bytes().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_written_without_a_receipt_that_proves_nothing() {
    let stage = Stage::new().await;
    let bytes = some_bytes(5000);
    let (document, other) = (stage.custodian.new_id(), stage.custodian.new_id());
    let (manifest, another) = (stage.signed(document, &bytes), stage.signed(other, &bytes));
    stage.custodian.plays(document, vec![whole(&manifest, &bytes)]);
    stage.check_kept(document, &bytes);
    let export = |name: &str, answer: &IndexAnswer| -> (Value, Option<String>) {
        stage.custodian.answers(index::PROTOCOL, vec![encode(answer).unwrap()]);
        let path = stage.cluster.path(&format!("{name}.tar"));
        let id = document.to_string();
        let args =
            ["evidence", "export", &id, "--from", ORGANISATIONS[1], "-o", path.to_str().unwrap()];
        let said = stage.municipality().json(&args);
        let members = Archive::parse(&fs::read(path).unwrap()).members;
        let found = members.into_iter().find(|member| member.0 == RECEIPT);
        (said, found.map(|member| String::from_utf8(member.1).unwrap()))
    };

    let log = &stage.adversary.keys.log;
    let good = receipt(&stage, &manifest, log).to_string();
    let (said, found) = export("good", &IndexAnswer::Receipt(good.clone()));
    assert_eq!((&said["receipt"], found.as_deref()), (&json!("promised"), Some(good.as_str())));

    let nothing = "the receipt proves nothing of this statement";
    let text = |receipt: Receipt| IndexAnswer::Receipt(receipt.to_string());
    let bare = good.lines().filter(|line| !line.starts_with("extra ")).collect::<Vec<_>>();
    let too_long = "x".repeat(RECEIPT_BYTES_MAX + 1);
    for (name, answer, error) in [
        ("another", text(receipt(&stage, &another, log)), nothing),
        ("by-sign", text(receipt(&stage, &manifest, &stage.adversary.keys.sign)), nothing),
        ("garbage", IndexAnswer::Receipt("trust me".to_owned()), nothing),
        ("no-salt", IndexAnswer::Receipt(bare.join("\n") + "\n"), "holds no salt"),
        ("too-long", IndexAnswer::Receipt(too_long), "sent something that is no receipt"),
        ("kept", IndexAnswer::Kept, "sent something that is no receipt"),
        ("unknown", IndexAnswer::Unknown, "has no receipt for it"),
        ("refused", IndexAnswer::Refused(Refusal::NotPermitted), "does not permit it"),
    ] {
        let (said, found) = export(name, &answer);
        let why = said["no_receipt"]["error"].as_str().unwrap_or_default();
        assert!(why.contains(error), "{name}: {said}");
        assert_eq!((&said["receipt"], found), (&Value::Null, None), "{name}");
    }
    stage.check_kept_only(&[document]);
}
