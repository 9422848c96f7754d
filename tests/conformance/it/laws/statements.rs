//! Statements read back as they were signed, and not if a single character is another.

use std::fmt::Debug;

use budstikke_conformance::cast;
use budstikke_keys::jws::{Claimed, SignedByMany, Statement, sign};
use budstikke_keys::public::PublicKey;
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::access::blind::{BlindElement, BlindQuestion};
use budstikke_protocol::access::question::Question;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{SharingChange, Withdrawal};
use budstikke_protocol::index::ticket::TicketTag;
use budstikke_protocol::limits::{BLIND_BYTES_MAX, STATEMENT_BYTES_MAX};
use proptest::prelude::*;

use crate::strategy::{
    blind_question, key, key_names, manifest, question, sharing_change, withdrawal,
};

/// What is signed reads back, verifies with its key, and with no other.
fn check_round_trip<T>(statement: T, key: &SecretKey) -> Result<(), TestCaseError>
where
    T: Statement + Clone + PartialEq + Debug,
{
    let signed = sign(statement.clone(), key).unwrap();
    let claimed = Claimed::<T>::parse(signed.compact(), STATEMENT_BYTES_MAX).unwrap();
    prop_assert_eq!(claimed.kid(), key.public().thumbprint());
    prop_assert_eq!(claimed.digest(), signed.digest());
    prop_assert!(claimed.clone().verify(&cast::public("another")).is_err());
    let verified = claimed.verify(&key.public()).unwrap();
    prop_assert_eq!(verified.compact(), signed.compact());
    prop_assert_eq!(verified.statement(), &statement);
    Ok(())
}

fn is_taken(compact: &str, key: &PublicKey) -> bool {
    Claimed::<Withdrawal>::parse(compact, STATEMENT_BYTES_MAX)
        .is_ok_and(|claimed| claimed.verify(key).is_ok())
}

fn signed_by(names: impl IntoIterator<Item = String>) -> SignedByMany<Question> {
    let question = serde_json::from_value(budstikke_conformance::sample::question()).unwrap();
    let mut signed = SignedByMany::new(question).unwrap();
    for name in names {
        signed.add(&cast::key(&name)).unwrap();
    }
    signed
}

/// A batch of as many as there may be fits into what a reader takes; one more is refused by who reads and by who signs.
#[test]
fn a_blind_question_has_at_most_a_thousand_elements() {
    let mut question: BlindQuestion =
        serde_json::from_value(budstikke_conformance::sample::blind()).unwrap();
    let element = BlindElement { element: [0xff; 32], tag: TicketTag::from_bytes([0xff; 32]) };
    question.elements = vec![element; 1000];
    question.epoch = u32::MAX;
    let key = cast::key("law 0");
    let signed = sign(question.clone(), &key).unwrap();
    assert!(Claimed::<BlindQuestion>::parse(signed.compact(), BLIND_BYTES_MAX).is_ok());
    question.elements.push(element);
    assert!(sign(question.clone(), &key).is_err());
    let payload = serde_json::to_vec(&question).unwrap();
    let one_more = budstikke_conformance::handmade::stated(BlindQuestion::TYP, &payload, &key);
    assert!(Claimed::<BlindQuestion>::parse(&one_more, BLIND_BYTES_MAX).is_err());
}

proptest! {
    #[test]
    fn manifests_read_back(statement in manifest(), signer in key()) {
        check_round_trip::<Manifest>(statement, &signer)?;
    }

    #[test]
    fn changes_of_sharing_read_back(statement in sharing_change(), signer in key()) {
        check_round_trip::<SharingChange>(statement, &signer)?;
    }

    #[test]
    fn withdrawals_read_back(statement in withdrawal(), signer in key()) {
        check_round_trip::<Withdrawal>(statement, &signer)?;
    }

    #[test]
    fn questions_read_back(statement in question(), signer in key()) {
        check_round_trip::<Question>(statement, &signer)?;
    }

    #[test]
    fn blind_questions_read_back(statement in blind_question(), signer in key()) {
        check_round_trip::<BlindQuestion>(statement, &signer)?;
    }

    #[test]
    fn another_character_anywhere_is_noticed(
        statement in withdrawal(), signer in key(), at: prop::sample::Index, other in "[ -~\n]",
    ) {
        let compact = sign(statement, &signer).unwrap().compact().to_owned();
        let at = at.index(compact.len());
        prop_assume!(compact[at..=at] != other);
        let mut changed = compact;
        changed.replace_range(at..=at, &other);
        prop_assert!(!is_taken(&changed, &signer.public()));
    }

    #[test]
    fn a_character_more_or_less_anywhere_is_noticed(
        statement in withdrawal(), signer in key(), at: prop::sample::Index, more in "[ -~\n]",
    ) {
        let compact = sign(statement, &signer).unwrap().compact().to_owned();
        let at = at.index(compact.len());
        let (before, after) = compact.split_at(at);
        let longer = format!("{before}{more}{after}");
        prop_assert!(!is_taken(&longer, &signer.public()));
        let shorter = format!("{before}{}", &after[1..]);
        prop_assert!(!is_taken(&shorter, &signer.public()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in prop_oneof!["\\PC*", "[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*\\.[A-Za-z0-9_-]*"]) {
        if let Ok(claimed) = Claimed::<Question>::parse(&text, STATEMENT_BYTES_MAX) {
            prop_assert_eq!(claimed.compact(), &text);
        }
        if let Ok(signed) = SignedByMany::<Question>::parse(text.as_bytes(), STATEMENT_BYTES_MAX) {
            prop_assert!(signed.kids().count() <= budstikke_keys::jws::SIGNATURES_MAX);
        }
    }

    #[test]
    fn those_who_signed_are_those_who_count(names in key_names(8), others in key_names(8)) {
        let signed = signed_by(names.clone());
        let read = SignedByMany::<Question>::parse(signed.to_json().as_bytes(), STATEMENT_BYTES_MAX).unwrap();
        prop_assert_eq!(&read, &signed);
        let keys: Vec<_> = others.iter().map(|name| cast::public(name)).collect();
        let expected = names.intersection(&others).map(|name| cast::public(name).thumbprint()).collect();
        prop_assert_eq!(read.valid_signers(&keys), expected);
    }

    #[test]
    fn signatures_may_be_gathered_in_any_order(some in key_names(8), more in key_names(8)) {
        let all = signed_by(some.union(&more).cloned());
        let mut one_way = signed_by(some.clone());
        one_way.merge(signed_by(more.clone())).unwrap();
        let mut other_way = signed_by(more);
        other_way.merge(signed_by(some)).unwrap();
        prop_assert_eq!(&one_way, &all);
        prop_assert_eq!(&other_way, &all);
        let before = all.to_json();
        one_way.merge(all).unwrap();
        prop_assert_eq!(one_way.to_json(), before);
    }
}
