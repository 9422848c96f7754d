//! A member that answers a search as an honest one would, but for one lie.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Claimed;
use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::voprf::{Blinded, VoprfKey};
use budstikke_protocol::access::blind::BlindQuestion;
use budstikke_protocol::ids::DocumentId;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list::{Listed, list_value};
use budstikke_protocol::index::list_proof::{ListProof, state_bytes};
use budstikke_protocol::index::map::Map;
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::index::ticket::input;
use budstikke_protocol::limits::BLIND_BYTES_MAX;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::tree::{TreeHash, TreeHead, node_hash};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::index::{
    self, IndexAnswer, IndexQuestion, RecordsAnswer, Shown, StateAnswer, StateQuestion,
};
use budstikke_protocol::wire::refusal::Refusal;
use futures::future::pending;
use futures::{AsyncWriteExt as _, FutureExt as _};
use libp2p::core::muxing::SubstreamBox;
use serde_bytes::{ByteArray, ByteBuf};
use zeroize::Zeroizing;

use super::Adversary;
use super::custodian::{manifest, signed};
use super::link::Serve;
use super::question::now;
use super::streams::read_all;
use crate::cluster::PATIENTS;

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Nothing.
    None,
    /// It does not permit the question.
    Refuses,
    /// It is asked too often.
    Busy,
    /// Its STATE is two days old.
    Stale,
    /// It signs a head whose last entry is another.
    NoState,
    /// It evaluates with another key than the announced.
    OtherKey,
    /// Its proof of the evaluation is changed.
    BadProof,
    /// A byte of its presence file is changed.
    BadPresence,
    /// A byte of its map proof is changed.
    BadMap,
    /// One record is left out of its list.
    LeftOut,
    /// One record is added to its list.
    Added,
    /// Two records of its list are swapped.
    Swapped,
    /// It shows the list of another patient.
    OtherPatient,
    /// It shows another record than the one in the list.
    OtherRecord,
    /// Its presence file names everybody, and it shows nothing.
    Inflated,
    /// Its epoch ends while it is asked.
    NewEpoch,
}

/// A member with an index of its own making: three records, two of them of the first patient.
#[derive(Clone)]
pub struct Holder(Arc<Inner>);

struct Inner {
    lie: Lie,
    adversary: Adversary,
    patients: Vec<Identifier>,
    manifests: Vec<String>,
    named: AtomicUsize,
    has_new_epoch: AtomicBool,
    /// When it was made, and so the time of every STATE.
    made: i64,
}

/// The index as it stands in an epoch.
struct Index {
    key: VoprfKey,
    labels: Vec<Label>,
    lists: Vec<Vec<Listed>>,
    map: Map,
    presence: Vec<u8>,
    state: State,
    path: Vec<TreeHash>,
    head: TreeHead,
}

impl Holder {
    /// The holder with this lie.
    pub fn new(adversary: Adversary, lie: Lie) -> Self {
        let patient = |number: &&str| {
            let number = PersonNumber::parse(number, "test".parse().unwrap()).unwrap();
            Identifier::of(&number, adversary.organisation)
        };
        let patients: Vec<_> = PATIENTS.iter().map(patient).collect();
        let manifests = (0..3_u8).map(|number| {
            let document = DocumentId::from_parts(1_700_000_000_000, [number; 10]);
            let mut manifest = manifest(adversary.organisation, document, b"x");
            manifest.patient = patients[usize::from(number == 1)].clone();
            signed(manifest, &adversary.keys.sign)
        });
        let manifests = manifests.collect();
        Self(Arc::new(Inner {
            lie,
            patients,
            manifests,
            adversary,
            named: AtomicUsize::new(0),
            has_new_epoch: AtomicBool::new(false),
            made: now().unix_seconds(),
        }))
    }

    /// Listens where the node of its organisation would.
    pub async fn listen(&self) {
        self.0.adversary.listen(self.serve()).await;
    }

    /// How often it was asked by name.
    pub fn named(&self) -> usize {
        self.0.named.load(Ordering::SeqCst)
    }

    fn serve(&self) -> Serve {
        let holder = self.clone();
        Arc::new(move |protocol, stream| {
            let holder = holder.clone();
            async move {
                if protocol == index::PROTOCOL {
                    holder.stream(stream).await
                } else {
                    pending().await
                }
            }
            .boxed()
        })
    }

