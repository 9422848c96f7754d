//! A nonce counts once, and a member asks no more than its limit in a minute.

use std::time::Duration;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::Nonce;

use super::{Questions, Turn};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds.saturating_add(1_800_000_000)).unwrap()
}

#[test]
fn a_nonce_is_fresh_once_also_after_a_restart() {
    let nonce = Nonce::from_bytes([7; 16]);
    let questions = Questions::default();
    assert!(questions.is_fresh(nonce, at(0)));
    assert!(!questions.is_fresh(nonce, at(1)));
    let restarted = Questions::new([(nonce, at(0))]);
    assert!(!restarted.is_fresh(nonce, at(2)));
}

#[test]
fn a_nonce_is_forgotten_only_when_its_question_would_be_too_old() {
    let nonce = Nonce::from_bytes([7; 16]);
    let questions = Questions::default();
    assert!(questions.is_fresh(nonce, at(0)));
    assert!(!questions.is_fresh(nonce, at(299)));
    let later = at(299).plus(Duration::from_secs(301));
    assert!(questions.is_fresh(nonce, later));
}

#[test]
fn a_member_waits_when_it_has_asked_its_limit() {
    let questions = Questions::default();
    let organisation = "974760673".parse().unwrap();
    for _ in 0..3 {
        assert_eq!(questions.count(organisation, 3, at(0)), Turn::Now);
    }
    assert_eq!(questions.count(organisation, 3, at(20)), Turn::First { seconds: 40 });
    assert_eq!(questions.count(organisation, 3, at(30)), Turn::Later { seconds: 30 });
    assert_eq!(questions.count("983974910".parse().unwrap(), 3, at(20)), Turn::Now);
    assert_eq!(questions.count(organisation, 3, at(60)), Turn::Now);
}
