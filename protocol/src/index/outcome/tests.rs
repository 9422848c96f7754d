//! Nobody says that there is nothing while anybody has not answered.

use super::{Basis, Fault, Outcome, Refused, Unknown, Whole};

fn basis() -> Basis {
    Basis { as_of: "2026-11-22T12:04:05Z".parse().unwrap(), is_witnessed: true }
}

fn check(outcomes: &[Outcome], is_complete: bool, line: &str) {
    let whole = Whole::of(outcomes);
    assert_eq!((whole.is_complete(), whole.to_string().as_str()), (is_complete, line));
}

#[test]
fn none_is_said_only_when_all_have_answered() {
    let none = Outcome::None(basis());
    check(&[none, none], true, "none among the open records of all 2 members");
    let open = [
        Outcome::Unknown(Unknown::NotReached),
        Outcome::Unknown(Unknown::Old),
        Outcome::Refused(Refused::NotPermitted),
        Outcome::Refused(Refused::Rate),
        Outcome::Fault(Fault::Inflated),
    ];
    for outcome in open {
        let line = "of 1 member it is not known whether it has records";
        check(&[none, outcome, none], false, line);
    }
}

#[test]
fn records_are_counted_with_those_that_are_withheld() {
    let records = Outcome::Records { listed: 7, withheld: 2, basis: basis() };
    check(
        &[records, Outcome::None(basis())],
        true,
        "7 open records, of 2 members all that they have; 2 withheld",
    );
    check(
        &[records, Outcome::Unknown(Unknown::NotReached)],
        false,
        "7 open records so far; of 1 member it is not known whether it has records; 2 withheld",
    );
}
