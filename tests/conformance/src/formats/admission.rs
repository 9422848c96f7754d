//! `admission`: whether a signed question is the connected member's, for this node, and in time.

use budstikke_keys::jws::Claimed;
use budstikke_keys::public::PublicKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::access::question::{Asked, Question, admit};
use budstikke_protocol::ids::{Nonce, OrganisationNumber};
use budstikke_protocol::limits::STATEMENT_BYTES_MAX;
use serde::{Deserialize, Serialize};

use super::compact::Kind;
use crate::cast::{self, GP, HOSPITAL, HOSPITAL_SIGN, MUNICIPALITY, NOW, organisation, time};
use crate::handmade::stated;
use crate::sample::{Change as _, question};
use crate::vector::{Cases, Format, Written, refusal};

/// Questions as they arrive.
pub struct Admissions;

/// A question, and what the node that is asked knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The organisation that is asked.
    pub audience: OrganisationNumber,
    /// The member whose node is connected.
    pub peer: OrganisationNumber,
    /// That member's signing key.
    pub key: PublicKey,
    /// The clock of the node that is asked.
    pub now: Timestamp,
    /// The question.
    pub compact: String,
}

/// What an admitted question gives.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// What is remembered, so that it is not asked again.
    pub nonce: Nonce,
}

impl Format for Admissions {
    const NAME: &'static str = "admission";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let Input { audience, peer, key, now, compact } = input;
        let question = Claimed::<Question>::parse(&compact, STATEMENT_BYTES_MAX);
        let asked = Asked { audience, peer, key, now };
        let admitted =
            admit(question.map_err(|e| refusal(&e))?, &asked).map_err(|e| refusal(&e))?;
        Ok(Accepted { nonce: admitted.statement().nonce })
    }
}

impl Written for Admissions {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        let at = |now: &str| Input { now: time(now), ..asked() };
        for (name, shows, now) in [
            ("good", "signed by the peer, for this node, in time", NOW),
            ("good-clock-behind", "this clock is 120 seconds behind", "2026-11-22T12:02:05Z"),
            ("good-clock-ahead", "this clock is 120 seconds ahead", "2026-11-22T12:06:05Z"),
        ] {
            let nonce = "AAECAwQFBgcICQoLDA0ODw".parse().unwrap();
            cases.accepted(name, shows, at(now), Accepted { nonce });
        }
        let stranger = cast::key("stranger");
        let by_another = stated(Kind::Question.typ(), &question().bytes(), &stranger);
        let late = question().with("/time", "2026-11-22T12:04:06Z").bytes();
        let signed = asked().compact;
        let (_, signature) = signed.rsplit_once('.').unwrap();
        let changed = stated(Kind::Question.typ(), &late, &cast::key(HOSPITAL_SIGN));
        let changed = format!("{}.{signature}", changed.rsplit_once('.').unwrap().0);
        for (name, shows, input, refusal) in [
            (
                "clock-early",
                "this clock is 121 seconds behind",
                at("2026-11-22T12:02:04Z"),
                "clock",
            ),
            ("clock-late", "this clock is 121 seconds ahead", at("2026-11-22T12:06:06Z"), "clock"),
            (
                "wrong-audience",
                "another organisation is asked",
                Input { audience: organisation(GP), ..asked() },
                "wrong-audience",
            ),
            (
                "not-the-peer",
                "another member hands it on",
                Input { peer: organisation(GP), ..asked() },
                "not-the-peer",
            ),
            (
                "bad-signature",
                "it was changed after signing",
                Input { compact: changed, ..asked() },
                "signature",
            ),
            (
                "signed-by-another-key",
                "the key is not the member's",
                Input { compact: by_another, ..asked() },
                "signature",
            ),
        ] {
            cases.refused(name, shows, input, refusal);
        }
        cases
    }
}

/// The hospital asks the municipality.
fn asked() -> Input {
    let key = cast::key(HOSPITAL_SIGN);
    Input {
        audience: organisation(MUNICIPALITY),
        peer: organisation(HOSPITAL),
        key: key.public(),
        now: time(NOW),
        compact: stated(Kind::Question.typ(), &question().bytes(), &key),
    }
}
