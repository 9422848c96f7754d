//! Laws of policies.

use std::fmt::Write as _;

use budstikke_keys::note::{NotTrusted, Note};

use super::*;
use crate::log::checkpoint::SignedCheckpoint;
use crate::log::tests::{Memory, cosign, log_key, origin, roster, time, witness, witness_secret};

/// Two out of three witnesses, and one out of the next two.
fn example() -> String {
    let mut text = format!("log {}\n", log_key());
    for place in 1..=5 {
        writeln!(text, "witness W{place} {}", witness(place)).unwrap();
    }
    text + "group first 2 W1 W2 W3\ngroup second 1 W4 W5\ngroup both 2 first second\nquorum both\n"
}

/// Whether the cosignatures of these places are a quorum.
fn is_met(policy: &Policy, places: &[usize]) -> bool {
    let mut checkpoint = Memory::of(3).signed();
    for place in places {
        cosign(&mut checkpoint, *place, 100);
    }
    policy.witnessed(&checkpoint).unwrap().is_some()
}

#[test]
fn a_policy_is_read_as_it_was_written() {
    let policy: Policy = example().parse().unwrap();
    assert_eq!(policy.to_string(), example());
    let spaced = example().replace(' ', " \t ").replace('\n', " \n\n # a comment \n\t");
    assert_eq!(spaced.parse(), Ok(policy.clone()));
    let words = example().replace("both 2", "both all").replace("second 1", "second any");
    assert_eq!(words.parse(), Ok(policy));
    let urls = example().replace("\nwitness W2", " https://log.test/\nwitness W2");
    assert_eq!(urls.parse::<Policy>().unwrap().to_string(), urls);
}

#[test]
fn groups_are_met_by_enough_of_their_members() {
    let policy: Policy = example().parse().unwrap();
    for (places, expected) in [
        (vec![], false),
        (vec![1, 2], false),
        (vec![4, 5], false),
        (vec![1, 4], false),
        (vec![1, 2, 4], true),
        (vec![5, 3, 1], true),
        (vec![1, 2, 3, 4, 5], true),
        (vec![1, 4, 5, 6, 7], false),
    ] {
        assert_eq!(is_met(&policy, &places), expected, "{places:?}");
    }
}

#[test]
fn a_quorum_may_be_one_witness_or_nobody() {
    let one: Policy = format!("witness W {}\nquorum W\n", witness(1)).parse().unwrap();
    assert!(is_met(&one, &[1]));
    assert!(!is_met(&one, &[2]));
    let nobody: Policy = "quorum none\n".parse().unwrap();
    assert_eq!(nobody.to_string(), "quorum none\n");
    assert_eq!(nobody.quorum(), None);
    // What nobody saw is not witnessed.
    assert!(!is_met(&nobody, &[1, 2, 3]));
}

#[test]
fn what_is_no_policy_is_refused() {
    let check = |text: &str, expected: usize, why: &str| match text.parse::<Policy>() {
        Err(PolicyError::Line { line, fault }) => {
            assert_eq!((line, fault), (expected, why), "{text}");
        }
        other => panic!("{other:?} of {text}"),
    };
    let (log, one, two) = (log_key(), witness(1), witness(2));
    check("wintess\n", 1, "begins with a word that is not known");
    check("log\n", 1, "has no verifier key");
    check("log x\n", 1, "has no verifier key");
    check(&format!("log {one}\n"), 1, "has a verifier key of another type");
    check(&format!("log {log}\nlog {log}\n"), 2, "names a log again");
    check(&format!("log {log} url more\n"), 1, "says more than it may");
    check("witness\n", 1, "has no name");
    check("witness W\n", 1, "has no verifier key");
    check(&format!("witness W {log}\n"), 1, "has a verifier key of another type");
    check(&format!("witness none {one}\n"), 1, "has a name that is taken");
    check(&format!("witness W {one}\nwitness W {two}\n"), 2, "has a name that is taken");
    check(&format!("witness W {one}\nwitness V {one}\n"), 2, "names a witness again");
    let witnesses = format!("witness W {one}\nwitness V {two}\n");
    check(&format!("{witnesses}group W 1 V\n"), 3, "has a name that is taken");
    check(&format!("{witnesses}group none 1 V\n"), 3, "has a name that is taken");
    check(&format!("{witnesses}group G\n"), 3, "does not say how many");
    for count in ["0", "3", "01", "+1", "some", "-1", "any"] {
        let members = if count == "any" { "" } else { " W V" };
        let why = "does not ask for one to all of its members";
        check(&format!("{witnesses}group G {count}{members}\n"), 3, why);
    }
    check(&format!("{witnesses}group G 1 X\n"), 3, "names what is not defined before it");
    check(&format!("{witnesses}group G 1 G\n"), 3, "names what is not defined before it");
    check(&format!("{witnesses}group G 1 none\n"), 3, "names what is not defined before it");
    check(&format!("{witnesses}group G 1 W W\n"), 3, "names a member of a group again");
    check(
        &format!("{witnesses}group G 1 W\ngroup H 1 V W\n"),
        4,
        "names a member of a group again",
    );
    check("quorum\n", 1, "names no quorum");
    check("quorum X\n", 1, "names what is not defined before it");
    check("quorum none\nquorum none\n", 2, "sets the quorum again");
    check("quorum none none\n", 1, "says more than it may");
    assert_eq!("".parse::<Policy>(), Err(PolicyError::NoQuorum));
    assert_eq!(format!("log {log}\n").parse::<Policy>(), Err(PolicyError::NoQuorum));
    assert_eq!("quorum none\r\n".parse::<Policy>(), Err(PolicyError::NotText));
    assert_eq!("#\u{7f}\nquorum none\n".parse::<Policy>(), Err(PolicyError::NotText));
    let large = "#".repeat(POLICY_BYTES_MAX + 1);
    assert_eq!(large.parse::<Policy>(), Err(PolicyError::TooLarge));
}

