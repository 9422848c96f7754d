//! Tickets: what keeps a blind question accountable. Nobody who is asked learns of whom, and yet whoever asked can be made to show it.
//!
//! Before a node asks blindly it draws a seed for each identifier and logs a **ticket** that commits to the seed, the identifier and the record of the
//! access. From the seed follow the blinding for each node that is asked, and the **tag** that the question carries: different
//! for each node, so that two of them have nothing by which to tell that they were asked the same. An auditor who is shown seed, identifier
//! and record computes all of it again; another identifier would need a collision of SHA-256 or a discrete logarithm.

use std::fmt;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::voprf::Randomness;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

use crate::log::commitment::tagged;
use crate::log::origin::Origin;
use crate::patient::Identifier;

/// The input of the VOPRF for a patient: `system|value`, the system as FHIR has it.
pub fn input(identifier: &Identifier) -> Zeroizing<Vec<u8>> {
    let (system, value) = (identifier.system(), identifier.reveal());
    Zeroizing::new(format!("urn:oid:{system}|{value}").into_bytes())
}

/// Thirty-two random bytes, drawn for one identifier in one search. Never shown but to an auditor, wiped when dropped.
#[derive(Clone)]
pub struct TicketSeed(Zeroizing<[u8; 32]>);

/// What a blind question carries besides the blinded element. Whoever is shown the seed can tell to which ticket it belongs, nobody else.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TicketTag([u8; 32]);

impl TicketSeed {
    /// Takes 32 bytes that nobody can guess.
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes themselves, for the store and for an auditor.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The entry of the access log: `budstikke/ticket/v1`, over the seed, the input of the VOPRF, and SHA-256 of the access record.
    pub fn ticket(&self, input: &[u8], record: &Sha256Digest) -> Sha256Digest {
        let input = Sha256Digest::of(input);
        tagged("budstikke/ticket/v1", &[self.bytes(), input.as_bytes(), record.as_bytes()])
    }

    /// The randomness with which the input is blinded for the node of the log `asked`: `budstikke/blind/v1`, HMAC-SHA512 under the seed.
    pub fn blinding(&self, asked: &Origin) -> Randomness {
        let origin = asked.to_string();
        // HMAC takes a key of any length.
        let mac = Hmac::<Sha512>::new_from_slice(self.bytes()).map(|mac| {
            mac.chain_update("budstikke/blind/v1")
                .chain_update(length(&origin))
                .chain_update(&origin)
                .finalize()
        });
        Zeroizing::new(mac.map_or([0; 64], |mac| mac.into_bytes().into()))
    }

    /// What the question to the node of the log `asked` carries: `budstikke/tag/v1`.
    pub fn tag(&self, asked: &Origin) -> TicketTag {
        let origin = asked.to_string();
        let parts: [&[u8]; 3] = [self.bytes(), &length(&origin), origin.as_bytes()];
        TicketTag(*tagged("budstikke/tag/v1", &parts).as_bytes())
    }
}

impl TicketTag {
    /// Takes the bytes of a tag that somebody has sent.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The length of an origin, which has at most 64 + 1 + 9 characters and what is behind them.
fn length(origin: &str) -> [u8; 2] {
    u16::try_from(origin.len()).unwrap_or(u16::MAX).to_be_bytes()
}

impl fmt::Debug for TicketSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketSeed(..)")
    }
}

impl From<[u8; 32]> for TicketTag {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<TicketTag> for [u8; 32] {
    fn from(tag: TicketTag) -> Self {
        tag.0
    }
}

impl fmt::Debug for TicketTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TicketTag(..)")
    }
}

#[cfg(test)]
mod tests;
