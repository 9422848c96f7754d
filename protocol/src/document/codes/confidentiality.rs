//! How freely a document may be shown: HL7 confidentiality, and the blocks of Volven 9603.

use std::str::FromStr;

use super::list::{Row, UnknownCode, code_as_text, code_list, find};

/// The confidentiality of a document (HL7 v3, 2.16.840.1.113883.5.25), in the three degrees that
/// Norwegian document sharing uses. The degrees order from open to restricted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidentiality {
    /// Normal.
    N,
    /// Restricted.
    R,
    /// Very restricted.
    V,
}

impl Confidentiality {
    /// The code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::N => "N",
            Self::R => "R",
            Self::V => "V",
        }
    }

    /// What people read for the code.
    #[must_use]
    pub const fn display(self) -> &'static str {
        match self {
            Self::N => "normal",
            Self::R => "restricted",
            Self::V => "very restricted",
        }
    }
}

impl FromStr for Confidentiality {
    type Err = UnknownCode;

    fn from_str(code: &str) -> Result<Self, UnknownCode> {
        let all = [Self::N, Self::R, Self::V];
        let found = all.into_iter().find(|degree| degree.code() == code);
        found.ok_or(UnknownCode { list: "HL7 confidentiality (N, R or V)" })
    }
}

code_as_text!(Confidentiality);

code_list!(
    /// A block by the patient, or a denial or delay of the patient's own view of a document:
    /// Volven 9603 (2.16.578.1.12.4.1.1.9603).
    ///
    /// The list's `N` (no restriction) is not among them: it is the absence of all others.
    BlockCode,
    "Volven 9603 (blocks and denials)",
    BLOCKS
);

/// All active codes that restrict anything.
static BLOCKS: [Row; 13] = [
    ("NORN_FFL", "Nektet, fare for liv"),
    ("NORN_KUT", "Nektet, klart utilrådelig"),
    ("NORN_EPO", "Nektet, eget ønske"),
    ("NORN_ALL", "Nektet, alle"),
    ("NORN_FOR", "Nektet, foreldet"),
    ("NORN_FORANS", "Nektet, foreldreansvarlig"),
    ("NORN_UNGDOM", "Nektet, ungdom"),
    ("NORN_FFH", "Nektet, fare for helsepersonell"),
    ("NORN_FPB", "Nektet, forsvarlig pasientbehandling"),
    ("NORN_DUP", "Nektet, duplikat"),
    ("NORN_ANG", "Nektet – andre grunner"),
    ("NORU", "Utsatt innsyn for innbygger"),
    ("NORS", "Sperret"),
];
