//! A list proof shows the whole list of one patient and nothing else, whatever of it is changed.

use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::voprf::VoprfKey;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list::{Listed, list_value};
use budstikke_protocol::index::list_proof::{ListProof, state_bytes};
use budstikke_protocol::index::map::Map;
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::index::state::{fits, follows, last_state};
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::tree::{Frontier, TreeHash, TreeHead};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use zeroize::Zeroizing;

use budstikke_conformance::definition;

/// A node with these patients, each with so many records, one after another in its log.
struct Node {
    labels: Vec<Label>,
    lists: Vec<Vec<Listed>>,
    map: Map,
    presence: Presence,
    state: State,
    head: TreeHead,
    path: Vec<TreeHash>,
}

impl Node {
    fn new(counts: &[u8]) -> Self {
        let (mut index, mut lists, mut leaves) = (0, Vec::new(), Vec::new());
        for count in counts {
            let list = (0..*count).map(|_| {
                let commitment = Commitment::from_bytes([u8::try_from(index).unwrap(); 32]);
                leaves.push(Entry::Record(commitment).leaf_hash());
                index += 1;
                Listed { index: index - 1, commitment }
            });
            lists.push(list.collect::<Vec<_>>());
        }
        let labels: Vec<_> = (0..counts.len())
            .map(|at| Label::from_bytes([u8::try_from(at).unwrap(); 32]))
            .collect();
        let value = |list: &[Listed]| list_value(&salt(), 0, list).unwrap();
        let pairs = labels.iter().zip(&lists).map(|(label, list)| (*label.as_bytes(), value(list)));
        let map: Map = pairs.collect();
        let mut presence = Presence::default();
        presence.change(&labels.iter().map(Label::tag).collect());
        let key = VoprfKey::derive(&SymmetricKey::from_bytes(Zeroizing::new([1; 32])), b"1");
        let state = State {
            time_ms: 1,
            epoch: 1,
            voprf_key: *key.unwrap().public().as_bytes(),
            map_root: map.root(),
            map_count: map.count(),
            record_count: index,
            live_count: index,
            presence_bytes: presence.bytes(),
            presence_sha256: presence.sha256(),
        };
        leaves.push(Entry::State(state.clone()).leaf_hash());
        let path = definition::path(leaves.len() - 1, &leaves);
        let mut tree = Frontier::default();
        for leaf in leaves {
            tree.append(leaf).unwrap();
        }
        Self { labels, lists, map, presence, state, head: tree.head(), path }
    }

    fn prove(&self, patient: usize) -> ListProof {
        ListProof {
            state: state_bytes(&self.state),
            path: self.path.clone(),
            map: self.map.prove(self.labels[patient].as_bytes()),
            salt: salt(),
            generation: 0,
            records: self.lists[patient].clone(),
        }
    }
}

fn salt() -> Salt {
    Salt::from_bytes(Zeroizing::new([7; 32]))
}

/// One to six patients with one to twelve records each.
fn counts() -> impl Strategy<Value = Vec<u8>> {
    vec(1_u8..12, 1..6)
}

