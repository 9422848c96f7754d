//! What is answered: all records, those that may be read, how the index has grown.

use std::collections::BTreeSet;

use budstikke::service::publish::withdraw;
use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::limits::{LIST_PAGE_MAX, STATEMENT_BYTES_MAX};
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::tree::{TreeHash, verify_consistency};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion, Shown, StateQuestion};
use budstikke_scenarios::cluster::PATIENTS;
use zeroize::Zeroizing;

use super::{Stage, identifier};

/// The document of a record that is shown.
fn document(shown: &Shown) -> String {
    let manifest = Claimed::<Manifest>::parse(&shown.manifest, STATEMENT_BYTES_MAX).unwrap();
    manifest.claimed().document.to_string()
}

#[test]
fn every_open_record_is_proven_and_those_that_may_be_read_are_shown() {
    let stage = Stage::new();
    let named = stage.publish("N", stage.named());
    let own = stage.publish("N", Sharing::Nobody);
    let open = stage.publish("N", Sharing::Federation);
    let restricted = stage.publish("R", stage.named());
    let stated = stage.stated(1, 3);
    let label = stage.label(PATIENTS[0], &stated.state);
    assert!(stated.presence.has(label.tag()));
    assert_eq!(stage.newest().action, Action::Evaluate);

    let (answer, proof) = stage.records(label, None);
    assert_eq!((proof.records.len(), answer.next), (3, None));
    let shown: BTreeSet<_> = answer.shown.iter().map(document).collect();
    assert_eq!(shown, BTreeSet::from([named, open]));
    for Shown { index, salt, manifest } in &answer.shown {
        let salt = Salt::from_bytes(Zeroizing::new(salt.into_array()));
        let commitment = Commitment::to(Sha256Digest::of(manifest.as_bytes()), &salt);
        assert!(proof.records.iter().any(|it| (it.index, it.commitment) == (*index, commitment)));
    }
    // The patient may know of it: what was shown, and that somebody saw that there is more.
    let access = stage.newest();
    assert_eq!((access.action, access.denied), (Action::Find, None));
    let about: BTreeSet<_> = access.about.iter().map(|it| it.document.to_string()).collect();
    assert_eq!(about, shown);
    assert!(!about.contains(&own) && !about.contains(&restricted));
    let patient = identifier(PATIENTS[0], stage.hospital.organisation());
    assert_eq!((access.patients, access.caller.is_some()), (vec![patient], true));
    assert!(access.question.is_some());

    let nobody = stage.label(PATIENTS[1], &stated.state);
    assert!(!stated.presence.has(nobody.tag()));
}

#[test]
fn a_patient_whose_last_open_record_is_withdrawn_is_in_no_list() {
    let stage = Stage::new();
    let document = stage.publish("N", Sharing::Federation);
    let stated = stage.stated(1, 1);
    let label = stage.label(PATIENTS[0], &stated.state);
    assert_eq!(stage.records(label, None).0.shown.len(), 1);
    stage.hospital.run(async |ctx, caller| {
        withdraw(&ctx, &caller, document.parse().unwrap(), None).await.unwrap();
    });
    let stated = stage.stated(0, 0);
    assert!(!stated.presence.has(label.tag()));
    assert_eq!(stage.ask_named(stage.by_label(label, None)), IndexAnswer::Unknown);
    assert_eq!(stage.denied().as_deref(), Some("unknown"));
}

#[test]
fn a_long_list_is_shown_page_by_page_under_proofs_of_all_of_it() {
    let stage = Stage::new();
    let count = LIST_PAGE_MAX + 6;
    for number in 0..count {
        let sharing = if number % 10 == 0 { Sharing::Nobody } else { Sharing::Federation };
        stage.publish("N", sharing);
    }
    let stated = stage.stated(1, u64::try_from(count).unwrap());
    let label = stage.label(PATIENTS[0], &stated.state);
    let (first, proof) = stage.records(label, None);
    assert_eq!((proof.records.len(), first.shown.len()), (count, count - 7));
    assert_eq!(first.next, None);

    for _ in 0..10 {
        stage.publish("N", Sharing::Federation);
    }
    stage.stated(1, u64::try_from(count + 10).unwrap());
    let (first, _) = stage.records(label, None);
    assert_eq!(first.shown.len(), LIST_PAGE_MAX);
    assert_eq!(first.next, first.shown.last().map(|shown| shown.index));
    let (second, _) = stage.records(label, first.next);
    assert_eq!((second.shown.len(), second.next), (count + 10 - 7 - LIST_PAGE_MAX, None));
    let shown: BTreeSet<_> = first.shown.iter().chain(&second.shown).map(|it| it.index).collect();
    assert_eq!(shown.len(), count + 10 - 7);
    assert_eq!(stage.records(label, Some(u64::MAX)).0.shown, []);
}

#[test]
fn how_the_index_stands_is_told_from_where_the_asker_stands() {
    let stage = Stage::new();
    stage.publish("N", Sharing::Nobody);
    let before = stage.stated(1, 1);
    stage.hospital.publish_for(PATIENTS[1], "N", Sharing::Nobody, b"of another");
    let after = stage.stated(2, 2);
    let question = StateQuestion {
        size: before.head.size,
        epoch: before.state.epoch,
        presence: before.state.presence_bytes,
    };
    let ask = |question| match stage.ask(&IndexQuestion::State(question)) {
        IndexAnswer::State(answer) => stage.verified(answer),
        other => panic!("{other:?}"),
    };
    let told = ask(question);
    assert_eq!((told.head, told.answer.from), (after.head, before.state.presence_bytes));
    let hashes = told.answer.consistency.iter();
    let proof: Vec<_> = hashes.map(|hash| TreeHash::from_bytes(hash.into_array())).collect();
    verify_consistency(&before.head, &proof, &after.head).unwrap();
    let whole = [before.answer.presence.as_slice(), &told.answer.presence].concat();
    assert_eq!(whole, after.answer.presence.as_slice());
    // Nothing new; another epoch; more than there is.
    let same = ask(StateQuestion { size: after.head.size, presence: 16, ..question });
    assert_eq!((same.answer.consistency.len(), same.answer.presence.len()), (0, 0));
    assert_eq!(ask(StateQuestion { epoch: 77, ..question }).answer.from, 0);
    assert_eq!(ask(StateQuestion { presence: u64::MAX, ..question }).answer.from, 0);
    let beyond = ask(StateQuestion { size: u64::MAX, ..question });
    assert_eq!((beyond.head, beyond.answer.consistency.len()), (after.head, 0));
}
