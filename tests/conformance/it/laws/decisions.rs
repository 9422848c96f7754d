//! No facts make a permit for a peer that nobody shared with, and to which no referral opens it.

use budstikke_protocol::access::decide::{Facts, Known, Request, Scope, Subject, decide};
use budstikke_protocol::access::question::Caller;
use budstikke_protocol::access::reason::Reason;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::federation::standing::Standing;
use budstikke_protocol::ids::OrganisationNumber;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::strategy::{caller, document, manifest_digest, organisation, sharing, time};

/// Who asks where, and what is known there of the document.
#[derive(Debug, Clone)]
struct Situation {
    known: Option<(OrganisationNumber, Sharing, [bool; 2])>,
    standing: Standing,
    here: OrganisationNumber,
    caller: Caller,
}

/// Facts in which everybody may be anybody: three organisations play every part.
fn facts() -> impl Strategy<Value = Situation> {
    let standing = prop_oneof![
        3 => Just(Standing::Current),
        1 => time().prop_map(|until| Standing::Grace { until }),
        1 => Just(Standing::Expired),
        1 => Just(Standing::Forked { version: 2 }),
    ];
    [organisation(), organisation(), organisation()].prop_flat_map(move |all| {
        let one = || select(all.to_vec());
        let named = proptest::collection::btree_set(one(), 1..=2).prop_map(Sharing::Organisations);
        let sharing = prop_oneof![1 => sharing(), 1 => named];
        let known = option::weighted(0.9, (one(), sharing, any::<[bool; 2]>()));
        (known, standing.clone(), one(), one(), caller()).prop_map(
            |(known, standing, here, organisation, caller)| {
                let caller = Caller { organisation, ..caller };
                Situation { known, standing, here, caller }
            },
        )
    })
}

impl Situation {
    fn is_peer(&self) -> bool {
        self.caller.organisation != self.here
    }

    fn is_care(&self) -> bool {
        ["TREAT", "ETREAT", "CAREMGT"].contains(&self.caller.purpose.code())
    }

    fn facts(&self) -> Facts<'_> {
        Facts { here: self.here, caller: &self.caller, standing: self.standing }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn a_peer_reads_what_is_ours_and_shared_with_it_and_nothing_else(
        it in facts(), document in document(), manifest in manifest_digest(), other in manifest_digest(),
    ) {
        let known = it.known.as_ref().map(|(custodian, sharing, [is_opened, is_withdrawn])| {
            let (is_opened, is_withdrawn) = (*is_opened, *is_withdrawn);
            Known { manifest, custodian: *custodian, sharing, is_opened, is_withdrawn }
        });
        let permit = decide(&it.facts(), Request::Read(&Subject { document, known }));
        let is_shared = it.known.as_ref().is_some_and(|(custodian, sharing, [is_opened, is_withdrawn])| {
            let reached = match sharing {
                Sharing::Nobody => false,
                Sharing::Organisations(named) => named.contains(&it.caller.organisation),
                Sharing::Federation => true,
            };
            *custodian == it.here && (reached || *is_opened) && !is_withdrawn
        });
        let may_exchange = matches!(it.standing, Standing::Current | Standing::Grace { .. });
        let expected = if it.is_peer() { is_shared && may_exchange && it.is_care() } else { known.is_some() };
        prop_assert_eq!(permit.is_ok(), expected, "{:?}", permit);
        if let Ok(permit) = permit {
            prop_assert_eq!(permit.scope(), Scope::Document(manifest));
            prop_assert!(permit.covers(manifest));
            prop_assert!(!permit.covers(other));
        }
    }

    #[test]
    fn a_peer_lists_what_is_shared_with_it_by_name_and_nothing_else(it in facts(), other in manifest_digest()) {
        let permit = decide(&it.facts(), Request::List);
        if let Ok(permit) = &permit {
            let own = Scope::SharedWith(it.caller.organisation);
            prop_assert_eq!(permit.scope(), if it.is_peer() { own } else { Scope::Everything });
            prop_assert!(!permit.covers(other));
        }
        let expected = if !it.is_peer() {
            None
        } else if !matches!(it.standing, Standing::Current | Standing::Grace { .. }) {
            Some(Reason::ExchangeStopped)
        } else if !it.is_care() {
            Some(Reason::Purpose)
        } else {
            None
        };
        prop_assert_eq!(permit.err(), expected);
    }
}
