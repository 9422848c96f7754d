//! Messages read back as they were written, and no bytes make a reader stumble.

use std::fmt::Debug;

use budstikke_protocol::ids::ReferralId;
use budstikke_protocol::limits::HEADS_MAX;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::wire::codec::{Message, WireError, decode, encode};
use budstikke_protocol::wire::document::{Get, Head};
use budstikke_protocol::wire::hello::{Hello, LogHead, RosterHead};
use budstikke_protocol::wire::index::{
    Announcement, IndexAnswer, IndexQuestion, RecordsAnswer, Shown, StateAnswer, StateQuestion,
};
use budstikke_protocol::wire::reach::{Outcome, ReachAnswer, ReachQuestion, Tried};
use budstikke_protocol::wire::referral::{Held, Parcel, ReferralAnswer, ReferralDelivery, Taken};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_protocol::wire::roster::{RosterAnswer, RosterQuestion};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_bytes::{ByteArray, ByteBuf};

use crate::strategy::{document, organisation};

fn check_round_trip<M: Message + PartialEq + Debug>(message: M) -> Result<(), TestCaseError> {
    let bytes = encode(&message).unwrap();
    prop_assert_eq!(decode::<M>(&bytes[..bytes.len() - 1]), Err(WireError::Malformed));
    prop_assert_eq!(decode::<M>(&[&bytes, &[0][..]].concat()), Err(trailing::<M>(bytes.len() + 1)));
    prop_assert_eq!(decode::<M>(&bytes), Ok(message));
    Ok(())
}

fn trailing<M: Message>(bytes: usize) -> WireError {
    if bytes > M::BYTES_MAX { WireError::TooLarge(M::BYTES_MAX) } else { WireError::Trailing }
}

/// Whatever is read from `bytes` is a message that can be written and read again.
fn check_any<M: Message + PartialEq + Debug>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(message) = decode::<M>(bytes) {
        let again = encode(&message).unwrap();
        prop_assert_eq!(decode::<M>(&again), Ok(message));
    }
    Ok(())
}

fn check_any_message(bytes: &[u8]) -> Result<(), TestCaseError> {
    check_any::<Hello>(bytes)?;
    check_any::<RosterQuestion>(bytes)?;
    check_any::<RosterAnswer>(bytes)?;
    check_any::<IndexQuestion>(bytes)?;
    check_any::<IndexAnswer>(bytes)?;
    check_any::<ReachQuestion>(bytes)?;
    check_any::<ReachAnswer>(bytes)?;
    check_any::<ReferralDelivery>(bytes)?;
    check_any::<ReferralAnswer>(bytes)?;
    check_any::<Get>(bytes)?;
    check_any::<Head>(bytes)
}

fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        Just(Refusal::NotPermitted),
        Just(Refusal::Technical),
        any::<u32>().prop_map(|retry_after| Refusal::Rate { retry_after }),
        any::<i64>().prop_map(|time| Refusal::Clock { time }),
    ]
}

fn hello() -> impl Strategy<Value = Hello> {
    (any::<(u64, [u8; 32], i64)>(), vec(head(), 0..=HEADS_MAX)).prop_map(
        |((version, digest, time), heads)| Hello {
            roster: RosterHead { version, digest },
            time,
            heads,
        },
    )
}

fn origin() -> impl Strategy<Value = Origin> {
    "[a-z0-9.-]{3,64}/983974910(/access)?(/[2-9][0-9]{0,3})?"
        .prop_map(|origin| origin.parse().unwrap())
}

fn head() -> impl Strategy<Value = LogHead> {
    (origin(), any::<(u64, [u8; 32], i64)>()).prop_map(|(origin, (size, root, time))| LogHead {
        origin,
        size,
        root,
        time,
    })
}

fn page() -> impl Strategy<Value = IndexAnswer> {
    (vec("\\PC{0,40}", 0..5), any::<u64>(), option::of(document()))
        .prop_map(|(manifests, unreadable, next)| IndexAnswer::List { manifests, unreadable, next })
}

