//! Whose clock is said to be wrong.

use super::*;
use crate::finding::Verdict;

const WHOSE: [&str; 4] = ["983974910", "974760673", "314026055", "972418013"];

/// The verdicts and words of each finding when the members' clocks are so many seconds ahead.
fn check(ahead: &[i64], expected: &[(Verdict, &str)]) {
    let ahead: Vec<_> = WHOSE.iter().zip(ahead).map(|(w, a)| (w.parse().unwrap(), *a)).collect();
    let findings = findings(&ahead);
    assert_eq!(findings.len(), expected.len(), "{findings:?}");
    for (finding, (verdict, words)) in findings.iter().zip(expected) {
        assert_eq!(finding.verdict, *verdict, "{finding:?}");
        assert!(finding.found.contains(words), "{finding:?}");
        assert_eq!(finding.hint.is_none(), *verdict == Verdict::Ok, "{finding:?}");
    }
}

#[test]
fn clocks_that_agree_are_in_order() {
    check(&[0], &[(Verdict::Ok, "1 members")]);
    check(&[-59, 0, 59], &[(Verdict::Ok, "3 members")]);
}

#[test]
fn a_clock_that_differs_from_most_is_the_wrong_one() {
    check(&[3600], &[(Verdict::Fault, "3600 s behind that of 983974910, the only member")]);
    check(&[121, 300, 0], &[(Verdict::Fault, "121 s behind those of most members (3 answered)")]);
    check(&[-400, -400, -400, 0], &[(Verdict::Fault, "400 s ahead of those")]);
    check(&[60, 120], &[(Verdict::Warning, "60 s behind")]);
    check(&[120], &[(Verdict::Warning, "120 s behind")]);
}

#[test]
fn a_member_whose_clock_differs_from_all_is_named() {
    let agree = (Verdict::Ok, "2 members");
    check(&[0, 90, 1], &[agree, (Verdict::Warning, "of 974760673 is 90 s ahead of this one")]);
    check(&[0, -3600], &[(Verdict::Ok, "1 members"), (Verdict::Warning, "3600 s behind this one")]);
}

#[test]
fn a_clock_that_was_compared_with_none_is_told() {
    check(&[], &[(Verdict::Warning, "compared with none")]);
}
