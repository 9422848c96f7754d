//! The roster file as stewards work on it, offline: a draft is edited until enough have signed it, then a new version begins.

use std::path::Path;
use std::time::Duration;

use budstikke_keys::jws::SignedByMany;
use budstikke_keys::public::PublicKey;
use budstikke_keys::secret::SecretKey;
use budstikke_keys::time::Timestamp;
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::fingerprint::fingerprint;
use budstikke_protocol::federation::request::{MemberRequest, prove_possession};
use budstikke_protocol::federation::roster::{
    FederationName, KeyUse, Limits, Member, MemberKeys, RetiredKey, Roster, Status, Steward,
};
use budstikke_protocol::ids::{Environment, Fingerprint, OrganisationNumber};
use budstikke_protocol::limits::REQUEST_BYTES_MAX;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock;
use crate::failure::Failure;
use crate::home::{read_bounded, write_durably};
use crate::rosters::{CHAIN_BYTES_MAX, RostersError};

/// A roster that is being edited, and those before it.
#[derive(Debug)]
pub struct Draft {
    before: Vec<SignedByMany<Roster>>,
    roster: Roster,
}

/// What a roster file holds, in short.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The federation's name.
    pub federation: FederationName,
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Whether patients are real.
    pub environment: Environment,
    /// The newest version.
    pub version: u64,
    /// When it expires.
    pub expires: Timestamp,
    /// How many stewards have signed it.
    pub signed: usize,
    /// How many must.
    pub threshold: u8,
}

impl Draft {
    /// The first roster of a federation.
    ///
    /// # Errors
    /// When the threshold does not fit the stewards.
    pub fn first(
        name: FederationName,
        environment: Environment,
        stewards: Vec<Steward>,
        threshold: u8,
        days: u32,
    ) -> Result<Self, Failure> {
        let issued = clock::now();
        let roster = Roster {
            federation: name,
            environment,
            version: 1,
            previous: None,
            issued,
            expires: issued.plus(days_long(days)),
            threshold,
            stewards,
            members: Vec::new(),
        };
        let draft = Self { before: Vec::new(), roster };
        draft.signed()?;
        Ok(draft)
    }

    /// The draft at the end of a file, or a new one after the last roster that enough stewards have signed. It counts for
    /// as long as the one before it did.
    ///
    /// # Errors
    /// When the file is empty.
    pub fn after(chain: Chain) -> Result<Self, Failure> {
        let mut before = chain.into_rosters();
        let last = before.pop().ok_or_else(empty)?;
        let roster = last.statement();
        let lasts = u64::try_from(roster.expires.seconds_since(roster.issued)).unwrap_or(0);
        let issued = clock::now();
        let expires = issued.plus(Duration::from_secs(lasts));
        if !is_signed(&last, before.last()) {
            let roster = Roster { issued, expires, ..roster.clone() };
            return Ok(Self { before, roster });
        }
        let roster = Roster {
            version: roster.version.saturating_add(1),
            previous: Some(last.payload_digest()),
            issued,
            expires,
            ..roster.clone()
        };
        before.push(last);
        Ok(Self { before, roster })
    }

    /// Makes the organisation of a request an active member, with the keys in it; keys that it had before are retired. Those
    /// that the request replaces are distrusted when they were lost to somebody else, `lost_since` a time; a member that
    /// was revoked comes back with every key that it had distrusted.
    ///
    /// # Errors
    /// When it was revoked, and the request has a key that it had.
    pub fn add(
        &mut self,
        request: &MemberRequest,
        lost_since: Option<Timestamp>,
    ) -> Result<(), Failure> {
        let issued = self.roster.issued;
        let new = Member {
            organisation: request.organisation,
            name: request.name.clone(),
            kind: request.kind,
            region: request.region.clone(),
            status: Status::Active,
            keys: request.keys,
            retired_keys: Vec::new(),
            addresses: request.addresses.clone(),
            limits: Limits::default(),
        };
        match self
            .roster
            .members
            .iter_mut()
            .find(|member| member.organisation == request.organisation)
        {
            Some(known) if known.status == Status::Revoked && shares_key(known, request) => {
                return Err(Failure::new(
                    format!(
                        "{} was revoked, and the request has keys that it had",
                        known.organisation
                    ),
                    "have it make a new home, and with it new keys: budstikke init",
                ));
            }
            Some(known) => {
                let mut retired_keys = std::mem::take(&mut known.retired_keys);
                let mut distrusted_from = lost_since;
                if known.status == Status::Revoked {
                    let from = lost_since.unwrap_or(issued);
                    for key in &mut retired_keys {
                        key.distrusted_from.get_or_insert(from);
                    }
                    distrusted_from = Some(from);
                }
                retired_keys.extend(replaced(&known.keys, &request.keys).map(|(key_use, key)| {
                    RetiredKey { key_use, key, retired: issued, distrusted_from }
                }));
                *known = Member { retired_keys, limits: known.limits.clone(), ..new };
            }
            None => self.roster.members.push(new),
        }
        self.roster.members.sort_by_key(|member| member.organisation);
        Ok(())
    }

    /// Sets a member's status.
    ///
    /// # Errors
    /// When it is none.
    pub fn set_status(
        &mut self,
        organisation: OrganisationNumber,
        status: Status,
    ) -> Result<(), Failure> {
        let member = self.member(organisation)?;
        if member.status == Status::Revoked {
            return Err(Failure::new(
                format!("{organisation} has been revoked"),
                "it can come back only with new keys: budstikke roster add request.json",
            ));
        }
        member.status = status;
        Ok(())
    }

    /// Says how much a member may ask.
    ///
    /// # Errors
    /// When it is none.
    pub fn set_limits(
        &mut self,
        organisation: OrganisationNumber,
        limits: Limits,
    ) -> Result<(), Failure> {
        self.member(organisation)?.limits = limits;
        Ok(())
    }

