//! What every use case works with.

use std::net::SocketAddr;

use budstikke_keys::secret::SecretKey;
use budstikke_protocol::ids::OrganisationNumber;

use super::announce::calls::Calls;
use super::dial_backs::DialBacks;
use super::drift::Drift;
use super::federation::Federation;
use super::find::mirrors::Mirrors;
use super::find::rate::Buckets;
use super::questions::Questions;
use super::referral::desk::Desk;
use super::restored::Restored;
use super::signer::Signer;
use super::told::Forks;
use super::walks::Walks;
use super::witnessed::Witnessed;
use crate::config::Config;
use crate::net::Net;
use crate::store::Store;

/// The handles of a running node.
#[derive(Debug)]
pub struct Context {
    /// The settings.
    pub config: Config,
    /// Where programs on this machine are served over HTTP.
    pub http: Option<SocketAddr>,
    /// The key that signs this organisation's statements.
    pub sign: SecretKey,
    /// The key of this organisation's log, and what it has signed last.
    pub log: Signer,
    /// The key that cosigns the logs of others.
    pub witness: SecretKey,
    /// What the witnesses of this organisation's log have cosigned.
    pub witnessed: Witnessed,
    /// Whether the home was copied or put back.
    pub restored: Restored,
    /// What is kept.
    pub store: Store,
    /// What is known of the indexes of others.
    pub mirrors: Mirrors,
    /// The other nodes.
    pub net: Net,
    /// Who belongs to the federation.
    pub federation: Federation,
    /// Which questions have been asked, and how often.
    pub questions: Questions,
    /// How often members ask about logs.
    pub log_questions: Questions,
    /// How often members deliver referrals.
    pub deliveries: Questions,
    /// How much members may have evaluated blindly.
    pub blind: Buckets,
    /// Who is to be told of documents that are shared with it.
    pub announcing: Calls,
    /// What is remembered of referrals.
    pub desk: Desk,
    /// Who was told of which forks.
    pub forks: Forks,
    /// Which members were dialled back, and when.
    pub dial_backs: DialBacks,
    /// How far the clocks of others are from this one.
    pub drift: Drift,
    /// Whose rosters are being walked through.
    pub walks: Walks,
}

impl Context {
    /// The organisation whose node this is.
    pub fn here(&self) -> OrganisationNumber {
        self.config.organisation
    }
}