fn tried() -> impl Strategy<Value = Tried> {
    let outcome =
        prop_oneof![Just(Outcome::Reached), Just(Outcome::SomebodyElse), Just(Outcome::Unreached)];
    ("/dns4/[a-z]{1,200}/tcp/[1-9][0-9]{0,4}", outcome)
        .prop_map(|(address, outcome)| Tried { address: address.parse().unwrap(), outcome })
}

fn held() -> impl Strategy<Value = Held> {
    any::<[u32; 2]>().prop_map(|[own, theirs]| Held { own, theirs })
}

fn parcel() -> impl Strategy<Value = Parcel> {
    let referral = (any::<u64>(), any::<[u8; 10]>())
        .prop_map(|(time, random)| ReferralId::from_parts(time, random));
    (organisation(), referral, held(), vec("\\PC{0,40}", 0..5))
        .prop_map(|(referrer, referral, held, events)| Parcel { referrer, referral, held, events })
}

fn taken() -> impl Strategy<Value = Taken> {
    (held(), vec("\\PC{0,40}", 0..5), option::of("[a-z-]{1,20}"))
        .prop_map(|(held, events, fault)| Taken { held, events, fault })
}

fn shown() -> impl Strategy<Value = Shown> {
    (any::<u64>(), any::<[u8; 32]>(), "\\PC{0,40}").prop_map(|(index, salt, manifest)| Shown {
        index,
        salt: ByteArray::new(salt),
        manifest,
    })
}

