//! Random values of the protocol, all of them good.

use std::collections::BTreeSet;

use budstikke_conformance::cast;
use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::blind::{BlindElement, BlindQuestion};
use budstikke_protocol::access::question::{Ask, Caller, Question};
use budstikke_protocol::document::codes::{BlockCode, Confidentiality, Purpose, Role, TypeCode};
use budstikke_protocol::document::manifest::{Author, Manifest, Relation, RelationKind};
use budstikke_protocol::document::sharing::{Sharing, SharingChange, Withdrawal};
use budstikke_protocol::ids::{
    ContentRoot, DocumentId, ManifestDigest, Nonce, Oid, OrganisationNumber,
};
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::ticket::TicketTag;
use budstikke_protocol::limits::DOCUMENT_BYTES_MAX;
use budstikke_protocol::patient::Identifier;
use budstikke_protocol::text::Text;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// One of a few keys.
pub(crate) fn key() -> impl Strategy<Value = SecretKey> {
    (0..8).prop_map(|number| cast::key(&format!("law {number}")))
}

/// An organisation number; of ten stems in eleven one can be made.
pub(crate) fn organisation() -> impl Strategy<Value = OrganisationNumber> {
    (10_000_000_u32..100_000_000).prop_filter_map("no check digit fits", |stem| {
        (0..10).find_map(|digit| format!("{stem}{digit}").parse().ok())
    })
}

/// Any moment there is.
pub(crate) fn time() -> impl Strategy<Value = Timestamp> {
    (0..=253_402_300_799_i64).prop_map(|seconds| Timestamp::from_unix_seconds(seconds).unwrap())
}

/// Any document id.
pub(crate) fn document() -> impl Strategy<Value = DocumentId> {
    (0_u64..1 << 48, any::<[u8; 10]>()).prop_map(|(ms, random)| DocumentId::from_parts(ms, random))
}

/// Who may read.
pub(crate) fn sharing() -> impl Strategy<Value = Sharing> {
    prop_oneof![
        Just(Sharing::Nobody),
        Just(Sharing::Federation),
        btree_set(organisation(), 1..=4).prop_map(Sharing::Organisations),
    ]
}

/// Who asks, for any purpose.
pub(crate) fn caller() -> impl Strategy<Value = Caller> {
    let purpose = select(Purpose::all().collect::<Vec<_>>());
    (organisation(), 1_000_000_u32..1_000_000_000, role(), purpose).prop_map(
        |(organisation, person, role, purpose)| {
            let person = person.to_string().parse().unwrap();
            Caller { organisation, person, role, purpose }
        },
    )
}

/// The digest of some manifest.
pub(crate) fn manifest_digest() -> impl Strategy<Value = ManifestDigest> {
    any::<[u8; 32]>().prop_map(|bytes| ManifestDigest::new(Sha256Digest::from_bytes(bytes)))
}

/// A manifest with random values in every member.
pub(crate) fn manifest() -> impl Strategy<Value = Manifest> {
    let who = (document(), identifier(), organisation(), option::of(author()));
    let what =
        (select(TypeCode::all().collect::<Vec<_>>()), text(), time(), 1..=DOCUMENT_BYTES_MAX);
    let bytes = (any::<[u8; 32]>(), any::<[u8; 32]>());
    let confidentiality = select(&[Confidentiality::N, Confidentiality::R, Confidentiality::V][..]);
    let blocks = vec(select(BlockCode::all().collect::<Vec<_>>()), 0..3);
    (who, what, bytes, (confidentiality, blocks, vec(relation(), 0..3), sharing())).prop_map(
        |(who, what, bytes, (confidentiality, blocks, relates_to, sharing))| Manifest {
            document: who.0,
            patient: who.1,
            organisation: who.2,
            author: who.3,
            document_type: what.0,
            category: what.0.category(),
            title: what.1,
            language: "nn-NO".parse().unwrap(),
            created: what.2,
            content_type: "text/xml; charset=utf-8".parse().unwrap(),
            size: what.3,
            sha256: Sha256Digest::from_bytes(bytes.0),
            blake3: ContentRoot::from_bytes(bytes.1),
            confidentiality,
            blocks,
            relates_to,
            sharing,
        },
    )
}

