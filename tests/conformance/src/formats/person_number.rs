//! `person-number`: which person numbers an environment may know. Every number is made by rule.

use budstikke_protocol::ids::{Environment, Oid};
use budstikke_protocol::patient::PersonNumber;
use serde::{Deserialize, Serialize};

use crate::person::complete;
use crate::vector::{Cases, Format, Written, kebab, refusal};

/// Person numbers.
pub struct PersonNumbers;

/// A number, and where it is read.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The number as it was typed.
    pub number: String,
    /// Whether patients are real.
    pub environment: Environment,
}

/// What it is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The series.
    pub kind: String,
    /// The system that it belongs to in statements.
    pub system: Oid,
}

impl Format for PersonNumbers {
    const NAME: &'static str = "person-number";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let number = PersonNumber::parse(&input.number, input.environment);
        let number = number.map_err(|error| refusal(&error))?;
        Ok(Accepted { kind: kebab(&format!("{:?}", number.kind())), system: number.system() })
    }
}

const TEST: Environment = Environment::Test;
const PRODUCTION: Environment = Environment::Production;

impl Written for PersonNumbers {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        known(&mut cases);
        of_the_other_environment(&mut cases);
        no_numbers(&mut cases);
        cases
    }
}

fn known(cases: &mut Cases<PersonNumbers>) {
    for (name, shows, nine, remainder, environment, kind, last) in [
        ("month-80", "Skatteetaten's synthetic persons", "159265001", 0, TEST, "birth", 1),
        ("month-80-rule-of-2032", "the first sum leaves two", "159265001", 2, TEST, "birth", 1),
        ("month-65", "Norsk helsenett's synthetic persons", "157765001", 0, TEST, "birth", 1),
        ("month-40-in-test", "NAV's synthetic persons", "155265001", 0, TEST, "birth", 1),
        ("d-number-month-80", "a synthetic D-nummer", "559265001", 0, TEST, "d-number", 2),
        ("leap-day", "29 February of a leap year", "298264001", 0, TEST, "birth", 1),
        ("month-40-in-production", "an H-nummer", "155265001", 0, PRODUCTION, "h-number", 3),
    ] {
        let input = Input { number: made(nine, remainder), environment };
        let system = format!("2.16.578.1.12.4.1.4.{last}").parse().unwrap();
        cases.accepted(name, shows, input, Accepted { kind: kind.to_owned(), system });
    }
}

fn of_the_other_environment(cases: &mut Cases<PersonNumbers>) {
    for (name, nine) in [
        ("month-80-in-production", "159265001"),
        ("month-65-in-production", "157765001"),
        ("d-number-month-80-in-production", "559265001"),
    ] {
        let input = Input { number: made(nine, 0), environment: PRODUCTION };
        let shows = "a synthetic person among real ones";
        cases.refused(name, shows, input, "synthetic-in-production");
    }
}

fn no_numbers(cases: &mut Cases<PersonNumbers>) {
    let good = made("159265001", 0);
    let (date, rest) = good.split_at(6);
    let (digits, eleven) = ("check-digits", "not-eleven-digits");
    for (name, shows, number, refusal) in [
        ("mistyped", "a digit is another", good.replacen("1592", "1692", 1), digits),
        ("remainder-four", "the first sum leaves at most three", made("159265001", 4), digits),
        ("day-that-is-not", "there is no 31 April", made("318465001", 0), "date"),
        ("month-that-is-not", "there is no month 13", made("159365002", 0), "date"),
        ("leap-day-of-no-leap-year", "1965 had no 29 February", made("298265001", 0), "date"),
        ("ten-digits", "a digit is missing", good[1..].to_owned(), eleven),
        ("space", "written in two groups", format!("{date} {rest}"), eleven),
        ("letter", "a letter among the digits", good.replacen('1', "l", 1), eleven),
        ("other-digits", "a digit of another script", good.replacen('1', "١", 1), eleven),
    ] {
        cases.refused(name, shows, Input { number, environment: TEST }, refusal);
    }
}

fn made(nine: &str, remainder: u32) -> String {
    complete(nine, remainder).unwrap()
}
