//! `origin`: the names of logs.

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_protocol::log::origin::{LogKind, Origin};
use serde::{Deserialize, Serialize};

use crate::cast::{HOSPITAL, organisation};
use crate::vector::{Cases, Format, Written, refusal};

/// Origins.
pub struct Origins;

/// A text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The text.
    pub origin: String,
}

/// Which log it names.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The federation.
    pub federation: String,
    /// Whose log it is.
    pub organisation: OrganisationNumber,
    /// Whether it is the log of accesses.
    pub is_access: bool,
    /// 1 for the first log, one more for each that continues it.
    pub generation: u16,
}

impl Format for Origins {
    const NAME: &'static str = "origin";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let origin: Origin = input.origin.parse().map_err(|error| refusal(&error))?;
        assert_eq!(origin.to_string(), input.origin);
        assert_eq!(origin.key_name().as_str(), input.origin);
        Ok(Accepted {
            federation: origin.federation().to_string(),
            organisation: origin.organisation(),
            is_access: origin.kind() == LogKind::Access,
            generation: origin.generation(),
        })
    }
}

impl Written for Origins {
    #[expect(clippy::too_many_lines, reason = "one row a case")]
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let long = "a".repeat(64);
        for (name, shows, origin, federation, is_access, generation) in [
            (
                "good",
                "what an organisation has published",
                format!("vectors.example/{HOSPITAL}"),
                "vectors.example",
                false,
                1,
            ),
            (
                "good-access",
                "who has looked at what",
                format!("vectors.example/{HOSPITAL}/access"),
                "vectors.example",
                true,
                1,
            ),
            (
                "good-second",
                "a log that continues another",
                format!("vectors.example/{HOSPITAL}/2"),
                "vectors.example",
                false,
                2,
            ),
            (
                "good-second-access",
                "the same of accesses",
                format!("vectors.example/{HOSPITAL}/access/2"),
                "vectors.example",
                true,
                2,
            ),
            (
                "good-last",
                "the largest number",
                format!("vectors.example/{HOSPITAL}/65535"),
                "vectors.example",
                false,
                65_535,
            ),
            (
                "good-short-name",
                "the shortest name of a federation",
                format!("a-1/{HOSPITAL}"),
                "a-1",
                false,
                1,
            ),
            (
                "good-long-name",
                "the longest name of a federation",
                format!("{long}/{HOSPITAL}"),
                &long,
                false,
                1,
            ),
        ] {
            let organisation = organisation(HOSPITAL);
            let federation = federation.to_owned();
            let result = Accepted { federation, organisation, is_access, generation };
            cases.accepted(name, shows, Input { origin }, result);
        }
        for (name, shows, origin) in [
            ("empty", "nothing", String::new()),
            ("federation-alone", "the organisation is missing", "vectors.example".to_owned()),
            ("organisation-alone", "the federation is missing", format!("/{HOSPITAL}")),
            (
                "organisation-mistyped",
                "the check digit is wrong",
                "vectors.example/310000018".to_owned(),
            ),
            ("organisation-short", "a digit is missing", "vectors.example/31000001".to_owned()),
            ("name-with-space", "no name of a federation", format!("vectors example/{HOSPITAL}")),
            ("name-with-plus", "no name of a federation", format!("vectors+example/{HOSPITAL}")),
            ("name-with-capital", "no name of a federation", format!("Vectors.example/{HOSPITAL}")),
            ("name-short", "no name of a federation", format!("ab/{HOSPITAL}")),
            ("name-long", "no name of a federation", format!("{}/{HOSPITAL}", "a".repeat(65))),
            (
                "witness",
                "the name of a cosigner is no log",
                format!("vectors.example/{HOSPITAL}/witness"),
            ),
            ("first", "the first log has no number", format!("vectors.example/{HOSPITAL}/1")),
            ("zero", "no log has the number 0", format!("vectors.example/{HOSPITAL}/0")),
            (
                "leading-zero",
                "numbers have no leading zeros",
                format!("vectors.example/{HOSPITAL}/02"),
            ),
            ("plus", "numbers have no sign", format!("vectors.example/{HOSPITAL}/+2")),
            (
                "too-many",
                "a number beyond the largest",
                format!("vectors.example/{HOSPITAL}/65536"),
            ),
            (
                "turned",
                "the number stands at the end",
                format!("vectors.example/{HOSPITAL}/2/access"),
            ),
            ("trailing-slash", "nothing stands behind", format!("vectors.example/{HOSPITAL}/")),
            ("trailing-line", "nothing stands behind", format!("vectors.example/{HOSPITAL}\n")),
            (
                "capital",
                "access is written in small letters",
                format!("vectors.example/{HOSPITAL}/Access"),
            ),
        ] {
            cases.refused(name, shows, Input { origin }, "origin-error");
        }
        cases
    }
}