    async fn stream(&self, mut stream: SubstreamBox) -> io::Result<()> {
        let question = decode(&read_all(&mut stream).await).unwrap();
        let answer = self.answer(question);
        stream.write_all(&encode(&answer).unwrap()).await?;
        stream.close().await
    }

    fn answer(&self, question: IndexQuestion) -> IndexAnswer {
        match question {
            IndexQuestion::State(question) => IndexAnswer::State(Box::new(self.state(question))),
            IndexQuestion::Blind(question) => self.blind(&question),
            IndexQuestion::Records(_) => {
                self.0.named.fetch_add(1, Ordering::SeqCst);
                match self.0.lie {
                    Lie::Inflated => IndexAnswer::Unknown,
                    _ => IndexAnswer::Records(Box::new(self.records())),
                }
            }
            IndexQuestion::Consistency { .. } => IndexAnswer::Consistency(self.consistency()),
            _ => IndexAnswer::Unknown,
        }
    }

    fn epoch(&self) -> u32 {
        if self.0.has_new_epoch.load(Ordering::SeqCst) { 2 } else { 1 }
    }

    /// The index: the three records and the STATE; in the second epoch one STATE more.
    fn index(&self) -> Index {
        self.index_in(self.epoch())
    }

    fn index_in(&self, epoch: u32) -> Index {
        let Inner { lie, adversary, patients, manifests, .. } = &*self.0;
        let origin = adversary.origin();
        let key = voprf(u8::try_from(epoch).unwrap());
        let label = |patient| Label::new(&origin, epoch, &key.evaluate(&input(patient)).unwrap());
        let labels: Vec<_> = patients.iter().map(label).collect();
        let mut lists = vec![Vec::new(), Vec::new()];
        let mut leaves = Vec::new();
        for (index, manifest) in (0_u64..).zip(manifests) {
            let digest = Sha256Digest::of(manifest.as_bytes());
            let commitment = Commitment::to(digest, &salt(index));
            leaves.push(Entry::Record(commitment).leaf_hash());
            lists[usize::from(index == 1)].push(Listed { index, commitment });
        }
        if *lie == Lie::Inflated {
            // What it claims of the third patient it has no list for; the count is that of its tags.
            lists.push(vec![Listed { index: 1, commitment: lists[1][0].commitment }]);
        }
        let value = |list: &Vec<Listed>| list_value(&salt(99), 0, list).unwrap();
        let pairs = labels.iter().zip(&lists).map(|(label, list)| (*label.as_bytes(), value(list)));
        let map: Map = pairs.collect();
        let mut presence = Presence::default();
        let tags = labels.iter().take(lists.len()).map(Label::tag).collect();
        let bytes = presence.change(&tags);
        let age = if *lie == Lie::Stale { 48 * 3600 } else { 0 };
        let state = |epoch, key: &VoprfKey| State {
            time_ms: u64::try_from(self.0.made - age).unwrap() * 1000,
            epoch,
            voprf_key: *key.public().as_bytes(),
            map_root: map.root(),
            map_count: map.count(),
            record_count: 3,
            live_count: 3,
            presence_bytes: presence.bytes(),
            presence_sha256: presence.sha256(),
        };
        let own = state(epoch, &key);
        let leaf = Entry::State(own.clone()).leaf_hash();
        let left = node_hash(&leaves[0], &leaves[1]);
        let (path, head) = if epoch == 1 {
            let root = node_hash(&left, &node_hash(&leaves[2], &leaf));
            (vec![leaves[2], left], TreeHead { size: 4, root })
        } else {
            let four = self.index_in(1).head.root;
            (vec![four], TreeHead { size: 5, root: node_hash(&four, &leaf) })
        };
        Index { key, labels, lists, map, presence: bytes, state: own, path, head }
    }

    fn checkpoint(&self, index: &Index) -> String {
        self.0.adversary.head_of(index.head).note().to_string()
    }

