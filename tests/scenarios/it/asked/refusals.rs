//! What is refused: questions that are no good, too many, for another epoch or for nobody's label; and what stands in the access log of it.

use std::time::Duration;

use budstikke_keys::jws::{Statement as _, sign};
use budstikke_keys::secret::SecretKey;
use budstikke_protocol::access::blind::{BlindElement, BlindQuestion};
use budstikke_protocol::access::question::{Ask, Caller, Question};
use budstikke_protocol::access::record::Action;
use budstikke_protocol::document::sharing::Sharing;
use budstikke_protocol::index::label::Label;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::refusal::Refusal;
use budstikke_scenarios::cluster::PATIENTS;
use budstikke_scenarios::hostile::Adversary;
use budstikke_scenarios::hostile::question::{altered, forged, header, now, signed};

use super::{NOT_PERMITTED, Stage};

impl Stage {
    /// Sends any text as a blind question; it is refused, and the access log says why.
    fn check_refused(&self, what: &str, text: &str, reason: &str) {
        let answer = self.ask(&IndexQuestion::Blind(text.to_owned()));
        assert_eq!(answer, NOT_PERMITTED, "{what}");
        assert_eq!(self.denied().as_deref(), Some(reason), "{what}");
    }

    /// A blind question that says what it says, even what nobody signs.
    fn forged(&self, question: &BlindQuestion) -> String {
        let key = &self.asker.keys.sign;
        forged(&header(BlindQuestion::TYP, key), &serde_json::to_vec(question).unwrap(), key)
    }
}

fn by(question: BlindQuestion, key: &SecretKey) -> String {
    sign(question, key).unwrap().compact().to_owned()
}

#[test]
fn a_blind_question_that_is_not_the_peers_own_for_this_node_in_time_is_refused() {
    let stage = Stage::new();
    stage.publish("N", Sharing::Nobody);
    let epoch = stage.stated(1, 1).state.epoch;
    let own = &stage.asker.keys.sign;
    let other = Adversary::of(&stage.cluster.sites[2]);
    let good = || stage.blind(epoch, vec![stage.blinded(PATIENTS[1]).0]);

    let theirs = BlindQuestion { organisation: other.organisation, ..good() };
    stage.check_refused("another member's", &by(theirs, &other.keys.sign), "not-the-peer");
    let elsewhere = BlindQuestion { audience: other.organisation, ..good() };
    stage.check_refused("for another node", &by(elsewhere, own), "wrong-audience");
    stage.check_refused("another's signature", &by(good(), &other.keys.sign), "signature");
    stage.check_refused("altered", &altered(&by(good(), own)), "signature");
    for nothing in ["", "a.b.c"] {
        stage.check_refused("no question", nothing, "malformed");
    }
    let named = stage.by_label(Label::from_bytes([7; 32]), None);
    stage.check_refused("a named question", &signed(named, own), "malformed");
    for time in [now().minus(Duration::from_secs(130)), now().plus(Duration::from_secs(130))] {
        let off = by(BlindQuestion { time, ..good() }, own);
        let answer = stage.ask(&IndexQuestion::Blind(off));
        assert!(matches!(answer, IndexAnswer::Refused(Refusal::Clock { .. })), "{answer:?}");
        assert_eq!(stage.denied().as_deref(), Some("clock"));
    }
    let once = by(good(), own);
    let answer = stage.ask(&IndexQuestion::Blind(once.clone()));
    assert!(matches!(answer, IndexAnswer::Blind { .. }), "{answer:?}");
    stage.check_refused("replayed", &once, "replayed");
}

#[test]
fn a_blind_question_of_no_elements_too_many_or_what_is_none_is_refused() {
    let stage = Stage::new();
    stage.publish("N", Sharing::Nobody);
    let epoch = stage.stated(1, 1).state.epoch;
    let (element, _) = stage.blinded(PATIENTS[1]);
    let ask = |elements| stage.forged(&stage.blind(epoch, elements));
    stage.check_refused("none", &ask(Vec::new()), "malformed");
    stage.check_refused("too many", &ask(vec![element; 1001]), "malformed");
    let mut p = [0xff; 32];
    (p[0], p[31]) = (0xed, 0x7f);
    for (what, element) in [("the identity", [0; 32]), ("no element", [0xff; 32]), ("p", p)] {
        let wrong = BlindElement { element, ..stage.blinded(PATIENTS[1]).0 };
        let among = vec![stage.blinded(PATIENTS[1]).0, wrong];
        stage.check_refused(what, &ask(among), "malformed");
        assert_eq!(stage.newest().question, None, "it is kept as evidence of nothing");
    }
    let all = (0..1000).map(|_| element).collect();
    let answer = stage.ask(&IndexQuestion::Blind(ask(all)));
    let IndexAnswer::Blind { evaluated, .. } = answer else { panic!("{answer:?}") };
    assert_eq!(evaluated.len(), 1000);
    let access = stage.newest();
    assert_eq!((access.action, access.denied, access.caller), (Action::Evaluate, None, None));
    assert!(access.question.is_some_and(|question| question.len() > 100_000));
}

