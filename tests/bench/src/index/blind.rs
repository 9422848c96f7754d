//! Blind questions: the computing time of who is asked, and of who asks a whole federation.

use std::time::Instant;

use budstikke_keys::secret::SymmetricKey;
use budstikke_keys::voprf::{Blinding, Randomness, VoprfKey, finalize};
use budstikke_protocol::index::label::{Label, LabelTag};
use budstikke_protocol::index::presence::Presence;
use budstikke_protocol::log::origin::Origin;
use zeroize::Zeroizing;

use crate::finding::Finding;
use crate::publisher::random_bytes;
use crate::rounds::rounds;
use crate::setting::Setting;

/// The nodes of a federation, and how many patients each has.
const NODES: usize = 400;
const PATIENTS: usize = 5_000;

/// Questions in a batch.
const BATCH: usize = 100;

/// Measures. Nothing is waited for, so that the time is computing time.
pub(crate) fn run(setting: &Setting) -> Vec<Finding> {
    let key = VoprfKey::derive(&SymmetricKey::from_bytes(Zeroizing::new([1; 32])), b"1").unwrap();
    let public = key.public();
    let presence = presence();
    let origin: Origin = "federation/974760673".parse().unwrap();
    let nodes = setting.least(NODES, 20);
    let mut random = random_bytes(8);
    let [one, batch, asked] = rounds("index-blind", setting.rounds(21), || {
        let mut draw = || randomness(&mut random);
        let blindings: Vec<Blinding> = (0..BATCH).map(|_| blinding(draw())).collect();
        let blinded: Vec<_> = blindings.iter().map(|blinding| blinding.blinded().clone()).collect();
        let began = Instant::now();
        key.blind_evaluate(&blinded[..1], draw()).unwrap();
        let one = began.elapsed();
        let began = Instant::now();
        key.blind_evaluate(&blinded, draw()).unwrap();
        let batch = began.elapsed();
        let mut asked = 0.0;
        for _ in 0..nodes {
            let began = Instant::now();
            let blinding = blinding(draw());
            asked += began.elapsed().as_secs_f64();
            let (evaluated, proof) =
                key.blind_evaluate(&[blinding.blinded().clone()], draw()).unwrap();
            let began = Instant::now();
            let outputs = finalize(&[blinding], &evaluated, &proof, &public).unwrap();
            assert!(!presence.has(Label::new(&origin, 1, &outputs[0]).tag()));
            asked += began.elapsed().as_secs_f64();
        }
        [one.as_secs_f64(), batch.as_secs_f64(), asked].map(|time| time * 1000.0)
    });
    vec![
        Finding::new("of who is asked, one blind question", "ms", one).at_most(0.5),
        Finding::new("of who is asked, a batch of 100", "ms", batch).at_most(15.0),
        Finding::new(format!("of who asks {nodes} nodes, presence files at hand"), "ms", asked)
            .at_most(250.0),
    ]
}

fn blinding(randomness: Randomness) -> Blinding {
    let input = b"urn:oid:2.16.578.1.12.4.1.4.1|13116900216".to_vec();
    Blinding::new(Zeroizing::new(input), randomness).unwrap()
}

fn randomness(bytes: &mut impl Iterator<Item = [u8; 8]>) -> Randomness {
    let mut randomness = Zeroizing::new([0; 64]);
    for part in randomness.as_chunks_mut().0 {
        *part = bytes.next().unwrap();
    }
    randomness
}

/// The presence file of a node, without the patient that is asked for.
fn presence() -> Presence {
    let mut presence = Presence::default();
    presence.change(&random_bytes(9).take(PATIENTS).map(LabelTag::from_bytes).collect());
    presence
}