proptest! {
    #[test]
    fn a_proof_shows_the_list_of_one_patient(counts in counts(), patient: prop::sample::Index) {
        let (node, patient) = (Node::new(&counts), patient.index(counts.len()));
        let proof = ListProof::parse(&node.prove(patient).to_bytes()).unwrap();
        for (at, label) in node.labels.iter().enumerate() {
            let verdict = proof.verify(&node.head, label);
            prop_assert_eq!(verdict.is_ok(), at == patient);
        }
        prop_assert_eq!(&proof.records, &node.lists[patient]);
        prop_assert_eq!(proof.verify(&node.head, &node.labels[patient]).unwrap(), node.state.clone());
        prop_assert_eq!(fits(&node.presence, &node.state), Ok(()));
    }

    #[test]
    fn no_byte_can_be_changed(counts in counts(), at: prop::sample::Index, flip in 1_u8..) {
        let node = Node::new(&counts);
        let mut bytes = node.prove(0).to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let shown = ListProof::parse(&bytes).and_then(|proof| proof.verify(&node.head, &node.labels[0]));
        prop_assert!(shown.is_err(), "byte {at}");
    }

    #[test]
    fn no_record_can_be_left_out_added_or_swapped(
        counts in counts(), at: prop::sample::Index, to: prop::sample::Index, index in 0_u64..100,
    ) {
        let (node, whole) = (Node::new(&counts), Node::new(&counts).prove(0));
        let with = |change: &dyn Fn(&mut Vec<Listed>)| {
            let mut proof = node.prove(0);
            change(&mut proof.records);
            (proof.records != whole.records).then(|| proof.verify(&node.head, &node.labels[0]).is_err())
        };
        let (at, to) = (at.index(whole.records.len()), to.index(whole.records.len()));
        let other = Listed { index, commitment: Commitment::from_bytes([0xee; 32]) };
        prop_assert_eq!(with(&|records| { records.remove(at); }), Some(true));
        prop_assert_eq!(with(&|records| records.insert(at, other)), Some(true));
        prop_assert!(with(&|records| records.swap(at, to)).unwrap_or(true));
    }

    #[test]
    fn any_bytes_are_judged(bytes in vec(any::<u8>(), 0..400), size: u64, root: [u8; 32]) {
        let head = TreeHead { size, root: TreeHash::from_bytes(root) };
        if let Ok(proof) = ListProof::parse(&bytes) {
            prop_assert_eq!(proof.to_bytes(), bytes.clone());
            prop_assert!(proof.verify(&head, &Label::from_bytes(root)).is_err());
        }
        prop_assert!(last_state(&bytes, &[], &head).is_err());
    }

    #[test]
    fn a_state_follows_when_nothing_goes_back(
        changes in btree_map(0_usize..5, any::<(bool, u8)>(), 0..5),
    ) {
        let earlier = Node::new(&[100]).state;
        let mut later = earlier.clone();
        let mut goes_back = false;
        for (field, (is_less, by)) in changes {
            let by = u64::from(by % 50) + 1;
            let change = |value: &mut u64| {
                *value = if is_less { value.saturating_sub(by) } else { *value + by };
            };
            let (before, at) = match field {
                0 => (earlier.time_ms, &mut later.time_ms),
                1 => (earlier.record_count, &mut later.record_count),
                2 => (earlier.presence_bytes, &mut later.presence_bytes),
                // These may become less: what is erased or withdrawn is open no more.
                3 => (0, &mut later.live_count),
                _ => (0, &mut later.map_count),
            };
            change(at);
            goes_back |= *at < before;
        }
        prop_assert_eq!(follows(&earlier, &later).is_err(), goes_back);
    }
}

#[test]
fn an_epoch_has_one_key() {
    let earlier = Node::new(&[1]).state;
    let mut later = State { voprf_key: [9; 32], ..earlier.clone() };
    assert!(follows(&earlier, &later).is_err(), "another key in the same epoch");
    (later.epoch, later.presence_bytes) = (2, 0);
    assert_eq!(follows(&earlier, &later), Ok(()), "a new epoch begins a new file");
    assert!(follows(&later, &earlier).is_err(), "an epoch comes again");
    later.voprf_key = earlier.voprf_key;
    assert!(follows(&earlier, &later).is_err(), "the key of an epoch that has ended");
}

#[test]
fn a_presence_file_with_more_than_there_is_does_not_fit() {
    let node = Node::new(&[1, 1]);
    let mut inflated = node.presence.clone();
    inflated.change(&[Label::from_bytes([0xaa; 32]).tag()].into());
    assert!(fits(&inflated, &node.state).is_err(), "another file than the STATE says");
    let state = State {
        presence_bytes: inflated.bytes(),
        presence_sha256: inflated.sha256(),
        ..node.state.clone()
    };
    assert!(fits(&inflated, &state).is_err(), "more tags than lists");
}