#[test]
fn a_question_for_another_epoch_is_told_which_it_is_and_counts_for_nothing() {
    let stage = Stage::limited(Some(1));
    stage.publish("N", Sharing::Nobody);
    let stated = stage.stated(1, 1);
    let current = stated.state.epoch;
    for epoch in [0, current - 1, current + 1, u32::MAX] {
        let question = stage.blind(epoch, vec![stage.blinded(PATIENTS[0]).0]);
        assert_eq!(stage.send(question), IndexAnswer::Epoch { epoch: current });
    }
    assert!(stated.presence.has(stage.label(PATIENTS[0], &stated.state).tag()));
}

#[test]
fn a_peer_over_its_rate_is_refused_and_told_when_to_come_again() {
    let mut stage = Stage::limited(Some(3));
    stage.publish("N", Sharing::Nobody);
    let epoch = stage.stated(1, 1).state.epoch;
    let ask = |stage: &Stage, count: usize| {
        let element = stage.blinded(PATIENTS[1]).0;
        stage.send(stage.blind(epoch, vec![element; count]))
    };
    assert!(matches!(ask(&stage, 2), IndexAnswer::Blind { .. }));
    let IndexAnswer::Refused(Refusal::Rate { retry_after }) = ask(&stage, 2) else {
        panic!("it was not refused")
    };
    // One more comes in eight hours, less what has passed.
    assert!((28_000..=28_800).contains(&retry_after), "{retry_after}");
    assert_eq!(stage.denied().as_deref(), Some("rate"));
    assert_eq!(stage.newest().question, None, "what was refused fills the disk");
    assert!(matches!(ask(&stage, 1), IndexAnswer::Blind { .. }));
    assert!(matches!(ask(&stage, 1), IndexAnswer::Refused(Refusal::Rate { .. })));
    // A restart finds the bucket full, which holds no more than that.
    stage.hospital.stop();
    stage.hospital.start_again();
    stage.stated(1, 1);
    assert!(matches!(ask(&stage, 4), IndexAnswer::Refused(Refusal::Rate { .. })));
    assert!(matches!(ask(&stage, 3), IndexAnswer::Blind { .. }));
    assert!(matches!(ask(&stage, 1), IndexAnswer::Refused(Refusal::Rate { .. })));
}

#[test]
fn a_question_by_label_is_decided_as_any_other() {
    let stage = Stage::new();
    stage.publish("N", Sharing::Federation);
    let stated = stage.stated(1, 1);
    let label = stage.label(PATIENTS[0], &stated.state);
    let own = &stage.asker.keys.sign;
    let check = |what: &str, text: String, reason: &str| {
        assert_eq!(stage.ask(&IndexQuestion::Records(text)), NOT_PERMITTED, "{what}");
        assert_eq!(stage.denied().as_deref(), Some(reason), "{what}");
    };
    let good = || stage.by_label(label, None);
    let purpose = Caller { purpose: "HPAYMT".parse().unwrap(), ..good().caller };
    check("no care", signed(Question { caller: purpose, ..good() }, own), "purpose");
    let list = Question { ask: Ask::List { after: None }, ..good() };
    check("a list", signed(list, own), "malformed");
    let other = Adversary::of(&stage.cluster.sites[2]);
    check("another's signature", signed(good(), &other.keys.sign), "signature");
    let once = signed(good(), own);
    let answer = stage.ask(&IndexQuestion::Records(once.clone()));
    assert!(matches!(answer, IndexAnswer::Records(_)), "{answer:?}");
    check("replayed", once, "replayed");
    // Labels cannot be guessed, and one of another epoch or nobody leads nowhere.
    let mut near = *label.as_bytes();
    near[31] ^= 1;
    for label in [Label::from_bytes(near), Label::from_bytes([0; 32])] {
        assert_eq!(stage.ask_named(stage.by_label(label, None)), IndexAnswer::Unknown);
        assert_eq!(stage.denied().as_deref(), Some("unknown"));
    }
    let list = signed(good(), own);
    assert_eq!(stage.ask(&IndexQuestion::List(list)), NOT_PERMITTED);
    assert_eq!(stage.denied().as_deref(), Some("malformed"));
}
