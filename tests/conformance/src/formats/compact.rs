//! What the formats of statements in the compact form share: a case, and its judge.

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::{Claimed, Statement as _};
use budstikke_keys::public::{PublicKey, Thumbprint};
use budstikke_protocol::access::blind::BlindQuestion;
use budstikke_protocol::access::question::Question;
use budstikke_protocol::document::erasure::Erasure;
use budstikke_protocol::document::manifest::Manifest;
use budstikke_protocol::document::sharing::{SharingChange, Withdrawal};
use budstikke_protocol::limits::{BLIND_BYTES_MAX, STATEMENT_BYTES_MAX};
use budstikke_protocol::referral::event::Event;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cast::{self, HOSPITAL_SIGN};
use crate::handmade;
use crate::vector::refusal;

/// Which statement the reader expects.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// [`Manifest`].
    Manifest,
    /// [`SharingChange`].
    Sharing,
    /// [`Withdrawal`].
    Withdrawal,
    /// [`Erasure`].
    Erasure,
    /// [`Question`].
    Question,
    /// [`BlindQuestion`].
    Blind,
    /// [`Event`].
    #[serde(rename = "referral-event")]
    Event,
}

impl Kind {
    /// What the header says of it.
    pub fn typ(self) -> &'static str {
        match self {
            Self::Manifest => Manifest::TYP,
            Self::Sharing => SharingChange::TYP,
            Self::Withdrawal => Withdrawal::TYP,
            Self::Erasure => Erasure::TYP,
            Self::Question => Question::TYP,
            Self::Blind => BlindQuestion::TYP,
            Self::Event => Event::TYP,
        }
    }
}

/// A statement, what it should be, and the key to check it with.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which statement the reader expects.
    pub expect: Kind,
    /// The key that is taken for the signer's.
    pub key: PublicKey,
    /// The statement.
    pub compact: String,
}

/// What a good statement gives.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The key that signed it.
    pub signer: Thumbprint,
    /// SHA-256 of the compact form.
    pub digest: Sha256Digest,
    /// What was read, members that nobody knows left out.
    pub statement: Value,
}

impl Input {
    /// A statement of the hospital with this payload, right in everything else.
    pub fn of_payload(expect: Kind, payload: &[u8]) -> Self {
        let key = cast::key(HOSPITAL_SIGN);
        Self { expect, compact: handmade::stated(expect.typ(), payload, &key), key: key.public() }
    }

    /// What comes of it when it reads as `statement`.
    pub fn read_as(&self, statement: Value) -> Accepted {
        let digest = Sha256Digest::of(self.compact.as_bytes());
        Accepted { signer: self.key.thumbprint(), digest, statement }
    }
}

/// Reads a statement as a node does, and checks its signature.
pub fn judge(input: &Input) -> Result<Accepted, String> {
    match input.expect {
        Kind::Manifest => judge_as::<Manifest>(input),
        Kind::Sharing => judge_as::<SharingChange>(input),
        Kind::Withdrawal => judge_as::<Withdrawal>(input),
        Kind::Erasure => judge_as::<Erasure>(input),
        Kind::Question => judge_as::<Question>(input),
        Kind::Blind => judge_as::<BlindQuestion>(input),
        Kind::Event => judge_as::<Event>(input),
    }
}

fn judge_as<T: budstikke_keys::jws::Statement>(input: &Input) -> Result<Accepted, String> {
    let bytes_max = match input.expect {
        Kind::Blind => BLIND_BYTES_MAX,
        _ => STATEMENT_BYTES_MAX,
    };
    let claimed = Claimed::<T>::parse(&input.compact, bytes_max);
    let verified = claimed.map_err(|e| refusal(&e))?.verify(&input.key).map_err(|e| refusal(&e))?;
    Ok(Accepted {
        signer: verified.signer(),
        digest: verified.digest(),
        statement: serde_json::to_value(verified.statement()).unwrap(),
    })
}
