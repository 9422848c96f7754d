//! A node is asked where a patient's records are, by somebody who does every step of it by hand: what it answers is proven, what it must
//! not answer it does not, and of whom it was asked it does not know.

mod answers;
mod blindness;
mod refusals;

use std::cell::Cell;

use budstikke_keys::jws::sign;
use budstikke_keys::note::Note;
use budstikke_keys::voprf::{Blinding, Evaluated, EvaluationProof, VoprfPublicKey, finalize};
use budstikke_protocol::access::blind::{BlindElement, BlindQuestion};
use budstikke_protocol::access::question::{Ask, Question};
use budstikke_protocol::access::record::Record;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::index::list_proof::ListProof;
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::index::state::{fits, last_state};
use budstikke_protocol::index::ticket::{TicketSeed, input};
use budstikke_protocol::log::checkpoint::SignedCheckpoint;
use budstikke_protocol::log::entry::State;
use budstikke_protocol::log::tree::{TreeHash, TreeHead};
use budstikke_protocol::patient::{Identifier, PersonNumber};
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::index::{
    IndexAnswer, IndexQuestion, PROTOCOL, RecordsAnswer, StateAnswer, StateQuestion,
};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_scenarios::cluster::{Cluster, PATIENTS};
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::question::{nonce, now, question, signed};
use budstikke_scenarios::hostile::roster::amend;
use budstikke_scenarios::inside::Inside;
use budstikke_scenarios::until::{PATIENCE, until};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use crate::program;

const NOT_PERMITTED: IndexAnswer = IndexAnswer::Refused(Refusal::NotPermitted);

/// A hospital whose node is asked, and a member that asks it with nothing but its keys.
struct Stage {
    cluster: Cluster,
    hospital: Inside,
    asker: Adversary,
    runtime: Runtime,
    seeds: Cell<u8>,
}

/// How the index of the hospital stands, verified.
struct Stated {
    head: TreeHead,
    state: State,
    presence: Presence,
    answer: Box<StateAnswer>,
}

impl Stage {
    fn new() -> Self {
        Self::limited(None)
    }

    /// The asker may have so many elements evaluated in a day.
    fn limited(blind_per_day: Option<u32>) -> Self {
        let cluster = Cluster::made(program(), 3);
        amend(&cluster, |roster| {
            for member in &mut roster.members {
                member.limits.blind_per_day = blind_per_day;
            }
        });
        cluster.join_all();
        let hospital = Inside::start(cluster.sites[0].home.clone());
        let asker = Adversary::of(&cluster.sites[1]);
        let runtime = Runtime::new().unwrap();
        Self { cluster, hospital, asker, runtime, seeds: Cell::new(0) }
    }

    fn named(&self) -> Sharing {
        Sharing::Organisations([self.asker.organisation].into())
    }

    /// The bytes of an answer.
    fn raw(&self, question: &IndexQuestion) -> Vec<u8> {
        let bytes = encode(question).unwrap();
        self.runtime.block_on(async {
            let link = self.asker.dial(&self.cluster.sites[0]).await.unwrap();
            link.ask(PROTOCOL, &bytes).await.unwrap()
        })
    }

    fn ask(&self, question: &IndexQuestion) -> IndexAnswer {
        decode(&self.raw(question)).unwrap()
    }

    /// Asks how the index stands, once it has a key and as many lists, and records in them.
    fn stated(&self, patients: u64, records: u64) -> Stated {
        until("the lists", PATIENCE, || {
            let answer = self.ask(&IndexQuestion::State(StateQuestion::default()));
            let IndexAnswer::State(answer) = answer else { return None };
            let stated = self.verified(answer);
            let State { epoch, map_count, live_count, .. } = stated.state;
            (epoch != 0 && (map_count, live_count) == (patients, records)).then_some(stated)
        })
    }

    fn verified(&self, answer: Box<StateAnswer>) -> Stated {
        let head = self.head(&answer.checkpoint);
        let path: Vec<_> =
            answer.path.iter().map(|hash| TreeHash::from_bytes(hash.into_array())).collect();
        let state = last_state(answer.state.as_slice(), &path, &head).unwrap();
        let mut presence = Presence::default();
        presence.extend(&answer.presence).unwrap();
        if answer.from == 0 {
            fits(&presence, &state).unwrap();
        }
        Stated { head, state, presence, answer }
    }

