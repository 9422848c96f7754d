//! The blind question: an organisation has elements evaluated of which the node that is asked does not see whom they stand for.
//!
//! It names no person and no purpose: these stay in the asker's access log, to which the tags lead whoever is shown the seeds. It is signed,
//! for one node and one epoch, and stored there as evidence, so that the asker can be made to open it.

use budstikke_keys::jws::{Claimed, Statement, Verified};
use budstikke_keys::time::Timestamp;
use budstikke_keys::voprf::BATCH_MAX;
use serde::{Deserialize, Serialize};

use super::base64url;
use super::question::{Asked, Claim, admit_claim};
use super::reason::Reason;
use crate::ids::{Nonce, OrganisationNumber};
use crate::index::ticket::TicketTag;

/// The payload of a blind question, version 1 of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindQuestion {
    /// Who asks.
    pub organisation: OrganisationNumber,
    /// Who is asked; anybody else refuses it.
    pub audience: OrganisationNumber,
    /// When it was signed.
    pub time: Timestamp,
    /// Different in every question.
    pub nonce: Nonce,
    /// The epoch of the key that is to evaluate.
    pub epoch: u32,
    /// What is to be evaluated, 1 to 1 000.
    pub elements: Vec<BlindElement>,
}

/// One element, and the tag by which the asker can be held to what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlindElement {
    /// The element, as it arrived: whether it is one is found out when it is evaluated.
    #[serde(with = "base64url")]
    pub element: [u8; 32],
    /// The tag that follows from the seed of the ticket, another one for every node.
    #[serde(with = "base64url")]
    pub tag: TicketTag,
}

impl Statement for BlindQuestion {
    const TYP: &'static str = "budstikke-blind-v1";

    fn check(&self) -> Result<(), &'static str> {
        if self.elements.is_empty() || self.elements.len() > BATCH_MAX {
            return Err("a blind question has 1 to 1000 elements");
        }
        Ok(())
    }
}

/// Admits a blind question as [`admit`](super::question::admit) does a named one: signed by the connected peer, for this node, in time. Whether
/// its nonce is fresh, and whether the peer may ask that much, is decided after this.
///
/// # Errors
/// The reason, for the access record.
pub fn admit_blind(
    question: Claimed<BlindQuestion>,
    asked: &Asked,
) -> Result<Verified<BlindQuestion>, Reason> {
    let says = |question: &BlindQuestion| Claim {
        organisation: question.organisation,
        audience: question.audience,
        time: question.time,
    };
    admit_claim(question, says, asked)
}
