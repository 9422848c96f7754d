//! A municipality with records of two patients, whose index answers as the specification has it, made without the code that is tested.

use budstikke_keys::jws::{Verified, sign};
use budstikke_keys::note::Note;
use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::time::Timestamp;
use budstikke_keys::voprf::{Blinded, Evaluated, VoprfKey};
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list::{Listed, list_value};
use budstikke_protocol::index::list_proof::{ListProof, state_bytes};
use budstikke_protocol::index::map::Map;
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::index::records::Shown;
use budstikke_protocol::index::stated::Statement;
use budstikke_protocol::index::ticket::{TicketSeed, input};
use budstikke_protocol::index::transcript::{Transcript, element};
use budstikke_protocol::log::checkpoint::Checkpoint;
use budstikke_protocol::log::commitment::{Commitment, Salt};
use budstikke_protocol::log::entry::{Entry, State};
use budstikke_protocol::log::origin::{Origin, witness_name};
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use budstikke_protocol::patient::Identifier;
use zeroize::Zeroizing;

use crate::cast::{self, MUNICIPALITY, NOW, key, time};
use crate::definition;
use crate::person::complete;
use crate::sample::{self, Change as _};

/// Of which patient each record of the log is, in its order.
pub const RECORDS: [usize; 5] = [0, 1, 0, 0, 1];

/// The municipality.
pub struct Holder {
    /// The roster: the hospital is the one witness of the municipality's log.
    pub roster: Roster,
    /// The municipality's log.
    pub origin: Origin,
    /// The two patients.
    pub patients: Vec<Identifier>,
    /// Their labels.
    pub labels: Vec<Label>,
    /// Every record of the log.
    pub manifests: Vec<Verified<Manifest>>,
    /// Who stands in the index.
    pub presence: Presence,
    /// The STATE at the end of the log.
    pub state: State,
    /// The leaves of the log.
    pub leaves: Vec<TreeHash>,
    key: VoprfKey,
    lists: Vec<Vec<Listed>>,
    map: Map,
}

impl Holder {
    /// The municipality with everything in order.
    pub fn new() -> Self {
        Self::in_epoch(1)
    }

    /// The same in this epoch.
    pub fn in_epoch(epoch: u32) -> Self {
        let roster: Roster = serde_json::from_value(sample::roster()).unwrap();
        let origin = Origin::records(roster.federation.clone(), cast::organisation(MUNICIPALITY));
        let patients: Vec<Identifier> = (159_265_001..)
            .filter_map(|number| complete(&number.to_string(), 0))
            .take(2)
            .map(|number| patient(&number))
            .collect();
        let seed = SymmetricKey::from_bytes(Zeroizing::new([3; 32]));
        let key = VoprfKey::derive(&seed, &epoch.to_be_bytes()).unwrap();
        let label = |patient| Label::new(&origin, epoch, &key.evaluate(&input(patient)).unwrap());
        let labels: Vec<_> = patients.iter().map(label).collect();
        let (mut manifests, mut leaves, mut lists) = (vec![], vec![], vec![vec![], vec![]]);
        for (index, of) in (0_u64..).zip(RECORDS) {
            let manifest = manifest(index, &patients[of]);
            let commitment = Commitment::to(manifest.digest(), &salt(index));
            leaves.push(Entry::Record(commitment).leaf_hash());
            lists[of].push(Listed { index, commitment });
            manifests.push(manifest);
        }
        let value = |list: &Vec<Listed>| list_value(&salt(99), 0, list).unwrap();
        let pairs = labels.iter().zip(&lists).map(|(label, list)| (*label.as_bytes(), value(list)));
        let map: Map = pairs.collect();
        let mut presence = Presence::default();
        presence.change(&labels.iter().map(Label::tag).collect());
        let state = State {
            time_ms: u64::try_from(time(NOW).unix_seconds()).unwrap() * 1000,
            epoch,
            voprf_key: *key.public().as_bytes(),
            map_root: map.root(),
            map_count: map.count(),
            record_count: 5,
            live_count: 5,
            presence_bytes: presence.bytes(),
            presence_sha256: presence.sha256(),
        };
        leaves.push(Entry::State(state.clone()).leaf_hash());
        Self {
            roster,
            origin,
            patients,
            labels,
            manifests,
            presence,
            state,
            leaves,
            key,
            lists,
            map,
        }
    }