    /// The head of a note that the hospital's log has signed.
    fn head(&self, note: &str) -> TreeHead {
        let key = self.hospital.context().log.verifier();
        *SignedCheckpoint::open(Note::parse(note.as_bytes()).unwrap(), &key).unwrap().head()
    }

    /// An honest blind question for some elements.
    fn blind(&self, epoch: u32, elements: Vec<BlindElement>) -> BlindQuestion {
        BlindQuestion {
            organisation: self.asker.organisation,
            audience: self.hospital.organisation(),
            time: now(),
            nonce: nonce(),
            epoch,
            elements,
        }
    }

    /// What is sent to ask of a patient, and what opens the answer.
    fn blinded(&self, patient: &str) -> (BlindElement, Blinding) {
        let seed = self.seeds.get().wrapping_add(1);
        self.seeds.set(seed);
        let seed = TicketSeed::from_bytes(Zeroizing::new([seed; 32]));
        let origin = self.hospital.context().log.origin().clone();
        let input = input(&identifier(patient, self.hospital.organisation()));
        let blinding = Blinding::new(input, seed.blinding(&origin)).unwrap();
        let element = blinding.blinded().to_bytes();
        (BlindElement { element, tag: seed.tag(&origin) }, blinding)
    }

    fn send(&self, question: BlindQuestion) -> IndexAnswer {
        let signed = sign(question, &self.asker.keys.sign).unwrap();
        self.ask(&IndexQuestion::Blind(signed.compact().to_owned()))
    }

    /// The label of a patient at the hospital.
    fn label(&self, patient: &str, state: &State) -> Label {
        let (element, blinding) = self.blinded(patient);
        let answer = self.send(self.blind(state.epoch, vec![element]));
        self.opened(answer, blinding, state)
    }

    /// The label that an answer leads to.
    fn opened(&self, answer: IndexAnswer, blinding: Blinding, state: &State) -> Label {
        let IndexAnswer::Blind { evaluated, proof } = answer else { panic!("{answer:?}") };
        let evaluated: Vec<_> =
            evaluated.iter().map(|it| Evaluated::from_bytes(&it.into_array()).unwrap()).collect();
        let proof = EvaluationProof::from_bytes(&proof.into_array()).unwrap();
        let key = VoprfPublicKey::from_bytes(state.voprf_key).unwrap();
        let outputs = finalize(&[blinding], &evaluated, &proof, &key).unwrap();
        Label::new(self.hospital.context().log.origin(), state.epoch, &outputs[0])
    }

    /// An honest question by label.
    fn by_label(&self, label: Label, after: Option<u64>) -> Question {
        let ask = Ask::Records { label, after };
        question(self.asker.organisation, self.hospital.organisation(), ask)
    }

    fn ask_named(&self, question: Question) -> IndexAnswer {
        self.ask(&IndexQuestion::Records(signed(question, &self.asker.keys.sign)))
    }

    /// The records of a label, with their proof, which is verified.
    fn records(&self, label: Label, after: Option<u64>) -> (Box<RecordsAnswer>, ListProof) {
        let answer = self.ask_named(self.by_label(label, after));
        let IndexAnswer::Records(answer) = answer else { panic!("{answer:?}") };
        let proof = ListProof::parse(&answer.proof).unwrap();
        proof.verify(&self.head(&answer.checkpoint), &label).unwrap();
        (answer, proof)
    }

    /// The newest access at the hospital.
    fn newest(&self) -> Record {
        let newest = |ctx: &budstikke::service::context::Context| {
            ctx.store.accesses(None, 1).unwrap().found.pop().unwrap()
        };
        self.hospital.run(async |ctx, _| newest(&ctx))
    }

    /// How a denial stands in the access log; nothing when the newest look was permitted.
    fn denied(&self) -> Option<String> {
        let denied = self.newest().denied?;
        Some(serde_json::to_value(denied).unwrap().as_str().unwrap().to_owned())
    }

    /// Publishes a document of the first patient.
    fn publish(&self, confidentiality: &str, sharing: Sharing) -> String {
        let text = format!("{confidentiality} {sharing:?}");
        let id = self.hospital.publish_for(PATIENTS[0], confidentiality, sharing, text.as_bytes());
        id.to_string()
    }
}

fn identifier(patient: &str, at: OrganisationNumber) -> Identifier {
    Identifier::of(&PersonNumber::parse(patient, "test".parse().unwrap()).unwrap(), at)
}
