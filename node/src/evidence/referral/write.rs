//! Writes evidence of a referral; it is small enough to be written at once.

use std::io;

use budstikke_keys::time::Timestamp;
use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::referral::event::ReferralName;
use budstikke_protocol::referral::state::Side;
use tar::Builder;

use super::form::{self, DESCRIPTOR, Descriptor, FORMAT, ROSTERS, VERSION};
use crate::evidence::archive::header;

/// An event as it was signed, and its receipt, unless there is none.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The event, a compact JWS.
    pub event: String,
    /// The receipt for it, in the log of its author.
    pub receipt: Option<String>,
}

/// The file. The events of each side stand in the order of its chain.
///
/// # Errors
/// When the archive cannot be built, which no input can cause.
pub fn write(
    name: ReferralName,
    (referrer, receiver): (&[Piece], &[Piece]),
    (federation, rosters): (Fingerprint, &str),
    now: Timestamp,
) -> io::Result<Vec<u8>> {
    let count = |chain: &[Piece]| u32::try_from(chain.len()).map_err(io::Error::other);
    let descriptor = Descriptor {
        format: FORMAT.to_owned(),
        version: VERSION,
        created: now,
        federation,
        referrer: name.referrer,
        referral: name.referral,
        referrer_events: count(referrer)?,
        receiver_events: count(receiver)?,
    };
    let descriptor = serde_json::to_string_pretty(&descriptor).map_err(io::Error::other)? + "\n";
    let mut archive = Builder::new(Vec::new());
    let mut member = |name: &str, text: &str| {
        let size = u64::try_from(text.len()).map_err(io::Error::other)?;
        archive.append_data(&mut header(size, now), name, text.as_bytes())
    };
    member(DESCRIPTOR, &descriptor)?;
    member(ROSTERS, rosters)?;
    for (side, chain) in [(Side::Referrer, referrer), (Side::Receiver, receiver)] {
        for (number, Piece { event, receipt }) in (1..).zip(chain) {
            member(&form::event(side, number), event)?;
            if let Some(receipt) = receipt {
                member(&form::receipt(side, number), receipt)?;
            }
        }
    }
    archive.into_inner()
}
