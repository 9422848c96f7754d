//! `wire`: the messages between nodes, byte by byte.

mod diagnostic;
mod finding;
mod logs;
mod messages;
mod referrals;
mod row;

use budstikke_protocol::wire::codec::{Message, decode, encode};
use budstikke_protocol::wire::document::{Get, Head};
use budstikke_protocol::wire::hello::Hello;
use budstikke_protocol::wire::index::{IndexAnswer, IndexQuestion};
use budstikke_protocol::wire::reach::{ReachAnswer, ReachQuestion};
use budstikke_protocol::wire::referral::{ReferralAnswer, ReferralDelivery};
use budstikke_protocol::wire::roster::{RosterAnswer, RosterQuestion};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use self::row::Kind;
use crate::vector::{Cases, Format, Written, refusal};

/// Messages.
pub struct Messages;

/// Bytes that arrive, and where.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Which message the reader expects.
    pub expect: Kind,
    /// The bytes, in hexadecimal.
    pub bytes: String,
}

/// The message.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// In the diagnostic notation of RFC 8949 section 8, what nobody knows left out.
    pub message: String,
}

impl Format for Messages {
    const NAME: &'static str = "wire";
    type Input = Input;
    type Accepted = Accepted;

    fn judge(input: Input) -> Result<Accepted, String> {
        let bytes = HEXLOWER.decode(input.bytes.as_bytes()).unwrap();
        match input.expect {
            Kind::Hello => judge_as::<Hello>(&bytes),
            Kind::RosterQuestion => judge_as::<RosterQuestion>(&bytes),
            Kind::RosterAnswer => judge_as::<RosterAnswer>(&bytes),
            Kind::IndexQuestion => judge_as::<IndexQuestion>(&bytes),
            Kind::IndexAnswer => judge_as::<IndexAnswer>(&bytes),
            Kind::ReachQuestion => judge_as::<ReachQuestion>(&bytes),
            Kind::ReachAnswer => judge_as::<ReachAnswer>(&bytes),
            Kind::ReferralDelivery => judge_as::<ReferralDelivery>(&bytes),
            Kind::ReferralAnswer => judge_as::<ReferralAnswer>(&bytes),
            Kind::Get => judge_as::<Get>(&bytes),
            Kind::Head => judge_as::<Head>(&bytes),
        }
    }
}

fn judge_as<M: Message>(bytes: &[u8]) -> Result<Accepted, String> {
    let message: M = decode(bytes).map_err(|error| refusal(&error))?;
    Ok(Accepted { message: diagnostic::of(&encode(&message).unwrap()) })
}

impl Written for Messages {
    fn cases() -> Cases<Self> {
        let mut cases = Cases::default();
        for row in messages::rows() {
            let input = Input { expect: row.expect, bytes: HEXLOWER.encode(&row.bytes) };
            match row.outcome {
                Ok(message) => cases.accepted(row.name, row.shows, input, Accepted { message }),
                Err(refusal) => cases.refused(row.name, row.shows, input, refusal),
            }
        }
        cases
    }
}
