//! What is made of what the members found.

use super::*;
use crate::finding::Verdict;

const HELPERS: [&str; 2] = ["983974910", "974760673"];
const ONE: &str = "/dns4/node.example.no/tcp/8470";
const TWO: &str = "/ip6/2001:db8::1/tcp/8470";

/// What each helper found at which address.
type Found<'a> = Result<&'a [(&'a str, Outcome)], &'a str>;

fn check(addresses: &[&str], found: &[Found<'_>], expected: &[(Verdict, &str)]) {
    let addresses: Vec<Text<256>> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    let tried = |(address, outcome): &(&str, Outcome)| Tried {
        address: address.parse().unwrap(),
        outcome: *outcome,
    };
    let said = HELPERS.iter().zip(found).map(|(helper, found)| {
        let said = found.map(|found| found.iter().map(tried).collect());
        (helper.parse().unwrap(), said.map_err(str::to_owned))
    });
    let findings = judge(&addresses, &said.collect::<Vec<Said>>());
    assert_eq!(findings.len(), expected.len(), "{findings:?}");
    for (finding, (verdict, words)) in findings.iter().zip(expected) {
        assert_eq!(finding.verdict, *verdict, "{finding:?}");
        assert!(finding.found.contains(words), "{finding:?}");
        assert_eq!(finding.hint.is_none(), *verdict == Verdict::Ok, "{finding:?}");
    }
}

#[test]
fn an_address_that_one_member_reaches_is_in_order() {
    let words = "/dns4/node.example.no/tcp/8470 was reached by 974760673";
    for other in [Ok([(ONE, Outcome::Unreached)].as_slice()), Ok(&[]), Err("busy")] {
        check(&[ONE], &[other, Ok(&[(ONE, Outcome::Reached)])], &[(Verdict::Ok, words)]);
    }
}

#[test]
fn an_address_that_nobody_reaches_is_a_fault_unless_another_one_is() {
    let unreached = [(ONE, Outcome::Unreached), (TWO, Outcome::Unreached)];
    let by = "was not reached by 983974910, 974760673";
    let both = [Ok(unreached.as_slice()); 2];
    check(&[ONE, TWO], &both, &[(Verdict::Fault, by), (Verdict::Fault, by)]);
    let one = [Ok([(ONE, Outcome::Reached), (TWO, Outcome::Unreached)].as_slice())];
    let expected =
        [(Verdict::Ok, "was reached by"), (Verdict::Warning, "was not reached by 983974910")];
    check(&[ONE, TWO], &one, &expected);
}

#[test]
fn an_address_where_another_node_answers_is_a_fault() {
    let words = "another node answers 983974910";
    check(&[ONE], &[Ok(&[(ONE, Outcome::SomebodyElse)])], &[(Verdict::Fault, words)]);
}

#[test]
fn an_address_that_was_not_tried_is_said_to_be_so() {
    check(&[], &[], &[(Verdict::Warning, "the roster lists no address")]);
    check(&[ONE], &[], &[(Verdict::Warning, "no member could be asked")]);
    let words = "has tried whether it reaches this node (983974910: busy; 974760673: old)";
    check(&[ONE], &[Err("busy"), Err("old")], &[(Verdict::Warning, words)]);
    let elsewhere = [(TWO, Outcome::Reached)];
    let words = "is not in the rosters of the members that were asked";
    check(&[ONE], &[Ok(&elsewhere)], &[(Verdict::Warning, words)]);
}
