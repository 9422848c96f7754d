//! The roster: the signed, versioned, expiring list of members, as it is written.
//!
//! What a single roster must fulfil by itself is checked here; how one follows another is `accept`'s.

use std::collections::BTreeSet;

use budstikke_keys::digest::Sha256Digest;
use budstikke_keys::jws::Statement;
use budstikke_keys::public::{PublicKey, Thumbprint};
use budstikke_keys::time::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{Environment, OrganisationNumber};
use crate::limits::{ADDRESSES_MAX, MEMBERS_MAX, RETIRED_KEYS_MAX, STEWARDS_MAX};
use crate::text::Text;

/// The payload of a roster, version 1 of its form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The name of the federation; part of its fingerprint and the first part of every log origin.
    pub federation: FederationName,
    /// Whether patients are real.
    pub environment: Environment,
    /// 1 for the first roster, then one more each time.
    pub version: u64,
    /// SHA-256 of the payload bytes of the roster before this one; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Sha256Digest>,
    /// When the stewards made it, as they claim.
    pub issued: Timestamp,
    /// From when it no longer counts, but for the grace period.
    pub expires: Timestamp,
    /// How many stewards must sign the next roster.
    pub threshold: u8,
    /// Who may sign the next roster.
    pub stewards: Vec<Steward>,
    /// Every organisation that is or was a member.
    pub members: Vec<Member>,
}

impl Statement for Roster {
    const TYP: &'static str = "budstikke-roster-v1";

    fn check(&self) -> Result<(), &'static str> {
        check(self)
    }
}

/// A federation's name: 3 to 64 of `a-z 0-9 . -`, so that it can begin a log origin without escaping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FederationName(String);

/// Why a federation's name was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a federation's name is 3 to 64 of the characters a-z, 0-9, '.' and '-'")]
pub struct FederationNameError;

impl FederationName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for FederationName {
    type Err = FederationNameError;

    fn from_str(text: &str) -> Result<Self, FederationNameError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for FederationName {
    type Error = FederationNameError;

    fn try_from(text: String) -> Result<Self, FederationNameError> {
        let allowed =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
        if (3..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text))
        } else {
            Err(FederationNameError)
        }
    }
}

impl From<FederationName> for String {
    fn from(name: FederationName) -> Self {
        name.0
    }
}

impl std::fmt::Display for FederationName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// A holder of an offline key that may sign the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steward {
    /// Who holds the key, for people to read.
    pub name: Text<128>,
    /// The key.
    pub key: PublicKey,
}

/// One organisation as the roster lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its organisation number.
    pub organisation: OrganisationNumber,
    /// Its name.
    pub name: Text<128>,
    /// What kind of organisation it is.
    pub kind: Kind,
    /// The county or health region, for people to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Text<64>>,
    /// Whether it takes part.
    pub status: Status,
    /// Its present keys.
    pub keys: MemberKeys,
    /// Keys it had before; they are never dropped, so that old signatures can still be judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retired_keys: Vec<RetiredKey>,
    /// Where its node listens, as libp2p multiaddresses without a peer id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Text<256>>,
    /// What it may ask of others.
    #[serde(default, skip_serializing_if = "Limits::is_default")]
    pub limits: Limits,
}

/// The kind of an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A municipality.
    Municipality,
    /// A hospital or health trust.
    Hospital,
    /// A general practitioner's office.
    Gp,
    /// An authority, such as a supervisory body.
    Authority,
    /// Any other.
    Other,
}

/// Whether a member takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It connects and exchanges.
    Active,
    /// It is kept out for now; what it signed still counts.
    Suspended,
    /// It is out for good; what it signed fails until there is proof of an earlier time.
    Revoked,
}

/// The four keys that a member announces; their secret halves are the node's keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberKeys {
    /// The libp2p identity of its node.
    pub node: PublicKey,
    /// Signs the organisation's statements.
    pub sign: PublicKey,
    /// Signs the checkpoints of its log.
    pub log: PublicKey,
    /// Cosigns the checkpoints of others.
    pub witness: PublicKey,
}