proptest! {
    #[test]
    fn hellos_read_back(hello in hello()) {
        check_round_trip(hello)?;
    }

    #[test]
    fn questions_about_rosters_and_their_answers_read_back(version: u64, roster in "\\PC*") {
        check_round_trip(RosterQuestion { version })?;
        check_round_trip(RosterAnswer::Roster(roster))?;
    }

    #[test]
    fn questions_about_the_index_and_their_answers_read_back(
        question in "\\PC*", page in page(), refusal in refusal(),
    ) {
        check_round_trip(IndexQuestion::List(question))?;
        check_round_trip(page)?;
        check_round_trip(IndexAnswer::Refused(refusal))?;
    }

    #[test]
    fn questions_about_logs_and_their_answers_read_back(
        text in "\\PC*", origin in origin(), from: u64, to: u64, status: u16,
        size: Option<u64>, hashes in vec(any::<[u8; 32]>(), 0..70),
    ) {
        check_round_trip(IndexQuestion::Cosign(text.clone()))?;
        check_round_trip(IndexQuestion::Fork(text.clone()))?;
        check_round_trip(IndexQuestion::Receipt(text.clone()))?;
        check_round_trip(IndexAnswer::Receipt(text.clone()))?;
        check_round_trip(IndexQuestion::Checkpoint(origin.clone()))?;
        check_round_trip(IndexQuestion::Consistency { origin, from, to })?;
        check_round_trip(IndexAnswer::Cosigned(text.clone()))?;
        check_round_trip(IndexAnswer::Checkpoint(text))?;
        check_round_trip(IndexAnswer::Declined { status, size })?;
        let hashes = hashes.into_iter().map(ByteArray::new).collect();
        check_round_trip(IndexAnswer::Consistency(hashes))?;
        check_round_trip(IndexAnswer::Kept)?;
        check_round_trip(IndexAnswer::Unknown)?;
    }

    #[test]
    fn questions_how_the_index_stands_and_their_answers_read_back(
        numbers: (u64, u32, u64), checkpoint in "\\PC*", state in vec(any::<u8>(), 142..=142),
        path in vec(any::<[u8; 32]>(), 0..9), presence in vec(any::<u8>(), 0..200),
    ) {
        let (size, epoch, from) = numbers;
        check_round_trip(IndexQuestion::State(StateQuestion { size, epoch, presence: from }))?;
        let path: Vec<_> = path.into_iter().map(ByteArray::new).collect();
        let state = ByteArray::new(state.try_into().unwrap());
        let presence = ByteBuf::from(presence);
        let consistency = path.clone();
        let answer = StateAnswer { checkpoint, state, path, consistency, from, presence };
        check_round_trip(IndexAnswer::State(Box::new(answer)))?;
    }

    #[test]
    fn questions_of_a_search_and_their_answers_read_back(
        text in "\\PC*", elements in vec(any::<[u8; 32]>(), 0..9), proof: [[u8; 32]; 2], epoch: u32,
        shown in vec(shown(), 0..4), next: Option<u64>, sharing: Option<String>,
    ) {
        check_round_trip(IndexQuestion::Blind(text.clone()))?;
        check_round_trip(IndexQuestion::Records(text.clone()))?;
        let [manifest, receipt] = [text.clone(), text.clone()];
        check_round_trip(IndexQuestion::Announce(Announcement { manifest, sharing, receipt }))?;
        let evaluated = elements.into_iter().map(ByteArray::new).collect();
        let whole = ByteArray::new(proof.concat().try_into().unwrap());
        check_round_trip(IndexAnswer::Blind { evaluated, proof: whole })?;
        check_round_trip(IndexAnswer::Epoch { epoch })?;
        let proof = ByteBuf::from(proof.concat());
        let answer = RecordsAnswer { checkpoint: text, proof, shown, next };
        check_round_trip(IndexAnswer::Records(Box::new(answer)))?;
        check_round_trip(IndexAnswer::Announced)?;
    }

    #[test]
    fn questions_about_reach_and_their_answers_read_back(
        tried in vec(tried(), 0..9), refusal in refusal(),
    ) {
        check_round_trip(ReachQuestion {})?;
        check_round_trip(ReachAnswer::Tried(tried))?;
        check_round_trip(ReachAnswer::Refused(refusal))?;
    }

    #[test]
    fn deliveries_of_referrals_and_their_answers_read_back(
        parcels in vec(parcel(), 0..4), taken in vec(taken(), 0..4), retry_after: u32,
        refusal in refusal(),
    ) {
        check_round_trip(ReferralDelivery { parcels })?;
        check_round_trip(ReferralAnswer::Taken(taken))?;
        check_round_trip(ReferralAnswer::Full { retry_after })?;
        check_round_trip(ReferralAnswer::Refused(refusal))?;
    }

    #[test]
    fn questions_for_documents_and_their_answers_read_back(
        question in "\\PC*", first: u64, manifest in "\\PC*", refusal in refusal(),
    ) {
        check_round_trip(Get { question, first })?;
        check_round_trip(Head::Document { manifest })?;
        check_round_trip(Head::Refused(refusal))?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        check_any_message(&bytes)?;
    }

    #[test]
    fn changed_messages_are_read_or_refused(
        hello in hello(), page in page(), at: Index, byte: u8, cut: Index,
    ) {
        for mut bytes in [encode(&hello).unwrap(), encode(&page).unwrap()] {
            let place = at.index(bytes.len());
            bytes[place] = byte;
            check_any_message(&bytes)?;
            check_any_message(&bytes[..cut.index(bytes.len())])?;
        }
    }

    /// Items within items within items: a reader that recurses must stop somewhere.
    #[test]
    fn nested_items_are_refused(opening in prop_oneof![Just(0x81_u8), Just(0x9f), Just(0xbf), Just(0xc1), Just(0xa1)]) {
        let bytes = vec![opening; IndexAnswer::BYTES_MAX];
        prop_assert_eq!(decode::<IndexAnswer>(&bytes), Err(WireError::Malformed));
    }

    /// A length that the rest of the message does not have costs no memory.
    #[test]
    fn lengths_beyond_the_end_are_refused(kind in prop_oneof![Just(0x5b_u8), Just(0x7b), Just(0x9b), Just(0xbb)], length in 1_u64 << 20..) {
        let claim = [&[kind][..], &length.to_be_bytes()].concat();
        prop_assert_eq!(decode::<RosterAnswer>(&claim), Err(WireError::Malformed));
        let inside = [b"\xa1\x64list".as_slice(), b"\xa1\x69manifests", &claim].concat();
        prop_assert_eq!(decode::<IndexAnswer>(&inside), Err(WireError::Malformed));
    }
}
