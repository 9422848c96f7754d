//! What a search costs in a federation that grows: the bytes and the computing time of its blind questions to 50 nodes and to 400,
//! over a network that is not there. Presence files are mirrored, so each node is asked once and all at the same time: one round.

use std::time::Instant;

use budstikke::clock;
use budstikke_keys::jws::{Claimed, sign};
use budstikke_keys::secret::{SecretKey, SymmetricKey};
use budstikke_keys::voprf::{
    Blinded, Blinding, Evaluated, EvaluationProof, Randomness, VoprfKey, finalize,
};
use budstikke_protocol::access::blind::{BlindElement, BlindQuestion, admit_blind};
use budstikke_protocol::access::question::Asked;
use budstikke_protocol::ids::{Nonce, OrganisationNumber};
use budstikke_protocol::index::label::{Label, LabelTag};
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::index::ticket::TicketSeed;
use budstikke_protocol::limits::BLIND_BYTES_MAX;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::wire::codec::{decode, encode};
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_scenarios::cluster::ORGANISATIONS;
use serde_bytes::ByteArray;
use zeroize::Zeroizing;

use crate::finding::Finding;
use crate::publisher::random_bytes;
use crate::rounds::rounds;
use crate::setting::Setting;

/// The nodes of a small federation, and of the country.
const FEW: usize = 50;
const MANY: usize = 400;

/// The patients of each.
const PATIENTS: usize = 5_000;

/// What the patient who is searched for is known by.
const INPUT: &[u8] = b"urn:oid:2.16.578.1.12.4.1.4.1|13116900216";

/// What one search has cost.
#[derive(Default)]
struct Cost {
    bytes: usize,
    asker: f64,
    holder: f64,
}

/// A federation in which each node has the same patients: what they cost does not hang on who they are.
struct Federation {
    asker: SecretKey,
    asked: VoprfKey,
    origin: Origin,
    presence: Presence,
    organisation: OrganisationNumber,
}

/// Measures.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let (few, many) = (setting.least(FEW, 5), setting.least(MANY, 40));
    let federation = Federation::new();
    let mut random = random_bytes(18);
    let samples: [_; 6] = rounds("find-growth", setting.rounds(11), || {
        let [few, many] = [few, many].map(|nodes| {
            let mut cost = Cost::default();
            (0..nodes).for_each(|_| federation.ask(&mut random, &mut cost));
            let each = nodes as f64;
            let (asker, holder) = (cost.asker * 1000.0 / each, cost.holder * 1000.0 / each);
            [asker, holder, cost.bytes as f64 / each]
        });
        [few[0], many[0], few[1], many[1], few[2], many[2]]
    });
    let [asker_few, asker_many, holder_few, holder_many, bytes_few, bytes_many] = samples;
    let title = |what: &str| format!("{what} for each of {many} nodes, in one round");
    vec![
        Finding::new(title("computing time of who asks"), "ms", asker_many)
            .beside("for each of 50", &asker_few)
            .at_most_times(1.25, 0.0),
        Finding::new(title("computing time of who is asked"), "ms", holder_many)
            .beside("for each of 50", &holder_few)
            .at_most_times(1.25, 0.0),
        Finding::new(title("bytes of question and answer"), "bytes", bytes_many)
            .beside("for each of 50", &bytes_few)
            .at_most_times(1.0, 0.0),
    ]
}

impl Federation {
    fn new() -> Self {
        let organisation: OrganisationNumber = ORGANISATIONS[0].parse().unwrap();
        let mut presence = Presence::default();
        presence.change(&random_bytes(9).take(PATIENTS).map(LabelTag::from_bytes).collect());
        Self {
            asker: SecretKey::from_seed(Zeroizing::new([2; 32])),
            asked: VoprfKey::derive(&SymmetricKey::from_bytes(Zeroizing::new([1; 32])), b"1")
                .unwrap(),
            origin: format!("bench.budstikke/{organisation}").parse().unwrap(),
            presence,
            organisation,
        }
    }

    /// Asks one node, with everything that goes over the line and that either side checks.
    fn ask(&self, random: &mut impl Iterator<Item = [u8; 8]>, cost: &mut Cost) {
        let began = Instant::now();
        let seed = TicketSeed::from_bytes(Zeroizing::new(bytes(random)));
        let blinding =
            Blinding::new(Zeroizing::new(INPUT.to_vec()), seed.blinding(&self.origin)).unwrap();
        let question = self.question(&blinding, &seed, random);
        cost.asker += began.elapsed().as_secs_f64();

        let began = Instant::now();
        let answer = self.answer(&question, Zeroizing::new(bytes(random)));
        cost.holder += began.elapsed().as_secs_f64();

        let began = Instant::now();
        let IndexAnswer::Blind { evaluated, proof } = decode(&answer).unwrap() else {
            panic!("another answer")
        };
        let evaluated: Vec<_> =
            evaluated.iter().map(|element| Evaluated::from_bytes(element).unwrap()).collect();
        let proof = EvaluationProof::from_bytes(&proof).unwrap();
        let outputs = finalize(&[blinding], &evaluated, &proof, &self.asked.public()).unwrap();
        assert!(!self.presence.has(Label::new(&self.origin, 1, &outputs[0]).tag()));
        cost.asker += began.elapsed().as_secs_f64();
        cost.bytes += question.len() + answer.len();
    }

    fn question(
        &self,
        blinding: &Blinding,
        seed: &TicketSeed,
        random: &mut impl Iterator<Item = [u8; 8]>,
    ) -> Vec<u8> {
        let element =
            BlindElement { element: blinding.blinded().to_bytes(), tag: seed.tag(&self.origin) };
        let question = BlindQuestion {
            organisation: self.organisation,
            audience: self.organisation,
            time: clock::now(),
            nonce: Nonce::from_bytes(bytes(random)),
            epoch: 1,
            elements: vec![element],
        };
        let signed = sign(question, &self.asker).unwrap();
        encode(&IndexQuestion::Blind(signed.compact().to_owned())).unwrap()
    }

    fn answer(&self, question: &[u8], randomness: Randomness) -> Vec<u8> {
        let IndexQuestion::Blind(text) = decode(question).unwrap() else {
            panic!("another question")
        };
        let claimed = Claimed::<BlindQuestion>::parse(&text, BLIND_BYTES_MAX).unwrap();
        let (audience, peer) = (self.organisation, self.organisation);
        let asked = Asked { audience, peer, key: self.asker.public(), now: clock::now() };
        let question = admit_blind(claimed, &asked).unwrap();
        let elements = question.statement().elements.iter();
        let blinded: Vec<_> =
            elements.map(|asked| Blinded::from_bytes(&asked.element).unwrap()).collect();
        let (evaluated, proof) = self.asked.blind_evaluate(&blinded, randomness).unwrap();
        let evaluated = evaluated.iter().map(|it| ByteArray::new(it.to_bytes())).collect();
        let proof = ByteArray::new(proof.to_bytes());
        encode(&IndexAnswer::Blind { evaluated, proof }).unwrap()
    }
}

/// So many random bytes, a multiple of eight.
fn bytes<const N: usize>(random: &mut impl Iterator<Item = [u8; 8]>) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.as_chunks_mut().0.iter_mut().for_each(|part| *part = random.next().unwrap());
    bytes
}