    fn member(&mut self, organisation: OrganisationNumber) -> Result<&mut Member, Failure> {
        let member =
            self.roster.members.iter_mut().find(|member| member.organisation == organisation);
        member.ok_or_else(|| {
            Failure::new(
                format!("{organisation} is not in the roster"),
                "budstikke roster show FILE lists the members",
            )
        })
    }

    /// The rosters of the file with this draft, unsigned, at the end.
    ///
    /// # Errors
    /// When the draft breaks a rule, such as two members with one key.
    pub fn into_file(mut self) -> Result<Vec<SignedByMany<Roster>>, Failure> {
        let signed = self.signed()?;
        self.before.push(signed);
        Ok(self.before)
    }

    fn signed(&self) -> Result<SignedByMany<Roster>, Failure> {
        SignedByMany::new(self.roster.clone())
            .map_err(|error| Failure::of(&error, "nothing was written; mend what it says"))
    }
}

/// Signs the newest roster of a file.
///
/// # Errors
/// When the key is not one of its stewards'.
pub fn sign(chain: Chain, key: &SecretKey) -> Result<Vec<SignedByMany<Roster>>, Failure> {
    let mut rosters = chain.into_rosters();
    let mut last = rosters.pop().ok_or_else(empty)?;
    let entitled = last
        .statement()
        .steward_keys()
        .into_iter()
        .chain(rosters.last().map(|r| r.statement().steward_keys()).unwrap_or_default());
    if !entitled.into_iter().any(|steward| steward == key.public()) {
        return Err(Failure::new(
            "this steward is not one of the roster's",
            "say the right steward's --home",
        ));
    }
    last.add(key).map_err(|error| Failure::of(&error, "check the roster file"))?;
    rosters.push(last);
    Ok(rosters)
}

/// Reads a roster file.
///
/// # Errors
/// When it cannot be read or is not one.
pub fn read(path: &Path) -> Result<Chain, Failure> {
    let bytes = read_bounded(path, CHAIN_BYTES_MAX)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Failure::of(&error, "check that it is a roster file"))?;
    Ok(Chain::parse(&text).map_err(RostersError::from)?)
}

/// Writes a roster file.
///
/// # Errors
/// When the operating system says no.
pub fn write(path: &Path, rosters: &[SignedByMany<Roster>]) -> Result<(), Failure> {
    let text: String = rosters.iter().map(SignedByMany::to_json).collect();
    // A file name without a folder means the present one.
    let path = std::path::absolute(path)
        .map_err(|error| Failure::of(&error, "name the file by its full path"))?;
    Ok(write_durably(&path, text.as_bytes())?)
}

/// Reads a member request and checks that its sender holds every key in it.
///
/// # Errors
/// When it cannot be read, is not a request, or a signature is missing or wrong.
pub fn read_request(path: &Path) -> Result<MemberRequest, Failure> {
    let bytes = read_bounded(path, u64::try_from(REQUEST_BYTES_MAX).unwrap_or(u64::MAX))?;
    let hint = "ask the organisation for a new one: budstikke keys request";
    let refused = |error: &dyn std::error::Error| {
        Failure::new(format!("{}: {}", path.display(), crate::failure::chain(error)), hint)
    };
    let signed = SignedByMany::parse(&bytes, REQUEST_BYTES_MAX).map_err(|error| refused(&error))?;
    prove_possession(&signed).cloned().map_err(|error| refused(&error))
}

/// What a roster file holds, in short.
///
/// # Errors
/// When it is empty.
pub fn summary(chain: &Chain) -> Result<Summary, Failure> {
    let rosters = chain.rosters();
    let (Some(first), Some(last)) = (rosters.first(), rosters.last()) else { return Err(empty()) };
    let roster = last.statement();
    let before = rosters.len().checked_sub(2).and_then(|at| rosters.get(at));
    let signers =
        before.map_or_else(|| roster.steward_keys(), |before| before.statement().steward_keys());
    Ok(Summary {
        federation: roster.federation.clone(),
        fingerprint: fingerprint(first.statement()),
        environment: roster.environment,
        version: roster.version,
        expires: roster.expires,
        signed: last.valid_signers(&signers).len(),
        threshold: before.map_or(roster.threshold, |before| before.statement().threshold),
    })
}

/// The members of the newest roster of a file.
///
/// # Errors
/// When it is empty.
pub fn members(chain: &Chain) -> Result<Value, Failure> {
    let last = chain.rosters().last().ok_or_else(empty)?;
    Ok(json!(last.statement().members))
}

/// Whether enough stewards, those of the roster before it when there is one, have signed.
fn is_signed(roster: &SignedByMany<Roster>, before: Option<&SignedByMany<Roster>>) -> bool {
    let enough =
        |by: &Roster| roster.valid_signers(&by.steward_keys()).len() >= usize::from(by.threshold);
    enough(roster.statement()) && before.is_none_or(|before| enough(before.statement()))
}

fn replaced(
    before: &MemberKeys,
    after: &MemberKeys,
) -> impl Iterator<Item = (KeyUse, PublicKey)> + use<> {
    let kept = after.each();
    before.each().into_iter().filter(move |key| !kept.contains(key))
}

fn shares_key(known: &Member, request: &MemberRequest) -> bool {
    let asked = request.keys.each().map(|(_, key)| key);
    known.keys.each().iter().any(|(_, key)| asked.contains(key))
}

fn days_long(days: u32) -> Duration {
    Duration::from_secs(u64::from(days).saturating_mul(24 * 3600))
}

fn empty() -> Failure {
    Failure::new("the file holds no roster", "check that it is a roster file")
}
