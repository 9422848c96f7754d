//! `policy`: which logs are believed, and who must have cosigned.

use budstikke_keys::time::Timestamp;
use budstikke_protocol::log::checkpoint::Cosignature;
use budstikke_protocol::log::policy::Policy;
use serde::{Deserialize, Serialize};

use super::sample::{log_vkey, vkey};
use crate::cast;
use crate::vector::{Cases, Format, Written, refusal};

/// Policies.
pub struct Policies;

/// A policy, and who has cosigned.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The policy.
    pub policy: String,
    /// Witnesses, by the names that the policy gives them.
    pub cosigned: Vec<String>,
}

/// What the policy says.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Whether that is enough.
    pub is_met: bool,
}

impl Format for Policies {
    const NAME: &'static str = "policy";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(Input { policy, cosigned }: Input) -> Result<Accepted, String> {
        let policy: Policy = policy.parse().map_err(|error| refusal(&error))?;
        assert_eq!(policy.to_string().parse().as_ref(), Ok(&policy));
        let witness = |name: &String| {
            let found = policy.witnesses().iter().find(|witness| witness.name == *name).unwrap();
            Cosignature { witness: found.key.clone(), time: Timestamp::UNIX_EPOCH }
        };
        let cosignatures: Vec<_> = cosigned.iter().map(witness).collect();
        Ok(Accepted { is_met: policy.is_met(&cosignatures) })
    }
}

/// The line of a log and of three witnesses, `a`, `b` and `c`.
fn keys() -> String {
    format!("log {}\n{}{}{}", log_vkey(), witness("a"), witness("b"), witness("c"))
}

fn witness(name: &str) -> String {
    format!("witness {name} {}\n", key(name))
}

fn key(name: &str) -> String {
    vkey(&format!("{name}.example/witness"), 4, &cast::public(name))
}

impl Written for Policies {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let of = |lines: &str| format!("{}{lines}", keys());
        let two = of("group two 2 a b c\nquorum two\n");
        let nested = of("group ab any a b\ngroup all all ab c\nquorum all\n");
        let spaced = format!("# who must cosign\n\n{}\t\n  quorum \t a  \n", keys());
        let with_urls = format!(
            "log {} https://log.example/\nwitness a {} https://a.example/\nquorum a",
            log_vkey(),
            key("a")
        );
        let many: String = (0..32).map(|n| witness(&format!("w{n}"))).collect();
        let names: Vec<_> = (0..32).map(|n| format!("w{n}")).collect();
        let thirty_two = format!("{many}group all all {}\nquorum all\n", names.join(" "));
        for (name, shows, policy, cosigned, is_met) in [
            (
                "good-none",
                "nobody is asked for, and so nothing is witnessed",
                of("quorum none\n"),
                "a b c",
                false,
            ),
            ("good-one", "one witness", of("quorum b\n"), "b", true),
            ("good-one-other", "one witness, and another", of("quorum b\n"), "a c", false),
            ("good-two-of-three", "a group", two.clone(), "a c", true),
            ("good-one-of-two", "a group, and one is missing", two.clone(), "c", false),
            ("good-twice", "who cosigns twice counts once", two, "c c", false),
            ("good-nested", "a group in a group", nested.clone(), "b c", true),
            ("good-nested-missing", "the group in the group alone", nested, "a b", false),
            ("good-spaces", "comments, empty lines, spaces and tabs", spaced, "a", true),
            (
                "good-addresses",
                "where they are reached; no line feed at the end",
                with_urls,
                "a",
                true,
            ),
            ("good-32", "as many as C2SP asks for", thirty_two, &names.join(" "), true),
        ] {
            let cosigned = cosigned.split(' ').map(str::to_owned).collect();
            cases.accepted(name, shows, Input { policy, cosigned }, Accepted { is_met });
        }
        refused(&mut cases, &of);
        cases
    }
}

#[expect(clippy::too_many_lines, reason = "one row a case")]
fn refused(cases: &mut Cases<Policies>, of: &dyn Fn(&str) -> String) {
    let many: String = (0..65).map(|n| witness(&format!("w{n}"))).collect();
    for (name, shows, policy) in [
        ("word", "a word that is not known", of("witnesses a b\nquorum a\n")),
        ("capital", "words are written in small letters", of("Quorum a\n")),
        (
            "log-key-of-witness",
            "a key for cosignatures as a log's",
            format!("log {}\nquorum none\n", key("a")),
        ),
        (
            "witness-key-of-log",
            "a log's key as a witness's",
            format!("witness a {}\nquorum a\n", log_vkey()),
        ),
        ("no-key", "the key is missing", "witness a\nquorum a\n".to_owned()),
        ("name-again", "a name stands for one", of(&format!("witness a {}\nquorum a\n", key("d")))),
        (
            "key-again",
            "a key stands under one name",
            of(&format!("witness d {}\nquorum a\n", key("a"))),
        ),
        ("log-again", "a log stands once", of(&format!("log {}\nquorum a\n", log_vkey()))),
        (
            "name-none",
            "none is the name of nobody",
            format!("witness none {}\nquorum none\n", key("a")),
        ),
        ("name-of-group-again", "a group has a name of its own", of("group a any b c\nquorum a\n")),
        (
            "group-later",
            "names are defined before they are used",
            "group g any a\n".to_owned() + &of("quorum g\n"),
        ),
        ("group-of-itself", "a group is no member of itself", of("group g any a g\nquorum g\n")),
        ("group-empty", "a group has members", of("group g any\nquorum g\n")),
        ("group-all-empty", "a group has members", of("group g all\nquorum g\n")),
        ("group-of-0", "a group asks for one at least", of("group g 0 a b\nquorum g\n")),
        (
            "group-of-too-many",
            "a group asks for no more than it has",
            of("group g 3 a b\nquorum g\n"),
        ),
        ("group-leading-zero", "numbers have no leading zeros", of("group g 02 a b\nquorum g\n")),
        ("member-twice", "a member stands once", of("group g any a a\nquorum g\n")),
        (
            "member-of-two",
            "a name is in one group at most",
            of("group g any a b\ngroup h any a c\nquorum g\n"),
        ),
        ("quorum-again", "there is one quorum", of("quorum a\nquorum a\n")),
        ("quorum-unknown", "names are defined before they are used", of("quorum d\n")),
        ("quorum-of-log", "a log is no witness", of("quorum log\n")),
        ("quorum-two-names", "one name", of("quorum a b\n")),
        ("quorum-nothing", "one name", of("quorum\n")),
        ("too-many", "at most 64 witnesses", format!("{many}quorum none\n")),
    ] {
        cases.refused(name, shows, Input { policy, cosigned: Vec::new() }, "line");
    }
    for (name, shows, policy, refusal) in [
        ("empty", "nothing", String::new(), "no-quorum"),
        ("no-quorum", "no line says what the quorum is", of(""), "no-quorum"),
        ("carriage-return", "lines end with a line feed alone", of("quorum a\r\n"), "not-text"),
        (
            "too-large",
            "a policy has at most 64 KiB",
            format!("#{}\nquorum none\n", " ".repeat(65_536)),
            "too-large",
        ),
    ] {
        cases.refused(name, shows, Input { policy, cosigned: Vec::new() }, refusal);
    }
}