/// A change of sharing.
pub(crate) fn sharing_change() -> impl Strategy<Value = SharingChange> {
    (document(), organisation(), manifest_digest(), 1_u64.., sharing(), time()).prop_map(
        |(document, organisation, manifest, sequence, sharing, created)| SharingChange {
            document,
            organisation,
            manifest,
            sequence,
            sharing,
            created,
        },
    )
}

/// A withdrawal.
pub(crate) fn withdrawal() -> impl Strategy<Value = Withdrawal> {
    (document(), organisation(), manifest_digest(), option::of(text()), time()).prop_map(
        |(document, organisation, manifest, reason, created)| Withdrawal {
            document,
            organisation,
            manifest,
            reason,
            created,
        },
    )
}

/// A question.
pub(crate) fn question() -> impl Strategy<Value = Question> {
    let ask = prop_oneof![
        document().prop_map(|document| Ask::Read { document }),
        option::of(document()).prop_map(|after| Ask::List { after }),
        (any::<[u8; 32]>(), option::of(any::<u64>()))
            .prop_map(|(label, after)| Ask::Records { label: Label::from_bytes(label), after }),
    ];
    (caller(), organisation(), time(), any::<[u8; 16]>(), ask).prop_map(
        |(caller, audience, time, nonce, ask)| Question {
            caller,
            audience,
            time,
            nonce: Nonce::from_bytes(nonce),
            ask,
        },
    )
}

/// A blind question.
pub(crate) fn blind_question() -> impl Strategy<Value = BlindQuestion> {
    let element = any::<[[u8; 32]; 2]>()
        .prop_map(|[element, tag]| BlindElement { element, tag: TicketTag::from_bytes(tag) });
    let elements = vec(element, 1..20);
    (organisation(), organisation(), time(), any::<[u8; 16]>(), any::<u32>(), elements).prop_map(
        |(organisation, audience, time, nonce, epoch, elements)| BlindQuestion {
            organisation,
            audience,
            time,
            nonce: Nonce::from_bytes(nonce),
            epoch,
            elements,
        },
    )
}

/// Several different key names.
pub(crate) fn key_names(most: usize) -> impl Strategy<Value = BTreeSet<String>> {
    btree_set("law [0-7]", 0..=most)
}

fn role() -> impl Strategy<Value = Role> {
    select(Role::all().collect::<Vec<_>>())
}

fn author() -> impl Strategy<Value = Author> {
    (1_000_000_u32..1_000_000_000, option::of(text()), option::of(role()))
        .prop_map(|(hpr, name, role)| Author { hpr: hpr.to_string().parse().unwrap(), name, role })
}

fn identifier() -> impl Strategy<Value = Identifier> {
    let system = select(&[Oid::BIRTH_NUMBER, Oid::D_NUMBER, Oid::HELP_NUMBER][..]);
    (system, "[!-~]{1,64}").prop_map(|(system, value)| Identifier::parse(system, &value).unwrap())
}

fn relation() -> impl Strategy<Value = Relation> {
    use RelationKind::{Appends, Replaces, Signs, Transforms};
    let kind = select(&[Replaces, Transforms, Appends, Signs][..]);
    (kind, manifest_digest()).prop_map(|(kind, manifest)| Relation { kind, manifest })
}

/// A short text, of which letters outside ASCII are a part.
fn text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> {
    "[!-~æøåÆØÅ🩺\u{e1}\"\\\\][ -~æøåÆØÅ]{0,20}[!-~æøå]".prop_map(|text| text.parse().unwrap())
}
