//! What was checked of a log, line by line, and under which key.

use budstikke_keys::note::{KeyKind, VerifierKey};
use budstikke_protocol::federation::chain::Chain;
use budstikke_protocol::federation::roster::Roster;
use budstikke_protocol::ids::Fingerprint;
use budstikke_protocol::log::origin::Origin;
use budstikke_protocol::log::policy::{Policy, PolicyError};
use budstikke_protocol::log::receipt::Grade;
use serde::Serialize;

/// Which log the reviewer trusts.
#[derive(Debug)]
pub enum TrustedLog {
    /// The one with this key.
    Key(VerifierKey),
    /// That of the member of a federation that the checkpoint names.
    Roster {
        /// The federation's fingerprint, known out of band.
        federation: Fingerprint,
        /// Its rosters.
        roster: Chain,
    },
}

/// One line of what was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogCheck {
    /// What was checked.
    pub check: &'static str,
    /// Whether it failed.
    #[serde(skip_serializing_if = "is_false")]
    pub failed: bool,
    /// What was found.
    pub found: String,
}

impl LogCheck {
    /// Whether it passed.
    pub fn is_good(&self) -> bool {
        !self.failed
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_false(is_so: &bool) -> bool {
    !is_so
}

/// The lines so far; the first that fails is the last.
#[derive(Debug, Default)]
pub(super) struct Checks(Vec<LogCheck>);

/// A check has failed; nothing behind it would mean anything.
pub(super) struct Failed;

impl Checks {
    /// The lines.
    pub(super) fn into_lines(self) -> Vec<LogCheck> {
        self.0
    }

    /// Notes a check, and gives what it found to go on with.
    pub(super) fn note<T>(
        &mut self,
        check: &'static str,
        outcome: Result<(T, String), String>,
    ) -> Result<T, Failed> {
        let (value, failed, found) = match outcome {
            Ok((value, found)) => (Ok(value), false, found),
            Err(found) => (Err(Failed), true, found),
        };
        self.0.push(LogCheck { check, failed, found });
        value
    }
}

/// The key of the log and who must have cosigned, from what the reviewer trusts.
pub(super) fn key(
    checks: &mut Checks,
    trusted: TrustedLog,
    origin: &Origin,
) -> Result<(VerifierKey, Trusted), Failed> {
    match trusted {
        TrustedLog::Key(key) => Ok((key, Trusted::TheKey)),
        TrustedLog::Roster { federation, roster } => {
            let found = newest(roster, federation).and_then(|roster| {
                let number = origin.organisation();
                let member = roster.member(number);
                let member = member.ok_or_else(|| format!("{number} is no member"))?;
                if roster.federation != *origin.federation() {
                    return Err(format!("the roster is that of {}", roster.federation));
                }
                let key = VerifierKey::new(origin.key_name(), KeyKind::Signature, member.keys.log);
                let found = format!("roster {} of {federation}: {}", roster.version, member.name);
                let policy = Policy::of(&roster, origin);
                Ok(((key, Trusted::Policy(policy)), found))
            });
            checks.note("federation", found)
        }
    }
}

fn newest(chain: Chain, federation: Fingerprint) -> Result<Roster, String> {
    let accepted = chain.walk(federation).map_err(|error| told(&error))?;
    let newest = accepted.last().ok_or("the file holds no roster")?;
    Ok(newest.roster().clone())
}

/// What is known of those who should have cosigned.
pub(super) enum Trusted {
    /// Nothing: the reviewer has no more than the key.
    TheKey,
    /// What the roster says.
    Policy(Policy),
}

impl Trusted {
    /// Who must have cosigned; nobody, when that is not known.
    pub(super) fn policy(&self) -> Result<Policy, String> {
        match self {
            Self::TheKey => "quorum none\n".parse().map_err(|error: PolicyError| told(&error)),
            Self::Policy(policy) => Ok(policy.clone()),
        }
    }

    /// A grade in words.
    pub(super) fn told(&self, grade: Grade) -> String {
        match (grade, self) {
            (Grade::Witnessed { since }, _) => format!("witnessed since {since}"),
            (Grade::Promised, Self::TheKey) => {
                "promised: the log has signed; --roster tells who should have cosigned".to_owned()
            }
            (Grade::Promised, Self::Policy(policy)) if policy.witnesses().is_empty() => {
                "promised, unwitnessed: the federation has no other active member".to_owned()
            }
            (Grade::Promised, Self::Policy(_)) => {
                "promised: no quorum of witnesses has cosigned it".to_owned()
            }
        }
    }
}

/// An error in words.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    crate::failure::chain(error)
}