#[test]
fn a_policy_is_bounded() {
    let groups = |count: usize| {
        let mut text = format!("witness W {}\ngroup G0 1 W\n", witness(1));
        for group in 1..count {
            writeln!(text, "group G{group} 1 G{}", group - 1).unwrap();
        }
        text + &format!("quorum G{}\n", count - 1)
    };
    assert!(is_met(&groups(POLICY_LINES_MAX).parse().unwrap(), &[1]));
    let fault = "is one too many of its sort";
    let expected = PolicyError::Line { line: POLICY_LINES_MAX + 2, fault };
    assert_eq!(groups(POLICY_LINES_MAX + 1).parse::<Policy>(), Err(expected));
}

#[test]
fn a_checkpoint_is_witnessed_when_the_quorum_is_complete() {
    let policy = Policy::of(&roster(5), &origin());
    let mut checkpoint = Memory::of(3).signed();
    // In the order of the lines, not of the times; three of four are a quorum.
    for (place, seconds, expected) in
        [(4, 900, None), (1, 300, None), (2, 500, Some(900)), (3, 400, Some(500))]
    {
        cosign(&mut checkpoint, place, seconds);
        let since = policy.witnessed(&checkpoint).unwrap();
        assert_eq!(since, expected.map(time), "with {place}");
    }
}

#[test]
fn one_witness_counts_once() {
    let policy = Policy::of(&roster(3), &origin());
    let mut checkpoint = Memory::of(3).signed();
    cosign(&mut checkpoint, 1, 100);
    cosign(&mut checkpoint, 1, 200);
    assert_eq!(policy.witnessed(&checkpoint), Ok(None));
    cosign(&mut checkpoint, 2, 150);
    assert_eq!(policy.witnessed(&checkpoint), Ok(Some(time(150))));
}

#[test]
fn a_bad_cosignature_of_a_witness_is_told() {
    let policy = Policy::of(&roster(3), &origin());
    let mut note = Memory::of(3).signed().note().clone();
    note.add(Memory::of(4).signed().cosign(witness(1).name().clone(), &witness_secret(1), time(7)))
        .unwrap();
    let checkpoint =
        SignedCheckpoint::open(Note::parse(note.to_string().as_bytes()).unwrap(), &log_key())
            .unwrap();
    let expected = NotTrusted::BadSignature(witness(1).name().clone());
    assert_eq!(policy.witnessed(&checkpoint), Err(expected));
}

#[test]
fn the_roster_sets_the_policy_of_a_log() {
    let policy = Policy::of(&roster(4), &origin());
    let members = ["310000027", "310000035", "310000043"];
    assert_eq!(policy.logs(), [PolicyLog { key: log_key(), url: None }]);
    let mut names: Vec<_> =
        policy.witnesses().iter().map(|witness| witness.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, members);
    assert_eq!(policy.to_string().parse(), Ok(policy.clone()));
    let [group] = policy.groups() else { panic!("one group") };
    assert_eq!((group.threshold, group.members.len()), (3, 3));

    let alone = Policy::of(&roster(1), &origin());
    assert_eq!(alone.to_string(), format!("log {}\nquorum none\n", log_key()));
}