    fn state(&self, question: StateQuestion) -> StateAnswer {
        let index = self.index();
        let mut state = state_bytes(&index.state);
        if self.0.lie == Lie::NoState {
            state[20] ^= 1;
        }
        let mut presence = index.presence.clone();
        if self.0.lie == Lie::BadPresence {
            presence[3] ^= 1;
        }
        let is_known = question.epoch == index.state.epoch;
        let from = if is_known { usize::try_from(question.presence).unwrap() } else { 0 };
        StateAnswer {
            checkpoint: self.checkpoint(&index),
            state: ByteArray::new(state),
            path: hashes(&index.path),
            consistency: if question.size == 4 && index.head.size == 5 {
                self.consistency()
            } else {
                Vec::new()
            },
            from: u64::try_from(from).unwrap(),
            presence: ByteBuf::from(presence.split_off(from)),
        }
    }

    /// That the tree of the second epoch begins with that of the first.
    fn consistency(&self) -> Vec<ByteArray<32>> {
        let index = self.index();
        hashes(&[Entry::State(index.state).leaf_hash()])
    }

    fn blind(&self, question: &str) -> IndexAnswer {
        let claimed = Claimed::<BlindQuestion>::parse(question, BLIND_BYTES_MAX).unwrap();
        match self.0.lie {
            Lie::Refuses => return IndexAnswer::Refused(Refusal::NotPermitted),
            Lie::Busy => return IndexAnswer::Refused(Refusal::Rate { retry_after: 9 }),
            Lie::NewEpoch if !self.0.has_new_epoch.swap(true, Ordering::SeqCst) => {
                return IndexAnswer::Epoch { epoch: 2 };
            }
            _ => {}
        }
        let index = self.index();
        let blinded = claimed.claimed().elements.iter();
        let blinded: Vec<_> =
            blinded.map(|element| Blinded::from_bytes(&element.element).unwrap()).collect();
        let key = if self.0.lie == Lie::OtherKey { voprf(77) } else { index.key };
        let (evaluated, proof) = key.blind_evaluate(&blinded, Zeroizing::new([5; 64])).unwrap();
        let mut proof = proof.to_bytes();
        if self.0.lie == Lie::BadProof {
            proof[0] ^= 1;
        }
        IndexAnswer::Blind {
            evaluated: evaluated.iter().map(|element| ByteArray::new(element.to_bytes())).collect(),
            proof: ByteArray::new(proof),
        }
    }

    fn records(&self) -> RecordsAnswer {
        let index = self.index();
        let of = usize::from(self.0.lie == Lie::OtherPatient);
        let mut records = index.lists[of].clone();
        let mut map = index.map.prove(index.labels[of].as_bytes());
        let mut shown: Vec<u64> = index.lists[of].iter().map(|listed| listed.index).collect();
        match self.0.lie {
            Lie::BadMap => map[7] ^= 1,
            Lie::LeftOut => {
                records.pop();
                shown.pop();
            }
            Lie::Added => records.insert(1, index.lists[1][0]),
            Lie::Swapped => records.swap(0, 1),
            _ => {}
        }
        let proof = ListProof {
            state: state_bytes(&index.state),
            path: index.path.clone(),
            map,
            salt: salt(99),
            generation: 0,
            records,
        };
        let shown = shown.into_iter().map(|at| {
            let of = if self.0.lie == Lie::OtherRecord { 1 } else { at };
            Shown {
                index: at,
                salt: ByteArray::new(*salt(at).bytes()),
                manifest: self.0.manifests[usize::try_from(of).unwrap()].clone(),
            }
        });
        RecordsAnswer {
            checkpoint: self.checkpoint(&index),
            proof: ByteBuf::from(proof.to_bytes()),
            shown: shown.collect(),
            next: None,
        }
    }
}

fn hashes(hashes: &[TreeHash]) -> Vec<ByteArray<32>> {
    hashes.iter().map(|hash| ByteArray::new(*hash.as_bytes())).collect()
}

fn voprf(seed: u8) -> VoprfKey {
    let seed = SymmetricKey::from_bytes(Zeroizing::new([seed; 32]));
    VoprfKey::derive(&seed, b"a hostile index").unwrap()
}

fn salt(of: u64) -> Salt {
    Salt::from_bytes(Zeroizing::new([u8::try_from(of).unwrap(); 32]))
}