    /// The head of the log.
    pub fn head(&self) -> TreeHead {
        let size = u64::try_from(self.leaves.len()).unwrap();
        TreeHead { size, root: definition::root(&self.leaves) }
    }

    /// How the index stands, cosigned by the hospital at these times.
    pub fn statement(&self, cosigned: &[Timestamp]) -> Statement {
        let checkpoint = Checkpoint { origin: self.origin.clone(), head: self.head() };
        let signed = checkpoint.sign(&key("municipality log"));
        let hospital = cast::organisation(cast::HOSPITAL);
        let witness = witness_name(&self.roster.federation, hospital);
        let lines = cosigned.iter().map(|time| {
            signed.cosign(witness.clone(), &key("hospital witness"), *time).to_string() + "\n"
        });
        let text = signed.note().to_string() + &lines.collect::<String>();
        Statement {
            checkpoint: Note::parse(text.as_bytes()).unwrap(),
            state: state_bytes(&self.state),
            path: definition::path(self.leaves.len() - 1, &self.leaves),
        }
    }

    /// What a patient has, as a proof shows it.
    pub fn prove(&self, patient: usize) -> ListProof {
        let statement = self.statement(&[]);
        ListProof {
            state: statement.state,
            path: statement.path,
            map: self.map.prove(self.labels[patient].as_bytes()),
            salt: salt(99),
            generation: 0,
            records: self.lists[patient].clone(),
        }
    }

    /// Every record of a patient.
    pub fn shown(&self, patient: usize) -> Vec<Shown> {
        let shown = |listed: &Listed| self.record(listed.index);
        self.lists[patient].iter().map(shown).collect()
    }

    /// The record at this place.
    pub fn record(&self, index: u64) -> Shown {
        let manifest = &self.manifests[usize::try_from(index).unwrap()];
        Shown { index, salt: salt(index), manifest: manifest.compact().to_owned() }
    }

    /// What a blind question for one patient, and its answer, come to.
    pub fn transcript(&self, patient: usize) -> Transcript {
        let seed = TicketSeed::from_bytes(Zeroizing::new([7; 32]));
        let element = element(&self.patients[patient], &seed, &self.origin).unwrap();
        let blinded = Blinded::from_bytes(&element).unwrap();
        let (evaluated, proof) =
            self.key.blind_evaluate(&[blinded], Zeroizing::new([9; 64])).unwrap();
        let evaluated = evaluated.iter().map(Evaluated::to_bytes).collect();
        Transcript::new(&self.origin, [&seed], (evaluated, proof.to_bytes()))
    }
}

impl Default for Holder {
    fn default() -> Self {
        Self::new()
    }
}

/// The salt of the record at this place.
pub fn salt(of: u64) -> Salt {
    Salt::from_bytes(Zeroizing::new([u8::try_from(of).unwrap(); 32]))
}

fn patient(number: &str) -> Identifier {
    serde_json::from_value(sample::manifest().with("/patient/value", number)["patient"].clone())
        .unwrap()
}

fn manifest(index: u64, patient: &Identifier) -> Verified<Manifest> {
    let manifest = sample::manifest()
        .with("/organisation", MUNICIPALITY)
        .with("/document", format!("01935000-0000-7000-8000-0000000000{index:02}"))
        .with("/patient/value", patient.reveal());
    sign(serde_json::from_value(manifest).unwrap(), &key("municipality sign")).unwrap()
}
