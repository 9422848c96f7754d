//! Every vector gets the verdict that it states.

use std::collections::BTreeSet;
use std::fs;

use budstikke_conformance::formats::index::{
    access_anchor, label, list_proof, list_value, map_proof, map_root, presence, ticket,
};
use budstikke_conformance::formats::log::{
    accusation, bundle, checkpoint, commitment, consistency, cosignature, entry, fork, inclusion,
    note, origin, policy, receipt, rendezvous, root, tile_path, tile_set, verifier_key, witness,
};
use budstikke_conformance::formats::referral::{due, easter, event, step, thread};
use budstikke_conformance::formats::{
    admission, blind, content, decision, erasure, evidence, fingerprint, jws_compact, jws_json,
    keyring, kith, manifest, member_request, person_number, question, roster, roster_chain,
    roster_fork, seal, sharing, standing, subtree, subtree_list, thumbprint, unseal, wire,
};
use budstikke_conformance::vector::{Expected, Format, ROOT, files, read};

/// Judges every file of a format.
fn check<F: Format>() {
    for file in files(F::NAME) {
        let vector = read::<F>(&file);
        let found = match F::judge(vector.input) {
            Ok(result) => Expected::Accepted(result),
            Err(refusal) => Expected::Refused(refusal),
        };
        assert_eq!(found, vector.expected, "{}: {}", file.display(), vector.description);
    }
}

macro_rules! facts {
    ($($fact:ident: $format:ty,)*) => {
        $(#[test]
        fn $fact() {
            check::<$format>();
        })*

        #[test]
        fn every_directory_of_vectors_is_read() {
            let entries = fs::read_dir(ROOT).unwrap().map(|entry| entry.unwrap());
            let directories = entries.filter(|entry| entry.file_type().unwrap().is_dir());
            // The scenarios read the homes, because that takes a node.
            let found: BTreeSet<_> = directories
                .map(|entry| entry.file_name().into_string().unwrap())
                .filter(|name| !["home", "home-erased", "home-log"].contains(&name.as_str()))
                .collect();
            assert_eq!(found, BTreeSet::from([$(<$format>::NAME.to_owned()),*]));
        }
    };
}

facts! {
    only_canonical_keys_of_large_order_have_thumbprints: thumbprint::Thumbprints,
    compact_statements_keep_to_the_profile: jws_compact::JwsCompact,
    json_statements_keep_to_the_profile: jws_json::JwsJson,
    manifests_say_what_they_must: manifest::Manifests,
    changes_of_sharing_say_what_they_must: sharing::SharingChanges,
    erasures_say_what_they_must: erasure::Erasures,
    questions_say_what_they_must: question::Questions,
    blind_questions_say_what_they_must: blind::BlindQuestions,
    requests_prove_that_one_party_holds_every_key: member_request::MemberRequests,
    rosters_say_what_they_must: roster::Rosters,
    fingerprints_cover_name_threshold_and_stewards: fingerprint::Fingerprints,
    rosters_follow_one_another_by_the_rules: roster_chain::RosterChains,
    two_signed_rosters_of_one_version_are_a_fork: roster_fork::RosterForks,
    expired_rosters_have_two_weeks_of_grace: standing::Standings,
    questions_are_admitted_from_the_peer_for_this_node_in_time: admission::Admissions,
    permits_follow_the_policy: decision::Decisions,
    evidence_is_judged_by_when_it_was_witnessed: evidence::Evidences,
    documents_have_both_digests_and_a_list: content::Contents,
    only_lists_that_lead_to_the_root_are_taken: subtree_list::SubtreeLists,
    only_subtrees_of_the_document_are_taken: subtree::Subtrees,
    chunks_are_sealed_to_the_byte: seal::Seals,
    chunks_open_where_they_were_sealed_and_nowhere_else: unseal::Unseals,
    key_files_open_with_their_passphrase_for_their_holder: keyring::Keyrings,
    messages_are_read_to_the_byte: wire::Messages,
    messages_of_the_network_have_headers: kith::Messages,
    person_numbers_belong_to_one_environment: person_number::PersonNumbers,
    referral_events_say_what_they_must: event::Events,
    every_event_follows_or_not_in_every_status: step::Steps,
    two_chains_are_one_thread_whatever_crossed: thread::Threads,
    easter_is_when_another_algorithm_says: easter::EasterDays,
    assessments_are_due_on_the_tenth_working_day: due::DueDays,
    notes_are_believed_for_the_signatures_of_known_keys: note::Notes,
    keys_for_notes_have_one_text: verifier_key::VerifierKeys,
    cosignatures_are_the_same_whoever_computes_them: cosignature::Cosignatures,
    commitments_hide_the_statement_behind_a_salt: commitment::Commitments,
    entries_have_a_type_and_the_length_that_belongs_to_it: entry::Entries,
    origins_name_one_log: origin::Origins,
    roots_cover_every_entry: root::Roots,
    an_entry_is_proven_to_stand_in_its_place: inclusion::Inclusions,
    a_log_is_proven_to_have_only_grown: consistency::Consistencies,
    paths_name_one_tile: tile_path::TilePaths,
    a_log_has_the_tiles_of_its_size: tile_set::TileSets,
    bundles_hold_every_entry_of_a_tile: bundle::Bundles,
    checkpoints_are_those_that_the_log_has_signed: checkpoint::Checkpoints,
    policies_say_who_must_have_cosigned: policy::Policies,
    receipts_are_promised_or_witnessed: receipt::Receipts,
    witnesses_are_the_members_of_the_highest_rank: rendezvous::Rendezvous,
    witnesses_cosign_only_what_continues_the_last: witness::Requests,
    forks_are_two_contents_for_one_place: fork::Forks,
    accusations_are_answered_by_a_proof: accusation::Accusations,
    labels_belong_to_a_patient_an_organisation_and_an_epoch: label::Labels,
    lists_have_a_salted_value: list_value::ListValues,
    lists_are_proven_to_be_complete: list_proof::ListProofs,
    a_map_has_one_root: map_root::MapRoots,
    keys_are_proven_to_be_there_or_not: map_proof::MapProofs,
    what_is_sent_to_each_node_follows_from_the_seed: ticket::Tickets,
    an_access_log_is_tied_to_the_log_of_records: access_anchor::AccessAnchors,
    presence_files_say_who_is_there_by_odd_counts: presence::PresenceFiles,
}