impl MemberKeys {
    /// The four keys with their uses.
    pub fn each(&self) -> [(KeyUse, PublicKey); 4] {
        [
            (KeyUse::Node, self.node),
            (KeyUse::Sign, self.sign),
            (KeyUse::Log, self.log),
            (KeyUse::Witness, self.witness),
        ]
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyUse {
    /// The libp2p identity.
    Node,
    /// Statements.
    Sign,
    /// Checkpoints.
    Log,
    /// Cosignatures.
    Witness,
}

/// A key that a member used before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetiredKey {
    /// What it was for.
    #[serde(rename = "use")]
    pub key_use: KeyUse,
    /// The key.
    pub key: PublicKey,
    /// When it was replaced, as the stewards claim.
    pub retired: Timestamp,
    /// Set when it was lost to somebody else, from when on. Until a log proves that something was signed before, nothing
    /// that it signed counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distrusted_from: Option<Timestamp>,
}

/// What a member may ask of another node; absent values are the protocol's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Questions in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub questions_per_minute: Option<u32>,
    /// Elements of blind questions in a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blind_per_day: Option<u32>,
}

impl Limits {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How far a member's signing key is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// The member signs with it today.
    Current,
    /// The member replaced it in good order.
    Retired {
        /// When.
        retired: Timestamp,
    },
    /// It was lost to somebody else.
    Distrusted {
        /// From when on somebody else may have signed with it.
        from: Timestamp,
    },
    /// Its owner was revoked.
    Revoked,
}

impl Roster {
    /// The member with this organisation number.
    pub fn member(&self, organisation: OrganisationNumber) -> Option<&Member> {
        self.members.iter().find(|m| m.organisation == organisation)
    }

    /// The active member whose node has this key.
    pub fn active_node(&self, node: &PublicKey) -> Option<&Member> {
        self.active().find(|m| m.keys.node == *node)
    }

    /// The members that take part.
    pub fn active(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|m| m.status == Status::Active)
    }

    /// The owner, the key and the state of the statement-signing key with this thumbprint.
    pub fn signing_key(&self, kid: Thumbprint) -> Option<(&Member, PublicKey, KeyState)> {
        self.members
            .iter()
            .find_map(|member| member.signing_key(kid).map(|(key, state)| (member, key, state)))
    }

    /// The keys of the stewards.
    pub fn steward_keys(&self) -> Vec<PublicKey> {
        self.stewards.iter().map(|s| s.key).collect()
    }
}

impl Member {
    fn signing_key(&self, kid: Thumbprint) -> Option<(PublicKey, KeyState)> {
        let current =
            (self.keys.sign.thumbprint() == kid).then_some((self.keys.sign, KeyState::Current));
        let (key, state) = current.or_else(|| {
            let retired = self
                .retired_keys
                .iter()
                .find(|r| r.key_use == KeyUse::Sign && r.key.thumbprint() == kid)?;
            let state = match retired.distrusted_from {
                Some(from) => KeyState::Distrusted { from },
                None => KeyState::Retired { retired: retired.retired },
            };
            Some((retired.key, state))
        })?;
        Some((key, if self.status == Status::Revoked { KeyState::Revoked } else { state }))
    }
}

/// What every roster must fulfil by itself.
fn check(roster: &Roster) -> Result<(), &'static str> {
    if roster.version == 0 {
        return Err("versions begin at 1");
    }
    if (roster.version == 1) != roster.previous.is_none() {
        return Err("the first roster, and only the first, has no previous");
    }
    if roster.expires <= roster.issued {
        return Err("it expires before it is issued");
    }
    if roster.stewards.len() > STEWARDS_MAX || roster.members.len() > MEMBERS_MAX {
        return Err("more stewards or members than a federation can have");
    }
    if roster.threshold == 0 || usize::from(roster.threshold) > roster.stewards.len() {
        return Err("the threshold is not between 1 and the number of stewards");
    }
    if roster
        .members
        .iter()
        .any(|m| m.addresses.len() > ADDRESSES_MAX || m.retired_keys.len() > RETIRED_KEYS_MAX)
    {
        return Err("a member has more addresses or retired keys than it can have");
    }
    let organisations: BTreeSet<_> = roster.members.iter().map(|m| m.organisation).collect();
    if organisations.len() != roster.members.len() {
        return Err("an organisation is listed twice");
    }
    let mut keys = BTreeSet::new();
    let announced = roster.members.iter().flat_map(|m| {
        m.keys.each().into_iter().map(|(_, key)| key).chain(m.retired_keys.iter().map(|r| r.key))
    });
    if announced.chain(roster.steward_keys()).all(|key| keys.insert(key)) {
        Ok(())
    } else {
        Err("a key stands in it twice")
    }
}
